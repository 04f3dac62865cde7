"""Reads about calls: where one stands in time, what came in, who recommends."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Call, Case, Phase, Track
from cases.models.assignment import hidden_from
from cases.models.call import CallQuerySet
from members.models import User
from members.permissions import Permission

OUTSIDE_CALL = [Case.State.DRAFT, Case.State.WITHDRAWN, Case.State.MERGED]
IN_CALL = ~Q(state__in=OUTSIDE_CALL)


class When(StrEnum):
    """Where a step lies, seen from today."""

    PAST = "past"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Step:
    """One line of a call's calendar; the first is the window itself."""

    name: str
    starts_on: date
    ends_on: date
    when: When
    phase: Phase | None = None

    @property
    def is_now(self) -> bool:
        """Whether today lies in it."""
        return self.when == When.NOW


def timeline(call: Call, now: datetime) -> list[Step]:
    """Return the window and the phases in the order of their days, each said to be past, now or ahead."""
    today = timezone.localdate(now)
    opens_on, closes_on = timezone.localdate(call.opens_at), call.last_day.date()
    window = When.AHEAD if now < call.opens_at else When.PAST if now >= call.closes_at else When.NOW
    steps = [
        Step(phase.name, phase.starts_on, phase.ends_on, _when(phase.starts_on, phase.ends_on, today), phase)
        for phase in sorted(call.phases.all(), key=lambda phase: (phase.starts_on, phase.position, phase.pk))
    ]
    return [Step(_("Cases are sent in"), opens_on, closes_on, window), *steps]


def too_early(call: Call) -> list[Phase]:
    """Return the phases that begin before the window has closed: they stood before somebody moved the window."""
    return [phase for phase in call.phases.all() if phase.starts_on <= call.last_day.date()]


def _when(starts_on: date, ends_on: date, today: date) -> When:
    if today < starts_on:
        return When.AHEAD
    return When.PAST if today > ends_on else When.NOW


def current(call: Call, kind: str, now: datetime) -> Phase | None:
    """Return the phase of a kind that runs today; None where none does."""
    today = timezone.localdate(now)
    return call.phases.filter(kind=kind, starts_on__lte=today, ends_on__gte=today).order_by("position").first()


@dataclass(frozen=True)
class Tally:
    """What came in for a call, each number with the page of its rows for those who may read them."""

    cases: int
    units: int
    cities: int
    late: int
    published: int
    tracks: list[tuple[Track, int]]


def tally(call: Call) -> Tally:
    """Count the cases of a call that stand in it: drafts, withdrawn and merged ones apart. Three queries."""
    inside = Case.objects.filter(IN_CALL, call=call)
    numbers = inside.aggregate(
        cases=Count("pk"),
        units=Count("organisation", distinct=True),
        late=Count("pk", filter=Q(is_late=True)),
        published=Count("pk", filter=Q(state=Case.State.PUBLISHED)),
    )
    paths = inside.values_list("organisation__region__path", flat=True).distinct()
    cities = len({path.split(".")[1] for path in paths if path.count(".") > 1})
    counted = dict(inside.order_by().values_list("track").annotate(number=Count("pk")))
    tracks = [(track, counted.get(track.pk, 0)) for track in call.tracks.in_order()]
    return Tally(cities=cities, tracks=tracks, **numbers)


def links(call: Call, user: User, tally: Tally) -> dict:
    """Return the lists of exactly the rows the numbers of a call count; "" for who may not read all of them.

    Whoever sits on its jury, or comes from a body that sent a case in, reads only some: no number opens for them.
    """
    is_open = user.is_authenticated and user.has_permission(Permission.READ_DESK, call.organisation)
    is_open = is_open and not _hides_some(call, user)

    def address(name: str, track: Track | None = None) -> str:
        chosen = f"&track={track.pk}" if track else ""
        return f"{reverse('cases:review_queue', args=[name])}?call={call.pk}{chosen}" if is_open else ""

    tracks = [(track, number, address("called", track)) for track, number in tally.tracks]
    return {"rows_url": address("called"), "published_url": address("published"), "tracks": tracks}


def _hides_some(call: Call, user: User) -> bool:
    hidden = hidden_from(user)
    return hidden is not None and Case.objects.filter(hidden, IN_CALL, call=call).exists()


def with_number(calls: CallQuerySet) -> CallQuerySet:
    """Add `number`, how many cases stand in each call, newest first; one query for all."""
    inside = ~Q(cases__state__in=OUTSIDE_CALL)
    rows = calls.select_related("organisation").prefetch_related("phases")
    return rows.annotate(number=Count("cases", filter=inside)).order_by("-closes_at", "-pk")


@dataclass(frozen=True)
class Entry:
    """A call in a list: its calendar and the step it is in."""

    call: Call
    now: Step | None
    next: Step | None


def entries(calls: list[Call], now: datetime) -> list[Entry]:
    """Set beside each call the step that runs and the one to come; the phases are at hand already."""
    found = []
    for call in calls:
        steps = timeline(call, now)
        running = [step for step in steps if step.is_now]
        ahead = [step for step in steps if step.when == When.AHEAD]
        found.append(Entry(call, running[-1] if running else None, ahead[0] if ahead else None))
    return found


def criteria_rows(call: Call) -> list[dict]:
    """Return the criteria as the rubric's form shows them, their levels as lines."""
    return [
        {
            "pk": criterion.pk,
            "kind": criterion.kind,
            "name": criterion.name,
            "weight_percent": criterion.weight_percent,
            "question": criterion.question,
            "levels": "\n".join(f"{level.label} {level.points} {level.meaning}" for level in criterion.levels.all()),
        }
        for criterion in call.rubric.criteria.in_order()
    ]


TEMPLATE = Path(__file__).resolve().parent / "calls.toml"


@cache
def template_statement() -> str:
    """Return the statement a new call asks for unless somebody words it otherwise."""
    return tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))["statement"]


CLOSED_SHOWN_DAYS = 30  # our choice: so long a form still knows a closed call, to say that it closed


def offered(paths: Iterable[str], now: datetime) -> list[Call]:
    """Return the calls a form offers to who submits for bodies at or under `paths`, the soonest to close first.

    Closed ones stay for a month, so that a form left open over the last minute is answered in words.
    """
    since = now - timedelta(days=CLOSED_SHOWN_DAYS)
    calls = Call.objects.filter(state=Call.State.ANNOUNCED, opens_at__lte=now, closes_at__gt=since)
    near = Q(pk__in=[])
    for path in paths:
        steps = path.rstrip(".").split(".")
        above = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
        near |= Q(organisation__path__startswith=path) | Q(organisation__path__in=above)
    rows = calls.filter(near).select_related("organisation").prefetch_related("tracks").order_by("closes_at", "pk")
    return list(rows)


def is_closed_to_author(case: Case, now: datetime) -> bool:
    """Tell whether a received case's text stands because its call has closed; what was sent back may be changed.

    Source: after the close of a call only returned cases are edited (rules of public calls).
    """
    if case.call_id is None or case.is_late or case.state != Case.State.RECEIVED or now < case.call.closes_at:
        return False
    return not case.recommendations.filter(state="returned", revision=case.current_revision_id).exists()


def may_move(case: Case) -> bool:
    """Tell whether a case's call may still be chosen anew."""
    ended = case.state in {Case.State.DECLINED, Case.State.WITHDRAWN, Case.State.MERGED}
    return not ended and not case.recommendations.exists() and not case.shortlisted.filter(removed_at=None).exists()
