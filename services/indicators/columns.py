"""What a row behind a number looks like, as a line of a list and of an export: one table per model."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Model, QuerySet
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import (
    CheckInPoint,
    Development,
    DevelopmentQuota,
    EnterpriseVisit,
    Lead,
    Organisation,
    Person,
    Post,
    Vehicle,
)
from services.models import (
    Activity,
    Attachment,
    Campaign,
    CampaignMember,
    Criterion,
    Figure,
    Grant,
    Kind,
    Matter,
    Pairing,
    Participation,
    Score,
    Target,
    Venue,
)

Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Table:
    """The columns of one model's rows, with what to load along; `order` ends with something unique."""

    order: tuple[str, ...]
    related: tuple[str, ...]
    columns: tuple[tuple[str, Callable[[Model], Cell]], ...]

    @property
    def heads(self) -> list[str]:
        """The column names."""
        return [str(label) for label, _cell in self.columns]

    def cells(self, row: Model) -> list[Cell]:
        """One row's values."""
        return [cell(row) for _label, cell in self.columns]

    def line(self, row: Model) -> list[tuple[str, str]]:
        """One row's values as a page prints them, each with its column's name."""
        return list(zip(self.heads, map(printed, self.cells(row)), strict=True))


def table_of(rows: QuerySet) -> Table:
    """Return the table for a queryset's model."""
    return TABLES[rows.model]


def ordered(rows: QuerySet) -> QuerySet:
    """Order rows as their table says, with what its columns need."""
    table = table_of(rows)
    return rows.select_related(*table.related).order_by(*table.order)


def address(row: Model) -> str:
    """Return the address of a row's own page, "" where it has none."""
    try:
        return row.get_absolute_url()
    except (AttributeError, NoReverseMatch):
        return ""


def printed(cell: Cell) -> str:
    """Return a cell as text: days as 2024-05-20, a dash for nothing."""
    return "—" if cell in (None, "") else str(cell)


TABLES: dict[type[Model], Table] = {
    Activity: Table(
        ("-happened_on", "-pk"),
        (
            "kind",
            "organisation",
            "body",
            "venue",
            "logged_by",
            "pairing__kind",
            "pairing__helped",
            "pairing__helped_organisation",
        ),
        (
            (_("Date"), lambda row: row.happened_on),
            (_("Kind"), lambda row: str(row.kind)),
            (_("Whom or where"), lambda row: row.about),
            (_("One line"), lambda row: row.line or row.title),
            (_("Number of people"), lambda row: row.headcount),
            (_("Organisation"), lambda row: str(row.organisation)),
            (_("Entered by"), lambda row: str(row.logged_by)),
        ),
    ),
    Participation: Table(
        ("-activity__happened_on", "-pk"),
        ("person", "activity__kind", "activity__organisation"),
        (
            (_("Date"), lambda row: row.activity.happened_on),
            (_("Full name"), lambda row: row.person.name),
            (_("Kind"), lambda row: str(row.activity.kind)),
            (_("State"), lambda row: row.get_state_display()),
            (_("Organisation"), lambda row: str(row.activity.organisation)),
        ),
    ),
    Matter: Table(
        ("-received_on", "-pk"),
        ("kind", "organisation", "requester", "body", "lead_body", "handler"),
        (
            (_("Received on"), lambda row: row.received_on),
            (_("Category"), lambda row: str(row.kind)),
            (_("In one line"), lambda row: row.title),
            (_("State"), lambda row: row.get_state_display()),
            (_("Due on"), lambda row: row.due_on),
            (_("Day of closing"), lambda row: row.closed_on),
            (_("Outcome"), lambda row: row.get_outcome_display()),
            (_("Leading unit"), lambda row: str(row.lead_body or "")),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Pairing: Table(
        ("-started_on", "-pk"),
        ("kind", "organisation", "helper", "helper_organisation", "helped", "helped_organisation"),
        (
            (_("Kind"), lambda row: str(row.kind)),
            (_("Who helps"), lambda row: row.helper_name),
            (_("Who is helped"), lambda row: row.helped_name),
            (_("From"), lambda row: row.started_on),
            (_("To"), lambda row: row.ended_on),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Grant: Table(
        ("-given_on", "-pk"),
        ("kind", "organisation", "person", "body", "vehicle", "campaign"),
        (
            (_("Date"), lambda row: row.given_on),
            (pgettext_lazy("thing", "Name"), lambda row: row.name),
            (_("Kind"), lambda row: str(row.kind)),
            (_("Quantity"), lambda row: row.quantity),
            (_("Amount in yuan"), lambda row: row.amount_yuan),
            (_("Level"), lambda row: " ".join(filter(None, [row.get_level_display(), row.grade]))),
            (_("Who got it"), lambda row: row.recipient),
            (_("Awarded by"), lambda row: row.issuer),
            (_("Number on the paper"), lambda row: row.serial),
            (_("Campaign"), lambda row: str(row.campaign or "")),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Venue: Table(
        ("region__code", "name", "pk"),
        ("kind", "organisation", "region"),
        (
            (pgettext_lazy("thing", "Name"), lambda row: row.name),
            (_("Kind"), lambda row: str(row.kind)),
            (_("Region"), lambda row: str(row.region)),
            (pgettext_lazy("place", "Address"), lambda row: row.address),
            (_("Open since"), lambda row: row.opened_on),
            (_("Rooms"), lambda row: row.rooms),
            (_("Beds"), lambda row: row.beds),
            (_("Area in square metres"), lambda row: row.area_square_metres),
        ),
    ),
    Campaign: Table(
        ("form", "-starts_on", "name", "pk"),
        ("organisation", "parent"),
        (
            (pgettext_lazy("thing", "Name"), lambda row: row.name),
            (_("Form"), lambda row: row.get_form_display()),
            (_("Also called"), lambda row: row.aliases),
            (_("Part of"), lambda row: str(row.parent or "")),
            (_("From"), lambda row: row.starts_on),
            (_("To"), lambda row: row.ends_on),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    CampaignMember: Table(
        ("campaign__name", "body__name", "pk"),
        ("campaign", "body"),
        (
            (_("Campaign"), lambda row: str(row.campaign)),
            (_("Member"), lambda row: str(row.body)),
            (_("From"), lambda row: row.joined_on),
            (_("To"), lambda row: row.left_on),
        ),
    ),
    Target: Table(
        ("due_on", "pk"),
        ("campaign", "organisation"),
        (
            (_("What is promised"), lambda row: row.label),
            (_("Campaign"), lambda row: str(row.campaign or "")),
            (_("Number promised"), lambda row: row.number),
            (_("Deadline"), lambda row: row.due_on),
            (_("Set by which paper"), lambda row: row.document),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Score: Table(
        ("-to_on", "criterion__position", "pk"),
        ("criterion__sheet", "body", "person"),
        (
            (_("To"), lambda row: row.to_on),
            (_("Category"), lambda row: row.criterion.category),
            (_("Criterion"), lambda row: row.criterion.text),
            (_("Who is assessed"), lambda row: str(row.body or row.person)),
            (_("Points given"), lambda row: row.points),
            (_("For which outcome"), lambda row: row.reason),
        ),
    ),
    Criterion: Table(
        ("sheet__name", "position", "pk"),
        ("sheet",),
        (
            (_("Sheet"), lambda row: str(row.sheet)),
            (_("Category"), lambda row: row.category),
            (_("Criterion"), lambda row: row.text),
            (_("Points"), lambda row: row.points),
        ),
    ),
    Figure: Table(
        ("-to_on", "pk"),
        ("organisation",),
        (
            (_("What it says"), lambda row: row.label),
            (_("Value"), lambda row: row.value.normalize()),
            (_("Unit of measure"), lambda row: row.unit),
            (_("From"), lambda row: row.from_on),
            (_("To"), lambda row: row.to_on),
            (_("Who attests it"), lambda row: row.source_name),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Attachment: Table(
        ("-issued_on", "pk"),
        ("issuer",),
        (
            (_("Title"), lambda row: row.title),
            (_("Document number"), lambda row: row.number),
            (_("Issued by"), lambda row: str(row.issuer or "")),
            (_("Issued on"), lambda row: row.issued_on),
        ),
    ),
    Lead: Table(
        ("-found_at", "-pk"),
        ("person", "organisation", "region"),
        (
            (_("Full name"), lambda row: row.person.name),
            (_("First channel"), lambda row: row.get_channel_display()),
            (_("State"), lambda row: row.get_state_display()),
            (_("Found on"), lambda row: timezone.localdate(row.found_at)),
            (_("Region"), lambda row: str(row.region)),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Development: Table(
        ("-opened_at", "-pk"),
        ("person", "organisation"),
        (
            (_("Full name"), lambda row: row.person.name),
            (_("Stage of development"), lambda row: row.get_stage_display()),
            (_("Channel"), lambda row: row.get_way_in_display()),
            (_("Admitted on"), lambda row: row.admitted_on),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    DevelopmentQuota: Table(
        ("-year", "organisation__path", "pk"),
        ("organisation",),
        (
            (_("Organisation"), lambda row: str(row.organisation)),
            (_("Year"), lambda row: row.year),
            (_("Places"), lambda row: row.places),
        ),
    ),
    Post: Table(
        ("organisation__name", "pk"),
        ("organisation", "person"),
        (
            (_("Full name"), lambda row: row.person.name),
            (_("Organisation"), lambda row: str(row.organisation)),
            (_("Post"), lambda row: row.title),
            (_("From"), lambda row: row.from_on),
        ),
    ),
    EnterpriseVisit: Table(
        ("-visited_on", "-pk"),
        ("enterprise", "organisation"),
        (
            (_("Date"), lambda row: row.visited_on),
            (_("Enterprise"), lambda row: str(row.enterprise)),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Person: Table(
        ("name", "pk"),
        ("organisation", "employer"),
        (
            (_("Full name"), lambda row: row.name),
            (_("Employer"), lambda row: str(row.employer or "")),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    CheckInPoint: Table(
        ("-opened_at", "-pk"),
        ("organisation",),
        (
            (pgettext_lazy("thing", "Name"), lambda row: row.name),
            (_("Address"), lambda row: row.address),
            (_("State"), lambda row: str(row.state.label)),
            (_("Open since"), lambda row: timezone.localdate(row.opened_at)),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    ),
    Vehicle: Table(
        ("plate",),
        ("keeper", "driver"),
        (
            (_("Plate"), lambda row: row.plate),
            (_("Kind"), lambda row: row.get_kind_display()),
            (_("Keeper"), lambda row: str(row.keeper or "")),
            (_("Driver"), lambda row: str(row.driver or "")),
        ),
    ),
    Organisation: Table(
        ("region__code", "name", "pk"),
        ("region",),
        (
            (pgettext_lazy("thing", "Name"), lambda row: row.name),
            (_("Kind"), lambda row: row.get_kind_display()),
            (_("Region"), lambda row: str(row.region)),
        ),
    ),
    Kind: Table(
        ("domain", "position", "pk"),
        (),
        (
            (pgettext_lazy("thing", "Name"), lambda row: row.label),
            (_("Group"), lambda row: row.get_group_display()),
            (_("Retired on"), lambda row: row.retired_on),
        ),
    ),
}
