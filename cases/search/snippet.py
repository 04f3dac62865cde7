"""What is shown of a hit: passages of the original text with the words found in it (pure)."""

import re
from dataclasses import dataclass

from cases.search.lexemes import fold
from cases.search.query import Query

LENGTH = 110
LEAD = 24
SENTENCE_END = "。！？；\n"
HITS_LOOKED_AT = 200


@dataclass(frozen=True)
class Piece:
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
    return [Piece(re.sub(r"\s+", " ", piece.text), piece.is_hit) for piece in [*lead, *shown, *tail]]


def hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Give the spans of the query's words in a text, in order, touching and overlapping ones joined.

    A word that does not occur whole is marked by its adjacent pairs: these are what the index found it by.
    """
    folded = fold(text)
    missing = [term for term in query.terms if term.text not in folded]
    targets = [target for target in query.to_mark() if target in folded]
    targets += sorted({lexeme for term in missing for lexeme in term.lexemes()}, key=len, reverse=True)
    if not targets:
        return []
    pattern = re.compile("(?=(" + "|".join(re.escape(target) for target in targets) + "))")  # ahead: hits may overlap
    return _joined([match.span(1) for match in pattern.finditer(folded)])


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
    looked_at = found[:HITS_LOOKED_AT]
    best, best_score = 0, (0, 0)
    for index, (start, _end) in enumerate(looked_at):
        inside = []
        for later_start, later_end in looked_at[index:]:
            if later_end > start + length - LEAD:
                break
            inside.append(text[later_start:later_end])
        score = (len(set(inside)), len(inside))
        if score > best_score:
            best, best_score = start, score
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
