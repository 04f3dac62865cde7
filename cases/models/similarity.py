"""What a case's present text is made of, and which other cases are made of the same."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, CaseQuerySet, Revision

SETTLED = (Case.State.DRAFT, Case.State.WITHDRAWN, Case.State.MERGED)  # what resembles these needs nobody's look


class CaseShingle(models.Model):
    """One stored shingle of a case's present text: a hash, one in eight of all; never the words."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="shingles", verbose_name=_("case"))
    shingle = models.IntegerField()
    is_masked = models.BooleanField(default=False)  # of the text with names masked

    class Meta:
        verbose_name = _("shingle")
        verbose_name_plural = _("shingles")
        indexes = [models.Index(fields=["is_masked", "shingle"], include=["case"], name="case_shingle")]

    def __str__(self) -> str:
        return str(self.shingle)


class LikenessQuerySet(models.QuerySet):
    """Reads of likenesses."""

    def visible_to(self, user: models.Model) -> "LikenessQuerySet":
        """Keep pairs of which the user may read both cases."""
        mine = Case.objects.visible_to(user).values("pk")
        return self.filter(earlier__in=mine, later__in=mine)

    def of(self, case: Case) -> "LikenessQuerySet":
        """Keep the pairs a case is one of."""
        return self.filter(Q(earlier=case) | Q(later=case))

    def waiting(self, within: CaseQuerySet) -> "LikenessQuerySet":
        """Keep strong pairs within `within` that nobody has looked at and put aside."""
        inside = within.exclude(state__in=SETTLED).values("pk")
        return self.filter(is_strong=True, dismissed_at=None, earlier__in=inside, later__in=inside)


class Likeness(models.Model):
    """Two cases that share more than chance, as their present texts were last compared; put aside by a person.

    A hint for people, never a verdict: nothing is refused by it. Shares are 0 to 100.
    """

    earlier = models.ForeignKey(Case, models.CASCADE, related_name="likenesses_later", verbose_name=_("earlier case"))
    later = models.ForeignKey(Case, models.CASCADE, related_name="likenesses_earlier", verbose_name=_("later case"))
    earlier_revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    later_revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    share_percent = models.PositiveSmallIntegerField(_("shared"))
    masked_percent = models.PositiveSmallIntegerField(_("shared with names masked"))
    longest = models.PositiveIntegerField(_("longest shared passage"))
    is_lifted = models.BooleanField(_("a whole paragraph is the same"), default=False)
    is_strong = models.BooleanField(default=False)
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    dismissed_at = models.DateTimeField(_("put aside at"), null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    note = models.CharField(_("why"), max_length=200, blank=True)

    objects = LikenessQuerySet.as_manager()

    class Meta:
        verbose_name = _("likeness")
        verbose_name_plural = _("likenesses")
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="likeness_once_per_pair"),
            models.CheckConstraint(
                condition=Q(earlier__lt=models.F("later")),
                name="likeness_earlier_first",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at=None, dismissed_by=None)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="likeness_dismissed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id}/{self.later_id}"
