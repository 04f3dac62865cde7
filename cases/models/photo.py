"""Photos of a case."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class CasePhotoQuerySet(models.QuerySet):
    """Reads of photos."""

    def visible_to(self, user: models.Model) -> "CasePhotoQuerySet":
        """Keep photos of cases the user may read."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def public(self) -> "CasePhotoQuerySet":
        """Keep what readers see: photos of cases that stand in the library now."""
        return self.filter(case__state=Case.State.PUBLISHED)

    def in_order(self) -> "CasePhotoQuerySet":
        """Order them as they stand in the strip."""
        return self.order_by("position", "pk")


class CasePhoto(models.Model):
    """A photo in three sizes, re-encoded, upright, without EXIF; the upload itself, which may carry GPS, is not kept.

    `sha256` is the upload's, so that the same picture is not added twice. Width and height are the large size's.
    """

    class Size(models.TextChoices):
        """The sizes on disk."""

        LARGE = "large", _("Large")
        MEDIUM = "medium", _("Medium")
        SMALL = "small", _("Small")

    case = models.ForeignKey(Case, models.PROTECT, related_name="photos", verbose_name=_("case"))
    sha256 = models.CharField(max_length=64)
    large_sha256 = models.CharField(max_length=64)
    medium_sha256 = models.CharField(max_length=64)
    small_sha256 = models.CharField(max_length=64)
    caption = models.CharField(_("caption"), max_length=120, blank=True)
    credit = models.CharField(_("photo by"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField(_("size in bytes"), default=0, help_text=_("Of the three sizes together."))
    taken_on = models.DateField(_("taken on"), null=True, blank=True)
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="photos_added", verbose_name=_("by")
    )

    objects = CasePhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="photo_once_per_case")]

    def __str__(self) -> str:
        return self.caption

    @property
    def digests(self) -> dict[str, str]:
        """The file of each size."""
        return {
            self.Size.LARGE: self.large_sha256,
            self.Size.MEDIUM: self.medium_sha256,
            self.Size.SMALL: self.small_sha256,
        }


class PhotoPrint(models.Model):
    """A fingerprint of a photo: crop 0 of the whole, the others of its inside; bits across and down."""

    photo = models.ForeignKey(CasePhoto, models.CASCADE, related_name="prints", verbose_name=_("photo"))
    crop = models.PositiveSmallIntegerField()
    across = models.BigIntegerField()
    down = models.BigIntegerField()

    class Meta:
        verbose_name = _("fingerprint of a photo")
        verbose_name_plural = _("fingerprints of photos")
        constraints = [models.UniqueConstraint(fields=["photo", "crop"], name="photo_print_once")]

    def __str__(self) -> str:
        return f"{self.photo_id}/{self.crop}"


class PhotoTwinQuerySet(models.QuerySet):
    """Reads of twins."""

    def visible_to(self, user: models.Model) -> "PhotoTwinQuerySet":
        """Keep pairs of which the user may see both photos."""
        mine = Case.objects.visible_to(user).values("pk")
        return self.filter(earlier__case__in=mine, later__case__in=mine)


class PhotoTwin(models.Model):
    """Two photos of different cases that look like one and the same; `bits` of 128 differ between their prints."""

    earlier = models.ForeignKey(CasePhoto, models.CASCADE, related_name="twins_later", verbose_name=_("earlier photo"))
    later = models.ForeignKey(CasePhoto, models.CASCADE, related_name="twins_earlier", verbose_name=_("later photo"))
    bits = models.PositiveSmallIntegerField()

    objects = PhotoTwinQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of photos")
        verbose_name_plural = _("pairs of photos")
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="photo_twin_once"),
            models.CheckConstraint(condition=models.Q(earlier__lt=models.F("later")), name="photo_twin_earlier_first"),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id}/{self.later_id}"
