"""Numbers that changed from one text to another while the words beside them stayed."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from cases.evidence.figures import Figure, extract
from cases.evidence.verdicts import Changed, Line, context_of
from cases.models import Case, Decision, FigureQuestion, RequestItem, Revision

BEFORE, AFTER = 16, 10
LEAST = 4  # characters beside a figure without which nothing says that it is the same one
LIKE = 0.6  # our choice: so much of the words must have stayed where they were edited too
LEFT_OVER = 40
EARLIER = 6  # revisions looked back


@dataclass(frozen=True)
class Change:
    """One figure in the older and in the newer text."""

    old: Figure
    new: Figure


def changes(old: str, new: str, *, least: int = LEAST, is_exact: bool = False) -> list[Change]:
    """Find figures whose number is another while the words beside them, `least` of them, are the same or much the same.

    Other figures in these words do not count, so that neighbours may change together. A figure that is new, or gone,
    is none of these. With `is_exact` the words must be the same.
    """
    waiting = _placed(old)
    pairs, left = [], []
    for words, figure in _placed(new):
        same = next((each for each in waiting if each[0] == words), None) if len("".join(words)) >= least else None
        if same is None:
            left.append((words, figure))
        else:
            waiting.remove(same)
            pairs.append(Change(same[1], figure))
    if not is_exact and len(left) <= LEFT_OVER and len(waiting) <= LEFT_OVER:
        pairs += _much_the_same(waiting, left)
    found = (pair for pair in pairs if _says(pair.old) != _says(pair.new))
    return sorted(found, key=lambda pair: pair.new.start)


def mark(case: Case, revision: Revision, lines: list[Line]) -> None:
    """Say of each figure that an earlier revision had another number there, and whether anybody asked for it.

    The newest change counts. Queries: the revisions and what was asked.
    """
    earlier = case.revisions.filter(number__lt=revision.number).select_related("created_by").order_by("-number")
    asked, by_start, later = None, {line.figure.start: line for line in lines}, revision
    for older in earlier[:EARLIER]:
        for change in changes(older.body, revision.body):
            line = by_start.get(change.new.start)
            if line is not None and line.changed is None:
                asked = _asked(case) if asked is None else asked
                place = context_of(older.body, change.old)
                line.changed = Changed(change.old.mention, later, _is_asked(change, place, asked, later))
        later = older


def _placed(body: str) -> list[tuple[tuple[str, str], Figure]]:
    """Return each figure with the words on both sides in its paragraph, other figures and white space left out."""
    figures = extract(body)
    placed = []
    for at, figure in enumerate(figures):
        ahead = _without(body, figures[max(0, at - 3) : at], max(0, figure.start - 60), figure.start).rpartition("\n")[
            2
        ]
        end = min(len(body), figure.end + 40)
        behind = _without(body, figures[at + 1 : at + 4], figure.end, end).partition("\n")[0]
        placed.append(((re.sub(r"\s", "", ahead)[-BEFORE:], re.sub(r"\s", "", behind)[:AFTER]), figure))
    return placed


def _without(body: str, figures: list[Figure], start: int, end: int) -> str:
    pieces, at = [], start
    for figure in figures:
        if start <= figure.start and figure.end <= end:
            pieces += [body[at : figure.start], "#"]
            at = figure.end
    return "".join([*pieces, body[at:end]])


def _much_the_same(old: list, new: list) -> list[Change]:
    """Pair what is left by the words beside it and its unit, the best pairs first."""
    ratios = [
        (SequenceMatcher(None, "".join(one), "".join(other), autojunk=False).ratio(), i, j)
        for i, (one, figure) in enumerate(old)
        for j, (other, its) in enumerate(new)
        if figure.unit == its.unit and len("".join(one)) >= LEAST
    ]
    found, taken_old, taken_new = [], set(), set()
    for ratio, i, j in sorted(ratios, reverse=True):
        if ratio >= LIKE and i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            found.append(Change(old[i][1], new[j][1]))
    return found


def _says(figure: Figure) -> tuple:
    return str(figure.value), figure.unit, figure.approx


def _asked(case: Case) -> list[tuple]:
    """Return what the unit was asked to change: when, the figure in its place, the words."""
    items = RequestItem.objects.filter(case=case, request__isnull=False).select_related("request__decision")
    told = [(item.request.decision.decided_at, item.figure, f"{item.text} {item.quote}") for item in items]
    notes = Decision.objects.filter(case=case, kind=Decision.Kind.RETURN).values_list("decided_at", "note")
    questions = FigureQuestion.objects.filter(case=case).values_list("asked_at", "context", "text")
    return [*told, *questions, *((at, "", note) for at, note in notes)]


def _is_asked(change: Change, place: str, asked: list[tuple], revision: Revision) -> bool:
    """Tell whether something asked before a revision names the figure's place, or its old or new number."""
    numbers = {re.sub(r"\s", "", figure.mention) for figure in (change.old, change.new)}
    return any(
        at <= revision.created_at and (figure == place or any(number in re.sub(r"\s", "", words) for number in numbers))
        for at, figure, words in asked
    )
