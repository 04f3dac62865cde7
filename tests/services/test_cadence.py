"""When a duty falls due: calendar periods, working days, excuses, and no debts for what is past."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cadence


def due(every, fulfilled_on=None, since=date(2024, 1, 1), **rest):
    found = cadence.next_due(every, fulfilled_on, since, **rest)
    return found and (found.first_on, found.due_on)


def test_a_weekly_duty_is_owed_the_week_after_it_was_fulfilled():
    # Wednesday 15 May 2024; the next week runs from the 20th, its last working day is Friday the 24th.
    assert due("week", date(2024, 5, 15)) == (date(2024, 5, 20), date(2024, 5, 24))


def test_a_make_up_sunday_belongs_to_its_week():
    # The week of 22 April 2024 was worked through Sunday the 28th for the Labour Day holiday.
    assert due("week", date(2024, 4, 19)) == (date(2024, 4, 22), date(2024, 4, 28))


def test_a_week_of_holidays_owes_nothing():
    # The week of 30 September 2024: one working day, then the National Day holiday until 7 October.
    assert due("week", date(2024, 9, 26)) == (date(2024, 10, 7), date(2024, 10, 12))


@pytest.mark.parametrize(
    ("every", "fulfilled_on", "owed"),
    [
        ("month", date(2024, 1, 31), (date(2024, 2, 1), date(2024, 2, 29))),
        ("quarter", date(2024, 3, 31), (date(2024, 4, 1), date(2024, 6, 28))),
        ("year", date(2024, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
        ("month", date(2024, 12, 31), (date(2025, 1, 1), date(2025, 1, 27))),  # New Year's Eve from the 28th
    ],
)
def test_calendar_periods_end_on_their_last_working_day(every, fulfilled_on, owed):
    assert due(every, fulfilled_on) == owed


def test_who_starts_late_in_a_period_owes_the_next_one():
    assert due("month", since=date(2024, 5, 24)) == (date(2024, 6, 1), date(2024, 6, 28))
    assert due("month", since=date(2024, 5, 6)) == (date(2024, 5, 1), date(2024, 5, 31))


def test_excused_days_are_not_owed():
    away = ((date(2024, 5, 13), date(2024, 5, 26)),)
    assert due("week", date(2024, 5, 10), excuses=away) == (date(2024, 5, 27), date(2024, 5, 31))


def test_an_excuse_without_end_owes_nothing_until_it_is_lifted():
    assert due("week", date(2024, 5, 10), excuses=((date(2024, 5, 11), None),)) is None
    assert due("week", excuses=((date(2023, 5, 11), None),)) is None


def test_nothing_is_owed_after_the_end():
    assert due("week", date(2024, 5, 10), until=date(2024, 5, 14)) is None


def test_a_missed_week_is_overdue_until_somebody_rings_and_no_longer():
    missed = cadence.next_due("week", date(2024, 5, 3), date(2024, 1, 1))
    assert missed.due_on == date(2024, 5, 11)  # a Saturday worked after Labour Day
    assert missed.is_overdue(date(2024, 5, 20)) and missed.days_over(date(2024, 5, 20)) == 9
    assert not missed.is_overdue(date(2024, 5, 11))
    rung = cadence.next_due("week", date(2024, 5, 20), date(2024, 1, 1))
    assert not rung.is_overdue(date(2024, 5, 20))


@given(
    st.sampled_from(["week", "month", "quarter", "year"]),
    st.dates(date(2023, 1, 1), date(2026, 6, 1)),
    st.dates(date(2023, 1, 1), date(2026, 6, 1)),
)
def test_the_owed_period_lies_after_the_fulfilled_one(every, fulfilled_on, since):
    found = cadence.next_due(every, fulfilled_on, since)
    assert found.first_on <= found.due_on <= found.last_on
    assert found.due_on >= since
    if fulfilled_on >= since:
        assert found.first_on > fulfilled_on


def test_an_unknown_cadence_is_refused():
    with pytest.raises(KeyError):
        cadence.period_of("fortnight", date(2024, 1, 1))
