"""Figures that cannot all be true: the same subject twice in one text, or here and in the unit's other cases."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from cases.evidence.verdicts import Line, lines_of
from cases.models import Case

OTHERS = 5  # the unit's newest other cases; our choice


@dataclass(frozen=True)
class Contradiction:
    """Two figures about one thing whose intervals do not meet; `other` is the case the second stands in."""

    first: Line
    second: Line
    other: Case | None = None


def within(lines: Iterable[Line]) -> list[Contradiction]:
    """Find pairs of one text: same indicator, filters, scope and period, but numbers that exclude one another.

    Of confirmed figures alone: two proposals that differ are more often two things than one mistake.
    """
    found, seen = [], {}
    for line in lines:
        if line.claim is None or line.binding is None:
            continue
        for earlier in seen.setdefault(_about(line), []):
            if _exclude(earlier, line):
                found.append(Contradiction(earlier, line))
        seen[_about(line)].append(line)
    return found


def with_others(case: Case, lines: Iterable[Line], visible: QuerySet) -> list[Contradiction]:
    """Find figures that the unit's newest other cases give differently for the same days."""
    others = visible.filter(organisation=case.organisation).exclude(pk=case.pk).exclude(current_revision=None)
    mine = {}
    for line in lines:
        if line.claim and line.binding:
            mine.setdefault(_about(line), line)
    if not mine:
        return []
    found = []
    for other in others.select_related("organisation__region", "current_revision").order_by("-pk")[:OTHERS]:
        for line in lines_of(other, other.current_revision):
            if line.claim and line.binding and (own := mine.get(_about(line))) and _exclude(own, line):
                found.append(Contradiction(own, line, other))
    return found


def _about(line: Line) -> tuple:
    binding = line.binding
    return binding.key, tuple(sorted(binding.filters.items())), binding.organisation.pk, binding.period


def _exclude(first: Line, second: Line) -> bool:
    one, two = first.interval, second.interval
    return (one.high is not None and one.high < two.low) or (two.high is not None and two.high < one.low)
