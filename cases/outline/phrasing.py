"""Periods as an official text says them, and the days a period comes down to when a draft is sent in (pure)."""

import re
from calendar import monthrange
from datetime import date

from services.indicators.periods import Period

QUARTERS = "一二三四"


def during(period: Period) -> str:
    """Say over which days something happened: 2024年, 2026年以来, 2022年3月至2024年12月."""
    if period.start is None:
        return f"截至{_day(period.as_of)}"
    if re.fullmatch(r"\d{4}", period.text):
        return f"{period.end.year}年{_so_far(period)}"
    if "Q" in period.text:
        return f"{period.end.year}年第{QUARTERS[int(period.text[-1]) - 1]}季度{_so_far(period)}"
    if re.fullmatch(r"\d{4}-\d{2}", period.text):
        return f"{period.end.year}年{period.end.month}月{_so_far(period)}"
    first = _month(period.start) if period.start.day == 1 else _day(period.start)
    if period.end >= period.today:
        return f"{first}以来"
    return f"{first}至{_month(period.end) if _is_last(period.end) else _day(period.end)}"


def as_of(period: Period) -> str:
    """Say on which day something held: 截至2024年底, 截至2024年6月底, 截至目前."""
    if period.end >= period.today:
        return "截至目前"
    if (period.end.month, period.end.day) == (12, 31):
        return f"截至{period.end.year}年底"
    return f"截至{_month(period.end)}底" if _is_last(period.end) else f"截至{_day(period.end)}"


def settled(period: Period) -> str:
    """Return the period that says the same today and for ever: what runs on ends with the day of asking."""
    if period.end < period.today:
        return period.text
    if period.start is None:
        return f"asof:{period.today.isoformat()}"
    if period.start > period.today:
        return period.text
    return f"since:{period.start.isoformat()}..{period.today.isoformat()}"


def _so_far(period: Period) -> str:
    return "以来" if period.end >= period.today else ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"


def _is_last(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
