"""Calls for cases: made from the template or from an earlier call, changed, announced, cancelled."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions import call_template
from cases.models import Call
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission

OUTSIDE = _("This lies outside the organisations whose calls you manage.")
KNOWN = _("There is a call of that name already: choose another name, or open the other one.")
State = Call.State


def create(*, organisation: Organisation, by: User, copy_from: Call | None = None, **fields: object) -> Call:
    """Open a draft with parts, rubric and phases of the template, or with those of an earlier call.

    Raises: Refused outside the scope; Conflict for a name that is taken.
    Side effects in order: call, its parts, tracks, quotas, rubric and phases, audit row.
    """
    _check(by, organisation)
    try:
        with transaction.atomic():
            call = Call.objects.create(organisation=organisation, created_by=by, **fields)
            call_template.fill(call, copy_from)
            audit.record(actor=by, event="call.create", target=call, copied_from=copy_from.pk if copy_from else None)
    except IntegrityError:
        raise Conflict(KNOWN, code="name") from None
    return call


def change(*, call: Call, by: User, **fields: object) -> Call:
    """Set what differs. Raises: Refused outside the scope; Conflict for a taken name; WrongState when cancelled.

    Side effects in order: lock, row, audit row with the names of the fields.
    """
    with transaction.atomic():
        call = locked(call, by)
        changed = [name for name in fields if getattr(call, name) != fields[name]]
        for name in changed:
            setattr(call, name, fields[name])
        if not changed:
            return call
        try:
            with transaction.atomic():
                call.save(update_fields=changed)
        except IntegrityError:
            raise Conflict(KNOWN, code="name") from None
        audit.record(actor=by, event="call.change", target=call, fields=sorted(changed))
        return call


@transaction.atomic
def announce(*, call: Call, by: User) -> Call:
    """Make a draft public. Raises: Refused outside the scope or without a rubric; WrongState when it is no draft.

    Side effects in order: lock, row, audit row.
    """
    call = locked(call, by)
    if call.state != State.DRAFT:
        raise WrongState(_("This call is public already."))
    if not call.rubric.criteria.exists():
        raise Refused(_("Say first what the cases are judged by: the rubric has no criterion."), code="rubric")
    call.state, call.announced_at = State.ANNOUNCED, timezone.now()
    call.save(update_fields=["state", "announced_at"])
    audit.record(actor=by, event="call.announce", target=call)
    return call


@transaction.atomic
def cancel(*, call: Call, reason: str, by: User) -> Call:
    """Stop a public call, saying why; its cases stay where they are. It cannot be begun again.

    Raises: Refused outside the scope; WrongState when it is not public.
    Side effects in order: lock, row, audit row.
    """
    call = locked(call, by)
    if call.state != State.ANNOUNCED:
        raise WrongState(_("Only a public call can be cancelled."))
    call.state, call.cancelled_at, call.cancel_reason = State.CANCELLED, timezone.now(), reason
    call.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    audit.record(actor=by, event="call.cancel", target=call)
    return call


def locked(call: Call, by: User) -> Call:
    """Lock a call until the transaction ends and return it fresh, for one who manages it.

    Raises: Refused outside the scope; WrongState when it was cancelled.
    """
    call = Call.objects.select_for_update(of=("self",)).select_related("organisation", "rubric").get(pk=call.pk)
    _check(by, call.organisation)
    if call.state == State.CANCELLED:
        raise WrongState(_("This call was cancelled; nothing of it can be changed any more."))
    return call


def _check(by: User, organisation: Organisation) -> None:
    if not by.has_permission(Permission.MANAGE_CALLS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
