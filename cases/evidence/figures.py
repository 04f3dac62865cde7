"""Figures out of a text: how many of what, as written, with their place (pure).

A figure is a number with a unit that somebody could check. Names (三会一课), dates, ordinals and structure
(四大部分) are none. Arabic digits before 大 count something (5 大功能区), Chinese numerals before it only
arrange the text (八大功能区).
Source: our choice, after decision 10.
"""

import re
from dataclasses import dataclass

from cases.evidence import names
from cases.evidence.numerals import number
from cases.evidence.units import UNIT, kind_of

SPACE = "[ \u00a0\u3000]{0,2}"
ARABIC = r"(?:\d{1,3}(?:,\d{3})++|\d{1,15}+)(?:[.．]\d{1,6}+)?(?![\d.]*\d)"
CHINESE = f"[{names.CHINESE_DIGITS}]{{1,16}}+(?:点[〇零一二三四五六七八九]{{1,6}})?"
COMPOUND = r"\d{1,6}+(?:亿零?\d{1,4}+万|万\d{1,4}+(?!\d))"  # 1亿8000万
NUMBER = f"(?:{COMPOUND}|{ARABIC}|{CHINESE})"
ALONE = rf"(?<![\dA-Za-z.．/])(?<!\d[:：,\-])(?<![{names.CHINESE_DIGITS}])(?<![{names.CHINESE_DIGITS}]点)"
BEFORE = (
    "(?<![节预签履违制合公条简特邀集缔践失誓续相赴守])大?约(?:为|有)?|(?<![最附就贴临邻远新])将?近|接近|超过|超出|(?<!反)超|逾|突破"
    "|不少于|不低于|不超过|不足|至少|至多|最多|最少|不到|上(?=[百千万])|过(?=[百千万])"
)
WITHIN = "余|多|来|几|数"
AFTER = "(?:以上|以下|以内|左右|上下|之多|有余|开外|多(?!名|个|家|次|项|人|种|元|方|年|处|样|点|功能|部门|数))"
FIGURE = re.compile(
    rf"(?P<before>{BEFORE})?{SPACE}"
    rf"{ALONE}(?:(?P<low>{NUMBER}){SPACE}(?P<low_unit>[万亿]?(?:{UNIT}))?{SPACE}(?:[-–—~～至到]|——){SPACE})?"
    rf"(?P<number>{NUMBER}){SPACE}(?P<within>{WITHIN})?{SPACE}(?P<scale>[百千]?[万亿]|[百千](?![米克分瓦]))?"
    rf"(?P<late>[余多])?{SPACE}(?P<unit>{UNIT}|大(?=[\u4e00-\u9fff]))?{SPACE}(?P<after>{AFTER})?"
)
SHARE = re.compile(
    rf"(?P<before>{BEFORE})?{SPACE}(?P<whole>百分之|千分之|[二三四五六七八九十]{{1,2}}分之)"
    rf"(?P<number>[{names.CHINESE_DIGITS}]{{1,12}}(?:点[〇零一二三四五六七八九]{{1,6}})?|\d{{1,9}}(?:\.\d{{1,6}})?)"
    rf"(?P<within>[余多几])?(?P<after>{AFTER})?"
)
# A single Chinese digit before one of these numbers a thing instead of counting: 二队, 二期.
NAMING_UNITS = frozenset("队组期层节部口头面道级册")
CANDIDATE = re.compile(rf"[\d{names.CHINESE_DIGITS}]")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is the number as written, `[low, high]` for a range; `start`, `end` are code points."""

    mention: str
    start: int
    end: int
    value: int | float | list
    unit: str
    approx: str
    kind: str


def extract(body: str) -> list[Figure]:
    """Find the figures of a text, in order; never overlapping."""
    found: list[Figure] = []
    position = 0
    while candidate := CANDIDATE.search(body, position):
        start = _with_qualifier(body, candidate.start(), position)
        figure, position = _at(body, start, candidate.start())
        if figure:
            found.append(figure)
    return found


def in_context(body: str, around: int = 10) -> list[tuple[str, str, str]]:
    """Give each figure as (what stands before it, the figure as written, what stands after it), for a reader."""
    return [
        (
            body[max(0, figure.start - around) : figure.start].rpartition("\n")[2],
            body[figure.start : figure.end],
            body[figure.end : figure.end + around].partition("\n")[0],
        )
        for figure in extract(body)
    ]


QUALIFIER = re.compile(f"(?:{BEFORE}){SPACE}$")


def _with_qualifier(body: str, start: int, floor: int) -> int:
    """Give where the qualifier before a number begins, or the number itself."""
    left = max(floor, start - 8)
    before = QUALIFIER.search(body[max(0, left - 2) : start + 1][: start - max(0, left - 2)])
    if not before and start < len(body) and body[start] in "百千万" and start > floor and body[start - 1] in "上过":
        return start - 1
    return start if not before else max(floor, max(0, left - 2) + before.start())


def _at(body: str, start: int, number_start: int) -> tuple[Figure | None, int]:
    """Read the figure at a place; without one, give where to look on."""
    if share := SHARE.match(body, start):
        return _share(body, share), share.end()
    match = FIGURE.match(body, start)
    if not match or match.start("number") < number_start:
        return None, number_start + 1
    if match["low"] and not _is_range(body, match):
        match = FIGURE.match(body, start, match.end("low_unit") if match["low_unit"] else match.end("low"))
        if not match:
            return None, number_start + 1
    return _figure(body, match), max(match.end("number"), number_start + 1) if not match["unit"] else match.end()


def _is_range(body: str, match: re.Match) -> bool:
    low, high = number(match["low"]), number(match["number"])
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low >= high:
        return False
    grown = match["low_unit"] and body[max(0, match.start() - 1) : match.start()] in ("从", "由")
    return not grown and match["unit"] is not None


def _share(body: str, match: re.Match) -> Figure | None:
    value = number(match["number"])
    if not isinstance(value, int | float):
        return None
    if match["whole"][0] in "百千" and len(match["whole"]) == 3:
        unit = "%" if match["whole"][0] == "百" else "‰"
    else:
        whole = number(match["whole"][:-2])
        if not isinstance(whole, int) or value >= whole:
            return None
        value, unit = round(value / whole, 4), ""
    return _made(body, match, value, unit, "percent")


def _figure(body: str, match: re.Match) -> Figure | None:
    written = match["number"]
    chinese = not written[0].isdecimal()
    value = number(written)
    if chinese and match["unit"] is None:
        return None
    unit, scale = match["unit"] or "", match["scale"] or ""
    if chinese and not scale and len(written) > 1 and written[-1] in "万亿" and "亿" not in written[:-1]:
        value, scale = number(written[:-1]), written[-1]
    if value is None or not _counts(body, match, written, value, chinese):
        return None
    if match["low"]:
        value = [number(match["low"]), value]
    first = match.start("low") if match["low"] else match.start("number")
    last = match.end("unit") if match["unit"] else match.end("number")
    if names.is_ordinal(body, first) and not (match["before"] or kind_of(unit) == "time"):
        return None
    before = body[max(0, first - 4) : first]
    if names.RANKED.search(before) or (written[0] in "十百千万亿" and names.INDEFINITE.search(before)):
        return None
    if names.is_date(body, first, match.end("number"), unit, number(written)):
        return None
    if not match["low"] and names.is_name(body, first, match.end("number"), last, chinese=chinese):
        return None
    return _made(body, match, value, scale + unit, kind_of(unit))


def _counts(body: str, match: re.Match, written: str, value: object, chinese: bool) -> bool:
    """Tell whether number and unit together count something."""
    qualified = any(match[name] for name in ("before", "within", "late", "after"))
    unit = match["unit"]
    if unit is None and match["scale"]:
        return match["scale"] not in ("百", "千")  # 党员9.8万
    if unit is None:
        # 300余企业: the qualifier shows that it counts, the noun itself is the unit.
        follows = re.match("[\u4e00-\u9fff]{2}", body[match.end() : match.end() + 2])
        return bool((match["within"] or match["late"]) and not chinese and follows)
    if unit == "分" and re.search(r"[时点:：]\s*$", body[max(0, match.start() - 2) : match.start()]):
        return False
    if not chinese:
        return unit != "大" or not qualified
    if unit in ("大", "分", "届", "字", "成") and not (unit == "成" and isinstance(value, int) and 1 < value < 10):
        return False
    if len(written) == 1 and written != "两" and unit in NAMING_UNITS:
        return False
    if written in ("百", "千", "万", "亿", "百万", "千万"):
        return qualified
    if written == "一":
        return unit in ("倍", "番")
    return written not in ("零", "〇") and not (len(written) == 1 and written in "亿")


def _made(body: str, match: re.Match, value: object, unit: str, kind: str) -> Figure:
    names_of = ("before", "within", "late", "after")
    groups = match.groupdict()
    approx = "+".join(groups[name].strip() for name in names_of if groups.get(name))
    if unit.startswith("个多"):  # 3个多月
        unit, approx = unit.replace("多", "", 1), approx or "多"
    start, end = match.start(), match.end()
    mention = body[start:end]
    start += len(mention) - len(mention.lstrip())
    end -= len(mention) - len(mention.rstrip())
    return Figure(body[start:end], start, end, value, unit, approx, kind)
