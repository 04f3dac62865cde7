"""How a text came in: the original byte for byte, the reading, and the receipt of its cleaning."""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class Intake(models.Model):
    """One arrival. The bytes lie content-addressed under MEDIA_ROOT/originals, named by `sha256`."""

    class Door(models.TextChoices):
        """Which way it came."""

        PASTE = "paste", _("Pasted on the page")
        UPLOAD = "upload", _("Uploaded file")
        LINK = "link", _("Submission link")
        COMMAND = "command", _("Command line")
        MAIL = "mail", _("By mail")
        LEDGER = "ledger", _("Drafted from the ledger")

    case = models.ForeignKey(Case, models.PROTECT, related_name="intakes", verbose_name=_("case"))
    door = models.CharField(_("door"), max_length=10, choices=Door)
    filename = models.CharField(_("file name"), max_length=200, blank=True)
    format = models.CharField(_("format"), max_length=20)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    profile = models.CharField(_("cleaning profile"), max_length=20)
    reading = models.TextField(_("reading"), help_text=_("The text as read, before cleaning."))
    title = models.CharField(_("title as read"), max_length=200, blank=True)
    warnings = models.JSONField(_("warnings"), default=list)
    once_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    revision = models.OneToOneField(
        "cases.Revision", models.PROTECT, null=True, related_name="intake", verbose_name=_("revision made")
    )
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="intakes_received",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")

    def __str__(self) -> str:
        return self.filename or self.get_door_display()


class SignedReading(models.Model):
    """Which reading of a Word file with unaccepted revisions the unit signed, by whose word; the newest row counts."""

    class Reading(models.TextChoices):
        """The two texts such a file holds."""

        ACCEPTED = "accepted", _("The text with its revisions")
        REJECTED = "rejected", _("The text before its revisions")

    case = models.ForeignKey(Case, models.PROTECT, related_name="signed_readings", verbose_name=_("case"))
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="signed_readings", verbose_name=_("intake"))
    reading = models.CharField(_("text signed"), max_length=10, choices=Reading)
    note = models.CharField(_("by whose word"), max_length=200)
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signed_readings_noted", verbose_name=_("noted by")
    )

    class Meta:
        verbose_name = _("text signed by the unit")
        verbose_name_plural = _("texts signed by the unit")

    def __str__(self) -> str:
        return self.get_reading_display()


class CleaningFix(models.Model):
    """One line of the receipt: what cleaning took out of the reading, where, and whether that was undone."""

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="fixes", verbose_name=_("intake"))
    position = models.PositiveIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=40)
    at = models.PositiveIntegerField(_("at"), help_text=_("Offset in the reading before cleaning, in characters."))
    removed = models.TextField(_("removed"))
    replacement = models.TextField(_("put in its place"), blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="fixes_undone",
        verbose_name=_("undone by"),
    )

    class Meta:
        verbose_name = _("cleaning fix")
        verbose_name_plural = _("cleaning fixes")
        constraints = [
            models.UniqueConstraint(fields=["intake", "position"], name="fix_line_once"),
            models.CheckConstraint(
                condition=models.Q(undone_by=None) | models.Q(undone_at__isnull=False), name="fix_undone_at_and_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} @{self.at}"


def digest_of_token(token: str) -> str:
    """Return what is stored of a link's token: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class SecretLinkQuerySet(models.QuerySet):
    """Reads of links."""

    def visible_to(self, user: models.Model) -> "SecretLinkQuerySet":
        """Keep links for organisations over which the user may give out links."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.MANAGE_LINKS)))

    def usable(self) -> "SecretLinkQuerySet":
        """Keep links that still open."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def opened_by(self, token: str) -> "SecretLinkQuerySet":
        """Keep the usable link this token belongs to."""
        return self.usable().filter(token_sha256=digest_of_token(token))


class SecretLink(models.Model):
    """A door for people without an account. Only the token's sha256 is stored.

    Without a case it lets its holder submit for `organisation`; with one, it is that case's own page.
    """

    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_links", verbose_name=_("organisation")
    )
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="links", verbose_name=_("case"))
    label = models.CharField(_("for whom"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="links_given", verbose_name=_("by")
    )
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = SecretLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission link")
        verbose_name_plural = _("submission links")

    def __str__(self) -> str:
        return self.label or str(self.organisation)

    @property
    def is_usable(self) -> bool:
        """Tell whether it still opens."""
        return self.revoked_at is None and self.expires_at > timezone.now()
