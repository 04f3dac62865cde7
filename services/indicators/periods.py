"""Periods as people write them: 2024, 2024Q2, 2024-07, since:2022-03-01..2024-12-31, asof:2022-05-20 (pure)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.errors import Refused

UNREADABLE = gettext_lazy(
    "This period cannot be read. Write a year (2024), a quarter (2024Q2), a month (2024-07), since:2022-03-01, "
    "since:2022-03-01..2024-12-31 or asof:2022-05-20."
)
DAY = r"\d{4}-\d{2}-\d{2}"
YEARS = range(1949, 2100)


@dataclass(frozen=True)
class Period:
    """Days a number is counted over; `start` None counts from the beginning of the ledger.

    `today` is the day of asking: what holds "at the end of the period" is looked at on its last day or today,
    whichever comes first.
    """

    text: str
    start: date | None
    end: date
    today: date

    @property
    def as_of(self) -> date:
        """The day on which stocks are looked at."""
        return min(self.end, self.today)

    @property
    def is_of_months(self) -> bool:
        """Whether it begins with a month, or with the ledger, and ends with one."""
        return (self.start is None or self.start.day == 1) and (self.end + timedelta(days=1)).day == 1

    @property
    def label(self) -> str:
        """The period in words."""
        if re.fullmatch(r"\d{4}", self.text):
            return _("the year %(year)s") % {"year": self.end.year}
        if "Q" in self.text:
            return _("quarter %(quarter)s of %(year)s") % {"quarter": self.text[-1], "year": self.end.year}
        if re.fullmatch(r"\d{4}-\d{2}", self.text):
            return _("month %(month)s of %(year)s") % {"year": self.end.year, "month": self.end.month}
        if self.start is None:
            return _("up to %(day)s") % {"day": self.end.isoformat()}
        return _("%(first)s to %(last)s") % {"first": self.start.isoformat(), "last": self.end.isoformat()}

    @property
    def months(self) -> list["Period"]:
        """The calendar months from the start to the day of asking; none for a period without a start."""
        if self.start is None:
            return []
        found, year, month = [], self.start.year, self.start.month
        while (year, month) <= (self.as_of.year, self.as_of.month):
            found.append(month_of(date(year, month, 1), self.today))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found


def parse(text: str, today: date) -> Period:
    """Read a period. Raises: Refused with a sentence that shows the forms."""
    text = text.strip()
    try:
        if re.fullmatch(r"\d{4}", text):
            return Period(text, date(_year(text), 1, 1), date(_year(text), 12, 31), today)
        if found := re.fullmatch(r"(\d{4})[Qq]([1-4])", text):
            year, quarter = _year(found[1]), int(found[2])
            last = quarter * 3
            end = date(year, last, monthrange(year, last)[1])
            return Period(f"{year}Q{quarter}", date(year, last - 2, 1), end, today)
        if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
            return month_of(date(_year(found[1]), int(found[2]), 1), today)
        if found := re.fullmatch(rf"since:({DAY})(?:\.\.({DAY}))?", text):
            start, end = _day(found[1]), _day(found[2]) if found[2] else today
            if end >= start:
                return Period(text, start, end, today)
        if found := re.fullmatch(rf"asof:({DAY})", text):
            return Period(text, None, _day(found[1]), today)
    except ValueError:
        pass
    raise Refused(UNREADABLE, code="period")


def this_year(today: date) -> Period:
    """The calendar year of a day."""
    return parse(str(today.year), today)


def month_of(day: date, today: date) -> Period:
    """The calendar month of a day."""
    last = monthrange(day.year, day.month)[1]
    return Period(f"{day.year}-{day.month:02d}", day.replace(day=1), day.replace(day=last), today)


def quarter_of(day: date, today: date) -> Period:
    """The calendar quarter of a day."""
    return parse(f"{day.year}Q{(day.month + 2) // 3}", today)


def of_days(first: date, last: date, today: date) -> Period:
    """Return the year, quarter or month that is exactly these days, else the days themselves."""
    year, month = f"{first.year}", f"{first.year}-{first.month:02d}"
    for text in (year, f"{year}Q{(first.month + 2) // 3}", month):
        named = parse(text, today)
        if (named.start, named.end) == (first, last):
            return named
    return Period(f"since:{first.isoformat()}..{last.isoformat()}", first, last, today)


def _year(text: str) -> int:
    year = int(text)
    if year not in YEARS:
        raise ValueError(text)
    return year


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    _year(str(day.year))
    return day
