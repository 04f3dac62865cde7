"""Entries that may be the same: who did what to whom on the same or the next day, entered twice."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, DateField, ExpressionWrapper, F, Q, QuerySet, When, Window
from django.db.models.functions import Lag
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, User
from members.permissions import Permission
from services.models import Activity
from services.models.vocabulary import Group

# May fold: who keeps the ledger, and who tidies data.
FOLDING = (Permission.LOG_ACTIVITY, Permission.MANAGE_VOCABULARIES)
SHOWN = {
    "happened_on": _("Date"),
    "kind": _("Kind"),
    "about": _("Whom or where"),
    "line": _("One line"),
    "headcount": _("Number of people"),
    "place": _("place"),
    "campaign": _("campaign"),
    "matter": _("matter"),
    "organisation": _("Organisation"),
    "logged_by": _("Entered by"),
}
NOBODY = Q(pairing=None, body=None, venue=None)


@dataclass(frozen=True)
class Couple:
    """Two entries that may be the same, the one entered first and the one after it."""

    first: Activity
    second: Activity


def may_fold(user: User, activity: Activity) -> bool:
    """Tell whether the user may fold this entry with another one they may fold too."""
    return any(user.has_permission(permission, activity.organisation) for permission in FOLDING)


def suspected(user: User, first_on: date, last_on: date, organisation: Organisation | None = None) -> QuerySet:
    """Return the later entry of each couple that may be the same, `twin` naming the other; the last first.

    The same kind about the same pairing, body and venue on the same or the next day, whoever entered it; without
    any of them, in the same ledger. Two calls on two days are two calls, and what somebody found to be two stays
    away. One sort, however many rows.
    """
    rows = Activity.objects.visible_to(user).standing().filter(happened_on__range=(first_on, last_on))
    if organisation is not None:
        rows = rows.filter(organisation__path__startswith=organisation.path)
    ledger = Case(When(NOBODY, then=F("organisation")), default=0)
    same = {
        "partition_by": [F("kind"), F("pairing"), F("body"), F("venue"), ledger],
        "order_by": [F("happened_on"), F("pk")],
    }
    rows = rows.annotate(twin=Window(Lag("pk"), **same), twin_on=Window(Lag("happened_on"), **same))
    day_before = ExpressionWrapper(F("happened_on") - timedelta(days=1), output_field=DateField())
    is_near = Q(twin_on=F("happened_on")) | (Q(twin_on=day_before) & ~Q(kind__group=Group.CONTACT))
    is_settled = Q(apart_from__isnull=False) & Q(apart_from=F("twin"))
    return rows.filter(is_near, ~is_settled, twin__isnull=False)


def couples(user: User, later: list[Activity]) -> list[Couple]:
    """Return couples for the later entries of a page: one more query, however many."""
    rows = Activity.objects.visible_to(user).with_row().in_bulk([one.twin for one in later])
    return [Couple(rows[one.twin], one) for one in later if one.twin in rows]


def side_by_side(left: Activity, right: Activity) -> list[tuple]:
    """Return what two entries say as (label, left, right, whether they differ); what both leave empty is left out."""
    pairs = [(label, getattr(left, name), getattr(right, name)) for name, label in SHOWN.items()]
    return [(label, one, other, one != other) for label, one, other in pairs if one or other]
