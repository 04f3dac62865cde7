"""A section of a dossier: rows of one model, the newest ten on the page, all of them behind its link.

The page, the list behind it and the export take their rows from the same `Section.rows`, so they cannot differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Model, QuerySet, TextChoices, Window
from django.urls import reverse
from django.utils import timezone

from members.models import CheckInPoint, Development, EnterpriseVisit, Organisation, Person, Post, Vehicle
from services.indicators import columns
from services.models import (
    Activity,
    Attachment,
    Campaign,
    CampaignMember,
    Grant,
    Matter,
    Pairing,
    Participation,
    Score,
    Target,
    Venue,
)

SHOWN = 10


@dataclass(frozen=True)
class Section:
    """Rows under one heading. `key` is its name in the address of the whole list."""

    key: str
    label: str
    rows: QuerySet


@dataclass(frozen=True)
class Mark:
    """A remark below a line: a duty with its last and next day."""

    text: str
    is_late: bool = False


@dataclass(frozen=True)
class Line:
    """One row as the page shows it."""

    title: str
    day: date | None = None
    until: date | None = None
    note: str = ""
    tag: TextChoices | None = None
    url: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A section as the page shows it: its first lines and how many there are in all."""

    key: str
    label: str
    lines: list[Line]
    count: int
    rows: list[Model] = field(default_factory=list)

    @property
    def has_more(self) -> bool:
        """Whether the list behind it holds more than the page shows."""
        return self.count > len(self.lines)


def shown(section: Section) -> Shown:
    """Read a section's first rows and their number in one query."""
    counted = section.rows.annotate(rows_in_all=Window(Count("pk")))
    rows = list(columns.ordered(counted)[:SHOWN])
    count = rows[0].rows_in_all if rows else 0
    return Shown(section.key, section.label, [line_of(row) for row in rows], count, rows)


def named(sections: Iterable[Section], key: str) -> Section | None:
    """Return the section of this name, None for an unknown one."""
    return next((section for section in sections if section.key == key), None)


def line_of(row: Model) -> Line:
    """Return a row as a line."""
    return LINES[type(row)](row)


def person_url(person: Person) -> str:
    """Return the address of a person's dossier."""
    return reverse("services:dossier_person", args=[person.pk])


def body_url(body: Organisation) -> str:
    """Return the address of a body's dossier."""
    return reverse("services:dossier_organisation", args=[body.pk])


def _joined(*words: object) -> str:
    return " · ".join(str(word) for word in words if word)


def _activity(row: Activity) -> Line:
    note = _joined(row.about, row.line or row.title)
    return Line(str(row.kind), row.happened_on, note=note, url=columns.address(row))


def _participation(row: Participation) -> Line:
    note = _joined(row.get_state_display(), row.activity.line)
    return Line(str(row.activity.kind), row.activity.happened_on, note=note, url=columns.address(row.activity))


def _matter(row: Matter) -> Line:
    note = _joined(row.kind, row.asked_by, row.lead_body and row.lead_body.brief)
    return Line(row.title, row.received_on, note=note, tag=row.state_tag, url=columns.address(row))


def _pairing(row: Pairing) -> Line:
    both = f"{row.helper_name} → {row.helped_name}"
    return Line(both, row.started_on, until=row.ended_on, note=str(row.kind), url=columns.address(row))


def _grant(row: Grant) -> Line:
    money = row.amount_yuan
    quantity = f"× {row.quantity}" if row.quantity > 1 else ""
    note = _joined(row.kind, row.get_level_display(), row.issuer, quantity, money and f"{money:,.2f} 元")
    return Line(row.name, row.given_on, until=row.ended_on, note=note, url=columns.address(row))


def _venue(row: Venue) -> Line:
    return Line(row.name, row.opened_on, until=row.closed_on, note=_joined(row.kind, row.address), url=_own(row))


def _score(row: Score) -> Line:
    return Line(row.criterion.text, row.to_on, note=_joined(row.criterion.category, f"{row.points:f}", row.reason))


def _attachment(row: Attachment) -> Line:
    note = _joined(row.number, row.get_sort_display())
    return Line(str(row), row.issued_on, note=note, url=columns.address(row))


def _post(row: Post) -> Line:
    return Line(f"{row.person.name} · {row.title}", row.from_on, until=row.to_on, url=person_url(row.person))


def _visit(row: EnterpriseVisit) -> Line:
    return Line(str(row.enterprise), row.visited_on, note=str(row.organisation))


def _person(row: Person) -> Line:
    return Line(row.name, note=_joined(row.employer or row.organisation), url=person_url(row))


def _body(row: Organisation) -> Line:
    return Line(row.name, note=row.get_kind_display(), url=body_url(row))


def _development(row: Development) -> Line:
    day = timezone.localdate(row.opened_at)
    return Line(row.get_way_in_display(), day, tag=row.stage_tag, url=columns.address(row))


def _window(row: CheckInPoint) -> Line:
    return Line(row.name, timezone.localdate(row.opened_at), note=row.address, tag=row.state, url=_own(row))


def _own(row: Model) -> str:
    return columns.address(row)


LINES = {
    Activity: _activity,
    Attachment: _attachment,
    Campaign: lambda row: Line(row.name, row.starts_on, until=row.ends_on, note=row.get_form_display(), url=_own(row)),
    CheckInPoint: lambda row: Line(
        row.name, timezone.localdate(row.opened_at), note=row.address, tag=row.state, url=_own(row)
    ),
    CampaignMember: lambda row: Line(
        str(row.campaign), row.joined_on, until=row.left_on, url=columns.address(row.campaign)
    ),
    Development: _development,
    EnterpriseVisit: _visit,
    Grant: _grant,
    Matter: _matter,
    Organisation: _body,
    Pairing: _pairing,
    Participation: _participation,
    Person: _person,
    Post: _post,
    Score: _score,
    Target: lambda row: Line(row.label, row.due_on, note=_joined(row.campaign, row.number)),
    Vehicle: lambda row: Line(row.plate, note=row.get_kind_display()),
    Venue: _venue,
}
