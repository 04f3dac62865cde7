"""Working days: make-up Saturdays count, public holidays do not, and unannounced years fall back honestly."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import dates


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 4), True),  # a Sunday worked for the Spring Festival
        (date(2024, 2, 12), False),  # a Monday of the Spring Festival
        (date(2024, 10, 12), True),  # a Saturday worked for the National Day
        (date(2026, 11, 22), False),  # a plain Sunday
        (date(2026, 11, 23), True),
    ],
)
def test_make_up_days_are_worked_and_holidays_are_not(day, works):
    assert dates.is_workday(day) is works


def test_a_due_date_skips_the_whole_holiday():
    # From the last day before the National Day 2024 (1 to 7 October): the first working day after is the 8th.
    assert dates.add_workdays(date(2024, 9, 30), 1) == date(2024, 10, 8)


def test_the_day_itself_is_not_counted():
    assert dates.add_workdays(date(2026, 11, 23), 0) == date(2026, 11, 23)
    assert dates.add_workdays(date(2026, 11, 20), 1) == date(2026, 11, 23)  # from Friday to Monday


def test_a_year_without_announced_holidays_still_knows_the_fixed_ones():
    year = dates.LAST_YEAR + 1
    assert not dates.is_workday(date(year, 10, 1))
    weekday = next(date(year, 3, day) for day in range(1, 8) if date(year, 3, day).weekday() == 2)
    assert dates.is_workday(weekday)
    assert dates.announced_until() == date(dates.LAST_YEAR, 12, 31)


@given(st.dates(date(2020, 1, 1), date(2027, 12, 1)), st.integers(0, 40))
def test_between_undoes_add(start, count):
    due = dates.add_workdays(start, count)
    assert dates.workdays_between(start, due) == count
    assert dates.workdays_between(due, start) == -count


def test_a_due_date_never_lies_behind():
    with pytest.raises(ValueError, match="ahead"):
        dates.add_workdays(date(2026, 11, 20), -1)
