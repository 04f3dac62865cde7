"""Enterprises and how they are covered: by a branch or an instructor, by a secretary, by two commissioners."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from members.models import Organisation, User
from members.models.organisation import OrganisationQuerySet, under_paths
from members.permissions import Permission
from services.indicators import columns, periods, registry
from services.indicators.registry import Reading, Scope
from services.models import Group, Pairing
from services.models.pairing import PairingQuerySet
from services.queries.scope import own_body

STANDING_BY = (Group.COVERAGE, Group.SECRETARY, Group.COMMISSIONERS)
KEYS = ("enterprise.total", "enterprise.covered", "enterprise.with_secretary")


@dataclass(frozen=True)
class Covered:
    """One enterprise with the pairings of each group that hold today."""

    body: Organisation
    groups: list[tuple[Group, list[Pairing]]]


def listed(user: User, wanted: dict, today: date) -> OrganisationQuerySet:
    """Return the enterprises of the user's subtrees, uncovered ones first, narrowed; empty wishes are no wishes."""
    rows = Organisation.objects.current().filter(
        under_paths("path", user.paths(Permission.READ_LEDGER)), kind=Organisation.Kind.ENTERPRISE
    )
    held = Pairing.objects.visible_to(user).active_on(today).filter(helped_organisation=OuterRef("pk"))
    rows = rows.annotate(is_covered=Exists(held.filter(kind__group=Group.COVERAGE)))
    if text := wanted.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(short_name__icontains=text))
    if region := wanted.get("region"):
        rows = rows.filter(region=region)
    if missing := wanted.get("missing"):
        rows = rows.exclude(Exists(held.filter(kind__group=missing)))
    return rows.select_related("region").order_by("is_covered", "region__code", "name", "pk")


def with_pairings(user: User, bodies: list[Organisation], today: date) -> list[Covered]:
    """Return enterprises with who stands by each of them; one query however many."""
    found: dict[int, dict[str, list[Pairing]]] = {body.pk: {} for body in bodies}
    for row in _pairings(user, today).filter(helped_organisation__in=bodies):
        found[row.helped_organisation_id].setdefault(row.kind.group, []).append(row)
    return [Covered(body, [(group, found[body.pk].get(group, [])) for group in STANDING_BY]) for body in bodies]


def table(user: User, today: date) -> columns.Table:
    """Return the columns of the export; the pairings are read once for all rows."""
    names: dict[tuple[int, str], list[str]] = {}
    for row in _pairings(user, today):
        names.setdefault((row.helped_organisation_id, row.kind.group), []).append(_written(row))
    cells = [
        (str(group.label), lambda body, group=group: "；".join(names.get((body.pk, group), ())))
        for group in STANDING_BY
    ]
    shared = columns.TABLES[Organisation].columns
    return columns.Table((), (), (*shared, (_("Credit code"), lambda body: body.uscc), *cells))


def readings(user: User, today: date) -> list[Reading]:
    """Return how many enterprises there are, how many are covered and how many have a secretary."""
    own = own_body(user)
    period = periods.parse(f"asof:{today}", today)
    return [registry.read(key, Scope(own), period) for key in KEYS] if own else []


def _pairings(user: User, today: date) -> PairingQuerySet:
    rows = Pairing.objects.visible_to(user).active_on(today).exclude(helped_organisation=None).with_row()
    return rows.filter(kind__group__in=STANDING_BY).order_by("kind__position", "pk")


def _written(row: Pairing) -> str:
    return f"{row.helper_name}（{row.kind}）"
