"""Names in one spelling, how they are read, and what their characters are made of (pure).

Runs on Python 3.8; what is known of characters comes from `characters`, or the table that stands in for it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from members.matching.characters import PARTS, READINGS, SIMPLIFIED

HOLE = "?"  # a character somebody could not type
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
ONLY_HAN = re.compile("[\u4e00-\u9fff]+")
BRACKETED = re.compile(r"[(\[【〔〈<][^)\]】〕〉>]*[)\]】〕〉>]")
UNREADABLE = re.compile("[?*□■○●×※\ufffd]|[A-Za-z]+")
NOISE = re.compile(f"[^{HAN}?]")

# Readings that a character has as a surname and that dictionaries list second; our list, after
# the entries marked 姓 in dictionaries. A wrong reading is harmless where both rolls make it.
# fmt: off
SURNAMES = {
    "曾": "zeng", "单": "shan", "覃": "qin", "翟": "zhai", "缪": "miao", "仇": "qiu", "解": "xie", "查": "zha",
    "朴": "piao", "任": "ren", "盖": "ge", "区": "ou", "黑": "he", "员": "yun", "乐": "yue", "冼": "xian",
    "秘": "bi", "繁": "po", "折": "she", "种": "chong", "逄": "pang", "能": "nai", "纪": "ji", "燕": "yan",
    "应": "ying", "车": "che", "阚": "kan", "过": "guo", "隗": "wei", "召": "shao", "祭": "zhai", "那": "na",
    "尉": "wei", "牟": "mu", "逯": "lu", "郇": "xun", "郗": "xi", "谌": "chen", "佴": "nai", "呙": "guo",
    "句": "gou", "钭": "tou", "臧": "zang", "藏": "zang", "禚": "zhuo", "行": "xing", "缑": "gou",
    "占": "zhan", "相": "xiang", "宿": "su", "重": "chong", "石": "shi", "沈": "shen", "贾": "jia", "葛": "ge",
    "华": "hua", "宁": "ning", "洗": "xian", "万": "wan", "俞": "yu", "曲": "qu", "柏": "bai", "卜": "bu",
    "晁": "chao", "訾": "zi", "盛": "sheng", "长": "chang", "朝": "chao", "都": "du", "干": "gan", "亓": "qi",
    "乜": "nie", "撒": "sa",
}
# fmt: on
COMPOUND_SURNAMES = {
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "澹台": "tan tai",
    "单于": "chan yu",
    "鲜于": "xian yu",
}


def name(text: str) -> str:
    """Bring a name into one spelling: simplified, without spaces, dots, brackets and numbering.

    A character that could not be typed (?, □, *, or its pinyin) becomes one HOLE. A name without Han characters
    keeps its Latin letters in capitals. Returns "" where nothing is left.
    """
    if ONLY_HAN.fullmatch(text):
        return text.translate(SIMPLIFIED)
    text = BRACKETED.sub("", unicodedata.normalize("NFKC", text))
    if not re.search(f"[{HAN}]", text):
        return re.sub(r"[^A-Z]", "", text.upper())
    return NOISE.sub("", UNREADABLE.sub(HOLE, text)).translate(SIMPLIFIED)


@lru_cache(maxsize=200_000)
def sound(spelt: str) -> str:
    """Return how a name is read, without tones, surname readings first; "" where a character is missing."""
    if HOLE in spelt or not spelt:
        return ""
    compound = COMPOUND_SURNAMES.get(spelt[:2])
    if compound and len(spelt) > 2:
        return " ".join([compound, *[READINGS.get(character, character) for character in spelt[2:]]])
    first = SURNAMES.get(spelt[0]) or READINGS.get(spelt[0], spelt[0])
    return " ".join([first, *[READINGS.get(character, character) for character in spelt[1:]]])


def masks(spelt: str) -> list[tuple[str, int]]:
    """List the name with each character in turn hidden, and the place hidden; a single character has no mask."""
    if len(spelt) < 2:
        return []
    return [(f"{spelt[:place]}*{spelt[place + 1 :]}", place) for place in range(len(spelt))]


def parts(character: str) -> frozenset[str]:
    """Return what a character may be mistaken by; two characters look alike when they share one."""
    return PARTS.get(character, frozenset())
