"""What the desk asks of a unit when it returns a case: a checklist with a due date, its answers, its reminders."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.case import Case
from cases.models.review import Decision

TEXT_LENGTH = 500
ITEMS = 50
LONGEST_DAYS = 60
WORKING_DAYS = 10  # our choice: two weeks for a county's office


class Answer(models.TextChoices):
    """What the unit says of an item."""

    DONE = "done", pgettext_lazy("request", "Changed")
    NOT_DONE = "not_done", pgettext_lazy("request", "Not changed")


class Verdict(models.TextChoices):
    """What the desk says of an answer. An item that is not there yet stands in the next request."""

    ACCEPTED = "accepted", pgettext_lazy("request", "Accepted")
    NOT_YET = "not_yet", pgettext_lazy("request", "Not yet")

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return "success" if self is Verdict.ACCEPTED else "attention"


class RevisionRequestQuerySet(models.QuerySet):
    """Reads of requests."""

    def visible_to(self, user: models.Model) -> "RevisionRequestQuerySet":
        """Keep requests about the cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def standing(self) -> "RevisionRequestQuerySet":
        """Keep those the unit has still to answer."""
        return self.filter(closed_at=None)


class RevisionRequest(models.Model):
    """One return of a case for changes: until when, and whether the unit asked for more time.

    It closes when the case leaves the unit's table, by whatever decision.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests", verbose_name=_("case"))
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="request", verbose_name=_("decision"))
    due_on = models.DateField(_("due on"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    time_asked_at = models.DateTimeField(_("more time asked for at"), null=True)
    time_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_time_asked", verbose_name=_("by")
    )
    time_asked_days = models.PositiveSmallIntegerField(_("working days asked for"), null=True)
    time_note = models.CharField(_("why"), max_length=TEXT_LENGTH, blank=True)
    time_settled_at = models.DateTimeField(_("settled at"), null=True)
    time_settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_time_settled", verbose_name=_("by")
    )
    is_time_granted = models.BooleanField(_("more time given"), default=False)

    objects = RevisionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision request")
        verbose_name_plural = _("revision requests")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(closed_at=None), name="request_one_standing_a_case"
            ),
            models.CheckConstraint(
                condition=models.Q(time_asked_at=None, time_asked_days=None)
                | models.Q(time_asked_at__isnull=False, time_asked_days__isnull=False),
                name="request_time_asked_at_and_days",
            ),
            models.CheckConstraint(
                condition=models.Q(time_settled_at=None, time_settled_by=None, is_time_granted=False)
                | models.Q(time_asked_at__isnull=False, time_settled_at__isnull=False, time_settled_by__isnull=False),
                name="request_time_settled_at_and_by",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=models.Q(closed_at=None), name="request_due")]

    def __str__(self) -> str:
        return f"{self.case_id} · {self.due_on}"

    @property
    def asks_for_time(self) -> bool:
        """Whether the unit's wish for more time waits for an editor."""
        return self.closed_at is None and self.time_asked_at is not None and self.time_settled_at is None

    @property
    def is_overdue(self) -> bool:
        """Whether its day is over and no answer has come."""
        return self.closed_at is None and self.due_on < timezone.localdate()

    @property
    def days_left(self) -> int:
        """Calendar days until it is due; negative once it is overdue."""
        return (self.due_on - timezone.localdate()).days


class RequestItemQuerySet(models.QuerySet):
    """Reads of items."""

    def visible_to(self, user: models.Model) -> "RequestItemQuerySet":
        """Keep items about the cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def collected(self) -> "RequestItemQuerySet":
        """Keep those the desk has put down for the next request."""
        return self.filter(request=None)

    def unanswered(self) -> "RequestItemQuerySet":
        """Keep what the unit has not answered: not ticked, or “not changed” without saying why."""
        return self.filter(models.Q(answer="") | models.Q(answer=Answer.NOT_DONE, answer_note=""))


class RequestItem(models.Model):
    """One thing to change, and how it was answered. Without a `request` the desk is still collecting it.

    `quote` is the passage it is about, in the paragraph numbered from 1, blank lines apart; `figure` is a figure in
    its place, written as `Claim.context` is, where the item asks about a number.
    """

    Answer = Answer
    Verdict = Verdict

    case = models.ForeignKey(Case, models.PROTECT, related_name="request_items", verbose_name=_("case"))
    request = models.ForeignKey(
        RevisionRequest, models.PROTECT, null=True, related_name="items", verbose_name=_("revision request")
    )
    position = models.PositiveSmallIntegerField(_("number"), default=0)
    text = models.CharField(_("what to do"), max_length=TEXT_LENGTH)
    paragraph = models.PositiveSmallIntegerField(_("paragraph"), null=True)
    quote = models.CharField(_("passage"), max_length=TEXT_LENGTH, blank=True)
    figure = models.CharField(_("figure in its place"), max_length=200, blank=True)
    carried_from = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="carried_to", verbose_name=_("asked before as")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_items_asked", verbose_name=_("by")
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answer_note = models.CharField(_("what was done"), max_length=TEXT_LENGTH, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_items_answered", verbose_name=_("by")
    )
    verdict = models.CharField(_("the desk says"), max_length=10, choices=Verdict, blank=True)
    judged_at = models.DateTimeField(_("judged at"), null=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_items_judged", verbose_name=_("by")
    )

    objects = RequestItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of a request")
        verbose_name_plural = _("items of a request")
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="item_position_once"),
            models.CheckConstraint(condition=models.Q(answer__in=["", *Answer.values]), name="item_answer_known"),
            models.CheckConstraint(
                condition=models.Q(verdict="", judged_at=None, judged_by=None)
                | models.Q(verdict__in=Verdict.values, judged_at__isnull=False, judged_by__isnull=False),
                name="item_verdict_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(request__isnull=False) | models.Q(answer="", verdict=""),
                name="item_collected_has_no_answer",
            ),
        ]
        indexes = [models.Index(fields=["case"], condition=models.Q(request=None), name="item_collected")]

    def __str__(self) -> str:
        return self.text

    @property
    def is_asked(self) -> bool:
        """Whether the unit has it before it to be answered."""
        return self.request is not None and self.request.closed_at is None

    @property
    def is_answered(self) -> bool:
        """Whether it was ticked, and a “not changed” says why."""
        return bool(self.answer) and (self.answer == Answer.DONE or bool(self.answer_note))

    @property
    def said(self) -> Verdict | None:
        """The desk's word on the answer as a member of the enum; None where there is none."""
        return Verdict(self.verdict) if self.verdict else None


class RequestReminder(models.Model):
    """A reminder that went out: once for each due date and number of days before (negative) or after it."""

    request = models.ForeignKey(
        RevisionRequest, models.PROTECT, related_name="reminders", verbose_name=_("revision request")
    )
    days = models.SmallIntegerField(_("days from the due date"))
    due_on = models.DateField(_("due on"))
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now)

    class Meta:
        verbose_name = _("reminder of a request")
        verbose_name_plural = _("reminders of a request")
        constraints = [models.UniqueConstraint(fields=["request", "due_on", "days"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.days:+d}"
