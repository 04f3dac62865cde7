"""Counts as tables and charts in which every number opens the rows it counted."""

from dataclasses import dataclass

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.statistics.counts import Counts, Tally
from cases.statistics.measures import BY_NAME, MEASURES
from config.charts import Chart, Series

DRAWN = ("received", "accepted")


@dataclass(frozen=True)
class Links:
    """Makes addresses of rows; `asked` are the page's own filters."""

    page: str
    asked: dict[str, str]

    def to(self, **narrowed: str) -> str:
        """Return the address of the rows narrowed further."""
        return f"{self.page}?{urlencode(self.asked | {name: value for name, value in narrowed.items() if value})}"


@dataclass(frozen=True)
class Cell:
    """A number with the address of its rows."""

    label: str
    number: int
    url: str


@dataclass(frozen=True)
class Line:
    """One group of cases in a table."""

    tally: Tally
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """One dimension; `name` is its name in an address."""

    name: str
    title: str
    lines: list[Line]


def cells(tally: Tally, links: Links | None, **narrowed: str) -> list[Cell]:
    """Return a group's numbers in the order of the measures."""
    return [
        Cell(
            str(measure.label),
            tally.numbers[measure.name],
            links.to(measure=measure.name, **narrowed) if links else "",
        )
        for measure in MEASURES
    ]


def tables(found: Counts, links: Links | None, *, is_desk: bool = True) -> list[Table]:
    """Return a table for each dimension; a unit sees its bodies instead of cities and kinds."""
    dimensions = [("month", _("By month received"), found.months)]
    if is_desk:
        dimensions += [
            ("within", _("By city"), found.cities),
            ("kind", _("By kind of organisation"), found.kinds),
            ("field", _("By field"), found.fields),
        ]
    elif len(found.bodies) > 1:
        dimensions.append(("body", _("By submitting organisation"), found.bodies))
    return [
        Table(name, title, [Line(tally, cells(tally, links, **{name: tally.key})) for tally in tallies])
        for name, title, tallies in dimensions
    ]


def charts(found: Counts, links: Links) -> list[Chart]:
    """Draw received and accepted by month and by city."""
    unit = pgettext("unit", "cases")
    drawn = [
        (_("Cases by month received"), "month", found.months, "bar"),
        (_("Cases by city"), "within", found.cities, "bars"),
    ]
    return [
        Chart(
            title=title,
            unit=unit,
            kind=kind,
            categories=tuple(tally.label for tally in tallies),
            series=tuple(
                Series(
                    str(BY_NAME[name].label),
                    tuple(tally.numbers[name] for tally in tallies),
                    tuple(links.to(measure=name, **{dimension: tally.key}) for tally in tallies),
                )
                for name in DRAWN
            ),
        )
        for title, dimension, tallies, kind in drawn
    ]
