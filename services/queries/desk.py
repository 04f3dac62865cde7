"""The matter desk's lists, one for each group: which rows, what stands beside each, and the columns of the export."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from members.models import User
from members.permissions import Permission
from services.indicators import catalogue, columns, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Reading, Scope
from services.models import Group, Matter
from services.models.matter import MatterQuerySet
from services.queries.scope import own_body
from services.queries.task import late_days

EXACT = ("kind", "handler", "campaign", "region", "lead_body", "stage", "guide", "outcome", "body")
NOT_CALLED_BACK = (Group.PROBLEM, Group.TASK, Group.PROJECT)


@dataclass(frozen=True)
class Line:
    """A matter as its list prints it: how many were merged into it, the money a project won, how late it is."""

    matter: Matter
    parts: int
    won: Reading | None
    late_days: int


def listed(user: User, group: str, wanted: dict) -> MatterQuerySet:
    """Return the matters of a group the account may read, narrowed; empty wishes are no wishes."""
    rows = Matter.objects.visible_to(user).of_group(group)
    if text := wanted.get("text"):
        named = Q(title__icontains=text) | Q(requester_name__icontains=text) | Q(requester__name__icontains=text)
        rows = rows.filter(named)
    if wanted.get("unclaimed"):
        rows = rows.filter(lead_body=None)
    return rows.filter(**{name: wanted[name] for name in EXACT if wanted.get(name)})


def lines(matters: list[Matter], group: str, user: User, today: date) -> list[Line]:
    """Return rows with what their list says of them, in a query for each thing asked, however many they are."""
    parts, won = {}, {}
    if group == Group.PROBLEM:
        inside = Matter.objects.visible_to(user).filter(parent__in=[matter.pk for matter in matters])
        parts = dict(inside.order_by().values_list("parent").annotate(count=Count("pk")))
    if group == Group.PROJECT:
        won = money_won(matters, user, today)
    return [Line(matter, parts.get(matter.pk, 0), won.get(matter.pk), late_days(matter, today)) for matter in matters]


def money_won(matters: list[Matter], user: User, today: date) -> dict[int, Reading]:
    """Return what came in through each of the projects so far, with the rows behind it; none for no money."""
    indicator = registry.get("project.amount")
    scope, period = Scope(own_body(user)), periods.parse(f"asof:{today}", today)
    rows = indicator.queryset(scope, period).filter(matter__in=[matter.pk for matter in matters])
    sums = rows.order_by().values_list("matter").annotate(sum=indicator.measure, count=Count("pk"))
    return {key: Reading(indicator, scope, period, {"matter": str(key)}, value, count) for key, value, count in sums}


def table(group: str, rows: dict[int, Line]) -> columns.Table:
    """Return the columns a group's list is exported with."""
    body = (_("Enterprise or body concerned"), lambda row: str(row.body or ""))
    who = [(_("Who asks"), lambda row: row.asked_by), body]
    unit = [(_("Leading unit"), lambda row: str(row.lead_body or ""))]
    extra = {
        Group.TASK: [(pgettext("list", "No."), lambda row: row.number), *unit],
        Group.PROBLEM: [
            (_("Claimed by"), lambda row: str(row.lead_body or "")),
            (_("Merged into it"), lambda row: rows[row.pk].parts),
        ],
        Group.PROJECT: [
            body,
            (_("Stage"), lambda row: row.get_stage_display()),
            (_("Cadre"), lambda row: str(row.guide or "")),
            (_("Money won in yuan"), lambda row: rows[row.pk].won.value if rows[row.pk].won else None),
        ],
    }
    return columns.Table(
        (),
        (),
        (
            (_("In one line"), lambda row: row.title),
            (_("Category"), lambda row: str(row.kind)),
            (_("List or campaign"), lambda row: str(row.campaign or "")),
            *extra.get(group, who),
            (_("In whose hands"), lambda row: str(row.handler or "")),
            (_("Received on"), lambda row: row.received_on),
            (_("Due on"), lambda row: row.due_on),
            (_("Working days late"), lambda row: rows[row.pk].late_days or None),
            (_("Day of closing"), lambda row: row.closed_on),
            (_("Outcome"), lambda row: str(row.outcome_label)),
            (_("State"), lambda row: row.get_state_display()),
            (_("Organisation"), lambda row: str(row.organisation)),
        ),
    )


def gatherable(user: User, problem: Matter, wanted: dict) -> MatterQuerySet:
    """Return the open appeals, suggestions and clues that could be merged into a problem, the last received first."""
    rows = Matter.objects.within(user, Permission.DECIDE_MATTER).open()
    rows = rows.of_group(Group.APPEAL, Group.SUGGESTION, Group.CLUE, Group.ERRAND).exclude(pk=problem.pk)
    if text := wanted.get("text"):
        rows = rows.filter(title__icontains=text)
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    return rows.with_row().order_by("-received_on", "-pk")
