"""Shingles of a text, formulae apart, and the share of one text that stands in another (pure).

A lifted paragraph hides from measures of whole texts; the containment of each text in the other finds it.
Source: five characters and containment are our choice, measured on real write-ups.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

LENGTH = 5
SAMPLED = 8  # one shingle in eight is stored: enough to find whom to read, who is then compared in full
BRIDGED = 5 * SAMPLED  # between two stored shingles of a formula so near, what stands there belongs to it
LONGEST_TEXT = 20_000
SHORTEST_PARAGRAPH = 30  # kept characters; a shorter one is a heading or a formula
LETTERS = re.compile(r"[\u3400-\u9fff0-9A-Za-z]")
PREFACE = re.compile(r"^[\s【\[“]*(?:编者)?按(?:语)?[】\]”]?\s*[:：].*$", re.MULTILINE)
PREFACE_WITHIN = 2_000  # a call's preface stands at the beginning
PLACE = "[\u4e00-\u9fff]{2,4}?(?:省|市|县|区|镇|乡|街道|村|社区)"
BODY = "[\u4e00-\u9fff]{2,8}?(?:公司|集团|党委|党组|党工委|党总支|党支部|协会|合作社)"
PERSON = "(?<=[，。、；：\u201c])[\u4e00-\u9fff]{2,3}(?=说|介绍|表示|告诉)"
NAMES = re.compile(f"{BODY}|{PLACE}|{PERSON}")


@dataclass(frozen=True)
class Read:
    """A text as it is compared: Hanzi, letters and digits, where each stands in the text, a hash from each on.

    `apart` are the places of `plain` that count for nothing: the call's preface, and formulae.
    """

    text: str
    plain: str
    offsets: list[int]
    hashes: list[int]
    apart: frozenset[int]

    @cached_property
    def known(self) -> set[int]:
        """All its shingles."""
        return set(self.hashes)

    @cached_property
    def counted(self) -> set[int]:
        """Its shingles but those of the call's preface and of formulae."""
        return {each for at, each in enumerate(self.hashes) if at not in self.apart}

    @cached_property
    def paragraphs(self) -> list[set[int]]:
        """The counted shingles of each paragraph that is long enough to tell anything."""
        found, place = [], 0
        for end in [match.start() for match in re.finditer("\n|\\Z", self.text)]:
            begin, place = place, bisect_left(self.offsets, end)
            own = {self.hashes[at] for at in range(begin, place - LENGTH + 1) if at not in self.apart}
            if len(own) > SHORTEST_PARAGRAPH - LENGTH:
                found.append(own)
        return found


def read(text: str, common: Collection[int] = ()) -> Read:
    """Read a text, the shingles of `common` being formulae: white space and punctuation say nothing."""
    text = text[:LONGEST_TEXT]
    offsets = [match.start() for match in LETTERS.finditer(text)]
    plain = "".join([text[at] for at in offsets]).lower()
    letters, size = memoryview(plain.encode("utf-32-le")), 4 * LENGTH
    hashes = [crc32(letters[at : at + size]) - 2**31 for at in range(0, len(letters) - size + 1, 4)]
    return Read(text, plain, offsets, hashes, frozenset(_preface(text, offsets) | _formulae(hashes, common)))


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Put one sign for every name of a place, body or person, so that a text with names changed is itself again."""
    for name in sorted({each for each in names if len(each) > 1}, key=len, reverse=True):
        text = text.replace(name, "X")
    return re.sub("X+", "X", NAMES.sub("X", text))


def short_names(names: Iterable[str]) -> list[str]:
    """Return names of places as texts write them too: 青石 of 青石县."""
    return [each[:-1] for each in names if len(each) > 2 and each[-1] in "省市县区"]


def sample(hashes: Iterable[int]) -> list[int]:
    """Return the shingles that are stored; the same of every text."""
    return sorted({each for each in hashes if each % SAMPLED == 0})


def containment(part: Read, whole: Read) -> float:
    """Return the share of one text's shingles that stand in another, formulae apart; 0 where nothing else is there."""
    counted = part.counted
    return len(counted & whole.known) / len(counted) if counted else 0.0


def best_paragraph(one: Read, whole: Read) -> float:
    """Return the largest share of one of a text's paragraphs that stands in another text; 0 without paragraphs."""
    return max((len(own & whole.known) / len(own) for own in one.paragraphs), default=0.0)


def _preface(text: str, offsets: list[int]) -> set[int]:
    """Find the places of the call's preface (按语)."""
    spans = [match.span() for match in PREFACE.finditer(text[:PREFACE_WITHIN])]
    found = [range(bisect_left(offsets, start), bisect_left(offsets, end)) for start, end in spans]
    return {place for places in found for place in places}


def _formulae(hashes: list[int], common: Collection[int]) -> set[int]:
    """Find the places of formulae: of shingles known to be common, and between two of them that stand near."""
    apart: set[int] = set()
    if not common:
        return apart
    last = None
    for at, each in enumerate(hashes):
        if each in common:
            begin = at if last is None or at - last > BRIDGED else last
            apart.update(range(begin, at + 1))
            last = at
        elif each % SAMPLED == 0:
            last = None
    return apart
