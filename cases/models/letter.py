"""Letters that leave the house: each is a draft first, then sent by the worker, at most once an attempt."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.assignment import hidden_from
from cases.models.case import Case
from cases.models.mail import Message
from cases.models.review import Decision
from config.sealed import SealedField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class LetterState(models.TextChoices):
    """Where a letter stands. `tone` colours the tag."""

    DRAFT = "draft", pgettext_lazy("letter", "Draft")
    QUEUED = "queued", pgettext_lazy("letter", "Being sent")
    SENT = "sent", pgettext_lazy("letter", "Sent")
    UNSURE = "unsure", pgettext_lazy("letter", "Perhaps sent")
    FAILED = "failed", pgettext_lazy("letter", "Not sent")
    BOUNCED = "bounced", pgettext_lazy("letter", "Came back")
    HANDED = "handed", pgettext_lazy("letter", "Told otherwise")
    MERGED = "merged", pgettext_lazy("letter", "Joined with another")
    DISCARDED = "discarded", pgettext_lazy("letter", "Deleted")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        if self in (self.UNSURE, self.FAILED, self.BOUNCED, self.DRAFT):
            return "attention"
        return {self.QUEUED: "progress", self.SENT: "success", self.HANDED: "success"}.get(self, "ended")


class LetterKind(models.TextChoices):
    """What a letter is about; its words stand in `cases.letters`."""

    RECEIPT = "receipt", pgettext_lazy("letter", "Acknowledgement")
    PUBLISHED = "published", pgettext_lazy("letter", "Result: published")
    ACCEPTED = "accepted", pgettext_lazy("letter", "Result: accepted")
    DECLINED = "declined", pgettext_lazy("letter", "Result: declined")
    JOINED = "joined", pgettext_lazy("letter", "Result: merged")
    RETURNED = "returned", pgettext_lazy("letter", "Asked for changes")
    REMINDER = "reminder", pgettext_lazy("letter", "Reminder")
    QUESTION = "question", pgettext_lazy("letter", "Question on a figure")
    APPROVAL = "approval", pgettext_lazy("letter", "Final signature asked for")
    SIGN_DUE = "sign_due", pgettext_lazy("letter", "Reminder of the final signature")
    CODE = "code", pgettext_lazy("letter", "One-time code")
    ASSIGNED = "assigned", pgettext_lazy("letter", "To a reviewer: cases given")
    TAKEN_BACK = "taken_back", pgettext_lazy("letter", "To a reviewer: taken back")
    DUE = "due", pgettext_lazy("letter", "To a reviewer: reminder")
    CALL = "call", pgettext_lazy("letter", "On a call for cases")
    OTHER = "other", pgettext_lazy("letter", "Other")


class LetterQuerySet(models.QuerySet):
    """Reads of letters; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "LetterQuerySet":
        """Keep letters of organisations whose case texts the user edits, but of cases hidden from them."""
        found = self.filter(under_paths("organisation__path", user.paths(Permission.EDIT_CASE)))
        hidden = hidden_from(user)
        return found if hidden is None else found.exclude(items__case__in=Case.objects.filter(hidden))


class Letter(models.Model):
    """One letter to one person outside. Its address is sealed; `to_digest` tells the same person again.

    A letter without an address cannot be mailed: it is printed, or its reader is told by telephone. `edited_at` says
    that a person changed the words: nothing is written into it by the program any more.
    """

    State = LetterState
    Kind = LetterKind

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_letters", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=LetterState, default=LetterState.DRAFT)
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    to_name = models.CharField(_("to"), max_length=120, blank=True)
    to_cipher = SealedField(place="mail_sender", digest="to_digest", default=b"", editable=False)
    to_digest = models.BinaryField(null=True, db_index=True, editable=False)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="letters_addressed", verbose_name=_("account")
    )
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    asks = models.BooleanField(_("something must be done"), default=False)
    is_automatic = models.BooleanField(_("sent without being read first"), default=False)
    answers = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="answers", verbose_name=_("letter answered")
    )
    created_at = models.DateTimeField(_("drafted at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="letters_drafted", verbose_name=_("by")
    )
    edited_at = models.DateTimeField(_("edited at"), null=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="letters_edited", verbose_name=_("edited by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, help_text=_("When somebody sent or deleted it."))
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="letters_settled", verbose_name=_("by")
    )
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    bounced_at = models.DateTimeField(_("came back at"), null=True)
    bounce_status = models.CharField(_("status of the return"), max_length=20, blank=True)
    bounce = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="bounce_of", verbose_name=_("notice of non-delivery")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="absorbed", verbose_name=_("joined with")
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing letter")
        verbose_name_plural = _("outgoing letters")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=LetterState.values), name="letter_state_known"),
            models.CheckConstraint(
                condition=models.Q(edited_at=None, edited_by=None)
                | models.Q(edited_at__isnull=False, edited_by__isnull=False),
                name="letter_edited_at_and_by",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=(LetterState.SENT, LetterState.BOUNCED))
                | models.Q(sent_at__isnull=False),
                name="letter_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=LetterState.QUEUED)
                | (models.Q(next_try_at__isnull=False) & ~models.Q(to_cipher=b"")),
                name="letter_queued_has_address",
            ),
            models.CheckConstraint(
                condition=models.Q(state=LetterState.MERGED, merged_into__isnull=False)
                | (~models.Q(state=LetterState.MERGED) & models.Q(merged_into=None)),
                name="letter_merged_names_the_other",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="letter_box"),
            models.Index(fields=["next_try_at"], condition=models.Q(state=LetterState.QUEUED), name="letter_due"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Return its page on the desk."""
        return reverse("cases:letter_detail", args=[self.pk])

    @property
    def status(self) -> LetterState:
        """The state as a member of the enum, for its label and tone."""
        return LetterState(self.state)

    @property
    def has_address(self) -> bool:
        """Whether it can be mailed."""
        return bool(self.to_cipher)


class LetterItem(models.Model):
    """One thing a letter says: merged letters have several. `once_key` lets the same thing be said once."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="items", verbose_name=_("letter"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="letter_items", verbose_name=_("case"))
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, related_name="letter_items", verbose_name=_("decision")
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    once_key = models.CharField(max_length=100, null=True, unique=True, editable=False)  # noqa: DJ001 - "" would clash

    class Meta:
        verbose_name = _("thing said in a letter")
        verbose_name_plural = _("things said in a letter")
        constraints = [models.UniqueConstraint(fields=["letter", "position"], name="letter_item_position_once")]

    def __str__(self) -> str:
        return self.subject


class LetterAttempt(models.Model):
    """One try to hand a letter to the mail server: on record before it begins, so that nobody tries twice unknowing."""

    class Outcome(models.TextChoices):
        """How it ended; empty while it runs."""

        SENT = "sent", pgettext_lazy("letter", "Taken by the mail server")
        LATER = "later", pgettext_lazy("letter", "The mail server asks to try later")
        REFUSED = "refused", pgettext_lazy("letter", "Refused for good")
        UNREACHABLE = "unreachable", pgettext_lazy("letter", "The mail server cannot be reached")
        UNKNOWN = "unknown", pgettext_lazy("letter", "Cut off in the middle: nobody knows")

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="attempts", verbose_name=_("letter"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    message_id = models.CharField(max_length=300, db_index=True)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    code = models.PositiveSmallIntegerField(_("code of the mail server"), null=True)

    class Meta:
        verbose_name = _("attempt to send")
        verbose_name_plural = _("attempts to send")
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="letter_attempt_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, outcome="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(outcome="")),
                name="letter_attempt_ended_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.number}"
