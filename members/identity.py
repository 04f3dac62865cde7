"""Resident identity numbers, phones, plates and credit codes: normalise, check, repair, mask, digest (pure).

Nothing here raises on any text: a reading carries the value or the code of a fault, and `members.identity_faults`
has the sentence for each. Runs on Python 3.8 without Django, since the stand-alone token script carries it along.
Source: GB 11643-1999 (identity numbers), GB/T 2260 (regions), GA 36-2018 (plates), GB 32100-2015 (credit codes).
"""

from __future__ import annotations

import datetime
import re
import time
import unicodedata
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from members import region_codes

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
ZEROS = 48 * sum(WEIGHTS)
INVERSES = (0, 1, 6, 4, 3, 9, 2, 8, 7, 5, 10)  # of 1 to 10 modulo 11
EARLIEST = "19000101"

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警领港澳])")
GREEN_PLATE = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z](?:[A-HJK][A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}[A-HJK])")
PLATE_LOOK_ALIKES = str.maketrans("OI", "01")

ID_LOOK_ALIKES = str.maketrans("OoIl|×", "00111X")
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d+")
TRIMMINGS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff'`\"=‘’“”\-_,.·:：()（）]+")
MIDDLE_DOTS = re.compile(r"\s*[·•・‧⋅]\s*")
UNSEEN = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
PHONE = re.compile(r"(?:\+|00)?(?:86)?0?(1[3-9]\d{9})")
PHONE_BREAK = re.compile(r"[/、,，;；|]|或")
EMPTY_WORDS = {"", "无", "/", "-", "--", "—", "——", "none", "null", "nan", "n/a", "na", "不详", "未知", "没有", "0"}


class Reading(NamedTuple):
    """What was understood of a cell: the value in its one spelling, or a fault and whatever is left to repair."""

    value: str
    fault: str = ""
    expanded: bool = False  # a 15-digit number written out

    @property
    def is_usable(self) -> bool:
        """Tell whether the value identifies: no fault, or only a region that no list names (the check is right)."""
        return self.fault in {"", "region"}


def plain(text: str) -> str:
    """Fold full-width forms and drop spaces, quotes and separators that people and programs put in."""
    return TRIMMINGS.sub("", unicodedata.normalize("NFKC", str(text)))


def tidy_name(text: str) -> str:
    """Write a name in its one spelling: full-width forms folded, nothing between Han characters, one middle dot.

    Between Latin letters one space stays, and so does the dot of a name such as 买买提·艾力.
    """
    text = MIDDLE_DOTS.sub("·", UNSEEN.sub("", unicodedata.normalize("NFKC", str(text))))
    words = text.split()
    joined = words[0] if words else ""
    for word in words[1:]:
        joined += f" {word}" if joined[-1].isascii() and word[0].isascii() else word
    return joined


def is_blank(text: str) -> bool:
    """Tell whether the cell says "nothing" in one of the usual ways."""
    return str(text).strip().lower() in EMPTY_WORDS


def check_character(first17: str) -> str:
    """Compute the check character of 17 ASCII digits (ISO 7064 MOD 11-2)."""
    return CHECKS[(sum(map(mul, WEIGHTS, first17.encode())) - ZEROS) % 11]


@lru_cache(maxsize=65536)
def is_real_date(eight: str) -> bool:
    """Tell whether eight digits are a day of the calendar."""
    try:
        datetime.date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        return False
    return True


def is_birth_date(eight: str) -> bool:
    """Tell whether someone alive may have been born then: from 1900 to today."""
    return EARLIEST <= eight <= time.strftime("%Y%m%d") and is_real_date(eight)


def read_id(text: str) -> Reading:
    """Read a resident identity number.

    Faults: missing, scientific (Excel kept 15 digits of 18), masked, characters, length, check, date, region. The
    last three come with the 18 characters, which `repairs` may put right.
    """
    text = str(text)
    if len(text) != 18 or not (text.isascii() and text[:17].isdigit() and text[17] in "0123456789X"):
        text, fault = _clean_id(text)
        if fault:
            return Reading("", fault)
    expanded = len(text) == 15
    if expanded:
        text = f"{text[:6]}19{text[6:]}"
        text += check_character(text)
    elif check_character(text[:17]) != text[17]:
        lost = text.endswith("000")  # a number written out after Excel had kept 15 of its digits
        return Reading("", "scientific") if lost else Reading(text, "check")
    if not is_birth_date(text[6:14]):
        return Reading(text, "date", expanded)
    if text[:6] not in region_codes.ends():
        return Reading(text, "region", expanded)
    return Reading(text, "", expanded)


def _clean_id(text: str) -> tuple[str, str]:
    """Return 15 or 18 well-formed characters and no fault, or a fault."""
    if is_blank(text):
        return "", "missing"
    text = unicodedata.normalize("NFKC", text).strip().strip("'\"=")
    if SCIENTIFIC.fullmatch(text.replace(" ", "")):
        return "", "scientific"
    if text.endswith(".0"):
        text = text[:-2]
    text = plain(text).upper()
    if "*" in text or re.search(r"\d{3}X{4,}|[○●■□]{2,}", text):
        return "", "masked"
    text = text.translate(ID_LOOK_ALIKES)
    if not re.fullmatch(r"[0-9]+X?", text, re.ASCII):
        return "", "characters"
    if len(text) == 15 and text.isdigit() or len(text) == 18:
        return text, ""
    return "", "length"


def birth_of(number: str) -> str:
    """Return the eight digits of birth in an 18-character number, or "" where they are no date."""
    return number[6:14] if len(number) == 18 and is_birth_date(number[6:14]) else ""


def repairs(number: str) -> list[str]:
    """List the valid numbers one wrong digit or one swap of neighbours away from an invalid 18-character one.

    The check character names, for each position, at most one digit that would make it right; date and region rule
    out most of those. A region that was retired before the birth is no candidate. Sorted; usually one to five.
    """
    if len(number) != 18 or not (number.isascii() and number[:17].isdigit() and number[17] in CHECKS):
        return []
    digits = [int(digit) for digit in number[:17]]
    wanted = CHECKS.index(number[17])
    excess = (sum(map(mul, WEIGHTS, digits)) - wanted) % 11
    found = {number[:17] + check_character(number[:17])}
    for position, digit in enumerate(digits):
        other = (digit - excess * INVERSES[WEIGHTS[position] % 11]) % 11
        if other < 10:
            found.add(f"{number[:position]}{other}{number[position + 1 :]}")
    for position in range(17):
        found.add(number[:position] + number[position + 1] + number[position] + number[position + 2 :])
    return sorted(candidate for candidate in found - {number} if _is_plausible(candidate))


def _is_plausible(number: str) -> bool:
    return (
        number[:17].isdigit()
        and check_character(number[:17]) == number[17]
        and is_birth_date(number[6:14])
        and region_codes.ends().get(number[:6], 0) >= int(number[6:10])
    )


def read_phone(text: str) -> Reading:
    """Read a mobile number into its eleven digits; of several in one cell the first valid one.

    Faults: missing, scientific, masked, landline, characters.
    """
    text = str(text)
    if len(text) == 11 and text.isascii() and text.isdigit() and text[0] == "1" and text[1] > "2":
        return Reading(text)
    if is_blank(text):
        return Reading("", "missing")
    text = unicodedata.normalize("NFKC", text).strip().strip("'\"=")
    if SCIENTIFIC.fullmatch(text.replace(" ", "")):
        return Reading("", "scientific")
    if text.endswith(".0"):
        text = text[:-2]
    for part in PHONE_BREAK.split(text):
        if found := PHONE.fullmatch(plain(part)):
            return Reading(found.group(1))
    text = plain(text)
    if "*" in text or re.search(r"\d{2}X{3,}", text.upper()):
        return Reading("", "masked")
    return Reading("", "landline" if re.fullmatch(r"0?\d{6,12}", text, re.ASCII) else "characters")


def read_plate(text: str) -> Reading:
    """Read a vehicle plate: seven characters, or eight of a new-energy vehicle. Faults: missing, characters.

    O and I are not used after the province and the office's letter; there they are read as 0 and 1.
    """
    if PLATE.fullmatch(text) or GREEN_PLATE.fullmatch(text):
        return Reading(text)
    if is_blank(text):
        return Reading("", "missing")
    text = plain(text).upper().replace("•", "").replace("・", "")
    text = text[:2] + text[2:].translate(PLATE_LOOK_ALIKES)
    if PLATE.fullmatch(text) or GREEN_PLATE.fullmatch(text):
        return Reading(text)
    return Reading("", "characters")


def read_credit_code(text: str) -> Reading:
    """Read an enterprise's unified social credit code (统一社会信用代码). Faults: missing, scientific, length,
    characters, check."""
    if is_blank(text):
        return Reading("", "missing")
    if SCIENTIFIC.fullmatch(str(text).strip()):
        return Reading("", "scientific")
    text = plain(text).upper()
    if len(text) != 18:
        return Reading("", "length")
    if any(character not in CREDIT_ALPHABET for character in text):
        return Reading("", "characters")
    if credit_check(text[:17]) != text[17]:
        return Reading(text, "check")
    return Reading(text)


def credit_check(first17: str) -> str:
    """Compute the check character of a credit code's first 17 characters."""
    total = sum(map(mul, CREDIT_WEIGHTS, map(CREDIT_ALPHABET.index, first17)))
    return CREDIT_ALPHABET[-total % 31]


def mask_id(text: str) -> str:
    """Show the first and the last character of an identity number, of anything shorter than 15 nothing (decision 4)."""
    text = str(text)
    return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}" if len(text) >= 15 else "*" * len(text)


def mask_phone(text: str) -> str:
    """Show the first three and last two digits of a phone, of anything shorter than 11 nothing (decision 4)."""
    text = str(text)
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}" if len(text) >= 11 else "*" * len(text)
