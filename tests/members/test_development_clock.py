"""The clocks of a development: month ends, leap days, both sides, repeated steps."""

from dataclasses import dataclass
from datetime import date

import pytest

from members.development_clock import add_months, in_the_way, lines, one_sided, overdue


@dataclass
class Rule:
    pk: int
    stage: str = "applicant"
    clock_from_id: int | None = None
    at_least_months: int | None = None
    at_most_months: int | None = None
    extended_months: int | None = None
    every_months: int | None = None
    at_least_hours: int | None = None


@dataclass
class Record:
    definition_id: int
    side: str
    done_on: date
    occasion: int = 1
    hours: int | None = None


def both(pk, day, occasion=1, hours=None):
    return [Record(pk, side, day, occasion, hours) for side in ("enterprise", "home")]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(day, months, expected):
    assert add_months(day, months) == expected


APPLY, TALK = Rule(1), Rule(2, clock_from_id=1, at_most_months=1)


@pytest.mark.parametrize(("today", "is_overdue"), [(date(2026, 2, 28), False), (date(2026, 3, 1), True)])
def test_a_talk_is_overdue_the_day_after_its_month(today, is_overdue):
    found = lines([APPLY, TALK], both(1, date(2026, 1, 31)), today)

    assert [line.due_on for line in found] == [None, date(2026, 2, 28)]
    assert [line.rule.pk for line in overdue(found, "applicant", today)] == ([2] if is_overdue else [])


def test_one_side_is_enough_for_the_clock_and_not_for_the_stage():
    records = [*both(1, date(2026, 1, 10)), Record(2, "enterprise", date(2026, 1, 20))]

    found = lines([APPLY, TALK], records, date(2026, 6, 1))

    assert overdue(found, "applicant", date(2026, 6, 1)) == []
    assert [(line.rule.pk, line.missing) for line in one_sided(found)] == [(2, ["home"])]
    assert [line.rule.pk for line in in_the_way(found, "applicant")] == [2]


def test_where_the_sides_differ_the_later_day_counts_and_is_pointed_out():
    records = [Record(1, "enterprise", date(2026, 1, 10)), Record(1, "home", date(2026, 1, 12))]

    apply, talk = lines([APPLY, TALK], records, date(2026, 1, 20))

    assert (apply.day, apply.faults, talk.due_on) == (date(2026, 1, 12), ["differs"], date(2026, 2, 12))


@pytest.mark.parametrize(
    ("day", "faults"),
    [
        (date(2025, 12, 31), ["before_start"]),
        (date(2026, 4, 1), []),
        (date(2026, 4, 2), ["late"]),
        (date(2026, 7, 1), ["late"]),
        (date(2026, 7, 2), ["beyond"]),
    ],
)
def test_an_approval_is_late_after_three_months_and_beyond_after_six(day, faults):
    approval = Rule(2, clock_from_id=1, at_most_months=3, extended_months=6)

    _start, found = lines([APPLY, approval], both(1, date(2026, 1, 1)) + both(2, day), date(2026, 12, 1))

    assert found.faults == faults


@pytest.mark.parametrize(("day", "faults"), [(date(2025, 2, 27), ["too_early"]), (date(2025, 2, 28), [])])
def test_a_year_from_a_leap_day_is_over_on_the_last_of_february(day, faults):
    full = Rule(2, clock_from_id=1, at_least_months=12)

    _start, found = lines([APPLY, full], both(1, date(2024, 2, 29)) + both(2, day), date(2025, 6, 1))

    assert found.faults == faults
    assert bool(in_the_way([found], "applicant")) is bool(faults)


def test_training_wants_its_hours_of_both_sides():
    training = Rule(1, at_least_hours=24)
    records = [Record(1, "enterprise", date(2026, 1, 1), hours=24), Record(1, "home", date(2026, 1, 1), hours=16)]

    (found,) = lines([training], records, date(2026, 2, 1))

    assert found.faults == ["too_short"]


REVIEW, CHOSEN = Rule(2, clock_from_id=1, every_months=6), Rule(3, clock_from_id=1, at_least_months=12)


def test_a_half_yearly_review_comes_until_the_next_step():
    start = both(1, date(2025, 8, 31))

    open_ = lines([APPLY, REVIEW, CHOSEN], start, date(2026, 3, 15))
    done = lines(
        [APPLY, REVIEW, CHOSEN],
        [*start, *both(2, date(2026, 2, 20)), *both(3, date(2026, 8, 31))],
        date(2027, 6, 1),
    )

    assert [(line.occasion, line.due_on, line.is_coming) for line in open_[1:3]] == [
        (1, date(2026, 2, 28), False),
        (2, date(2026, 8, 31), True),
    ]
    assert [line.occasion for line in overdue(open_, "applicant", date(2026, 3, 15))] == [1]
    assert [(line.occasion, line.day) for line in done[1:-1]] == [(1, date(2026, 2, 20)), (2, None)]
    assert [line.occasion for line in in_the_way(done, "applicant")] == [2]


def test_a_step_without_its_start_waits_without_a_clock():
    found = lines([APPLY, TALK, REVIEW], [], date(2026, 1, 1))

    assert [(line.rule.pk, line.due_on, line.is_coming) for line in found] == [
        (1, None, False),
        (2, None, False),
        (2, None, True),
    ]
