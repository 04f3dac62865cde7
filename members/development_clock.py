"""The clocks of a development: when a step is due, when it may come, what is missing on which side (pure).

`today` is passed in. Rules are step definitions in their order, records the steps as the sides recorded them; both
are read by attribute alone. Months end as the Civil Code has it (民法典 第二百零二条): where the last month has no such
day, on its last day.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

SIDES = ("enterprise", "home")


class Rule(Protocol):
    """What is read of a step definition."""

    pk: int
    stage: str
    clock_from_id: int | None
    at_least_months: int | None
    at_most_months: int | None
    extended_months: int | None
    every_months: int | None
    at_least_hours: int | None


class Record(Protocol):
    """What is read of a recorded step."""

    definition_id: int
    side: str
    occasion: int
    done_on: date
    hours: int | None


@dataclass
class Line:
    """One step, or one of its times, with what each side recorded of it."""

    rule: Rule
    occasion: int = 1
    records: dict[str, Record] = field(default_factory=dict)
    starts_on: date | None = None
    not_before_on: date | None = None
    due_on: date | None = None
    last_on: date | None = None
    is_coming: bool = False  # a time that is not due yet: nothing is missing

    @property
    def day(self) -> date | None:
        """The day the step counts for: where the sides differ the later one; None while nobody recorded it."""
        return max((record.done_on for record in self.records.values()), default=None)

    @property
    def missing(self) -> list[str]:
        """The sides that have not recorded it."""
        return [side for side in SIDES if side not in self.records]

    @property
    def is_complete(self) -> bool:
        """Both sides have recorded it."""
        return not self.missing

    @property
    def faults(self) -> list[str]:
        """What is wrong with what was recorded: differs, before_start, too_early, too_short, late, beyond."""
        if self.day is None:
            return []
        days = {record.done_on for record in self.records.values()}
        first = min(days)
        found = ["differs"] if len(days) > 1 else []
        if self.starts_on and first < self.starts_on:
            found.append("before_start")
        elif self.not_before_on and first < self.not_before_on:
            found.append("too_early")
        wanted = self.rule.at_least_hours
        if wanted and any((record.hours or 0) < wanted for record in self.records.values()):
            found.append("too_short")
        if self.last_on and self.day > self.last_on:
            found.append("beyond")
        elif self.due_on and self.day > self.due_on:
            found.append("late")
        return found

    def is_overdue(self, today: date) -> bool:
        """Tell whether its day has passed and nobody recorded it."""
        return self.due_on is not None and self.due_on < today and self.day is None


def add_months(day: date, months: int) -> date:
    """Return the same day some months later; where that month has no such day, its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def lines(rules: Sequence[Rule], records: Iterable[Record], today: date) -> list[Line]:
    """Return every step in order, a repeated one once for each time that was recorded, is due, or comes next."""
    by_place: dict[tuple[int, int], dict[str, Record]] = {}
    for record in records:
        by_place.setdefault((record.definition_id, record.occasion), {})[record.side] = record
    found = []
    for position, rule in enumerate(rules):
        start = Line(rule, records=by_place.get((rule.clock_from_id, 1), {})).day if rule.clock_from_id else None
        if rule.every_months:
            until = _closing_day(rules[position + 1 :], by_place)
            found += _times(rule, by_place, start, until, today)
        else:
            found.append(_once(rule, by_place.get((rule.pk, 1), {}), start))
    return found


def overdue(found: Iterable[Line], stage: str, today: date) -> list[Line]:
    """Keep the lines of a stage whose day has passed without anybody recording them."""
    return [line for line in found if line.rule.stage == stage and line.is_overdue(today)]


def one_sided(found: Iterable[Line]) -> list[Line]:
    """Keep the lines one side has recorded and the other has not."""
    return [line for line in found if len(line.missing) == 1]


def in_the_way(found: Iterable[Line], stage: str) -> list[Line]:
    """Keep the lines that stand in the way of leaving a stage: not recorded by both, too early, or too short."""
    stopping = {"before_start", "too_early", "too_short"}
    return [
        line
        for line in found
        if line.rule.stage == stage and not line.is_coming and (line.missing or stopping & set(line.faults))
    ]


def _once(rule: Rule, records: dict[str, Record], start: date | None) -> Line:
    after = {
        place: add_months(start, months) if start and months is not None else None
        for place, months in (
            ("not_before_on", rule.at_least_months),
            ("due_on", rule.at_most_months),
            ("last_on", rule.extended_months),
        )
    }
    return Line(rule, records=records, starts_on=start, **after)


def _closing_day(later: Sequence[Rule], by_place: dict) -> date | None:
    """Return the day of the next step that comes once: it ends the repeating, unless it was not recorded yet."""
    closing = next((rule for rule in later if not rule.every_months), None)
    return Line(closing, records=by_place.get((closing.pk, 1), {})).day if closing else None


def _times(rule: Rule, by_place: dict, start: date | None, until: date | None, today: date) -> list[Line]:
    recorded = max((occasion for pk, occasion in by_place if pk == rule.pk), default=0)
    found, occasion = [], 1
    while True:
        due = add_months(start, rule.every_months * occasion) if start else None
        is_over = occasion > recorded
        if is_over and (due is None and found or until is not None and (due is None or due > until)):
            return found
        line = Line(rule, occasion, by_place.get((rule.pk, occasion), {}), starts_on=start, due_on=due)
        line.is_coming = is_over and (due is None or due > (until or today))
        found.append(line)
        if line.is_coming:
            return found
        occasion += 1
