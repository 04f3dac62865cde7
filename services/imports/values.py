"""Cells of people's workbooks as values: days, counts, sums, lists of names (pure).

A reading is `(value, fault)`: a fault says why nothing can be made of a cell that says something.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from config.text.unseen import UNSEEN

EXCEL_ORIGIN = date(1899, 12, 30)
EMPTY = {"", "-", "—", "——", "/", "\\", "无", "暂无", "none", "null", "n/a", "#n/a"}
WHOLE_DAY = re.compile(r"^(?P<y>\d{4}|\d{2})\s*[-./年]\s*(?P<m>\d{1,2})\s*[-./月]\s*(?P<d>\d{1,2})\s*日?(?P<rest>.*)$")
EIGHT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
MONTH = re.compile(r"^\d{4}\s*[-./年]\s*\d{1,2}\s*月?(份)?$")
NO_YEAR = re.compile(r"^(?P<m>\d{1,2})\s*[-./月]\s*(?P<d>\d{1,2})\s*日?(?P<rest>.*)$")
RANGE = re.compile(r"^\s*(至|到|-|—|~|–|、|,)\s*\d")
NUMBER = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(?:人次|人|名|份|个|套|件|元|万元|万|张|本|间|张床|平方米|平米|m2|㎡|处)?$")
VAGUE = re.compile("[余多约近超几数上下左右]|以上")
SEPARATORS = re.compile(r"[、,，;；/\n\r\t]+|\s{2,}")

MOST_FEN = 10**15  # ten thousand billion yuan: nobody gave that

Fault = str


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return a name without widths and spaces, so that two spellings of one name are equal."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def seen(text: str) -> str:
    """Return what a reader sees of a cell: no control, format or direction marks; line ends stay."""
    if text.isprintable():
        return text
    return "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark) not in UNSEEN)


def is_blank(text: str) -> bool:
    """Tell whether a cell says nothing in one of the usual ways."""
    return not text or text.strip().lower() in EMPTY


@lru_cache(maxsize=8192)
def read_day(text: str, year: int | None = None) -> tuple[date | None, Fault]:
    """Read a day as people write it, or as Excel numbers it; `year` is for days written without one.

    Faults: `no_year`, `no_day`, `range` (from a day to another), `unreadable`.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := EIGHT.match(plain):
        return _day(*map(int, found.groups()))
    if plain.isdecimal() and len(plain) == 5:  # a date that lost its format
        return EXCEL_ORIGIN + timedelta(days=int(plain)), ""
    if MONTH.match(plain):
        return None, "no_day"
    if found := WHOLE_DAY.match(plain):
        if RANGE.match(found["rest"]):
            return None, "range"
        return _day(int(found["y"]) + (2000 if len(found["y"]) == 2 else 0), int(found["m"]), int(found["d"]))
    if found := NO_YEAR.match(plain):
        if RANGE.match(found["rest"]):
            return None, "range"
        return _day(year, int(found["m"]), int(found["d"])) if year else (None, "no_year")
    return None, "unreadable"


def _day(year: int, month: int, day: int) -> tuple[date | None, Fault]:
    try:
        return date(year, month, day), ""
    except ValueError:
        return None, "unreadable"


def read_count(text: str, most: int) -> tuple[int | None, Fault]:
    """Read a whole number above zero, with its measure word or without. Nought is nothing said.

    Faults: `vague` (some thirty), `negative`, `too_large`, `not_whole`, `no_number`.
    """
    number, fault = read_number(text)
    if number is None:
        return None, fault
    if number < 0:
        return None, "negative"
    if number != int(number):
        return None, "not_whole"
    if number > most:
        return None, "too_large"
    return int(number) or None, ""


def read_number(text: str) -> tuple[Decimal | None, Fault]:
    """Read a number with a measure word or without. Faults: `vague`, `no_number`."""
    plain = "".join(unicodedata.normalize("NFKC", text).replace(",", "").split())
    if found := NUMBER.match(plain):
        return Decimal(found[1]), ""
    return None, "vague" if VAGUE.search(plain) else "no_number"


def read_fen(text: str) -> tuple[int | None, Fault]:
    """Read a sum in yuan (35.5, 1,200元, 20万元) as fen. Faults as `read_number`, `negative`, `too_large`."""
    number, fault = read_number(text)
    if number is None:
        return None, fault
    if number < 0:
        return None, "negative"
    fen = int(number * (1_000_000 if "万" in text else 100))
    return (None, "too_large") if fen > MOST_FEN else (fen or None, "")


def read_names(text: str) -> list[str]:
    """Return the names in a cell that lists several, each once."""
    found = (name.strip() for name in SEPARATORS.split(text))
    return list(dict.fromkeys(name for name in found if name and not is_blank(name)))
