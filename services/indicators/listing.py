"""Numbers for a page: all of an organisation's by area, and one with its rows as a workbook."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.indicators import catalogue, columns, registry, sheets  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Kind
from services.models.vocabulary import Group

AREAS = {
    "member": gettext_lazy("People"),
    "development": gettext_lazy("Development of party members"),
    "enterprise": gettext_lazy("Enterprises"),
    "activity": gettext_lazy("What happened"),
    "training": gettext_lazy("What happened"),
    "orglife": gettext_lazy("Party life"),
    "matter": gettext_lazy("Matters"),
    "task": gettext_lazy("Tasks and targets"),
    "alliance": gettext_lazy("Tasks and targets"),
    "campaign": gettext_lazy("Tasks and targets"),
    "pairing": gettext_lazy("Pairings"),
    "grant": gettext_lazy("What was given"),
    "certificate": gettext_lazy("What was given"),
    "honour": gettext_lazy("What was given"),
    "venue": gettext_lazy("Venues"),
    "criterion": gettext_lazy("Assessment"),
    "figure": gettext_lazy("Other figures"),
    "document": gettext_lazy("Other figures"),
    "entry": gettext_lazy("What the ledger costs"),
    "form": gettext_lazy("What the ledger costs"),
}


FILTERS = {
    "kind": gettext_lazy("Kind"),
    "kind__group": gettext_lazy("Group"),
    "pairing__kind": gettext_lazy("Kind of pairing"),
    "form": gettext_lazy("Form"),
    "campaign": gettext_lazy("Campaign"),
    "campaign__name": gettext_lazy("Campaign"),
    "channel": gettext_lazy("Channel"),
    "found_by": gettext_lazy("First channel"),
    "way": gettext_lazy("Channel"),
    "level": gettext_lazy("Level"),
    "name": gettext_lazy("Name"),
    "region": gettext_lazy("Region"),
    "body": gettext_lazy("Organisation"),
    "stage": gettext_lazy("Stage of development"),
}
CODED = ("kind", "pairing__kind", "form")  # filters whose value is the code of a kind


@dataclass(frozen=True)
class Area:
    """The numbers of one area under their heading."""

    label: str
    readings: list[Reading]


def by_area(scope: Scope, period: Period) -> list[Area]:
    """Return every number of the catalogue, by area; figures of others only where a series is named."""
    found: dict[str, list[Reading]] = {str(label): [] for label in AREAS.values()}
    for indicator in registry.everything():
        label = AREAS.get(indicator.key.partition(".")[0])
        if label is not None and indicator.sort != registry.Sort.EXTERNAL:
            found[str(label)].append(indicator.read(scope, period))
    return [Area(label, readings) for label, readings in found.items() if readings]


def filter_words(filters: dict) -> list[tuple[str, str]]:
    """Return filters as pairs of words; a value nobody has a word for stays as it is."""
    codes = {value for name, value in filters.items() if name in CODED}
    kinds = dict(Kind.objects.filter(code__in=codes).values_list("code", "label"))
    groups = {str(group): str(group.label) for group in Group}
    words = []
    for name, value in filters.items():
        known = groups if name == "kind__group" else kinds if name in CODED else {}
        words.append((str(FILTERS.get(name, name)), known.get(str(value), str(value))))
    return words


def about(reading: Reading) -> list[tuple[str, str]]:
    """Return what a reader must know of a number, as pairs of words."""
    indicator, scope = reading.indicator, reading.scope
    pairs = [
        (_("Figure"), f"{indicator.label}（{indicator.key}）"),
        (_("Value"), f"{reading.text} {indicator.unit}"),
        (_("Rows"), str(reading.rows)),
        (_("Period"), reading.period.label),
        (_("Scope"), f"{scope.organisation or _('everything')} · {indicator.by.label}"),
        (_("Meaning"), str(indicator.caveat)),
        (_("Version of the definition"), str(indicator.version)),
    ]
    return pairs + filter_words(reading.filters)


def workbook_of(reading: Reading) -> bytes:
    """Return the rows behind a number as an .xlsx, with what they are on a second sheet."""
    rows = columns.ordered(reading.indicator.queryset(reading.scope, reading.period, **reading.filters))
    table = columns.table_of(rows)
    lines = (table.cells(row) for row in rows.iterator(chunk_size=2000))
    return sheets.workbook(str(reading.indicator.label), about(reading), table.heads, lines)
