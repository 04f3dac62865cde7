"""Figures that cannot all be true: the same subject twice in one text, or here and in the unit's other cases."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from cases.evidence.changes import changes
from cases.evidence.verdicts import Elsewhere, Line, claimed
from cases.models import Case

OTHERS = 5  # the unit's newest other cases; our choice
SAME_WORDS = 12  # characters beside a figure that two cases must share


@dataclass(frozen=True)
class Contradiction:
    """Two figures of one text about one thing whose intervals do not meet."""

    first: Line
    second: Line


def within(lines: Iterable[Line]) -> list[Contradiction]:
    """Find pairs of one text: same indicator, filters, scope and period, but numbers that exclude one another.

    Of confirmed figures alone: two proposals that differ are more often two things than one mistake.
    """
    found, seen = [], {}
    for line in lines:
        if line.claim is None or line.binding is None:
            continue
        for earlier in seen.setdefault(line.binding.about, []):
            if _exclude(earlier, line):
                found.append(Contradiction(earlier, line))
        seen[line.binding.about].append(line)
    return found


def mark_others(case: Case, lines: list[Line], visible: QuerySet) -> None:
    """Say of each figure that the unit's newest other cases give it differently.

    For the same days, where both are bound; else where the same words surround another number.
    """
    others = visible.filter(organisation=case.organisation).exclude(pk=case.pk).exclude(current_revision=None)
    body, by_start = case.current_revision.body, {line.figure.start: line for line in lines}
    mine: dict[tuple, list[Line]] = {}
    for line in lines:
        if line.claim and line.binding:
            mine.setdefault(line.binding.about, []).append(line)
    for other in others.select_related("organisation__region", "current_revision").order_by("-pk")[:OTHERS]:
        for theirs in claimed(other, other.current_revision) if mine else ():
            for line in mine.get(theirs.binding.about, ()):
                if _exclude(line, theirs):
                    line.elsewhere.append(Elsewhere(theirs.figure.mention, other, is_bound=True))
        for change in changes(other.current_revision.body, body, least=SAME_WORDS, is_exact=True):
            line = by_start.get(change.new.start)
            if line is not None and all(each.case != other for each in line.elsewhere):
                line.elsewhere.append(Elsewhere(change.old.mention, other, is_bound=False))


def _exclude(first: Line, second: Line) -> bool:
    one, two = first.interval, second.interval
    return (one.high is not None and one.high < two.low) or (two.high is not None and two.high < one.low)
