"""Reads of opinions: what is asked about a case, when and by whom it is answered, and the list of a call."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import calibration
from cases.calibration import Result, Score
from cases.models import Assignment, Call, Case, Mark, Phase, Review
from cases.models.assignment import UNDER_REVIEW, Task
from cases.queries_call import IN_CALL
from config.text import diff
from members.middleware import whole_scope
from members.models import User

TEMPLATE = Path(__file__).resolve().parent / "calls.toml"


@dataclass(frozen=True)
class Level:
    """One answer that may be given: its label, its points, what it means."""

    label: str
    points: int
    meaning: str = ""


@dataclass(frozen=True)
class Question:
    """One criterion as it is asked now."""

    position: int
    name: str
    question: str
    is_gate: bool
    weight_percent: int
    levels: tuple[Level, ...]
    criterion: int | None = None

    @property
    def offered(self) -> str:
        """The levels in one line, to be kept with the answer."""
        return "、".join(f"{level.label} {level.points}" for level in self.levels)

    def level(self, label: str) -> Level | None:
        """Return the level of this label."""
        return next((level for level in self.levels if level.label == label), None)


def questions(case: Case) -> list[Question]:
    """Return what is asked about a case: its call's rubric, or the house's template outside a call."""
    if case.call_id is None:
        return list(_template())
    criteria = case.call.rubric.criteria.in_order()
    return [
        Question(
            number,
            row.name,
            row.question,
            row.is_gate,
            row.weight_percent,
            tuple(Level(level.label, level.points, level.meaning) for level in row.levels.all()),
            row.pk,
        )
        for number, row in enumerate(criteria, start=1)
    ]


@cache
def _template() -> tuple[Question, ...]:
    rows = tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))["criterion"]
    return tuple(
        Question(
            number,
            row["name"],
            row["question"],
            row["kind"] == "gate",
            row.get("weight_percent", 0),
            tuple(Level(*level) for level in row["levels"]),
        )
        for number, row in enumerate(rows, start=1)
    )


def closed_because(assignment: Assignment, today: date) -> str | Promise:
    """Return why no opinion can be given now; "" when it can."""
    case = assignment.case
    if case.state not in UNDER_REVIEW:
        return _("The case is no longer under review, so no opinion can be given or changed.")
    phases = list(Phase.objects.filter(call=case.call_id, kind=Phase.Kind.REVIEW).order_by("starts_on"))
    if not phases or any(phase.starts_on <= today <= phase.ends_on for phase in phases):
        return ""
    ahead = next((phase for phase in phases if phase.starts_on > today), None)
    if ahead is not None:
        return _("Scoring begins on %(day)s. You may read the case until then.") % {"day": ahead.starts_on.isoformat()}
    return _("Scoring ended on %(day)s.") % {"day": phases[-1].ends_on.isoformat()}


def last_day(call: Call | None, today: date) -> date | None:
    """Return the last day on which opinions can be given in a call; None without phases of review to come."""
    ahead = (
        Phase.objects.filter(call=call, kind=Phase.Kind.REVIEW, ends_on__gte=today) if call else Phase.objects.none()
    )
    return ahead.aggregate(last=Max("ends_on"))["last"]


def owes_opinion(user: User) -> QuerySet:
    """Return the user's assignments that wait for an opinion: of these cases others' opinions are not shown to them."""
    return Assignment.objects.filter(reviewer=user, task=Task.SCORE, ended_at=None, done_at=None)


def of_case(case: Case, user: User) -> list[Review] | None:
    """Return the current opinions on a case with their marks; None while the user still owes their own."""
    if owes_opinion(user).filter(case=case).exists():
        return None
    rows = Review.objects.current().filter(case=case).select_related("reviewer", "revision")
    return list(rows.defer("revision__body").prefetch_related("marks").order_by("given_at", "pk"))


@dataclass(frozen=True)
class Change:
    """What differs between two versions of an opinion: marks as (name, before, after), and the comments."""

    older: Review
    newer: Review
    marks: list[tuple[str, str, str]]

    @property
    def has_new_comment(self) -> bool:
        """Whether the words changed."""
        return self.older.comment != self.newer.comment

    @property
    def runs(self) -> list[diff.Run]:
        """The words of the comment taken out and put in."""
        return diff.compare_words(self.older.comment, self.newer.comment)


def changes(reviews: list[Review]) -> list[Change]:
    """Return what changed from each version to the next, newest first; `reviews` are one person's, oldest first."""
    found = []
    for older, newer in zip(reviews, reviews[1:], strict=False):
        before = {mark.name: mark.level for mark in older.marks.all()}
        after = {mark.name: mark.level for mark in newer.marks.all()}
        marks = [
            (name, before.get(name, ""), after.get(name, ""))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ]
        found.append(Change(older, newer, marks))
    return found[::-1]


def versions(assignment: Assignment) -> list[Review]:
    """Return every version of one opinion with its marks, oldest first."""
    rows = Review.objects.filter(assignment=assignment).select_related("revision").defer("revision__body")
    return list(rows.prefetch_related("marks").order_by("version"))


@dataclass(frozen=True)
class Row:
    """One case of a call in the list of scores. `is_hidden` while the reader owes the own opinion on it."""

    case: int
    year: int
    sequence: int
    title: str
    organisation: str
    state: str
    asked: int
    result: Result | None
    is_hidden: bool

    @property
    def number(self) -> str:
        """The number of the case."""
        return f"案-{self.year}-{self.sequence:04d}"


SORTS = {
    "number": lambda row: (row.year, row.sequence),
    "count": lambda row: row.result.count if row.result else 0,
    "raw": lambda row: row.result.raw if row.result else -1,
    "calibrated": lambda row: -1 if not row.result or row.result.calibrated is None else row.result.calibrated,
    "apart": lambda row: row.result.apart if row.result else -1,
    "gate": lambda row: row.result.failed if row.result else -1,
}


def given(call: Call) -> list[Score]:
    """Return every current score of a call by its rubric, whoever reads: the numbers are the same for everybody.

    An opinion given before the case came into the call answered other questions and is left out; one whose marks are
    not kept counts.
    """
    elsewhere = Mark.objects.filter(review=OuterRef("pk"), position=1).exclude(criterion__rubric__call=call)
    with whole_scope():
        rows = Review.objects.current().filter(~Exists(elsewhere), case__call=call)
        values = list(rows.values_list("case", "reviewer", "total", "passes_gate"))
    return [Score(case, who, float(total), passes) for case, who, total, passes in values]


@dataclass(frozen=True)
class Reviewer:
    """How one reviewer scores in a call."""

    name: str
    measure: calibration.Measure


def reviewers(call: Call, user: User) -> list[Reviewer]:
    """Return how the reviewers score whose opinions the user sees, the harshest first; none while the user owes one."""
    if owes_opinion(user).filter(case__call=call).exists():
        return []
    seen = Review.objects.current().filter(case__call=call).order_by()
    names = dict(seen.values_list("reviewer", "reviewer__name").distinct())
    found = calibration.measures(given(call))
    rows = [Reviewer(names[who], measure) for who, measure in found.items() if who in names]
    return sorted(rows, key=lambda row: (row.measure.shift, row.name))


def calibrated_of(case: Case) -> dict[int, float]:
    """Return the calibrated score of each reviewer of a case; of those with too few opinions, none."""
    if case.call_id is None:
        return {}
    found = calibration.calibrated(given(case.call))
    return {who: value for (key, who), value in found.items() if key == case.pk}


def scores(call: Call, user: User, sort: str = "-calibrated") -> list[Row]:
    """Return the cases of a call that the user sees with what came of the scoring; as many queries for many as for one.

    Every score of the call counts towards the reviewers' own means, hidden cases and other counties' too. Cases that
    fail a gate come last, whatever their sum; a case whose scores the reader may not see yet stands with none.
    """
    outcome = calibration.results(given(call))
    standing = Assignment.objects.standing().filter(case__call=call, task=Task.SCORE)
    asked = Counter(standing.values_list("case", flat=True))
    owed = set(owes_opinion(user).filter(case__call=call).values_list("case", flat=True))
    fields = ("pk", "year", "sequence", "title", "organisation__name", "state")
    cases = Case.objects.visible_to(user).filter(IN_CALL, call=call).values_list(*fields)
    rows = [
        Row(*values, asked[values[0]], None if values[0] in owed else outcome.get(values[0]), values[0] in owed)
        for values in cases.order_by("year", "sequence")
    ]
    key = SORTS.get(sort.removeprefix("-"), SORTS["calibrated"])
    rows.sort(key=key, reverse=sort.startswith("-"))
    if sort.removeprefix("-") in ("raw", "calibrated"):
        rows.sort(key=lambda row: bool(row.result and row.result.fails))
    return rows


def today() -> date:
    """Return the day by the clock on the wall."""
    return timezone.localdate()
