"""Party life of branches: which meeting each one owed in a period, which it held, what is missing and what is next."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from members.models import Organisation, User
from members.models.organisation import under_paths
from members.permissions import Permission
from services import cadence
from services.indicators import counting, registry
from services.indicators.catalogue.activity import bodies_of_party_life, branch_duties
from services.indicators.periods import Period
from services.indicators.registry import Scope
from services.models import Duty, Excuse
from services.queries.today import duties_of_body

SHOWN = 20


@dataclass(frozen=True)
class Cell:
    """One duty of one branch over a period. `missed` are the first days of the periods without enough meetings."""

    duty: Duty
    owed: int
    held: int
    missed: list[date]
    rows_url: str
    log_url: str

    @property
    def missing(self) -> str:
        """The periods without a meeting in words: 3月、4月."""
        return "、".join(period_name(self.duty.every, day) for day in self.missed)


@dataclass(frozen=True)
class Line:
    """One branch with a cell for each duty; None where a duty does not bind it."""

    body: Organisation
    cells: list[Cell | None] = field(default_factory=list)


@dataclass(frozen=True)
class Owed:
    """One duty of one branch, with the day of its last meeting and the next period it owes."""

    cell: Cell
    last_on: date | None
    due: cadence.Due | None
    is_late: bool


def branches(user: User, scope: Scope, text: str = "") -> QuerySet:
    """Return the branches and groups in scope the user reads the ledger of, by the tree."""
    within = under_paths("path", user.paths(Permission.READ_LEDGER))
    rows = bodies_of_party_life().filter(within, path__startswith=scope.path, closed_on=None)
    return (rows.filter(name__icontains=text) if text else rows).order_by("path")


def duties(scope: Scope, period: Period) -> list[Duty]:
    """Return the duties of party life that bind anybody in scope: the columns of the board."""
    kinds = set(bodies_of_party_life().filter(path__startswith=scope.path).order_by().values_list("kind", flat=True))
    return [
        duty
        for bodies, duty in branch_duties(scope, period)
        if duty.body_kind in kinds and (duty.organisation is None or bodies.exists())
    ]


def board(bodies: list[Organisation], columns: list[Duty], scope: Scope, period: Period) -> list[Line]:
    """Return what each branch owed and held: one query a duty, however many branches."""
    rows = Organisation.objects.filter(pk__in=[body.pk for body in bodies])
    found = {}
    for duty in columns:
        bound = [body.pk for body in bodies if body.kind == duty.body_kind and _in_house(duty, body)]
        each = counting.body_periods_each(rows.filter(pk__in=bound), duty, period) if bound else {}
        for pk in bound:
            found[pk, duty.pk] = each.get(pk, (0, 0, []))
    return [
        Line(body, [_cell(body, duty, found.get((body.pk, duty.pk)), scope, period) for duty in columns])
        for body in bodies
    ]


def of_branch(body: Organisation, scope: Scope, period: Period) -> list[Owed]:
    """Return each duty of one branch: what the period counted, the day of the last meeting, what is due next."""
    (line,) = board([body], duties(Scope(body), period), scope, period)
    cells = {cell.duty.pk: cell for cell in line.cells if cell is not None}
    found = duties_of_body(body, period.today)
    return [
        Owed(cells[duty.pk], last_on, due, bool(due and due.is_overdue(period.today)))
        for duty, last_on, due in found
        if duty.pk in cells
    ]


def meetings(body: Organisation, scope: Scope, period: Period) -> QuerySet:
    """Return a branch's meetings of a period, the rows its number counts."""
    return registry.get("orglife.meetings").queryset(scope, period, branch=body.code).with_row().newest_first()


def excuses(body: Organisation) -> QuerySet:
    """Return what a branch was excused from, the last first."""
    rows = Excuse.objects.filter(organisation=body, pairing=None).exclude(duty=None)
    return rows.select_related("duty", "recorded_by").order_by("-from_on", "-pk")


def log_url(body: Organisation, duty: Duty) -> str:
    """Return the quick log with kind and branch chosen: one tap opens it, the second saves."""
    asked = {"kind": duty.proof_kind_id, "about": f"body:{body.pk}"}
    return f"{reverse('services:activity_log')}?{urlencode(asked)}"


def period_name(every: str, first_on: date) -> str:
    """Return a month or quarter in words, without its year."""
    if every == "quarter":
        return _("quarter %(number)s") % {"number": (first_on.month + 2) // 3}
    if every == "month":
        return _("month %(number)s") % {"number": first_on.month}
    return first_on.isoformat()


def _cell(
    body: Organisation, duty: Duty, counted: tuple[int, int, list[date]] | None, scope: Scope, period: Period
) -> Cell | None:
    if counted is None:
        return None
    filters = {"branch": body.code, "kind": duty.proof_kind.code}
    rows_url = registry.get("orglife.meetings").link(scope, period, filters)
    return Cell(duty, *counted, rows_url, log_url(body, duty))


def _in_house(duty: Duty, body: Organisation) -> bool:
    return duty.organisation is None or body.path.startswith(duty.organisation.path)
