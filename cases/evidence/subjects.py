"""What a figure is probably about: an indicator with its filters, out of the words beside it (pure but for the kinds).

A proposal only: an editor confirms it with a click, since 等 and periods are where proposals go wrong.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cases.evidence.figures import Figure
from cases.evidence.intervals import plain_unit

BEFORE, AFTER = 60, 30
CLAUSE_END = "。！？；\n"
COUNTED = {
    "activity": dict.fromkeys(("次", "场", "场次"), "activity.count") | {"人次": "activity.headcount"},
    "matter": dict.fromkeys(("项", "个", "件", "条"), "matter.resolved"),
    "pairing": dict.fromkeys(("对", "家", "个", "方"), "pairing.active"),
    "grant": dict.fromkeys(("份", "个", "套", "名", "人", "辆", "本", "块", "条", "家"), "grant.quantity")
    | {"元": "grant.amount"},
    "venue": dict.fromkeys(("处", "个", "家", "座"), "venue.open")
    | {"张": "venue.beds", "床": "venue.beds", "间": "venue.rooms", "平米": "venue.area", "平方米": "venue.area"}
    | {"人": "venue.visits", "人次": "venue.visits", "名": "venue.visits", "大": "venue.zones"},
}

PLANNED = re.compile("计划|打算|目标|拟|力争|将要|年内")
OF_GROUP = {"certificate": "certificate.count", "honour": "honour.count"}


@dataclass(frozen=True)
class Subject:
    """One line of the table."""

    words: tuple[str, ...]
    units: tuple[str, ...]
    key: str
    filters: dict = field(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindWords:
    """A kind of the vocabulary, as far as words go. `domain` is activity, matter, pairing, grant or venue."""

    domain: str
    group: str
    code: str
    label: str


@dataclass(frozen=True)
class Proposal:
    """What a figure may be bound to; `words` are those that spoke for it."""

    key: str
    filters: dict
    words: tuple[str, ...]


@cache
def table() -> tuple[Subject, ...]:
    """Read the table."""
    rows = tomllib.loads((Path(__file__).parent / "subjects.toml").read_text(encoding="utf-8"))["subject"]
    return tuple(
        Subject(**{name: value if name in ("key", "filters") else tuple(value) for name, value in row.items()})
        for row in rows
    )


def clause(body: str, figure: Figure) -> tuple[str, str]:
    """Return what stands before a figure and after it, within its sentence."""
    before = re.split(f"[{CLAUSE_END}]", body[max(0, figure.start - BEFORE) : figure.start])[-1]
    after = re.split(f"[{CLAUSE_END}]", body[figure.end : figure.end + AFTER])[0]
    return before, after


def propose(body: str, figure: Figure, kinds: Sequence[KindWords] = ()) -> Proposal | None:
    """Propose what a figure counts, or None where no words speak for anything."""
    before, after = clause(body, figure)
    unit = plain_unit(figure.unit)
    if PLANNED.search(re.split("[,，]", before)[-1]):
        return None  # what is promised is no count of what was done
    found = [*_by_table(before, after, unit), *_by_kind(before, after, unit, kinds)]
    if not found:
        return None
    return max(found, key=lambda pair: pair[0])[1]


def _by_table(before: str, after: str, unit: str) -> list[tuple[tuple, Proposal]]:
    found = []
    for place, subject in enumerate(table()):
        if unit not in subject.units:
            continue
        said = [word for word in subject.words if word in before or word in after]
        also = [word for word in subject.also if word in before or word in after]
        if said and (also or not subject.also):
            word = max(said, key=lambda word: (len(word), _nearness(word, before, after)))
            near = _nearness(word, before, after)
            weight = len(word) + (len(also[0]) / 2 if also else 0) + _closeness(word, before, after)
            found.append(((weight, near, -place), Proposal(subject.key, dict(subject.filters), (word, *also[:1]))))
    return found


def _by_kind(before: str, after: str, unit: str, kinds: Sequence[KindWords]) -> list[tuple[tuple, Proposal]]:
    """Propose by the labels of kinds; several kinds of one group, or 等 after one, mean the group."""
    found = []
    own = re.split("[,，]", before)[-1]
    said = [kind for kind in kinds if (kind.label in before or kind.label in after) and unit in COUNTED[kind.domain]]
    for kind in said:
        key = OF_GROUP.get(kind.group, COUNTED[kind.domain][unit])
        siblings = [
            other for other in said if (other.domain, other.group) == (kind.domain, kind.group) and other.label in own
        ]
        is_list = kind.domain in ("activity", "matter") and (len(siblings) > 1 or f"{kind.label}等" in own)
        filters = {"kind__group": kind.group} if is_list else {"kind": kind.code}
        near = _nearness(kind.label, before, after)
        words = tuple(other.label for other in siblings) if is_list else (kind.label,)
        weight = len(kind.label) + (2 if is_list else 0) + _closeness(kind.label, before, after)
        found.append(((weight, near, 0), Proposal(key, filters, words)))
    return found


def _closeness(word: str, before: str, after: str) -> float:
    """Return what a word's place is worth: most within the figure's own clause, less with every character between."""
    own = re.split("[,，、]", before)[-1] + "\n" + re.split("[,，]", after)[0]
    return (4 if word in own else 0) + _nearness(word, before, after) / 4


def _nearness(word: str, before: str, after: str) -> int:
    """Return 0 and less: minus the characters between a word and the figure."""
    ahead = before.rfind(word)
    gap = len(before) - ahead - len(word) if ahead >= 0 else BEFORE
    behind = after.find(word)
    return -min(gap, behind if behind >= 0 else BEFORE)
