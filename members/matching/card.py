"""A pair as the official sees it: both records side by side and masked, what agrees in words, weights (pure).

The words are there before the answer, the weights only after it: whoever sees a number first agrees with it.
"""

from dataclasses import dataclass

from members.matching import explain, normalise
from members.matching.model import Weighed
from members.matching.sealed import masked

SHOWN = ("name", "id_no", "phone", "plate", "birth", "employer", "branch")
MANY_BITS = 40.0  # a weight that fills its bar


@dataclass(frozen=True)
class Line:
    """One field of both records; `ours` and `theirs` are lists of (text, whether it differs from the other)."""

    field: str
    ours: list[tuple[str, bool]]
    theirs: list[tuple[str, bool]]


@dataclass(frozen=True)
class Bar:
    """What one field adds to the evidence, in bits; `share` of a full bar in percent."""

    words: str
    weight: float
    share: int


def lines(ours: dict[str, str], theirs: dict[str, str]) -> list[Line]:
    """Return the fields of two records that say anything, numbers masked, differing characters of the name marked."""
    left, right = masked(ours), masked(theirs)
    found = []
    for field in SHOWN:
        if left[field] or right[field]:
            marks = _marked(left[field], right[field]) if field == "name" else ([(left[field], False)], None)
            found.append(Line(field, marks[0], marks[1] or [(right[field], False)]))
    return found


def _marked(ours: str, theirs: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Mark the characters that differ once both names are in one spelling; names of unequal length as a whole."""
    plain = normalise.name(ours), normalise.name(theirs)
    if plain[0] == plain[1]:
        return [(ours, False)], [(theirs, False)]
    if len(ours) != len(theirs):
        return [(ours, True)], [(theirs, True)]
    pairs = list(zip(ours, theirs, strict=True))
    return [(mine, mine != other) for mine, other in pairs], [(other, mine != other) for mine, other in pairs]


def weighed(levels: list[str], weights: dict[str, float]) -> list[Weighed]:
    """Weigh the stored evidence (`field:level`) as the run's own model did; a missing field says nothing."""
    return [Weighed(*level.split(":"), weights.get(level, 0.0)) for level in levels]


def sentence(levels: list[str]) -> str:
    """Say what agrees and what differs, in the reader's language."""
    return explain.sentence(weighed(levels, {}))


def pass_words(code: str) -> str:
    """Name a pass in words; the part that says whether a person decides is left out."""
    return str(explain.PASSES[code])


def bars(levels: list[str], weights: dict[str, float]) -> list[Bar]:
    """Return a bar for each field that says something, weighed as the run's model did."""
    found = [one for one in weighed(levels, weights) if one.weight]
    return [
        Bar(
            str(explain.WORDS[one.field, one.level]),
            round(one.weight, 1),
            min(100, round(abs(one.weight) / MANY_BITS * 100)),
        )
        for one in found
    ]
