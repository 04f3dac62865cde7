"""Whether the day a camera wrote into a photo fits the day its caption names (pure)."""

import datetime
import re

NAMED = re.compile(r"(?<!\d)(20\d\d)\s*(?:年|[./-])\s*(\d{1,2})(?:\s*(?:月|[./-])\s*(\d{1,2}))?")


def named_in(caption: str) -> list[tuple[int, int, int | None]]:
    """Return the days and months a caption names: year, month, and day or None."""
    found = [(int(year), int(month), int(day) if day else None) for year, month, day in NAMED.findall(caption)]
    return [each for each in found if 1 <= each[1] <= 12 and (each[2] is None or 1 <= each[2] <= 31)]


def disagrees(taken_on: datetime.date | None, caption: str) -> bool:
    """Tell whether a caption names days or months and none of them holds the day the photo was taken."""
    named = named_in(caption)
    if taken_on is None or not named:
        return False
    return not any(
        (year, month) == (taken_on.year, taken_on.month) and day in (None, taken_on.day) for year, month, day in named
    )
