"""The named lists of cases: one table, its rows and its counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import workflow
from cases.models import Case, Decision, Likeness, RevisionRequest
from cases.models.case import CaseQuerySet, State
from cases.queries_call import OUTSIDE_CALL
from members.models import User
from members.models.organisation import under_paths
from members.permissions import Permission

STALE_DAYS = 7
DESK, AUTHOR = Permission.READ_DESK, Permission.SUBMIT_CASE


@dataclass(frozen=True)
class Queue:
    """A named list of cases. `condition` picks its rows within what the user sees from that `permission`'s side."""

    name: str
    label: Promise
    permission: Permission
    condition: Callable[[User, datetime], Q]
    empty: Promise
    group: str = "stage"
    sort: str = "since"
    has_one_state: bool = False
    has_due: bool = False

    @property
    def is_author_side(self) -> bool:
        """Whether it shows cases as the submitting side is told of them."""
        return self.permission == AUTHOR

    def get_absolute_url(self) -> str:
        """Return the page of exactly these rows."""
        return reverse("cases:review_ours" if self.is_author_side else "cases:review_queue", args=[self.name])


def _in(*states: State) -> Callable[[User, datetime], Q]:
    return lambda _user, _now: Q(state__in=states)


def _stage(name: str, label: Promise, state: State, empty: Promise) -> Queue:
    sort = "-since" if state == State.PUBLISHED else "due" if state == State.RETURNED else "since"
    has_due = state == State.RETURNED
    return Queue(name, label, DESK, _in(state), empty, sort=sort, has_one_state=True, has_due=has_due)


def _resubmitted(_user: User, _now: datetime) -> Q:
    latest_move = Decision.objects.filter(
        case=OuterRef("pk"), kind=Decision.Kind.RESUBMIT, decided_at=OuterRef("state_since")
    )
    return Q(state=State.FIRST_REVIEW) & Q(Exists(latest_move))


def _held(user: User, _now: datetime) -> Q:
    return Q(held_by=user)


def _unheld(_user: User, _now: datetime) -> Q:
    return Q(state__in=workflow.HELD, held_by=None)


def _called(_user: User, _now: datetime) -> Q:
    return Q(call__isnull=False) & ~Q(state__in=OUTSIDE_CALL)


def _stale(_user: User, now: datetime) -> Q:
    open_states = [*workflow.HELD, State.RETURNED]
    return Q(state__in=open_states, state_since__lt=now - timedelta(days=STALE_DAYS))


def _alike(user: User, _now: datetime) -> Q:
    """Match open cases that strongly resemble another one the user may read, where nobody has put the pair aside."""
    waiting = Likeness.objects.waiting(Case.objects.visible_to(user))
    resembles = Exists(waiting.filter(earlier=OuterRef("pk"))) | Exists(waiting.filter(later=OuterRef("pk")))
    return Q(state__in=[*workflow.HELD, State.RETURNED]) & Q(resembles)


def _unchecked(_user: User, _now: datetime) -> Q:
    return Q(state__in=workflow.HELD, figures_unchecked__gt=0)


def _overdue(_user: User, _now: datetime) -> Q:
    late = RevisionRequest.objects.standing().filter(case=OuterRef("pk"), due_on__lt=timezone.localdate())
    return Q(state=State.RETURNED) & Q(Exists(late))


def _every(_user: User, _now: datetime) -> Q:
    return Q()


QUEUES: tuple[Queue, ...] = (
    Queue(
        "held",
        _("With me"),
        Permission.EDIT_CASE,
        _held,
        _("Nothing is on your table. Open a queue and take a case."),
        group="work",
    ),
    Queue(
        "resubmitted",
        _("Back from changes"),
        DESK,
        _resubmitted,
        _("No returned case has come back."),
        group="work",
    ),
    Queue(
        "called",
        _("Sent in for calls"),
        DESK,
        _called,
        _("No case has been sent in for a call."),
        group="work",
        sort="-number",
    ),
    Queue(
        "overdue",
        _("Changes overdue"),
        DESK,
        _overdue,
        _("Every unit that was asked for changes still has time."),
        group="work",
        sort="due",
        has_one_state=True,
        has_due=True,
    ),
    Queue("unheld", _("With nobody"), DESK, _unheld, _("Every open case has somebody who works on it."), group="work"),
    Queue("stale", _("Long unmoved"), DESK, _stale, _("No open case has stood still for a week."), group="work"),
    Queue(
        "alike",
        _("Perhaps duplicates"),
        DESK,
        _alike,
        _("No open case shares so much with another that somebody should read both."),
        group="work",
    ),
    Queue(
        "figures",
        _("Figures to check"),
        DESK,
        _unchecked,
        _("In every open case somebody said what each figure the ledger may know stands for."),
        group="work",
    ),
    _stage(
        "received",
        _("Waiting for first review"),
        State.RECEIVED,
        _("No submission is waiting. New ones appear here as soon as they are submitted."),
    ),
    _stage("first_review", _("In first review"), State.FIRST_REVIEW, _("Nothing is in first review.")),
    _stage("second_review", _("In second review"), State.SECOND_REVIEW, _("Nothing is in second review.")),
    _stage("final_review", _("In final review"), State.FINAL_REVIEW, _("Nothing is in final review.")),
    _stage("ready", _("Ready to publish"), State.READY, _("Nothing is waiting to be published.")),
    _stage("returned", _("Returned for changes"), State.RETURNED, _("No unit is working on changes.")),
    _stage("published", _("Published"), State.PUBLISHED, _("Nothing has been published yet.")),
    Queue(
        "ended",
        _("Declined, withdrawn, merged"),
        DESK,
        _in(*sorted(workflow.ENDED)),
        _("No case has ended without being published."),
        sort="-since",
    ),
    Queue("all", _("All cases"), DESK, _every, _("No case has been submitted in your scope yet."), sort="-number"),
    Queue(
        "asked",
        _("Waiting for us"),
        AUTHOR,
        _in(State.DRAFT, State.RETURNED),
        _("Nothing is asked of you: no draft and no returned case."),
        group="author",
        has_due=True,
    ),
    Queue(
        "sent",
        _("With the editors"),
        AUTHOR,
        _in(*sorted(workflow.HELD)),
        _("None of your cases is with the editors."),
        group="author",
    ),
    Queue(
        "ours_published",
        _("Ours, published"),
        AUTHOR,
        _in(State.PUBLISHED),
        _("None of your cases has been published yet."),
        group="author",
        sort="-since",
    ),
    Queue(
        "ours_ended",
        _("Ours, not published"),
        AUTHOR,
        _in(*sorted(workflow.ENDED)),
        _("None of your cases was declined, withdrawn or merged."),
        group="author",
    ),
)
BY_NAME = {queue.name: queue for queue in QUEUES}


def _side(queue: Queue, user: User) -> Q:
    """Match the rows of the side a queue is seen from: the desk's subtrees, or the user's own and their units'."""
    if queue.permission == AUTHOR:
        return our_side(user)
    return under_paths("organisation__path", user.paths(queue.permission)) & ~Q(state=State.DRAFT)


def our_side(user: User) -> Q:
    """Match the cases the user submitted or submits for, what others sent to their own desk apart."""
    of_our_units = under_paths("organisation__path", user.paths(AUTHOR))
    of_the_desk = under_paths("organisation__path", user.paths(Permission.EDIT_CASE))
    return Q(created_by=user) | (of_our_units & ~of_the_desk)


def rows(queue: Queue, user: User) -> CaseQuerySet:
    """Return the cases a queue holds for the user, unordered; with `due_on` and `waits_for_time` where it has dates."""
    found = Case.objects.visible_to(user).filter(_side(queue, user) & queue.condition(user, timezone.now()))
    if not queue.has_due:
        return found
    standing = RevisionRequest.objects.standing().filter(case=OuterRef("pk"))
    waits = standing.filter(time_asked_at__isnull=False, time_settled_at=None)
    return found.annotate(due_on=Subquery(standing.values("due_on")[:1]), waits_for_time=Exists(waits))


@dataclass(frozen=True)
class Place:
    """Where a case lies in the list its reader works through: the cases before and after it, if any."""

    previous: Case | None
    following: Case | None


def place(inside: CaseQuerySet, order_by: Sequence[str], case: Case, then: int | None = None) -> Place:
    """Return the place of a case among the rows of a list in the list's own order; three queries whatever its length.

    `order_by` are field names of one direction, something unique last.
    A case that has left the list has none: what follows is `then`, which followed it before, or else the first.
    """
    names = [name.removeprefix("-") for name in order_by]
    values = inside.filter(pk=case.pk).values_list(*names).first()
    if values is None:
        following = inside.filter(pk=then).first() if then is not None else None
        return Place(None, following or inside.order_by(*order_by).first())
    row = dict(zip(names, values, strict=True))
    is_descending = order_by[0].startswith("-")
    return Place(
        _next_to(inside, row, is_descending=not is_descending), _next_to(inside, row, is_descending=is_descending)
    )


def _next_to(inside: CaseQuerySet, row: dict[str, object], *, is_descending: bool) -> Case | None:
    """Return the first row past these values of the sorting fields in that direction; None at the end."""
    past, same = Q(pk__in=[]), Q()
    for name, value in row.items():
        past |= same & _beyond(name, value, is_descending=is_descending)
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    sign = "-" if is_descending else ""
    return inside.filter(past).order_by(*(f"{sign}{name}" for name in row)).first()


def _beyond(name: str, value: object, *, is_descending: bool) -> Q:
    """Match what a column holds past a value. Postgres puts nothing (null) last, and first when descending."""
    if value is None:
        return Q(**{f"{name}__isnull": False}) if is_descending else Q(pk__in=[])
    if is_descending:
        return Q(**{f"{name}__lt": value})
    return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})


def counts(user: User) -> list[tuple[Queue, int]]:
    """Return every queue open to the user with the number of its rows; one query for all, beside that for conflicts."""
    queues = [queue for queue in QUEUES if user.has_permission(queue.permission)]
    if not queues:
        return []
    now = timezone.now()
    numbers = Case.objects.visible_to(user).aggregate(
        **{queue.name: Count("pk", filter=_side(queue, user) & queue.condition(user, now)) for queue in queues}
    )
    return [(queue, numbers[queue.name]) for queue in queues]
