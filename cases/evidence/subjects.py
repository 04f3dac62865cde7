"""What a figure is probably about: an indicator with its filters, out of the words beside it (pure but for the kinds).

A proposal only: an editor confirms it with a click, since 等 and periods are where proposals go wrong.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cases.evidence.figures import Figure, extract
from cases.evidence.intervals import plain_unit
from cases.evidence.series import Series, likeliest

BEFORE, AFTER = 120, 40
CLAUSE_END = "。！？；!?;\n"
COMMA = "[,，]"
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

ROOMS = {
    "房间": "venue.rooms",
    "标间": "venue.rooms",
    "客房": "venue.rooms",
    "床铺": "venue.beds",
    "床位": "venue.beds",
}
SUFFIX = re.compile("(?:合作|标识)$")  # 安全教育平台合作 is spoken of as 安全教育平台

PLANNED = re.compile("计划|打算|目标|拟|力争|将要|年内")
CHOSEN = re.compile("遴选|评选|选树|推选")  # so many are to be chosen, 现已 so many are
BY_NOW = re.compile("现已|目前已")
GOES_ON = re.compile("已|其中")
EACH = re.compile("每(?:年|月|周|季|半年|天|日|名|个|位|家|户|人|辆|车|次|支部)")  # a cadence or a ration, no count
IN_ALL = re.compile("累计|共计|总计|一共|合计")
BESIDE = 1  # a quotation mark may stand between a word and its figure
LIST_MORE = 12  # characters between a kind and the 等 that makes it the first of several
OF_GROUP = {"certificate": "certificate.count", "honour": "honour.count"}


@dataclass(frozen=True)
class Subject:
    """One line of the table."""

    words: tuple[str, ...]
    units: tuple[str, ...]
    key: str
    filters: dict = field(default_factory=dict)
    also: tuple[str, ...] = ()
    frames: bool = False


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
        Subject(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    )


def clause(body: str, figure: Figure) -> tuple[str, str]:
    """Return what stands before a figure and after it, within its sentence."""
    before = re.split(f"[{CLAUSE_END}]", body[max(0, figure.start - BEFORE) : figure.start])[-1]
    after = re.split(f"[{CLAUSE_END}]", body[figure.end : figure.end + AFTER])[0]
    return before, after


def propose(
    body: str, figure: Figure, kinds: Sequence[KindWords] = (), known: Sequence[Series] = ()
) -> Proposal | None:
    """Propose what a figure counts, or None where no words speak for anything; `known` are the unit's own series."""
    before, after = clause(body, figure)
    unit = plain_unit(figure.unit)
    if _is_promised(before, after) or _is_ration(before):
        return None
    own = _not_of_another(before, unit)
    found = [*_by_table(before, after, own, unit), *_by_kind(before, after, own, unit, kinds)]
    if said := likeliest(own, after, unit, known):
        share, series = said
        found.append(
            ((len(series.label) * share, 0, 0), Proposal("figure.value", {"key": series.key}, (series.label,)))
        )
    if not found:
        return None
    best = max(found, key=lambda pair: pair[0])[1]
    narrower = [
        (rank, each) for rank, each in found if each.key == best.key and best.filters.items() < each.filters.items()
    ]
    chosen = max(narrower, key=lambda pair: pair[0])[1] if narrower else best
    return _placed(body, figure, chosen, kinds)


def _is_promised(before: str, after: str) -> bool:
    """Whether the number is what somebody means to reach: no count of what was done."""
    *ahead, own = re.split(COMMA, before)
    if PLANNED.search(own) or (ahead and len(ahead[-1]) <= 4 and PLANNED.search(ahead[-1])):
        return not BY_NOW.search(own)
    return bool(CHOSEN.search(own) and BY_NOW.search(after))


def _is_ration(before: str) -> bool:
    """Whether the number is so many each time or for each: 每月走访1次."""
    own = re.split("[,，、]", before)[-1]
    return bool(EACH.search(own)) and not IN_ALL.search(own)


def _not_of_another(before: str, unit: str) -> str:
    """Return what speaks of no earlier figure of the same unit: what stands after that one's own clause.

    After 已 and 其中 the same thing is spoken of: 评选30名“先锋”, 现已评出10名.
    """
    same = [found.end for found in extract(before) if plain_unit(found.unit) == unit]
    if not same or GOES_ON.search(re.split(COMMA, before)[-1]):
        return before
    return "".join(re.split("[,，、]", before[same[-1] :], maxsplit=1)[1:])


def _placed(body: str, figure: Figure, proposal: Proposal, kinds: Sequence[KindWords]) -> Proposal:
    """Give a venue's figure that names no kind the kind named last before it in its paragraph."""
    if not proposal.key.startswith("venue.") or proposal.filters:
        return proposal
    ahead = body[: figure.start].rpartition("\n")[2]
    named = [(ahead.rfind(kind.label), kind) for kind in kinds if kind.domain == "venue" and kind.label in ahead]
    if not named:
        return proposal
    kind = max(named, key=lambda pair: pair[0])[1]
    return Proposal(proposal.key, {"kind": kind.code}, (*proposal.words, kind.label))


def _by_table(before: str, after: str, own: str, unit: str) -> list[tuple[tuple, Proposal]]:
    """Propose by the table; `own` is what stands before the figure and speaks of no earlier one."""
    found, behind = [], re.split(COMMA, after)[0]
    for place, subject in enumerate(table()):
        if unit not in subject.units:
            continue
        ahead = before if subject.frames else own
        said = [word for word in subject.words if word in ahead or (word in behind and not subject.frames)]
        also = [word for word in subject.also if word in before or word in after]
        if said and (also or not subject.also):
            word = max(said, key=lambda word: (len(word), _nearness(word, before, after)))
            near = _nearness(word, before, after)
            weight = len(word) + (len(also[0]) / 2 if also else 0) + _closeness(word, before, after)
            weight += BEFORE if subject.frames else 0
            found.append(((weight, near, -place), Proposal(subject.key, dict(subject.filters), (word, *also[:1]))))
    return found


def _by_kind(before: str, after: str, own: str, unit: str, kinds: Sequence[KindWords]) -> list[tuple[tuple, Proposal]]:
    """Propose by the labels of kinds; several kinds of one group, or 等 after one, mean the group."""
    found = []
    last = re.split(COMMA, before)[-1]
    said = [(kind, label) for kind in kinds if (label := _spoken(kind, before, after, own, unit))]
    for kind, label in said:
        key = OF_GROUP.get(kind.group, COUNTED[kind.domain][unit])
        if kind.domain == "venue":
            key = next((each for noun, each in ROOMS.items() if noun in re.split("[,，、]", before)[-1]), key)
        siblings = [
            other.label
            for other, _label in said
            if (other.domain, other.group) == (kind.domain, kind.group) and other.label in last
        ]
        has_more = re.search(f"{re.escape(label)}[^,，]{{0,{LIST_MORE}}}等", last)
        is_list = kind.domain in ("activity", "matter") and (len(siblings) > 1 or bool(has_more))
        filters = {"kind__group": kind.group} if is_list else {"kind": kind.code}
        near = _nearness(label, before, after)
        words = tuple(siblings) if is_list else (label,)
        weight = len(label) + (2 if is_list else 0) + _closeness(label, before, after)
        found.append(((weight, near, 0), Proposal(key, filters, words)))
    return found


def _spoken(kind: KindWords, before: str, after: str, own: str, unit: str) -> str:
    """Return the words by which a kind is named beside a figure; "" where it is not, or is not counted so.

    A place stays named across several figures of it: 司机之家, 房间8个、床铺28个.
    """
    if unit not in COUNTED[kind.domain]:
        return ""
    ahead = before if kind.domain == "venue" else own
    names = dict.fromkeys((kind.label, SUFFIX.sub("", kind.label)))
    return next((name for name in names if name in ahead or name in after), "")


def _closeness(word: str, before: str, after: str) -> float:
    """Return what a word's place is worth: most within the figure's own clause, less with every character between."""
    own = re.split("[,，、]", before)[-1] + "\n" + re.split(COMMA, after)[0]
    near = _nearness(word, before, after)
    return (4 if word in own else 0) + (3 if near >= -BESIDE else 0) + near / 4


def _nearness(word: str, before: str, after: str) -> int:
    """Return 0 and less: minus the characters between a word and the figure."""
    ahead = before.rfind(word)
    gap = len(before) - ahead - len(word) if ahead >= 0 else BEFORE
    behind = after.find(word)
    return -min(gap, behind if behind >= 0 else BEFORE)
