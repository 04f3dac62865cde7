"""What a page of the library lists: which entries, what narrows them, and what to say about them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases.models import CasePhoto, LibraryEntry, SubjectField
from cases.search import facets as counting
from cases.search.facets import Cells
from cases.search.find import Found, find
from cases.search.lexemes import Facets
from cases.search.query import Query, parse
from cases.search.snippet import Piece, passage, pieces
from members.models import Organisation, Region

LABELS = {
    "city": _("City or prefecture"),
    "year": _("Year"),
    "field": _("Field of work"),
    "kind": _("Kind of organisation"),
}
OPTIONS_SHOWN = 8


@dataclass(frozen=True)
class Option:
    """One value of a facet: `query` opens exactly the `count` entries; choosing a chosen one again drops it."""

    label: str
    query: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Group:
    """One facet with its values; the first few are shown, the rest unfolds."""

    label: str
    options: list[Option]

    @property
    def first(self) -> list[Option]:
        """What is shown at once: the first values, and a chosen one wherever it stands."""
        return [option for place, option in enumerate(self.options) if place < OPTIONS_SHOWN or option.is_chosen]

    @property
    def rest(self) -> list[Option]:
        """What unfolds."""
        shown = self.first
        return [option for option in self.options if option not in shown]


@dataclass(frozen=True)
class Chip:
    """A choice in force; `query` opens the list without it."""

    label: str
    query: str


class Shown(NamedTuple):
    """What a list of hits shows of an entry; the names are the model's. Twenty models would cost as much as finding."""

    case_id: int
    slug: str
    title: str
    body: str
    organisation_name: str
    region_id: int
    published_at: datetime
    city_id: int | None
    field_id: int | None
    city: Region | None = None
    field: SubjectField | None = None

    def get_absolute_url(self) -> str:
        """Return the canonical address."""
        return LibraryEntry.address(self.slug)


SHOWN = f"""
SELECT {", ".join(name for name in Shown._fields if name not in ("city", "field"))} FROM cases_libraryentry
WHERE case_id = ANY(%s) AND withdrawn_at IS NULL
"""  # noqa: S608 - our own column names


@dataclass(frozen=True)
class Row:
    """One entry of a list, with the words that were asked for marked."""

    entry: LibraryEntry | Shown
    title: list[Piece]
    passage: list[Piece]


@dataclass(frozen=True)
class Vocabulary:
    """The names behind the codes in addresses: two queries for a page."""

    cities: dict[int, Region]
    fields: dict[int, SubjectField]

    @classmethod
    def load(cls) -> "Vocabulary":
        """Read cities and fields, in their printed order."""
        return cls(
            {city.pk: city for city in Region.objects.cities()},
            {field.pk: field for field in SubjectField.objects.order_by("position", "pk")},
        )

    def chosen(self, parameters: QueryDict) -> Facets:
        """Read the choices out of an address; what is unknown counts as not chosen."""
        year, kind = parameters.get("year", ""), parameters.get("kind", "")
        return Facets(
            city=self._by_code(self.cities, parameters.get("city")),
            year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
            field=self._by_code(self.fields, parameters.get("field")),
            kind=kind if kind in Organisation.Kind.values else "",
        )

    def code(self, name: str, value: int | str) -> str:
        """Give what stands in an address for a value."""
        rows = {"city": self.cities, "field": self.fields}.get(name)
        return rows[value].code if rows else str(value)

    def label(self, name: str, value: int | str) -> str:
        """Give what a reader sees for a value."""
        if name == "kind":
            return str(Organisation.Kind(value).label)
        if name == "year":
            return str(value)
        return {"city": self.cities, "field": self.fields}[name][value].name

    def ordered(self, name: str, counts: dict) -> list:
        """Order the values of a facet: years from the newest, fields as printed, the rest by count."""
        if name == "year":
            return sorted(counts, reverse=True)
        if name == "field":
            return [pk for pk in self.fields if pk in counts]
        known = [value for value in counts if name != "city" or value in self.cities]
        return sorted(known, key=lambda value: (-counts[value], self.code(name, value)))

    @staticmethod
    def _by_code(rows: dict, code: str | None) -> int | None:
        return next((pk for pk, row in rows.items() if row.code == code), None)


@dataclass
class Listing:
    """A list of the library as an address asks for it."""

    query: Query
    chosen: Facets
    parameters: QueryDict
    vocabulary: Vocabulary
    found: Found | None = None
    entries: QuerySet = field(default=None, repr=False)

    @property
    def is_search(self) -> bool:
        """Tell whether words were asked for."""
        return self.found is not None

    @property
    def source(self) -> list[int] | QuerySet:
        """What is paged: ids of hits in rank order, or the newest entries."""
        return self.found.ids if self.is_search else self.entries

    @property
    def is_counted(self) -> bool:
        """Tell whether the facets' numbers are those of the rows they open."""
        return not self.is_search or not (self.found.is_capped and self._counts_hits)

    @property
    def _counts_hits(self) -> bool:
        """Whether counts come from the hits themselves: phrases and nearest matches can't be counted by the index."""
        if not self.is_search:
            return False
        found = self.found
        return bool(
            found.missing or found.is_partial or found.is_similar or any(term.needs_check for term in self.query.terms)
        )

    @cached_property
    def cells(self) -> Cells:
        """The counts of this page: one query."""
        if not self.is_search:
            return counting.of_everything()
        return counting.of_entries(self.found.ids) if self._counts_hits else counting.of_query(self.query)

    @cached_property
    def total(self) -> int:
        """How many entries the list has, those beyond the listed ones included."""
        return len(self.found.ids) if self._counts_hits else self.cells.total(self.chosen)

    @cached_property
    def groups(self) -> list[Group]:
        """The facets with their values; a facet with nothing to choose is left out."""
        found = [self._group(name) for name in LABELS]
        return [group for group in found if group.options]

    def _group(self, name: str) -> Group:
        counts = self.cells.by(name, self.chosen)
        now = getattr(self.chosen, name)
        options = [
            Option(
                label=self.vocabulary.label(name, value),
                query=self.query_string(**{name: None if value == now else self.vocabulary.code(name, value)}),
                count=counts[value] if self.is_counted else None,
                is_chosen=value == now,
            )
            for value in self.vocabulary.ordered(name, counts)
        ]
        return Group(str(LABELS[name]), options)

    @property
    def chips(self) -> list[Chip]:
        """The choices in force, each with the address without it."""
        return [
            Chip(self.vocabulary.label(name, value), self.query_string(**{name: None}))
            for name in LABELS
            if (value := getattr(self.chosen, name))
        ]

    def query_string(self, **changes: str | None) -> str:
        """Write the query string with some parameters changed or dropped, always from the first page."""
        parameters = self.parameters.copy()
        for name, value in {**changes, "page": None}.items():
            parameters.pop(name, None)
            if value:
                parameters[name] = value
        return "?" + parameters.urlencode()

    def rows(self, page_items: list) -> list[Row]:
        """Give the rows of one page: one query, with the passages that show the hits."""
        if not self.is_search:
            return [Row(entry, [Piece(entry.title)], [Piece(entry.summary)]) for entry in page_items]
        return [
            Row(entry, pieces(entry.title, self.query), passage(entry.body, self.query))
            for entry in self._shown(page_items)
        ]

    def _shown(self, ids: list[int]) -> list[Shown]:
        """Read entries in the order given; the page has the names of cities and fields already."""
        with connection.cursor() as cursor:
            cursor.execute(SHOWN, [ids])
            found = {row[0]: row for row in cursor.fetchall()}
        cities, fields = self.vocabulary.cities, self.vocabulary.fields
        rows = [found[pk] for pk in ids if pk in found]
        return [Shown(*row, cities.get(row[7]), fields.get(row[8])) for row in rows]


def read(parameters: QueryDict) -> Listing:
    """Read the list an address asks for. Queries: vocabulary 2, counts 1, and those of the search."""
    vocabulary = Vocabulary.load()
    chosen = vocabulary.chosen(parameters)
    query = parse(parameters.get("q", ""))
    listing = Listing(query, chosen, parameters, vocabulary)
    if query or query.too_short or query.unfit:
        listing.found = find(query, chosen)
    else:
        listing.entries = newest(chosen)
    return listing


def front() -> Listing:
    """Read the counts of the whole library, for the front page."""
    return Listing(Query(), Facets(), QueryDict(), Vocabulary.load())


def newest(chosen: Facets | None = None) -> QuerySet:
    """Return the public entries, the newest first, without their texts."""
    chosen = chosen or Facets()
    conditions = {"city": chosen.city, "year": chosen.year, "field": chosen.field, "organisation_kind": chosen.kind}
    narrowed = {name: value for name, value in conditions.items() if value}
    entries = LibraryEntry.objects.public().filter(**narrowed).select_related("city", "field")
    return entries.defer("body").order_by("-published_at", "-pk")


def illustrated(entries: Iterable[LibraryEntry]) -> list[LibraryEntry]:
    """Return the entries, each with its first photo as `.photo` or None; one query for all."""
    entries = list(entries)
    photos = CasePhoto.objects.filter(case__in=[entry.case_id for entry in entries])
    first = {photo.case_id: photo for photo in photos.order_by("case", "position", "pk").distinct("case")}
    for entry in entries:
        entry.photo = first.get(entry.case_id)
    return entries
