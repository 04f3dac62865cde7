"""Which series of outside figures (外部数据) a number of a text may be from, out of the words it shares with it (pure).

Series are named freely (审批时限压减), so a text says them in other words (审批办理时限压减): what counts is how many
of the name's pairs of characters stand beside the number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cases.evidence.intervals import plain_unit

SHARED = 0.5  # our choice: half of a name's pairs, so that one common word (企业) proposes nothing
HANZI = re.compile("[^\u3400-\u9fff]+")


@dataclass(frozen=True)
class Series:
    """A series of the ledger: how it is asked for, its name and its unit."""

    key: str
    label: str
    unit: str


def likeliest(before: str, after: str, unit: str, known: Sequence[Series]) -> tuple[float, Series] | None:
    """Return the series whose name the words beside a figure say best, with how much of it; None for none.

    `before` is what stands before the figure and speaks of no earlier one.
    """
    behind = re.split("[,，]", after)[0]
    whole, near = f"{before}\n{behind}", re.split("[,，、]", before)[-1] + "\n" + behind
    ranked = [(_share(series.label, whole, near), series) for series in known if plain_unit(series.unit) == unit]
    best = max(ranked, key=lambda pair: pair[0], default=None)
    return best if best is not None and best[0] >= SHARED else None


def _share(label: str, whole: str, near: str) -> float:
    """Return how much of a name the words say: of its pairs in the sentence, or of its characters in the clause."""
    pairs = _pairs(label)
    if not pairs:
        return 0
    characters = sum(character in near for character in label) / len(label) if pairs & _pairs(near) else 0
    return max(len(pairs & _pairs(whole)) / len(pairs), characters)


def _pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters of a text, across nothing that is no Chinese character."""
    return {run[at : at + 2] for run in HANZI.split(text) for at in range(len(run) - 1)}
