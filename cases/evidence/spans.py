"""Over which days a figure probably counts, out of the words of its sentence (pure): a proposal only."""

import re
from calendar import monthrange
from datetime import date, timedelta

YEAR = re.compile(r"(20\d\d)\s*年")
SPAN = re.compile(
    r"(?:(?P<year>20\d\d)\s*年(?:的|第)?\s*)?(?:"
    r"(?P<quarter>[一二三四1-4])\s*季度"
    r"|(?P<half>[上下])半年"
    r"|(?P<first>1[0-2]|[1-9])\s*月?(?:份)?\s*(?:至|到|[-—–~～])\s*(?P<last>1[0-2]|[1-9])\s*月"
    r"|(?P<month>1[0-2]|[1-9])\s*月(?:份|底|末)?(?!\s*\d{1,2}\s*日)"
    r")"
)
UNTIL = re.compile("截至|截止到?$")
QUARTERS = {name: place for place, name in enumerate("一二三四", 1)}


def proposed(before: str, after: str, received: date) -> str:
    """Propose a period: the span the sentence names last before the figure, else a year it names, else a year back.

    A quarter, half or month without its year is the latest that had begun when the text came in. After 截至 it is all
    that was there at its end. Source: our choice; people confirm or change it.
    """
    spans = list(SPAN.finditer(before))
    if spans:
        return _written(spans[-1], before, received)
    if named := YEAR.findall(before) or YEAR.findall(after):
        return named[-1]
    return f"since:{(received - timedelta(days=365)).isoformat()}..{received.isoformat()}"


def _written(found: re.Match, before: str, received: date) -> str:
    first, last = _months(found)
    years = YEAR.findall(before[: found.end()])
    year = int(found["year"] or (years[-1] if years else received.year))
    if not (found["year"] or years) and date(year, first, 1) > received:
        year -= 1
    end = date(year, last, monthrange(year, last)[1])
    if UNTIL.search(before[: found.start()][-4:]):
        return f"asof:{end.isoformat()}"
    if found["quarter"]:
        return f"{year}Q{last // 3}"
    if first == last:
        return f"{year}-{first:02d}"
    return f"since:{year}-{first:02d}-01..{end.isoformat()}"


def _months(found: re.Match) -> tuple[int, int]:
    if found["quarter"]:
        quarter = QUARTERS.get(found["quarter"]) or int(found["quarter"])
        return quarter * 3 - 2, quarter * 3
    if found["half"]:
        return (1, 6) if found["half"] == "上" else (7, 12)
    if found["month"]:
        return int(found["month"]), int(found["month"])
    first, last = sorted((int(found["first"]), int(found["last"])))
    return first, last
