"""Check-in by QR code: the windows with their codes, the notice people consent to, and what they gave."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.cipher import Undecipherable
from config.sealed import SealedField, unseal
from members import identity
from members.models.organisation import Organisation, under_paths
from members.models.register import Person
from members.permissions import Permission


class PointState(models.TextChoices):
    """Whether a window takes check-ins. `tone` colours the tag."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return "success" if self is PointState.OPEN else "ended"


class CheckInPointQuerySet(models.QuerySet):
    """Reads of windows; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "CheckInPointQuerySet":
        """Keep windows of the organisations in which the user may read people."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))


class CheckInPoint(models.Model):
    """A window with a QR code. Its organisation answers for what people give there.

    `screen_key` opens the page for a screen at the window, whose code changes every few minutes.
    """

    name = models.CharField(_("name of the window"), max_length=40)
    address = models.CharField(_("place of the window"), max_length=80)
    contact = models.CharField(_("office telephone or room"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="check_in_points", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    is_screen_only = models.BooleanField(_("only the changing code of the screen"), default=False)
    screen_key = models.CharField(max_length=40, unique=True, editable=False)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="check_in_points_opened",
        verbose_name=_("opened by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = CheckInPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("check-in point")
        verbose_name_plural = _("check-in points")
        indexes = [
            models.Index(fields=["organisation_path"], name="point_path_prefix", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the window."""
        return reverse("members:checkin_point", args=[self.pk])

    @property
    def state(self) -> PointState:
        """Open or closed."""
        return PointState.OPEN if self.closed_at is None else PointState.CLOSED


class PointToken(models.Model):
    """The code on a printed poster. A new one retires the old, whose posters then say where to go instead."""

    point = models.ForeignKey(CheckInPoint, models.PROTECT, related_name="tokens", verbose_name=_("check-in point"))
    organisation_path = models.CharField(max_length=200, editable=False)
    token = models.CharField(_("code"), max_length=20, unique=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("code of a check-in point")
        verbose_name_plural = _("codes of check-in points")
        constraints = [
            models.UniqueConstraint(
                fields=["point"], condition=models.Q(retired_at=None), name="point_one_token_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.made_at:%Y-%m-%d}"


class ConsentText(models.Model):
    """One version of the notice and the consent of check-ins. Never changed: a new version follows it.

    Both texts may name {organisation}, {contact} and {days}.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    notice = models.TextField(_("notice"))
    consent = models.TextField(_("consent to the use of sensitive data"))
    written_at = models.DateTimeField(_("written at"), default=timezone.now)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consent_texts",
        verbose_name=_("written by"),
    )

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")

    def __str__(self) -> str:
        return str(self.version)


class CheckInQuerySet(models.QuerySet):
    """Reads of check-ins; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "CheckInQuerySet":
        """Keep check-ins at windows of the organisations in which the user may read people."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))

    def confirmed(self) -> "CheckInQuerySet":
        """Keep those whose lead is confirmed."""
        return self.filter(person__lead__confirmed_at__isnull=False)


class CheckIn(models.Model):
    """What a person gave at a window, with their consent: erased when they withdraw it or nobody confirms it.

    One per person and window: giving it again takes the place of the first. `is_new_person` says that the register
    knows the person by check-ins alone. Ticket and receipt are kept as digests.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    point = models.ForeignKey(CheckInPoint, models.PROTECT, related_name="check_ins", verbose_name=_("check-in point"))
    organisation_path = models.CharField(max_length=200, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="check_ins", verbose_name=_("person"))
    is_new_person = models.BooleanField(default=False)
    name = models.CharField(_("full name"), max_length=60)
    phone_cipher = SealedField(place="phone", digest="phone_digest", default=b"")
    phone_digest = models.BinaryField(null=True, db_index=True)
    branch_name = models.CharField(_("party branch"), max_length=60)
    consent = models.ForeignKey(
        ConsentText, models.PROTECT, related_name="check_ins", verbose_name=_("consent text"), editable=False
    )
    consent_sha256 = models.CharField(_("digest of the text shown"), max_length=64, editable=False)
    consented_at = models.DateTimeField(_("consented at"), default=timezone.now)
    checked_in_at = models.DateTimeField(_("checked in at"), default=timezone.now)
    repeat_count = models.PositiveSmallIntegerField(_("given again"), default=0)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins_recorded",
        verbose_name=_("entered by"),
    )
    ticket_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    receipt_sha256 = models.CharField(max_length=64, unique=True, editable=False)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [models.UniqueConstraint(fields=["point", "person"], name="check_in_once_per_point")]
        indexes = [
            models.Index(fields=["organisation_path"], name="check_in_path_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["point", "checked_in_at"], name="check_in_by_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_masked(self) -> str:
        """First three and last two digits of the phone, `?` where no key opens it."""
        try:
            return identity.mask_phone(unseal(self, "phone_cipher"))
        except Undecipherable:
            return "?"
