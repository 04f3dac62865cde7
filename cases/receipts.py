"""What a receipt page shows: each fix with its surroundings, counts by kind, the figures of a text."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models.functions import Length
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.evidence import figures
from cases.intake.arrival import Arrival, as_dict
from cases.intake.receipt import KIND_LABELS, Fix
from cases.models import Case, CleaningFix, Intake

AROUND = 18  # characters shown on either side of what was removed
SHOWN = 160  # characters shown of what was removed
SHOWN_OF_MARKUP = 40  # of an image's address nobody reads more
FIGURE_LABELS = {
    "count": _("Count"),
    "money": _("Money"),
    "percent": _("Percentage"),
    "area": _("Area"),
    "length": _("Length"),
    "weight": _("Weight"),
    "time": _("Time"),
    "age": _("Age"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt as a person reads it; `more` characters of `removed` are not shown."""

    position: int
    kind: str
    label: str | Promise
    before: str
    removed: str
    after: str
    more: int
    replaced_by: str
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many lines of a kind a receipt has, and how many of them are undone."""

    kind: str
    label: str | Promise
    count: int
    undone: int = 0


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure found in a text, with its value as one reads it."""

    mention: str
    value: str
    unit: str
    kind: str | Promise
    around: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reading: kept, or taken out by a line of the receipt."""

    text: str
    is_removed: bool


def label_of(kind: str) -> str | Promise:
    """Return what a kind of fix is called."""
    return KIND_LABELS.get(kind, kind)


class Kept:
    """What cleaning left of a reading: the words a person knows a place by, without the noise beside it."""

    def __init__(self, reading: str, taken: Iterable[tuple[int, int]]):
        """Take the `(start, end)` of every fix that stands."""
        self._starts, self._gone, stretches, position, gone = [], [0], [], 0, 0
        for start, end in sorted(taken):
            stretches.append(reading[position:start])
            gone += end - start
            position = end
            self._starts.append(start)
            self._gone.append(gone)
        self._text = "".join([*stretches, reading[position:]])

    def around(self, start: int, end: int) -> tuple[str, str]:
        """Return the words before and after a stretch of the reading, line ends shown as ↵."""
        first, last = self._index(start), self._index(end)
        return _one_line(self._text[max(0, first - AROUND) : first]), _one_line(self._text[last : last + AROUND])

    def _index(self, position: int) -> int:
        return position - self._gone[bisect_left(self._starts, position)]


def line(kept: Kept, fix: Fix, position: int, *, is_undone: bool = False) -> Line:
    """Show one fix with its surroundings in the cleaned text; line ends are shown as ↵."""
    shown = SHOWN_OF_MARKUP if fix.kind == "dead_image" else SHOWN
    before, after = kept.around(fix.at, fix.end)
    return Line(
        position=position,
        kind=fix.kind,
        label=label_of(fix.kind),
        before=before,
        removed=_one_line(fix.removed[:shown]),
        after=after,
        more=max(0, len(fix.removed) - shown),
        replaced_by=_one_line(fix.replaced_by),
        is_undone=is_undone,
    )


def lines(intake: Intake, rows: Iterable[CleaningFix]) -> list[Line]:
    """Show stored lines of one receipt; one query more for the lines around them."""
    standing = intake.fixes.filter(undone_at=None).values_list("at", Length("removed"))
    kept = Kept(intake.reading, ((at, at + size) for at, size in standing))
    return [
        line(
            kept,
            Fix(row.kind, row.at, row.removed, row.replacement),
            row.position,
            is_undone=row.undone_at is not None,
        )
        for row in rows
    ]


def counts(kinds: Iterable[tuple[str, bool]]) -> list[KindCount]:
    """Count (kind, is undone) pairs, in the order in which the kinds are listed everywhere."""
    pairs = list(kinds)
    total = Counter(kind for kind, _undone in pairs)
    undone = Counter(kind for kind, is_undone in pairs if is_undone)
    order = list(KIND_LABELS)
    known = sorted(total, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))
    return [KindCount(kind, label_of(kind), total[kind], undone[kind]) for kind in known]


def latest(case: Case) -> Intake | None:
    """Return the newest arrival of a case, None for a text that was typed at the desk."""
    return case.intakes.select_related("received_by", "revision").order_by("-pk").first()


def preview(arrival: Arrival) -> dict:
    """Return what the page shows before anything is stored."""
    fixes = arrival.cleaned.fixes
    kept = Kept(arrival.reading.text, ((fix.at, fix.end) for fix in fixes))
    return {
        "arrival": arrival,
        "counts": counts((fix.kind, False) for fix in fixes),
        "lines": [line(kept, fix, number) for number, fix in enumerate(fixes, start=1)],
        "warnings": [as_dict(caution) for caution in arrival.warnings],
        "figures": len(figures.extract(arrival.cleaned.body)),
    }


def figure_lines(body: str) -> list[FigureLine]:
    """Find the figures of a text, in reading order."""
    return [
        FigureLine(
            mention=figure.mention,
            value="–".join(f"{value:,}" for value in figure.value)
            if isinstance(figure.value, list | tuple)
            else f"{figure.value:,}",
            unit=figure.unit,
            kind=FIGURE_LABELS.get(figure.kind, figure.kind),
            around=(
                _one_line(body[max(0, figure.start - AROUND) : figure.start]),
                _one_line(body[figure.end : figure.end + AROUND]),
            ),
        )
        for figure in figures.extract(body)
    ]


def pieces(reading: str, fixes: Iterable[Fix]) -> list[Piece]:
    """Cut a reading into what stayed and what these fixes took out, to be shown side by side with the text."""
    found, position = [], 0
    for fix in sorted(fixes, key=lambda fix: fix.at):
        found += [Piece(reading[position : fix.at], False), Piece(fix.removed, True)]
        position = fix.end
    found.append(Piece(reading[position:], False))
    return [piece for piece in found if piece.text]


def _one_line(text: str) -> str:
    return text.replace("\n", "↵")
