"""Warn of slips in a text: the rules of an editable table, and what only its structure shows (pure).

Source of every warning stands with it; "our choice" reads 本站选定.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

PUNCTUATION = "GB/T 15834—2011《标点符号用法》"
GRAMMAR = "吕叔湘《现代汉语八百词》“二、两”"
USAGE = "《现代汉语词典》“截止”“截至”"
OUR_CHOICE = "本站选定"
PAIRS = {"”": "“", "’": "‘", "》": "《", "）": "（", "】": "【", "」": "「"}
AROUND = 10

# Pattern, advice with the match's groups, source. No pattern repeats a repetition, so long texts cost linear time.
STRUCTURES = (
    (re.compile(r"([省市县区镇乡])\1(委(?!员)|政府|人民政府)"), r"\1\2", OUR_CHOICE),
    (re.compile(r"截止(?=\s?[0-9\uff10-\uff19〇零一二三四五六七八九十])"), "截至", USAGE),
    (re.compile(r"(?<![第十百千万零〇一二三四五六七八九0-9])二(个|名|家|间|件|辆|台)"), r"两\1", GRAMMAR),
    (re.compile(r"([，。；：、])\1{1,9}"), r"\1", PUNCTUATION),
    (re.compile(r"([！？])\1{3,9}"), r"\1", PUNCTUATION),  # the standard allows up to three for emphasis
    (re.compile(r"(?<=[\u4e00-\u9fff]),(?=[\u4e00-\u9fff])"), "，", PUNCTUATION),
    (re.compile(r"(?<=[\u4e00-\u9fff]);(?=[\u4e00-\u9fff])"), "；", PUNCTUATION),
    (re.compile(r"(?<=[\u4e00-\u9fff]):(?=[\u4e00-\u9fff])"), "：", PUNCTUATION),
)
UNPAIRED = "配对的另一半不在本段"


@dataclass(frozen=True)
class Rule:
    """A row of the table; `exceptions` are words in which the form is right."""

    wrong: str
    advice: str
    source: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A place to look at: half-open span, the words there, what to write, and who says so."""

    start: int
    end: int
    found: str
    advice: str
    source: str


@dataclass(frozen=True)
class Warned:
    """The places of one slip, shown at the first: the words before and after it, and how many there are.

    `paragraphs` are the numbers of the paragraphs it stands in, counted as `config.text.paragraphs.blocks` does.
    """

    first: Finding
    before: str
    after: str
    count: int
    paragraphs: tuple[int, ...] = ()


def split_exceptions(text: str) -> tuple[str, ...]:
    """Read the words of a rule's exceptions."""
    return tuple(word for word in re.split(r"[、,，\s]+", text) if word)


def check(text: str, rules: Iterable[Rule]) -> list[Finding]:
    """Return what a text should be looked at for, in its order; where two speak of one place, the longer stays."""
    found = [*_by_rules(text, rules), *_by_structure(text), *_unpaired(text)]
    kept: list[Finding] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def gathered(text: str, findings: Iterable[Finding]) -> list[Warned]:
    """Gather the places of the same slip, in the order of their first."""

    def slip(each: Finding) -> tuple[str, str]:
        return each.found, each.advice

    number_at = _numbering(text)
    warned = []
    for _slip, group in groupby(sorted(findings, key=lambda each: (*slip(each), each.start)), key=slip):
        places = list(group)
        first = places[0]
        before = text[max(0, first.start - AROUND) : first.start].rpartition("\n")[2]
        after = text[first.end : first.end + AROUND].partition("\n")[0]
        inside = tuple(dict.fromkeys(number_at(place.start) for place in places))
        warned.append(Warned(first, before, after, len(places), inside))
    return sorted(warned, key=lambda one: one.first.start)


def _numbering(text: str) -> Callable[[int], int]:
    """Return what tells the number of the paragraph an offset lies in; blank lines are none."""
    starts, offset = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip(" \t\r\n\u3000"):
            starts.append(offset)
        offset += len(line)
    return lambda at: bisect_right(starts, at)


def _by_rules(text: str, rules: Iterable[Rule]) -> Iterable[Finding]:
    for rule in rules:
        if rule.wrong not in text:
            continue
        right = [span for word in rule.exceptions for span in _spans(text, word)]
        for start, end in _spans(text, rule.wrong):
            if not any(low <= start and end <= high for low, high in right):
                yield Finding(start, end, rule.wrong, rule.advice, rule.source)


def _spans(text: str, word: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(word), text)]


def _by_structure(text: str) -> Iterable[Finding]:
    for pattern, advice, source in STRUCTURES:
        for match in pattern.finditer(text):
            yield Finding(match.start(), match.end(), match[0], match.expand(advice), source)


def _unpaired(text: str) -> Iterable[Finding]:
    """Find quotes and brackets without their other half; a paragraph is read on its own."""
    openers = set(PAIRS.values())
    start = 0
    for line in text.split("\n"):
        waiting: list[int] = []
        for at, letter in enumerate(line, start):
            if letter in openers:
                waiting.append(at)
            elif letter in PAIRS and waiting and text[waiting[-1]] == PAIRS[letter]:
                waiting.pop()
            elif letter in PAIRS:
                yield Finding(at, at + 1, letter, UNPAIRED, PUNCTUATION)
        for at in waiting:
            yield Finding(at, at + 1, text[at], UNPAIRED, PUNCTUATION)
        start += len(line) + 1
