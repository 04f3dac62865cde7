"""Arabic and Chinese numerals as written in a text into numbers (pure)."""

import re

DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
TENS = {"十": 10, "百": 100, "千": 1000}
SCALES = {"万": 10**4, "亿": 10**8}


def number(written: str) -> int | float | list | None:
    """Give the number a numeral says; `[low, high]` for 两三, 十七八 or 三五十; None if it is no number.

    Four bare digits (二〇二四) are a year or a code and no number.
    """
    if written[:1].isdecimal():
        if not written[-1].isdecimal() or "万" in written:
            return _compound(written)
        value = float(written.replace(",", "").replace("．", "."))
        return int(value) if value.is_integer() else value
    whole, _point, fraction = written.partition("点")
    if fraction:
        base = number(whole)
        if not isinstance(base, int) or any(sign not in DIGITS for sign in fraction):
            return None
        return float(f"{base}.{''.join(str(DIGITS[sign]) for sign in fraction)}")
    return _neighbours(whole) or _chinese(whole)


def _compound(written: str) -> int:
    """Give the number of digits with scales between them: 1亿8000万."""
    total = 0
    for part in re.findall(r"(\d+)([万亿]?)", written):
        total += int(part[0]) * SCALES.get(part[1], 1)
    return total


def _neighbours(written: str) -> list[int] | None:
    """Give the range of two digits side by side: 两三 is [2, 3], 七八十 is [70, 80], 十七八 is [17, 18]."""
    lead = 10 if written.startswith("十") and len(written) > 1 else 0
    digits = written[1:] if lead else written
    factor = 1
    if digits and digits[-1] in TENS and not lead:
        factor, digits = TENS[digits[-1]], digits[:-1]
    if len(digits) != 2 or any(DIGITS.get(sign, 0) == 0 for sign in digits):
        return None
    low, high = (DIGITS[sign] for sign in digits)
    if high != low + 1 and (low, high) != (3, 5):
        return None
    return [lead + low * factor, lead + high * factor]


def _chinese(written: str) -> int | None:
    total = section = digit = 0
    last_was_digit = bare = False
    for sign in written:
        if sign in DIGITS:
            if last_was_digit and digit:
                return None
            digit, last_was_digit = DIGITS[sign], True
        elif sign in TENS:
            bare = digit == 0 and section > 0 or bare  # 千百 is many, not 1100
            section += (digit or 1) * TENS[sign]
            digit, last_was_digit = 0, False
        elif sign in SCALES:
            # 一亿两千万 adds up; 一万亿 multiplies what came before.
            part = section + digit
            total = (total + part or 1) * SCALES[sign] if total < SCALES[sign] else total + (part or 1) * SCALES[sign]
            section, digit, last_was_digit = 0, 0, False
        else:
            return None
    return None if bare else total + section + digit
