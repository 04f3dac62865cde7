"""The demo's calendar: its moments lie spread over the past, in true order."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone


def morning(days_ago: int, minutes: int) -> datetime:
    """Return a moment shortly after half past eight, local time, some days ago."""
    eight = timezone.localtime().replace(hour=8, minute=30, second=0, microsecond=0)
    return eight - timedelta(days=days_ago) + timedelta(minutes=minutes)


@contextmanager
def clock(moment: datetime) -> Iterator[None]:
    """Let `timezone.now()` say `moment` inside the block."""
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real
