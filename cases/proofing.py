"""The changes of a proof-read text one by one: what went, what came, by whose hand, and the text without some of them.

Pure. A change is a stretch of a paragraph, or a whole paragraph that came or went. A paragraph that moved is one
change with what was edited in it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from config.text.diff import Block, Run

AROUND = 12


@dataclass(frozen=True)
class Touch:
    """One tracked change of a Word file: whose, when (as the file says it), what words."""

    author: str
    day: str
    text: str


@dataclass(frozen=True)
class Change:
    """One change; `number` counts from 1. `hands` are who made it by the file, empty where Word recorded nothing."""

    number: int
    before: str
    gone: str
    came: str
    after: str
    is_paragraph: bool
    is_number: bool
    hands: tuple[str, ...]


def changes(blocks: Sequence[Block], touches: Mapping[str, Sequence[Touch]]) -> list[Change]:
    """Return the changes in their order; `touches` are those of a paragraph, by its words after or before them."""
    found = []
    for block, number, runs, place in _numbered(blocks):
        if not number:
            continue
        gone, came = _text(runs, "delete"), _text(runs, "insert")
        of_paragraph = touches.get(_side(block, "delete").strip()) or touches.get(_side(block, "insert").strip()) or ()
        found.append(
            Change(
                number,
                "" if block.kind in ("added", "deleted") else _text(block.runs[:place], "equal", "insert")[-AROUND:],
                gone,
                came,
                _text(block.runs[place + len(runs) :], "equal", "insert")[:AROUND],
                block.kind in ("added", "deleted"),
                any(run.figure for run in runs),
                _hands(of_paragraph, gone, came),
            )
        )
    return found


def without(blocks: Sequence[Block], refused: Collection[int]) -> str:
    """Return the proof-read text with the changes of these numbers taken back."""
    lines: list[tuple[Block, str]] = []
    for block, number, runs, _place in _numbered(blocks):
        kept = "delete" if number and number in refused else "insert"
        text = _text(runs, "equal", kept)
        if lines and lines[-1][0] is block:
            lines[-1] = (block, lines[-1][1] + text)
        else:
            lines.append((block, text))
    return "\n".join(text for _block, text in lines if text.strip())


def _numbered(blocks: Sequence[Block]) -> Iterator[tuple[Block, int, tuple[Run, ...], int]]:
    """Yield each block's stretches, equal or changed, with the number of its change (0 for none) and its place."""
    number = 0
    for block in blocks:
        place = 0
        for is_equal, group in groupby(block.runs, key=lambda run: run.kind == "equal"):
            runs = tuple(group)
            number += not is_equal
            yield block, 0 if is_equal else number, runs, place
            place += len(runs)


def _text(runs: Sequence[Run], *kinds: str) -> str:
    return "".join(run.text for run in runs if run.kind in kinds)


def _side(block: Block, without_kind: str) -> str:
    return "".join(run.text for run in block.runs if run.kind != without_kind)


def _hands(touches: Sequence[Touch], gone: str, came: str) -> tuple[str, ...]:
    """Return who made a change: who tracked words of it, else whoever tracked anything in its paragraph alone."""
    own = [each for each in touches if _shares(each.text, gone) or _shares(each.text, came)]
    people = dict.fromkeys(each.author for each in own) or dict.fromkeys(each.author for each in touches)
    if not own and len(people) > 1:
        return ()
    days = {each.author: each.day for each in own or touches}
    return tuple(f"{author} {days[author]}".strip() for author in people)


def _shares(tracked: str, words: str) -> bool:
    return bool(tracked.strip() and words.strip()) and (tracked.strip() in words or words.strip() in tracked)
