"""What an editor writes beside a passage of a revision."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, Revision
from cases.models.returns import TEXT_LENGTH, RequestItem


class AnnotationQuerySet(models.QuerySet):
    """Reads of annotations."""

    def visible_to(self, user: models.Model) -> "AnnotationQuerySet":
        """Keep annotations of the cases the user sees; what the desk keeps to itself is left to the page."""
        return self.filter(case__in=Case.objects.visible_to(user))


class Annotation(models.Model):
    """A note on a passage: `quote` stands at `start` in the `paragraph` (from 1, as shown) of its revision.

    It belongs to the case: in a later revision it stands where the passage stands then (`cases.anchors`).
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="annotations", verbose_name=_("case"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="annotations", verbose_name=_("on revision"))
    paragraph = models.PositiveSmallIntegerField(_("paragraph"))
    start = models.PositiveIntegerField(_("from character"))
    quote = models.CharField(_("passage"), max_length=TEXT_LENGTH)
    text = models.CharField(_("note"), max_length=TEXT_LENGTH)
    is_shown = models.BooleanField(_("shown to the submitting side"), default=False)
    item = models.OneToOneField(
        RequestItem, models.SET_NULL, null=True, related_name="annotation", verbose_name=_("item made of it")
    )
    written_at = models.DateTimeField(_("written at"), default=timezone.now)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_annotated", verbose_name=_("by")
    )
    resolved_at = models.DateTimeField(_("settled at"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_notes_resolved", verbose_name=_("by")
    )

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resolved_at=None, resolved_by=None)
                | models.Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="annotation_resolved_at_and_by",
            ),
            models.CheckConstraint(condition=models.Q(paragraph__gt=0), name="annotation_paragraph_from_1"),
        ]

    def __str__(self) -> str:
        return self.text[:40]
