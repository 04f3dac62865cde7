"""Shingles of a text, the share of one text that stands in another, and the passages both have (pure).

A lifted paragraph hides from measures of whole texts; the containment of each text in the other finds it.
Source: five characters and containment are our choice, measured on real write-ups.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

LENGTH = 5
SAMPLED = 8  # one shingle in eight is stored: enough to find whom to read, who is then compared in full
SHORTEST_PASSAGE = 20
LONGEST_TEXT = 20_000
LETTERS = re.compile(r"[\u3400-\u9fff0-9A-Za-z]")
PLACE = "[\u4e00-\u9fff]{2,4}?(?:省|市|县|区|镇|乡|街道|村|社区)"
BODY = "[\u4e00-\u9fff]{2,8}?(?:公司|集团|党委|党组|党工委|党总支|党支部|协会|合作社)"
PERSON = "(?<=[，。、；：\u201c])[\u4e00-\u9fff]{2,3}(?=说|介绍|表示|告诉)"
NAMES = re.compile(f"{BODY}|{PLACE}|{PERSON}")


@dataclass(frozen=True)
class Passage:
    """A stretch both texts have: its place in each, and its words in the first."""

    start: int
    other_start: int
    text: str


def plain(text: str) -> str:
    """Keep Hanzi, letters and digits: white space and punctuation say nothing."""
    return "".join(LETTERS.findall(text[:LONGEST_TEXT])).lower()


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Put one sign for every name of a place, body or person, so that a text with names changed is itself again."""
    for name in sorted({each for each in names if len(each) > 1}, key=len, reverse=True):
        text = text.replace(name, "X")
    return re.sub("X+", "X", NAMES.sub("X", text))


def shingles(text: str) -> set[int]:
    """Return the hashed shingles of a text, as signed 32-bit numbers."""
    kept = plain(text)
    return {zlib.crc32(kept[at : at + LENGTH].encode()) - 2**31 for at in range(max(0, len(kept) - LENGTH + 1))}


def sample(hashes: Iterable[int]) -> list[int]:
    """Return the shingles that are stored; the same of every text."""
    return sorted(each for each in hashes if each % SAMPLED == 0)


def containment(part: set[int], whole: set[int], common: Iterable[int] = ()) -> float:
    """Return the share of one text's shingles that stand in another, those of boilerplate apart; 0 for no text."""
    counted = part.difference(common)
    return len(counted & whole) / len(counted) if counted else 0.0


def passages(one: str, other: str) -> list[Passage]:
    """Return the stretches of twenty characters and more that both have, in the order of the first text."""
    one, other = one[:LONGEST_TEXT], other[:LONGEST_TEXT]
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [Passage(b.a, b.b, one[b.a : b.a + b.size]) for b in blocks if b.size >= SHORTEST_PASSAGE]


def by_paragraph(one: str, hashes: set[int]) -> list[tuple[str, float]]:
    """Return each paragraph long enough to tell anything with its containment in another text."""
    lines = [line for line in one.split("\n") if len(line) >= SHORTEST_PASSAGE]
    return [(line, containment(shingles(line), hashes)) for line in lines]
