"""A case drafted from the ledger: its text with bound fields, which stay true until it is sent in."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.call import Call, Track
from cases.models.case import Case
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission
from services.models import Attachment

MOST_CHARACTERS = 30_000  # of a part; the longest call allows 5,000 for all four
SECTIONS = ("background", "practice", "outcome", "insight")


class OutlineQuerySet(models.QuerySet):
    """Reads of outlines; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "OutlineQuerySet":
        """Keep outlines of the bodies for which the user drafts: they are shared, whoever began them."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.DRAFT_CASE)))

    def open(self) -> "OutlineQuerySet":
        """Keep those not sent in yet."""
        return self.filter(case=None)


class Outline(models.Model):
    """A text on its way to a case, for one body and period. Sent in, it stays as the record of what its fields were.

    `version` goes up with every save, so that nobody writes over what somebody else saved meanwhile.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_outlines", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    period = models.CharField(_("period"), max_length=60)
    call = models.ForeignKey(
        Call, models.PROTECT, null=True, blank=True, related_name="outlines", verbose_name=_("call for cases")
    )
    track = models.ForeignKey(
        Track, models.PROTECT, null=True, blank=True, related_name="outlines", verbose_name=_("track")
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    background = models.TextField(pgettext_lazy("part", "Background"), blank=True)
    practice = models.TextField(pgettext_lazy("part", "Practice"), blank=True)
    outcome = models.TextField(pgettext_lazy("part", "Outcome"), blank=True)
    insight = models.TextField(pgettext_lazy("part", "Lesson"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    once_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_outlines_begun", verbose_name=_("begun by")
    )
    saved_at = models.DateTimeField(_("saved at"), default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_outlines_saved", verbose_name=_("saved by")
    )
    case = models.OneToOneField(
        Case, models.PROTECT, null=True, blank=True, related_name="outline", verbose_name=_("case")
    )

    objects = OutlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")
        indexes = [models.Index(fields=["organisation", "-saved_at"], name="outline_of_organisation")]

    def __str__(self) -> str:
        return self.title or str(_("Untitled"))

    def get_absolute_url(self) -> str:
        """The page on which it is written."""
        return reverse("cases:outline_edit", args=[self.pk])

    @property
    def texts(self) -> dict[str, str]:
        """The four parts by name."""
        return {name: getattr(self, name) for name in SECTIONS}


class OutlineField(models.Model):
    """A number of the ledger within a draft: what is counted, in whose scope, over which days, written in which shape.

    `number` is how the text names it. `unit` and `label` are kept as they were when it was chosen.
    """

    class Shape(models.TextChoices):
        """How the number is written; see `cases.outline.rounding`."""

        EXACT = "exact", _("Exact")
        LEADING = "leading", _("Rounded down")
        CLOSER = "closer", _("Rounded down, closer")
        NEARLY = "nearly", _("Nearly")
        OVER = "over", _("More than")

    outline = models.ForeignKey(Outline, models.PROTECT, related_name="fields", verbose_name=_("outline"))
    number = models.PositiveSmallIntegerField(_("number"))
    indicator = models.CharField(_("indicator"), max_length=60)
    filters = models.JSONField(_("narrowed by"), default=dict, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_outline_fields", verbose_name=_("organisation")
    )
    period = models.CharField(_("period"), max_length=60)
    label = models.CharField(_("label"), max_length=120)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    sentence = models.CharField(_("sentence put in"), max_length=400, blank=True)
    shape = models.CharField(_("written as"), max_length=8, choices=Shape, default=Shape.EXACT)

    class Meta:
        verbose_name = _("field of an outline")
        verbose_name_plural = _("fields of an outline")
        constraints = [models.UniqueConstraint(fields=["outline", "number"], name="outline_field_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"


class OutlinePhoto(models.Model):
    """A photo of the ledger chosen for a draft; sent in, the case takes a copy and the ledger keeps its own."""

    outline = models.ForeignKey(Outline, models.PROTECT, related_name="photos", verbose_name=_("outline"))
    attachment = models.ForeignKey(
        Attachment, models.PROTECT, related_name="cases_outline_photos", verbose_name=_("photo")
    )
    caption = models.CharField(_("caption"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("photo of an outline")
        verbose_name_plural = _("photos of an outline")
        constraints = [models.UniqueConstraint(fields=["outline", "attachment"], name="outline_photo_once")]

    def __str__(self) -> str:
        return self.caption
