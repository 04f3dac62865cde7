"""Numbers for a page: all of an organisation's by area, and one with its rows as a workbook."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from members.models import Organisation, Region
from members.models.discovery import Channel
from services.indicators import catalogue, columns, registry, sheets  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Campaign, Figure, Kind, Matter, Sheet
from services.models.vocabulary import Group

AREAS = {
    "member": gettext_lazy("People"),
    "development": gettext_lazy("Development of party members"),
    "enterprise": gettext_lazy("Enterprises"),
    "activity": gettext_lazy("What happened"),
    "training": gettext_lazy("What happened"),
    "orglife": gettext_lazy("Party life"),
    "matter": gettext_lazy("Matters"),
    "project": gettext_lazy("Matters"),
    "suggestion": gettext_lazy("Matters"),
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
    "name": pgettext_lazy("thing", "Name"),
    "region": gettext_lazy("Region"),
    "body": gettext_lazy("Organisation"),
    "branch": gettext_lazy("Branch"),
    "stage": gettext_lazy("Stage"),
    "matter": gettext_lazy("Matter"),
    "key": gettext_lazy("Series"),
    "subject": pgettext_lazy("assessment", "For whom"),
}
CHOICES = {"found_by": Channel, "subject": Sheet.Subject, "form": Campaign.Form}
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
    return filters_in_words([filters])[0]


def filters_in_words(several: list[dict]) -> list[list[tuple[str, str]]]:
    """Return what `filter_words` does for each, with what they name looked up together."""
    codes = {str(value) for filters in several for name, value in filters.items() if name in CODED}
    numbers = {str(filters["campaign"]) for filters in several if str(filters.get("campaign", "")).isdecimal()}
    matters = {str(filters["matter"]) for filters in several if str(filters.get("matter", "")).isdecimal()}
    regions = {str(filters["region"]) for filters in several if "region" in filters}
    known = {
        "kind__group": {str(group): str(group.label) for group in Group},
        "campaign": {str(pk): name for pk, name in _named(Campaign, "pk", numbers)},
        "region": dict(_named(Region, "code", regions)),
        "matter": {str(pk): title for pk, title in _named(Matter, "pk", matters, "title")},
    }
    known |= dict.fromkeys(CODED, dict(Kind.objects.filter(code__in=codes).values_list("code", "label")))
    for name, choices in CHOICES.items():
        known[name] = known.get(name, {}) | {str(value): str(label) for value, label in choices.choices}
    keys = {str(filters["key"]) for filters in several if "key" in filters}
    bodies = {str(filters["body"]) for filters in several if "body" in filters}
    known["key"] = dict(Figure.objects.filter(key__in=keys).values_list("key", "label")) if keys else {}
    known["body"] = dict(Organisation.objects.filter(code__in=bodies).values_list("code", "name")) if bodies else {}
    return [
        [(str(FILTERS.get(name, name)), known.get(name, {}).get(str(value), str(value))) for name, value in one.items()]
        for one in several
    ]


def _named(model: type, key: str, values: set[str], name: str = "name") -> list[tuple]:
    rows = model.objects.filter(**{f"{key}__in": [value for value in values if len(value) < 19]})
    return list(rows.values_list(key, name)) if values else []


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
