"""Letters to the editorial mailbox: each kept byte for byte, waiting until an editor admits or discards it."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.assignment import hidden_from
from cases.models.case import Case
from config.sealed import SealedField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class MailState(models.TextChoices):
    """Where a letter stands. `tone` colours the tag."""

    WAITING = "waiting", pgettext_lazy("mail", "Waiting")
    ADMITTED = "admitted", pgettext_lazy("mail", "Admitted")
    DISCARDED = "discarded", pgettext_lazy("mail", "Discarded")
    AUTOMATIC = "automatic", pgettext_lazy("mail", "Automatic reply")
    PARKED = "parked", pgettext_lazy("mail", "Set aside, unread")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {self.WAITING: "attention", self.ADMITTED: "success", self.PARKED: "attention"}.get(self, "ended")


class MessageQuerySet(models.QuerySet):
    """Reads of letters; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "MessageQuerySet":
        """Keep letters to mailboxes of organisations whose case texts the user edits, but of cases hidden from them."""
        found = self.filter(under_paths("organisation__path", user.paths(Permission.EDIT_CASE)))
        hidden = hidden_from(user)
        if hidden is None:
            return found
        kept = Case.objects.filter(hidden)
        return found.exclude(case__in=kept).exclude(parts__case__in=kept)  # a letter may bring several cases


class Message(models.Model):
    """One letter. Its bytes lie under MEDIA_ROOT/originals by `sha256`; `identity` tells a second copy of it.

    The number is its own (信-2026-0001): a case has one only once an editor admits it. `case` is the case it became
    or belongs to; while it waits, the one it seems to belong to.
    """

    State = MailState

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    year = models.PositiveSmallIntegerField(_("year"), editable=False)
    sequence = models.PositiveIntegerField(_("sequence"), editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_mail", verbose_name=_("mailbox of")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.WAITING)
    identity = models.CharField(max_length=64, unique=True, editable=False)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    message_id = models.CharField(max_length=300, blank=True, db_index=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    sender_name = models.CharField(_("sender"), max_length=120, blank=True)
    sender_cipher = SealedField(place="mail_sender", digest="sender_digest", default=b"", editable=False)
    sender_digest = models.BinaryField(null=True, db_index=True, editable=False)
    is_verified = models.BooleanField(
        _("sender verified"), default=False, help_text=_("Our own mail server vouches for the sender's domain.")
    )
    body = models.TextField(_("text"), blank=True)
    warnings = models.JSONField(_("warnings"), default=list)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="letters", verbose_name=_("case"))
    may_be_answered = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledgement_id = models.CharField(max_length=300, blank=True, db_index=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="mail_settled", verbose_name=_("settled by")
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(fields=["year", "sequence"], name="message_number_once"),
            models.CheckConstraint(condition=models.Q(state__in=MailState.values), name="message_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=MailState.ADMITTED) | models.Q(case__isnull=False),
                name="message_admitted_has_case",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_by=None) | models.Q(settled_at__isnull=False),
                name="message_settled_by_and_at",
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="message_queue")]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        """Return its page on the desk."""
        return reverse("cases:mail_detail", args=[self.pk])

    @property
    def number(self) -> str:
        """The number in the acknowledgement: 信-2026-0001."""
        return f"信-{self.year}-{self.sequence:04d}"

    @property
    def status(self) -> MailState:
        """The state as a member of the enum, for its label and tone."""
        return MailState(self.state)


class MessagePart(models.Model):
    """What a letter carries: its own text first, then its attachments. Bytes are kept where the gate let them pass."""

    class Use(models.TextChoices):
        """What an editor can make of it."""

        TEXT = "text", _("Text")
        PHOTO = "photo", _("Photo")
        NONE = "none", _("Not usable")

    message = models.ForeignKey(Message, models.PROTECT, related_name="parts", verbose_name=_("letter"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("file name"), max_length=200, blank=True, help_text=_("Empty for the letter's own text."))
    use = models.CharField(_("use"), max_length=5, choices=Use)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    problem = models.TextField(_("why it cannot be used"), blank=True)
    once_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="letter_parts", verbose_name=_("case"))

    class Meta:
        verbose_name = _("part of a letter")
        verbose_name_plural = _("parts of a letter")
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="part_position_once"),
            models.CheckConstraint(condition=models.Q(use="none") | ~models.Q(sha256=""), name="part_usable_is_kept"),
        ]

    def __str__(self) -> str:
        return self.name or str(_("The letter's own text"))


class MessagePlace(models.Model):
    """Where in the mailbox a letter was read, so that it is not fetched again (RFC 9051, 2.3.1.1: UIDVALIDITY, UID)."""

    mailbox = models.CharField(max_length=200)
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message = models.ForeignKey(Message, models.PROTECT, related_name="places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "validity", "uid"], name="place_read_once")]

    def __str__(self) -> str:
        return f"{self.validity}/{self.uid}"
