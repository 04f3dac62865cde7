"""Charts: a table first, drawn by ECharts where scripts run; `{% chart %}` shows one (pure).

The drawing reads the table's own cells, so the two can never disagree, and each cell links to the rows it counted.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

KINDS = ("bar", "line", "bars", "tiles")  # upright bars, a course over time, lying bars, squares on a map of squares


@dataclass(frozen=True)
class Series:
    """One row of numbers, one for each category; `links` opens what was counted, None where nothing may be opened."""

    label: str
    values: tuple
    links: tuple = ()


@dataclass(frozen=True)
class Chart:
    """What is drawn. `places` (column, row) is needed by `tiles` alone, one pair for each category.

    Raises: ValueError when the numbers do not fit the categories, or for an unknown kind.
    """

    title: str
    unit: str
    categories: tuple
    series: tuple
    kind: str = "bar"
    note: str = ""
    places: tuple = field(default=())

    def __post_init__(self):
        lengths = {len(series.values) for series in self.series} | {len(self.categories)}
        if self.kind == "tiles":
            lengths.add(len(self.places))
        if self.kind not in KINDS or len(lengths) != 1:
            raise ValueError(f"{self.kind}: {len(self.categories)} categories, numbers and places of {lengths}")

    @property
    def is_empty(self):
        return not any(value for series in self.series for value in series.values)

    @property
    def rows(self):
        """The table's rows: a category, its place on the map of squares, and a (value, link) for each series."""
        for index, category in enumerate(self.categories):
            cells = [(series.values[index], series.links[index] if series.links else None) for series in self.series]
            yield category, self.places[index] if self.places else None, cells

    @property
    def summary(self):
        """The chart in one sentence for whoever does not see it: how many values, the largest and the smallest."""
        pairs = [
            (value, category)
            for series in self.series
            for value, category in zip(series.values, self.categories, strict=True)
        ]
        if not pairs:
            return _("No data")
        (most, where_most), (least, where_least) = max(pairs), min(pairs)
        return ngettext(
            "%(title)s: %(count)d value; highest %(most)s %(unit)s (%(where_most)s), "
            "lowest %(least)s %(unit)s (%(where_least)s). The table below holds all of them.",
            "%(title)s: %(count)d values; highest %(most)s %(unit)s (%(where_most)s), "
            "lowest %(least)s %(unit)s (%(where_least)s). The table below holds all of them.",
            len(pairs),
        ) % {
            "title": self.title,
            "count": len(pairs),
            "unit": self.unit,
            "most": most,
            "where_most": where_most,
            "least": least,
            "where_least": where_least,
        }
