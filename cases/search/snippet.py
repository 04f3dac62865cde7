"""What is shown of a hit: passages of the original text with the words found in it (pure)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cases.search.lexemes import fold
from cases.search.query import Query

LENGTH = 110
LEAD = 24
SENTENCE_END = "。！？；\n"
HITS_LOOKED_AT = 200
SPACES = re.compile(r"\s+")


class Piece(NamedTuple):
    """A stretch of original text; `is_hit` stretches are marked."""

    text: str
    is_hit: bool = False


def pieces(text: str, query: Query) -> list[Piece]:
    """Cut a whole text, such as a title, into marked and unmarked stretches."""
    found = hits(text, query)
    return _cut(text, 0, len(text), found)


def passage(text: str, query: Query, length: int = LENGTH) -> list[Piece]:
    """Give the stretch of about `length` characters that shows most of the words, marked, with … where cut.

    The text's own beginning where none of the words occurs in it (they are in title or names). Line ends become
    spaces; nothing else of the original changes.
    """
    found = hits(text, query)
    start = _best_start(text, found, length)
    end = min(start + length, len(text))
    shown = _cut(text, start, end, found)
    lead = [Piece("…")] if text[:start].strip() else []
    tail = [Piece("…")] if text[end:].strip() else []
    return [Piece(SPACES.sub(" ", piece.text), piece.is_hit) for piece in [*lead, *shown, *tail]]


def hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Give the spans of the query's words in a text, in order, touching and overlapping ones joined.

    A word that does not occur whole is marked by its adjacent pairs: these are what the index found it by.
    """
    folded = fold(text)
    spans: list[tuple[int, int]] = []
    for term in query.terms:
        found = list(_places(folded, term.text))
        if not found:
            for lexeme in term.lexemes():
                found += _places(folded, lexeme)
        spans += found
    return _joined(sorted(spans))


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + 1)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _best_start(text: str, found: list[tuple[int, int]], length: int) -> int:
    """Give where to begin: the window with most different words, then most of them, then the earliest."""
    looked_at = [(start, end, text[start:end]) for start, end in found[:HITS_LOOKED_AT]]
    best, best_score = 0, (0, 0)
    words: Counter = Counter()  # of the hits from `index` up to `beyond`
    beyond = 0
    for index, (start, _end, word) in enumerate(looked_at):
        while beyond < len(looked_at) and looked_at[beyond][1] <= start + length - LEAD:
            words[looked_at[beyond][2]] += 1
            beyond += 1
        score = (len(words), beyond - index)
        if score > best_score:
            best, best_score = start, score
        if beyond == index:  # longer than the window
            beyond += 1
        elif words[word] > 1:
            words[word] -= 1
        else:
            del words[word]
    if not found:
        return 0
    return _sentence_start(text, best)


def _sentence_start(text: str, hit: int) -> int:
    """Go back to the beginning of the sentence where it is near, else a few characters."""
    earliest = max(0, hit - LEAD)
    for at in range(hit, earliest, -1):
        if text[at - 1] in SENTENCE_END:
            return at
    return earliest


def _cut(text: str, start: int, end: int, found: list[tuple[int, int]]) -> list[Piece]:
    shown: list[Piece] = []
    at = start
    for hit_start, hit_end in found:
        if hit_end <= start or hit_start >= end:
            continue
        if hit_start > at:
            shown.append(Piece(text[at:hit_start]))
        shown.append(Piece(text[max(hit_start, start) : min(hit_end, end)], is_hit=True))
        at = min(hit_end, end)
    if at < end:
        shown.append(Piece(text[at:end]))
    return shown
