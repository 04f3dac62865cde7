"""A case, its number, its field, and the immutable revisions of its text."""

import hashlib
import re
import uuid
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.assignment import hidden_from
from config.sealed import SealedField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class Tag(NamedTuple):
    """What a state's tag shows."""

    label: str
    tone: str


class State(models.TextChoices):
    """Where a case stands. `tone` colours the tag, `public_label` is what the contributor reads."""

    DRAFT = "draft", _("Draft")
    RECEIVED = "received", _("Received")
    FIRST_REVIEW = "first_review", _("In first review")
    RETURNED = "returned", _("Returned for changes")
    SECOND_REVIEW = "second_review", _("In second review")
    FINAL_REVIEW = "final_review", _("In final review")
    READY = "ready", _("Ready to publish")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged as duplicate")

    @property
    def tone(self) -> str:
        """One of neutral, progress, attention, success, ended."""
        return TONES[self]

    @property
    def public_label(self) -> str:
        """What the contributor is told: one word for the three reviews."""
        if self in UNDER_REVIEW:
            return _("Under review")
        return self.label

    @property
    def told(self) -> str:
        """One sentence for the submitting side: where the case is and what is asked of them."""
        return TOLD[State.FIRST_REVIEW if self in UNDER_REVIEW else self]

    @property
    def public(self) -> Tag:
        """The tag the contributor sees."""
        return Tag(self.public_label, self.tone)


UNDER_REVIEW = frozenset({State.FIRST_REVIEW, State.SECOND_REVIEW, State.FINAL_REVIEW, State.READY})
TOLD = {
    State.DRAFT: _("Only you see this draft. Read it through, then submit it to the editors."),
    State.RECEIVED: _("The editors have it and will take it up. You may still change the text."),
    State.FIRST_REVIEW: _("The editors are reviewing it. Nothing is asked of you now."),
    State.RETURNED: _("The editors ask for changes. Change the text as asked below, then resubmit it."),
    State.PUBLISHED: _("It stands in the public library."),
    State.DECLINED: _("The editors will not publish it; the reason is given below."),
    State.WITHDRAWN: _("It was withdrawn; the reason is given below."),
    State.MERGED: _("It tells the same as another case and was merged into it."),
}
TONES = {
    State.DRAFT: "neutral",
    State.RECEIVED: "attention",
    State.FIRST_REVIEW: "progress",
    State.RETURNED: "attention",
    State.SECOND_REVIEW: "progress",
    State.FINAL_REVIEW: "progress",
    State.READY: "progress",
    State.PUBLISHED: "success",
    State.DECLINED: "ended",
    State.WITHDRAWN: "ended",
    State.MERGED: "ended",
}


class SubjectFieldQuerySet(models.QuerySet):
    """Reads of the fields."""

    def visible_to(self, user: models.Model) -> "SubjectFieldQuerySet":
        """Keep all: the list is one for the whole house."""
        return self.all()

    def in_use(self) -> "SubjectFieldQuerySet":
        """Keep fields that may still be chosen, in their printed order."""
        return self.filter(retired_on=None).order_by("position", "pk")


class SubjectField(models.Model):
    """A field of party work a case belongs to (领域): an editable vocabulary."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = SubjectFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")

    def __str__(self) -> str:
        return self.name


class CaseCounter(models.Model):
    """The last sequence number given out in a year; locked while a case is numbered, so numbers have no gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.year)


class CaseQuerySet(models.QuerySet):
    """Reads of cases."""

    def visible_to(self, user: models.Model) -> "CaseQuerySet":
        """Keep the user's own cases, and those past draft in subtrees where the user may read cases.

        An account of the desk finds none that it must keep away from as a reviewer.
        """
        if not user.is_authenticated:
            return self.none()
        in_scope = under_paths("organisation__path", user.paths(Permission.READ_CASES)) & ~models.Q(state=State.DRAFT)
        hidden = hidden_from(user)
        found = self.filter(in_scope | models.Q(created_by=user))
        return found if hidden is None else found.exclude(hidden)

    def stewarded_by(self, user: models.Model) -> "CaseQuerySet":
        """Keep the visible cases of organisations whose data the user puts in order."""
        mine = under_paths("organisation__path", user.paths(Permission.MANAGE_VOCABULARIES))
        return self.visible_to(user).filter(mine)

    def with_row(self) -> "CaseQuerySet":
        """Join what a list row shows, so that a list costs the same for 1 and for 1,000."""
        return self.select_related(
            "organisation", "organisation__region", "field", "call", "track", "held_by", "current_revision"
        )


class Case(models.Model):
    """One write-up on its way from arrival to the library. Changed by actions alone."""

    State = State

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    year = models.PositiveSmallIntegerField(_("year"), editable=False)
    sequence = models.PositiveIntegerField(_("sequence"), editable=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_submitted", verbose_name=_("submitting organisation")
    )
    field = models.ForeignKey(
        SubjectField, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("field")
    )
    call = models.ForeignKey(
        "Call", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("call for cases")
    )
    track = models.ForeignKey(
        "Track", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("track")
    )
    is_late = models.BooleanField(_("came after the call closed"), default=False, editable=False)
    statement = models.CharField(
        _("statement confirmed"), max_length=300, blank=True, default="", db_default="", editable=False
    )
    stated_at = models.DateTimeField(_("statement confirmed at"), null=True, editable=False)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    current_revision = models.ForeignKey("Revision", models.PROTECT, null=True, editable=False, related_name="+")
    figures_unchecked = models.PositiveSmallIntegerField(
        _("figures nobody has confirmed"), default=0, db_default=0, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="cases_authored",
        verbose_name=_("entered by"),
    )
    contributor_name = models.CharField(_("contributor"), max_length=60, blank=True)
    contact_cipher = SealedField(place="contact", default=b"", editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    received_at = models.DateTimeField(_("received at"), null=True, editable=False)
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now, editable=False)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases_held",
        verbose_name=_("with"),
    )
    held_at = models.DateTimeField(_("with them since"), null=True, blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="duplicates", verbose_name=_("duplicate of")
    )
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    comments_closed_at = models.DateTimeField(_("comments closed at"), null=True, editable=False)
    comments_closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(fields=["year", "sequence"], name="case_number_once"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(
                condition=models.Q(held_by=None, held_at=None) | models.Q(held_by__isnull=False, held_at__isnull=False),
                name="case_held_by_and_at",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.MERGED, duplicate_of__isnull=False)
                | (~models.Q(state=State.MERGED) & models.Q(duplicate_of=None)),
                name="case_merged_names_the_other",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED) | models.Q(published_at__isnull=False),
                name="case_published_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(comments_closed_at=None, comments_closed_by=None)
                | models.Q(comments_closed_at__isnull=False, comments_closed_by__isnull=False),
                name="case_comments_closed_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(statement="", stated_at=None, stated_by=None)
                | (~models.Q(statement="") & models.Q(stated_at__isnull=False)),
                name="case_statement_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(call__isnull=False) | models.Q(track=None, is_late=False), name="case_track_has_call"
            ),
        ]
        indexes = [models.Index(fields=["state", "state_since"], name="case_queue")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the page on the desk; the public page belongs to the library entry."""
        return reverse("cases:review_detail", args=[self.pk])

    @property
    def number(self) -> str:
        """The number on every letter: 案-2026-0001."""
        return f"案-{self.year}-{self.sequence:04d}"

    @property
    def status(self) -> State:
        """The state as a member of the enum, for its label and tone."""
        return State(self.state)

    @property
    def days_in_state(self) -> int:
        """Full days since the last move."""
        return (timezone.now() - self.state_since).days


def characters_of(text: str) -> int:
    """Return how many characters a text has, white space apart (decision 11)."""
    return len(re.sub(r"\s", "", text))


def digest_of(title: str, body: str) -> str:
    """Return the sha256 by which two texts count as the same: trailing white space and blank lines apart."""
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if line)
    return hashlib.sha256(f"{title.strip()}\n\n{kept}".encode()).hexdigest()


class RevisionQuerySet(models.QuerySet):
    """Reads of revisions."""

    def visible_to(self, user: models.Model) -> "RevisionQuerySet":
        """Keep revisions of the cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))


class Revision(models.Model):
    """One immutable state of a case's text; a database trigger refuses any change to it."""

    class Source(models.TextChoices):
        """How the text came to be."""

        INTAKE = "intake", _("As received, cleaned")
        UNDO = "undo", _("Cleaning fix undone")
        EDIT = "edit", _("Edited at the desk")
        RESUBMISSION = "resubmission", _("Resubmitted by the unit")
        CORRECTION = "correction", _("Corrected after publication")

    case = models.ForeignKey(Case, models.PROTECT, related_name="revisions", verbose_name=_("case"))
    number = models.PositiveSmallIntegerField(_("revision"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    digest = models.CharField(max_length=64, editable=False)
    source = models.CharField(_("came by"), max_length=20, choices=Source)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="revisions_written",
        verbose_name=_("by"),
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"
