"""Where a quoted passage of one text stands in another (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.text.paragraphs import blocks

SURE = 8  # our choice: characters, of the passage and of its neighbourhood, that make a passage itself and no namesake
AROUND = 30


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A passage: the paragraph from 1, and its first and past-the-last character there."""

    paragraph: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph and which notes it belongs to; `ends` are those whose passage ends with it."""

    text: str
    notes: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()


def paragraphs_of(body: str) -> list[str]:
    """Return the paragraphs of a text as its page shows them, headings among them."""
    return [block.text for block in blocks(body)]


def locate(quote: str, paragraph: int, paragraphs: Sequence[str], start: int | None = None) -> Place | None:
    """Find a quoted passage: at `start` if it stands there, else first in the paragraph, else where it alone stands."""
    inside = paragraphs[paragraph - 1] if 0 < paragraph <= len(paragraphs) else ""
    if start is not None and quote and inside[start : start + len(quote)] == quote:
        return Place(paragraph, start, start + len(quote))
    if quote and quote in inside:
        return Place(paragraph, inside.index(quote), inside.index(quote) + len(quote))
    found = _occurrences(quote, paragraphs)
    return found[0] if len(found) == 1 else None


def carry(place: Place, old: Sequence[str], new: Sequence[str]) -> Place | None:
    """Find the passage at `place` of the old text in the new one; None where its words were changed.

    Of several like it the one counts whose neighbourhood is most alike. A short passage in other surroundings is a
    namesake and does not count.
    """
    if not 0 < place.paragraph <= len(old):
        return None
    before = old[place.paragraph - 1]
    quote = before[place.start : place.end]
    best, weight = None, (0, 0, 0)
    for found in _occurrences(quote, new):
        text = new[found.paragraph - 1]
        around = _same_end(before[: place.start], text[: found.start]) + _same_start(
            before[place.end :], text[found.end :]
        )
        is_sure = text == before or len(quote) + around >= SURE
        score = (text == before, around, -abs(found.paragraph - place.paragraph))
        if is_sure and (best is None or score > weight):
            best, weight = found, score
    return best


def cut(text: str, marks: Sequence[tuple[int, int, int]]) -> list[Piece]:
    """Cut a paragraph where the passages of `(start, end, note)` begin and end; they may overlap."""
    edges = sorted({0, len(text), *(edge for start, end, _note in marks for edge in (start, end))})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        inside = tuple(note for first, last, note in marks if first <= start and end <= last)
        pieces.append(Piece(text[start:end], inside, tuple(note for _f, last, note in marks if last == end)))
    return pieces


def _occurrences(quote: str, paragraphs: Sequence[str]) -> list[Place]:
    found = []
    for number, text in enumerate(paragraphs, start=1):
        start = text.find(quote) if quote else -1
        while start >= 0:
            found.append(Place(number, start, start + len(quote)))
            start = text.find(quote, start + 1)
    return found


def _same_start(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one[:AROUND], other[:AROUND], strict=False):
        if a != b:
            break
        count += 1
    return count


def _same_end(one: str, other: str) -> int:
    return _same_start(one[::-1], other[::-1])
