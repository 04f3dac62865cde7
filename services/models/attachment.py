"""Photos, papers and agreements of the ledger. One action takes them all in, through the one gate."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, both_or_neither, exactly_one

OWNERS = ("activity", "matter", "pairing", "grant", "venue", "campaign", "figure", "issuer")


class AttachmentQuerySet(LedgerQuerySet):
    """Reads of attachments."""

    def standing(self) -> "AttachmentQuerySet":
        """Keep what nobody has taken away."""
        return self.filter(removed_at=None)

    def with_row(self) -> "AttachmentQuerySet":
        """Join what a list row shows: the row the file belongs to, with what it is called by."""
        return self.select_related(
            "organisation",
            "issuer",
            "activity__kind",
            "matter",
            "pairing__helper",
            "pairing__helper_organisation",
            "pairing__helped",
            "pairing__helped_organisation",
            "grant",
            "venue",
            "campaign",
            "figure",
        )


class Attachment(Ledger):
    """A file of exactly one row. It lies content-addressed outside the database; a photo in three sizes, without EXIF.

    A policy paper (制度文件) belongs to the organisation that issued it and carries its number.
    """

    class Sort(models.TextChoices):
        """What it is."""

        PHOTO = "photo", _("Photo")
        FILE = "file", _("File")
        AGREEMENT = "agreement", _("Agreement")
        POLICY = "policy", _("Policy paper")

    sort = models.CharField(_("sort"), max_length=10, choices=Sort)
    activity = models.ForeignKey("services.Activity", models.PROTECT, null=True, blank=True, related_name="attachments")
    matter = models.ForeignKey("services.Matter", models.PROTECT, null=True, blank=True, related_name="attachments")
    pairing = models.ForeignKey("services.Pairing", models.PROTECT, null=True, blank=True, related_name="attachments")
    grant = models.ForeignKey("services.Grant", models.PROTECT, null=True, blank=True, related_name="attachments")
    venue = models.ForeignKey("services.Venue", models.PROTECT, null=True, blank=True, related_name="attachments")
    campaign = models.ForeignKey("services.Campaign", models.PROTECT, null=True, blank=True, related_name="attachments")
    figure = models.ForeignKey("services.Figure", models.PROTECT, null=True, blank=True, related_name="attachments")
    issuer = models.ForeignKey(
        "members.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_papers",
        verbose_name=_("issued by"),
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    filename = models.CharField(_("file name"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    large_sha256 = models.CharField(max_length=64, blank=True)
    medium_sha256 = models.CharField(max_length=64, blank=True)
    small_sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    taken_on = models.DateField(_("taken on"), null=True, blank=True)
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_attachments", verbose_name=_("by")
    )
    removed_at = models.DateTimeField(_("taken away at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_attachments_removed",
        verbose_name=_("taken away by"),
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(condition=exactly_one(*OWNERS), name="attachment_of_one"),
            models.CheckConstraint(
                condition=both_or_neither("removed_at", "removed_by"), name="attachment_removed_whole"
            ),
            models.CheckConstraint(
                condition=~models.Q(sort="policy") | (models.Q(issuer__isnull=False) & ~models.Q(title="")),
                name="attachment_policy_has_issuer",
            ),
            models.CheckConstraint(
                condition=~models.Q(sort="photo") | ~models.Q(small_sha256=""), name="attachment_photo_has_sizes"
            ),
            models.CheckConstraint(
                condition=models.Q(issued_on=None) | models.Q(issued_on__gte=EARLIEST), name="attachment_day_sane"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.filename or self.get_sort_display()

    def get_absolute_url(self) -> str:
        """The file itself: a picture to look at, anything else to download."""
        if self.is_picture:
            return reverse("services:attachment_photo", args=[self.pk, "large"])
        return reverse("services:attachment_file", args=[self.pk])

    @property
    def is_picture(self) -> bool:
        """Whether it lies here in three sizes; an agreement may be a photo of its pages."""
        return bool(self.small_sha256)

    @property
    def digests(self) -> dict[str, str]:
        """A picture's file by size."""
        return {"large": self.large_sha256, "medium": self.medium_sha256, "small": self.small_sha256}
