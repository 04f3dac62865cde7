"""Counts beside a list: by city, year, field and kind of organisation, computed from the rows they open."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace

from django.db import connection

from cases.search.find import through_index
from cases.search.lexemes import Facets
from cases.search.query import Query

CELLS = """
SELECT city_id, year, field_id, organisation_kind, count(*) FROM cases_libraryindex
WHERE {condition} GROUP BY 1, 2, 3, 4
"""
NAMES = tuple(field.name for field in fields(Facets))


class Cells:
    """Numbers of entries by all four facets at once: one query, from which every count on a page is a sum."""

    def __init__(self, rows: Iterable[tuple]) -> None:
        self.cells = {Facets(*row[:4]): row[4] for row in rows}

    def total(self, chosen: Facets) -> int:
        """Count what all choices together leave."""
        return sum(count for cell, count in self.cells.items() if _fits(cell, chosen))

    def by(self, name: str, chosen: Facets) -> Counter:
        """Count the values of one facet under the choices made in the others: what choosing each would open."""
        others = replace(chosen, **{name: "" if name == "kind" else None})
        counts: Counter = Counter()
        for cell, count in self.cells.items():
            value = getattr(cell, name)
            if value and _fits(cell, others):
                counts[value] += count
        return counts


def _fits(cell: Facets, chosen: Facets) -> bool:
    return all(not getattr(chosen, name) or getattr(cell, name) == getattr(chosen, name) for name in NAMES)


def of_everything() -> Cells:
    """Count the whole library."""
    with connection.cursor() as cursor:
        cursor.execute(CELLS.format(condition="true"))
        return Cells(cursor.fetchall())


def of_query(query: Query) -> Cells:
    """Count what has every word of a query without phrases."""
    with through_index() as cursor:
        cursor.execute(CELLS.format(condition="words @@ %s::tsquery"), [query.matches()])
        return Cells(cursor.fetchall())


def of_entries(ids: list[int]) -> Cells:
    """Count a list of entries."""
    with through_index() as cursor:
        cursor.execute(CELLS.format(condition="entry_id = ANY(%s)"), [ids])
        return Cells(cursor.fetchall())
