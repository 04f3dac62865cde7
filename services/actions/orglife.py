"""Excusing a branch from one of its duties for a while: excused is not overdue."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.models import Duty, Excuse

OUTSIDE = _("This branch lies outside the organisations you may excuse.")


@transaction.atomic
def excuse(
    *, body: Organisation, duty: Duty, from_on: date, to_on: date | None, reason: str, by: User, note: str = ""
) -> Excuse:
    """Excuse a branch from a duty for some days, or until it is lifted.

    Raises: Refused outside the scope or for days the wrong way round. Side effects in order: row, audit row.
    """
    if not by.has_permission(Permission.MANAGE_PAIRINGS, body):
        raise Refused(OUTSIDE, code="outside_scope")
    if to_on is not None and to_on < from_on:
        raise Refused(_("The last day lies before the first: change one of them."), code="day")
    made = Excuse.objects.create(
        duty=duty,
        organisation=body,
        organisation_path=body.path,
        from_on=from_on,
        to_on=to_on,
        reason=reason,
        note=note,
        recorded_by=by,
    )
    audit.record(actor=by, event="orglife.excuse", target=body, duty=duty.pk, reason=str(reason))
    return made


@transaction.atomic
def lift(*, body: Organisation, excuse: Excuse, by: User) -> None:
    """Lift an excuse: its duty counts again. Raises: Refused. Side effects in order: row, audit row."""
    if not by.has_permission(Permission.MANAGE_PAIRINGS, body):
        raise Refused(OUTSIDE, code="outside_scope")
    lifted = Excuse.objects.filter(pk=excuse.pk, organisation=body, lifted_at=None)
    if lifted.update(lifted_at=timezone.now(), lifted_by=by):
        audit.record(actor=by, event="orglife.lift", target=body, duty=excuse.duty_id)
