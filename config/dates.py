"""Working days by the Chinese calendar: public holidays, and the weekends that are worked in exchange.

The State Council announces each year's holidays late in the year before; until then a later year counts Monday to
Friday without the public holidays whose dates are fixed (《全国年节及纪念日放假办法》). `announced_until` says how far
the table reaches, so that a page can say which due dates may still move.
"""

import datetime

import chinese_calendar
from chinese_calendar.constants import holidays

FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}  # as of 1 January 2025
FIRST_YEAR = min(holidays).year
LAST_YEAR = max(holidays).year
SATURDAY = 5


def is_workday(day):
    """Whether offices work on `day`, make-up days included."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return chinese_calendar.is_workday(day)
    return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS


def add_workdays(day, count):
    """The date `count` working days after `day`, which is itself not counted.

    Source: 《民法典》第二百零一条 (a period in days does not count the day it begins).
    Raises: ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("a due date lies ahead")
    while count:
        day += datetime.timedelta(days=1)
        count -= is_workday(day)
    return day


def workdays_between(start, end):
    """Working days after `start` up to and including `end`; negative when `end` comes first."""
    if end < start:
        return -workdays_between(end, start)
    days = (start + datetime.timedelta(days=passed) for passed in range(1, (end - start).days + 1))
    return sum(map(is_workday, days))


def announced_until():
    """The last day whose holidays are known."""
    return datetime.date(LAST_YEAR, 12, 31)
