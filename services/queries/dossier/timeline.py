"""What happened to one person or body, year by year, out of every section at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from members.models import DevelopmentStep, EnterpriseVisit, Lead, Post
from services.indicators import columns
from services.models import Activity, Grant, Matter, Pairing
from services.models.ledger import LocalDay
from services.queries.dossier.section import Section

SHOWN = 120
BOTH_SIDES = Concat(
    Coalesce("helper__name", "helper_organisation__name"),
    Value(" → "),
    Coalesce("helped__name", "helped_organisation__name"),
)
# By model: the day that counts, the words of the kind, the words of the row.
DATED: dict[type[Model], tuple[object, str, object]] = {
    Activity: ("happened_on", "kind__label", F("line")),
    EnterpriseVisit: ("visited_on", "organisation__name", F("enterprise__name")),
    Grant: ("given_on", "kind__label", F("name")),
    Matter: ("received_on", "kind__label", F("title")),
    DevelopmentStep: ("done_on", "definition__name", Value("")),
    Lead: (LocalDay("found_at"), "person__name", Value("")),
    Post: ("from_on", "title", F("organisation__name")),
    Pairing: ("started_on", "kind__label", BOTH_SIDES),
}


@dataclass(frozen=True)
class Event:
    """One day's fact."""

    day: date
    sort: str
    kind: str
    text: str
    url: str


@dataclass(frozen=True)
class Year:
    """The facts of a year, the last first."""

    year: int
    events: list[Event]


def by_year(sections: Iterable[Section], *others: QuerySet) -> list[Year]:
    """Return the newest facts of all dated sections by year, the last year first; one query for all of them.

    `others` are rows no section holds: posts, the lead, the steps of a development.

    A training somebody took part in stands there as the activity it was; a row of two sections stands once.
    """
    models, words = {model._meta.model_name: model for model in DATED}, sort_words()
    rows = [*(section.rows for section in sections), *others]
    parts = [_part(some) for some in rows if some.model in DATED]
    if not parts:
        return []
    rows = parts[0].union(*parts[1:]).order_by("-day", "sort", "-key")[:SHOWN]
    events = [
        Event(row["day"], words[row["sort"]], row["words"], _said(row), _address(models[row["sort"]], row["key"]))
        for row in rows
    ]
    return [Year(year, list(found)) for year, found in groupby(events, key=lambda event: event.day.year)]


def _part(rows: QuerySet) -> QuerySet:
    day, words, text = DATED[rows.model]
    sort = Value(rows.model._meta.model_name, CharField())
    said = {"words": Cast(F(words), CharField()), "text": Cast(text, CharField())}
    rows = rows.order_by().annotate(day=F(day) if isinstance(day, str) else day, sort=sort, key=F("pk"), **said)
    return rows.values("day", "sort", "key", "words", "text")


def _said(row: dict) -> str:
    return "" if row["text"] == row["words"] else row["text"]


def _address(model: type[Model], key: int) -> str:
    return columns.address(model(pk=key))


def sort_words() -> dict[str, str]:
    """Return what each sort of fact is called."""
    return {
        "activity": _("Activity"),
        "enterprisevisit": _("Visit"),
        "grant": _("Given"),
        "matter": _("Matter"),
        "pairing": _("Pairing"),
        "developmentstep": _("Step"),
        "lead": _("Found"),
        "post": _("Post"),
    }
