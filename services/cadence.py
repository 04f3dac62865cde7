"""What a duty owes and when it falls due, from how often it comes round and when it was last fulfilled (pure).

Occurrences are never stored. A duty of "twice a month" is fulfilled in a calendar month with two rows; it falls due on
the month's last working day. Whoever missed two weeks and rings today owes nothing more: a missed period is history,
not a debt to be worked off, or people would enter calls that never were.
"""

import functools
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from config.dates import SATURDAY, is_workday

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAY = timedelta(days=1)
ENOUGH = 0.5  # a period owes nothing when fewer than this part of its Mondays to Fridays could be worked


@dataclass(frozen=True)
class Due:
    """The period that is owed and the day by which."""

    first_on: date
    last_on: date
    due_on: date

    def days_over(self, today: date) -> int:
        """Calendar days past the due day; 0 or less while there is time."""
        return (today - self.due_on).days

    def is_overdue(self, today: date) -> bool:
        """Whether the due day has passed."""
        return today > self.due_on


@functools.lru_cache(maxsize=4096)
def period_of(every: str, day: date) -> tuple[date, date]:
    """First and last day of the calendar period a day lies in; weeks begin on Monday.

    Raises: KeyError for an unknown cadence.
    """
    if every == "week":
        first = day - DAY * day.weekday()
        return first, first + DAY * 6
    months = MONTHS[every]
    first_month = (day.month - 1) // months * months + 1
    last_month = first_month + months - 1
    return date(day.year, first_month, 1), date(day.year, last_month, monthrange(day.year, last_month)[1])


@functools.lru_cache(maxsize=4096)
def workdays(first_on: date, last_on: date) -> tuple[date, ...]:
    """The working days of a period, make-up days included."""
    days = (first_on + DAY * passed for passed in range((last_on - first_on).days + 1))
    return tuple(day for day in days if is_workday(day))


def next_due(
    every: str,
    fulfilled_on: date | None,
    since: date,
    until: date | None = None,
    excuses: tuple[tuple[date, date | None], ...] = (),
) -> Due | None:
    """The first period that is owed and not fulfilled; None when none is left before `until`.

    `fulfilled_on` is the day of the last row that counts, for a duty of n times the n-th last. `since` and `until`
    bound the duty (the day of the end no longer counts), `excuses` are first and last days on which nothing is owed,
    the last day None while it is open. A period is owed when it leaves working days for at least half of its Mondays to
    Fridays: a week of public holidays owes no call.
    """
    if any(last is None and first <= since for first, last in excuses):
        return None
    start = since if fulfilled_on is None or fulfilled_on < since else period_of(every, fulfilled_on)[1] + DAY
    first, last = period_of(every, start)
    while until is None or first < until:
        if due := _owed(first, last, since, until, excuses):
            return due
        if any(end is None and begin <= first for begin, end in excuses):
            return None
        first, last = period_of(every, last + DAY)
    return None


def _owed(first: date, last: date, since: date, until: date | None, excuses: tuple) -> Due | None:
    touching = tuple((begin, end) for begin, end in excuses if begin <= last and (end is None or end >= first))
    return _owed_in(first, last, max(since, first), until if until is None or until <= last else None, touching)


@functools.lru_cache(maxsize=4096)
def _owed_in(first: date, last: date, since: date, until: date | None, excuses: tuple) -> Due | None:
    """Work out one period; most pairings ask for the same few, and a year has 250 working days to look at."""
    usable = [
        day
        for day in workdays(first, last)
        if day >= since
        and (until is None or day < until)
        and not any(begin <= day and (end is None or day <= end) for begin, end in excuses)
    ]
    if not usable or len(usable) < ENOUGH * _mondays_to_fridays(first, last):
        return None
    return Due(first, last, usable[-1])


@functools.lru_cache(maxsize=4096)
def _mondays_to_fridays(first: date, last: date) -> int:
    return sum((first + DAY * passed).weekday() < SATURDAY for passed in range((last - first).days + 1))
