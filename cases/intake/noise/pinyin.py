"""Pinyin annotations in brackets, each proved against the characters before it (pure).

`党建(dǎngjiàn)` goes because dang and jian are readings of 党 and 建; `(APP)` and `(2024 年)` stay because
nothing proves them. What only looks like a reading – a name gloss without tone marks – is asked about.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _
from pypinyin.constants import PINYIN_DICT

from cases.intake.receipt import Caution, Fix

LETTERS = (
    "A-Za-z\u00c0-\u00ff\u0100-\u017f\u01cd-\u01dc\u01f8\u01f9\u0251\u0261\u1e3e\u1e3f\u1ebc\u1ebd"
    "\u0300-\u0304\u0306\u0308\u030c"
)
JOINTS = " \u00a0\u3000'\u2019\u2018`\u02bc·\u2010-\u2013-"
BRACKETS = re.compile(rf"[(（\[［〔【][{JOINTS}]{{0,4}}([{LETTERS}][{LETTERS}{JOINTS}1-5]{{0,79}})[)）\]］〕】]")
CLOSERS = "”’」』》〉\"'）)】 \u00a0"
TONES = {"\u0300", "\u0301", "\u0304", "\u030c", "\u0306"}
MAX_HANZI = 12
MANY = 10  # our choice: so many toneless readings, all proved, are an export's noise and not glosses
# A sentence about a reading keeps it: words that say so, near the bracket.
ABOUT_READING = re.compile(
    r"拼音|注音|读音|發音|发音|字音|音节|声调|轻声|多音字|生僻字|谐音|同音|标音|[念读讀唸](?:作|为|成|做)|音同"
    r"|字[^，,。]{0,6}[读念音讀唸]|(?:应|应当|应该|误|错|正确|可|这里|此处|句中|词中)[读念讀](?![书者本物完过报懂头叨着])"
)
QUOTED_CHARACTER = re.compile('[“"「『‘][\u3400-\u9fff]{1,2}[”"」』’]$')


@dataclass(frozen=True, slots=True)
class Proof:
    """What a bracket is: `removable` noise, or a match to ask about; `toned` if it bears a tone mark."""

    at: int
    text: str
    removable: bool
    asks: bool


def find(text: str, gone: Iterable[Fix] = ()) -> tuple[list[Fix], list[Caution]]:
    """Find the annotations to take out, and those only a person can judge (cautions without a place).

    What stands in a `gone` fix is stepped over: an annotation is proved against the words before it.
    """
    proofs = _proofs(text, {fix.end: fix.at for fix in gone})
    toneless = [proof for proof in proofs if proof.asks and proof.text[1:-1].islower()]
    noisy = len(toneless) >= MANY
    fixes, asked = [], []
    for proof in proofs:
        if proof.removable or (noisy and proof.asks and proof.text[1:-1].islower()):
            fixes.append(Fix("pinyin", proof.at, proof.text))
        elif proof.asks:
            asked.append(proof)
    cautions = [
        Caution(
            "pinyin_kept",
            _("“%(text)s” may be a reading or a name; it was kept. Delete it if it is noise.")
            % {"text": text[max(0, proof.at - 4) : proof.at] + proof.text},
        )
        for proof in asked[:20]
    ]
    return fixes, cautions


def _proofs(text: str, ends: dict[int, int]) -> list[Proof]:
    """Check every bracket; `ends` maps where a proved bracket ends to where the Hanzi before it end."""
    proofs = []
    for found in BRACKETS.finditer(text):
        before = ends.get(found.start(), found.start())
        hanzi = _hanzi_before(text, before, ends)
        if not hanzi:
            continue
        letters, toned = _plain(found[1])
        if not letters or not (_spells(letters, hanzi) or (toned and _tail_of(found[1], hanzi[-1]))):
            continue
        about = _about_reading(text, found.start(), found.end())
        neutral = len(letters) <= 5 and letters in _neutral(hanzi[-1]) and found[1].strip(JOINTS).islower()
        proofs.append(Proof(found.start(), found.group(), (toned or neutral) and not about, not toned and not about))
        if not about:
            ends[found.end()] = before
    return proofs


def _hanzi_before(text: str, position: int, ends: dict[int, int]) -> str:
    """Give up to twelve Hanzi before a place, stepping over proved brackets, spaces and a closing quote."""
    for _step in range(4):
        if position in ends or not position or text[position - 1] not in CLOSERS:
            break
        position -= 1
    taken: list[str] = []
    while position and len(taken) < MAX_HANZI:
        if position in ends:
            position = ends[position]
        elif _is_hanzi(text[position - 1]):
            taken.append(text[position - 1])
            position -= 1
        else:
            break
    return "".join(reversed(taken))


def _is_hanzi(character: str) -> bool:
    return (
        "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003ffff"
        or character == "〇"
    )


def _plain(letters: str) -> tuple[str, bool]:
    """Strip tone marks and joints; tell whether there was a tone mark. ü and v become u on both sides."""
    decomposed = unicodedata.normalize("NFD", letters.lower())
    toned = any(character in TONES or character in "1234" for character in decomposed)
    kept = [character for character in decomposed if character.isalpha()]
    return "".join(kept).replace("\u0251", "a").replace("\u0261", "g").replace("v", "u"), toned


@lru_cache(maxsize=20_000)
def _readings(character: str) -> frozenset[str]:
    known = PINYIN_DICT.get(ord(character), "")
    readings = {_plain(reading)[0] for reading in known.split(",") if reading}
    if character == "儿":
        readings.add("r")
    return frozenset(readings)


@lru_cache(maxsize=20_000)
def _neutral(character: str) -> frozenset[str]:
    """Give the toneless readings: those the dictionary has without a mark, and what particles take in speech."""
    known = PINYIN_DICT.get(ord(character), "").split(",")
    if character in "的地得了着过们么子头儿吗嘛呢吧啊呀哇哪里上下来去个家边面处":
        return _readings(character)
    return frozenset(_plain(reading)[0] for reading in known if reading and not _plain(reading)[1])


def _spells(letters: str, hanzi: str) -> bool:
    """Tell whether the letters, read from the end, are readings of the last k characters for some k."""
    open_ends = {len(letters)}
    if letters.endswith("r") and hanzi[-1] != "儿":
        open_ends.add(len(letters) - 1)  # 花(huār)
    for character in reversed(hanzi):
        readings = _readings(character)
        open_ends = {end - len(reading) for end in open_ends for reading in readings if letters[:end].endswith(reading)}
        if 0 in open_ends:
            return True
        if not open_ends:
            return False
    return False


def _tail_of(letters: str, character: str) -> bool:
    """Tell whether toned letters are the end of one of the character's readings, tone and all: 你(ǐ)."""
    tail = unicodedata.normalize("NFC", letters.strip(JOINTS).lower())
    return any(reading.endswith(tail) for reading in PINYIN_DICT.get(ord(character), "").split(","))


def _about_reading(text: str, start: int, end: int) -> bool:
    """Tell whether the clause around a bracket speaks of how something is read."""
    before = re.split(r"[。！？!?；;\n]", text[max(0, start - 40) : start])[-1]
    after = re.split(r"[。！？!?；;\n]", text[end : end + 16])[0]
    before, after = (BRACKETS.sub("", part) for part in (before, after))
    if QUOTED_CHARACTER.search(before) and after.startswith(("字", "音", "的读", "的音")):
        return True
    return bool(ABOUT_READING.search(before.rstrip(CLOSERS)[-16:-1] + "|" + after[:12]))
