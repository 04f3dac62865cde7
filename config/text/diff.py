"""A comparison of two Chinese texts an editor can read: paragraphs first, then words and figures (pure).

Paragraphs are paired, also where they moved; inside a pair the atoms are compared, so 16名 → 18名 is one
change. A number that changed is flagged, because that is what an editor must ask about.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from config.text.align import longest_in_order, pairs
from config.text.atoms import atoms, is_figure

ALIKE = 0.5  # our choice: share of common character pairs from which two paragraphs are versions of one
PAIRINGS = 60_000  # paragraphs to compare with each other; beyond that only exact copies are paired
LONG = 3_000  # atoms of a paragraph that are compared at once; longer ones sentence by sentence
HANZI_ALONE = re.compile("[\u3400-\u9fff]")
SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one paragraph: kind is equal, delete or insert; `figure` marks a changed number."""

    kind: str
    text: str
    figure: bool = False

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is a changed number: so that numbers alone are marked."""
        if not self.figure:
            return [(self.text, False)]
        return [("".join(group), is_number) for is_number, group in groupby(atoms(self.text), key=is_figure)]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph: same, changed, added, deleted or moved (edited or not).

    `old_number` and `new_number` count paragraphs from 1, blank lines apart; None where it does not exist.
    """

    kind: str
    runs: tuple[Run, ...]
    old_number: int | None
    new_number: int | None

    @property
    def figures_gone(self) -> list[str]:
        """The numbers that were changed or taken out, as written."""
        return [text for run in self.runs if run.kind == "delete" for text, is_number in run.pieces if is_number]

    @property
    def figures_new(self) -> list[str]:
        """The numbers that stand here now, as written."""
        return [text for run in self.runs if run.kind == "insert" for text, is_number in run.pieces if is_number]

    @property
    def figures_changed(self) -> bool:
        """Tell whether a number was changed, added or taken out."""
        return any(run.figure for run in self.runs)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks shown together; a folded stretch is unchanged and long."""

    is_folded: bool
    blocks: tuple[Block, ...]


def compare(old: str, new: str) -> list[Block]:
    """Compare two texts; blocks stand in the order of the new text, deleted ones where they stood.

    Blank lines do not count. Time is bounded for any input: what is too large to compare is replaced whole.
    """
    left = [line for line in old.split("\n") if line.strip()]
    right = [line for line in new.split("\n") if line.strip()]
    in_order = pairs(left, right)
    moved = _pair_rest(left, right, in_order)
    in_order, crossing = _sort_out(in_order, moved)
    return _blocks(left, right, dict(in_order), dict(crossing))


def fold(blocks: Sequence[Block], beside: int = 1, least: int = 3) -> list[Stretch]:
    """Group blocks for reading: `least` and more unchanged ones in a row are folded, `beside` stay as context."""
    changed = [at for at, block in enumerate(blocks) if block.kind != "same"]
    near = {at + step for at in changed for step in range(-beside, beside + 1)}
    stretches = []
    for is_near, group in groupby(enumerate(blocks), key=lambda placed: placed[0] in near):
        members = tuple(block for _at, block in group)
        stretches.append(Stretch(not is_near and len(members) >= least, members))
    return stretches


def _pair_rest(left: list[str], right: list[str], known: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pair what is left over: first exact copies, then the most alike, best first."""
    free_left = set(range(len(left))) - {old for old, _new in known}
    free_right = set(range(len(right))) - {new for _old, new in known}
    found = []
    places: dict[str, list[int]] = {}
    for new in sorted(free_right, reverse=True):
        places.setdefault(right[new], []).append(new)
    for old in sorted(free_left):
        if places.get(left[old]):
            found.append((old, places[left[old]].pop()))
    free_left -= {old for old, _new in found}
    free_right -= {new for _old, new in found}
    if len(free_left) * len(free_right) > PAIRINGS:
        return found
    old_shapes = {old: _shape(left[old]) for old in free_left}
    new_shapes = {new: _shape(right[new]) for new in free_right}
    scored = [
        (score, -abs(old - new), old, new)
        for old, a in old_shapes.items()
        for new, b in new_shapes.items()
        if (score := _alike(a, b)) >= ALIKE
    ]
    for _score, _distance, old, new in sorted(scored, reverse=True):
        if old in free_left and new in free_right:
            found.append((old, new))
            free_left.discard(old)
            free_right.discard(new)
    return found


def _shape(text: str) -> Counter:
    text = text[:6000]
    return Counter(text[index : index + 2] for index in range(max(1, len(text) - 1)))


def _alike(a: Counter, b: Counter) -> float:
    size_a, size_b = a.total(), b.total()
    if 2 * min(size_a, size_b) < ALIKE * (size_a + size_b):
        return 0.0
    return 2 * (a & b).total() / (size_a + size_b)


def _sort_out(known: list[tuple[int, int]], found: list[tuple[int, int]]) -> tuple[list, list]:
    """Part the pairs into those in order and those that crossed over, which moved."""
    ordered = longest_in_order(sorted([*known, *found]))
    return ordered, sorted({*known, *found} - set(ordered))


def _blocks(left: list[str], right: list[str], in_order: dict[int, int], crossing: dict[int, int]) -> list[Block]:
    came_from = {new: old for old, new in crossing.items()}
    partner = {new: old for old, new in in_order.items()}
    blocks: list[Block] = []
    next_old = 0

    def delete_until(end: int) -> None:
        nonlocal next_old
        for old in range(next_old, end):
            if old not in crossing and old not in in_order:
                blocks.append(Block("deleted", _whole("delete", left[old]), old + 1, None))
        next_old = max(next_old, end)

    for new, text in enumerate(right):
        if new in partner:
            delete_until(partner[new])
            next_old = partner[new] + 1
            blocks.append(_paired(left[partner[new]], text, partner[new], new, "changed"))
        elif new in came_from:
            blocks.append(_paired(left[came_from[new]], text, came_from[new], new, "moved"))
        else:
            blocks.append(Block("added", _whole("insert", text), None, new + 1))
    delete_until(len(left))
    return blocks


def _whole(kind: str, text: str) -> tuple[Run, ...]:
    return (Run(kind, text, bool(re.search(r"\d", text))),)


def _paired(old_text: str, new_text: str, old: int, new: int, kind: str) -> Block:
    if old_text == new_text:
        return Block("moved" if kind == "moved" else "same", (Run("equal", new_text),), old + 1, new + 1)
    return Block(kind, tuple(compare_words(old_text, new_text)), old + 1, new + 1)


def compare_words(old: str, new: str) -> list[Run]:
    """Compare two versions of a paragraph; equal and deleted runs make the old one, equal and inserted the new."""
    left, right = atoms(old), atoms(new)
    if max(len(left), len(right)) > LONG:
        return _by_sentences(old, new)
    return _runs(left, right)


def _by_sentences(old: str, new: str) -> list[Run]:
    """Compare long paragraphs by sentences, and the words only of sentences that changed."""
    left = [sentence for sentence in SENTENCE.findall(old) if sentence]
    right = [sentence for sentence in SENTENCE.findall(new) if sentence]
    runs: list[Run] = []
    at_old = at_new = 0
    for a, b in [*pairs(left, right), (len(left), len(right))]:
        gone, came = atoms("".join(left[at_old:a])), atoms("".join(right[at_new:b]))
        runs += _runs(gone, came)
        runs += [Run("equal", left[a])] if a < len(left) else []
        at_old, at_new = a + 1, b + 1
    return _joined(runs)


def _runs(left: Sequence[str], right: Sequence[str]) -> list[Run]:
    runs: list[Run] = []
    at_old = at_new = 0
    for a, b in [*pairs(left, right), (len(left), len(right))]:
        runs += _change("delete", left[at_old:a]) + _change("insert", right[at_new:b])
        runs += [Run("equal", left[a])] if a < len(left) else []
        at_old, at_new = a + 1, b + 1
    return _without_confetti(_joined(runs))


def _change(kind: str, changed: Sequence[str]) -> list[Run]:
    return [Run(kind, "".join(changed), any(map(is_figure, changed)))] if changed else []


def _joined(runs: list[Run]) -> list[Run]:
    """Join neighbours of one kind."""
    joined = []
    for kind, group in groupby(runs, key=lambda run: run.kind):
        members = list(group)
        joined.append(Run(kind, "".join(run.text for run in members), any(run.figure for run in members)))
    return joined


def _without_confetti(runs: list[Run]) -> list[Run]:
    """Fold a single equal Hanzi between two real changes into them; such a diff cannot be read."""
    folded: list[Run] = []
    for index, run in enumerate(runs):
        stray = run.kind == "equal" and HANZI_ALONE.fullmatch(run.text) and 0 < index < len(runs) - 1
        if stray and _weight(runs, index, -1) >= 2 and _weight(runs, index, 1) >= 2:
            folded += [Run("delete", run.text), Run("insert", run.text)]
        else:
            folded.append(run)
    grouped: list[Run] = []
    for is_equal, group in groupby(folded, key=lambda run: run.kind == "equal"):
        members = list(group)
        if is_equal:
            grouped += _joined(members)
            continue
        for kind in ("delete", "insert"):
            mine = [run for run in members if run.kind == kind]
            if mine:
                grouped.append(Run(kind, "".join(run.text for run in mine), any(run.figure for run in mine)))
    return grouped


def _weight(runs: list[Run], index: int, step: int) -> int:
    """Count the changed characters next to a run on one side."""
    total = 0
    index += step
    while 0 <= index < len(runs) and runs[index].kind != "equal":
        total += len(runs[index].text)
        index += step
    return total
