"""The passages two texts share, in whatever order each has them, side by side (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.evidence.shingles import Read

SHORTEST = 20  # characters, white space and punctuation apart
NEAR = 30  # characters between two passages that are shown in one piece, as where a name was changed
AROUND = 24  # characters shown before and after a passage
MOST = 40


@dataclass(frozen=True)
class Passage:
    """A stretch both texts have: half-open spans in each, as they stand, punctuation included."""

    start: int
    end: int
    other_start: int
    other_end: int


@dataclass(frozen=True)
class Side:
    """What one text says there: pieces with whether the other says the same, and which paragraph it is."""

    pieces: list[tuple[str, bool]]
    paragraph: int


@dataclass(frozen=True)
class Place:
    """One place to compare: what each of the two texts says there, and how many characters are the same."""

    ours: Side
    theirs: Side
    characters: int


def passages(one: Read, other: Read) -> list[Passage]:
    """Return the stretches of twenty characters and more that both have, in the order of the first text.

    Each character of a text belongs to one passage at most. Only one with
    twenty characters of its own, beside the call's preface and formulae, is returned.
    """
    seeds: dict[str, list[int]] = {}
    for at in range(len(other.plain) - SHORTEST + 1):
        seeds.setdefault(other.plain[at : at + SHORTEST], []).append(at)
    found, at = [], 0
    while at <= len(one.plain) - SHORTEST:
        places = seeds.get(one.plain[at : at + SHORTEST], ())
        if not places:
            at += 1
            continue
        there, size = max(((place, _common(one.plain, at, other.plain, place)) for place in places[:8]), key=_size)
        if sum(spot not in one.apart for spot in range(at, at + size)) >= SHORTEST:
            found.append(
                Passage(
                    one.offsets[at],
                    one.offsets[at + size - 1] + 1,
                    other.offsets[there],
                    other.offsets[there + size - 1] + 1,
                )
            )
        at += size
    return found


def places(one: Read, other: Read, found: Iterable[Passage]) -> list[Place]:
    """Gather passages that stand near each other in both texts, the longest first; at most forty."""
    groups: list[list[Passage]] = []
    for each in found:
        last = groups[-1][-1] if groups else None
        if last and 0 <= each.start - last.end <= NEAR and 0 <= each.other_start - last.other_end <= NEAR:
            groups[-1].append(each)
        else:
            groups.append([each])
    shown = [
        Place(
            _side(one.text, [(each.start, each.end) for each in group]),
            _side(other.text, [(each.other_start, each.other_end) for each in group]),
            sum(each.end - each.start for each in group),
        )
        for group in groups
    ]
    return sorted(shown, key=lambda place: -place.characters)[:MOST]


def _size(pair: tuple[int, int]) -> int:
    return pair[1]


def _common(one: str, at: int, other: str, there: int) -> int:
    """Return how many characters are the same from two places on."""
    size = SHORTEST
    limit = min(len(one) - at, len(other) - there)
    while size < limit and one[at + size] == other[there + size]:
        size += 1
    return size


def _side(text: str, spans: list[tuple[int, int]]) -> Side:
    before = text[max(0, spans[0][0] - AROUND) : spans[0][0]].rpartition("\n")[2]
    after = text[spans[-1][1] : spans[-1][1] + AROUND].partition("\n")[0]
    pieces, at = [(before, False)], spans[0][0]
    for start, end in spans:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((after, False))
    paragraph = sum(bool(line.strip()) for line in text[: spans[0][0]].split("\n")[:-1]) + 1
    return Side([(words, is_same) for words, is_same in pieces if words], paragraph)
