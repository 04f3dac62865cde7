"""The public notice: which cases stand on the list, and how an objection is received, looked into and settled."""

import uuid
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries_call
from cases import queries_notice as queries
from cases.actions.call import locked as locked_call
from cases.models import Call, Case, Objection, ObjectionStep, Shortlisted
from config import cipher, sealed
from config.errors import Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope
from members.models import AuditEvent, User
from members.permissions import Permission

CLOSED = _("Objections are taken during the public notice only. It is over, or has not begun.")
REVEAL_LIMIT = 30  # security.md row 19, as for the register's numbers
REVEAL = "objection.reveal"


@transaction.atomic
def set_list(*, call: Call, rows: list[tuple[Case, str]], by: User) -> None:
    """Make the list these cases in this order, each with its honour. What falls off stays on record.

    Raises: Refused for a case that does not stand in the call. Side effects in order: lock, rows, audit row.
    """
    call = locked_call(call, by)
    inside = set(Case.objects.filter(queries_call.IN_CALL, call=call).values_list("pk", flat=True))
    if strange := [case.number for case, _honour in rows if case.pk not in inside]:
        raise Refused(
            _("These cases do not stand in the call: %(numbers)s.") % {"numbers": "、".join(strange[:10])},
            code="outside",
        )
    present = {row.case_id: row for row in call.shortlist.filter(removed_at=None).select_for_update()}
    for position, (case, honour) in enumerate(rows, start=1):
        row = present.pop(case.pk, None) or Shortlisted(call=call, case=case, added_by=by, added_at=timezone.now())
        row.position, row.honour = position, honour
        row.save()
    gone = call.shortlist.filter(pk__in=[row.pk for row in present.values()])
    gone.update(removed_at=timezone.now(), removed_by=by)
    audit.record(actor=by, event="call.shortlist", target=call, count=len(rows), removed=len(present))


@transaction.atomic
def object_(
    *, call: Call, case: Case | None, body: str, name: str = "", contact: str = "", once_token: uuid.UUID
) -> Objection:
    """Receive an objection of anybody; the same `once_token` again returns the first one.

    Raises: Refused outside the notice, or for a case that is not on the list.
    Side effects in order: row with sealed name and contact, audit row, notice to who made the call.
    """
    if not queries.takes_objections(call, timezone.now()):
        raise Refused(CLOSED, code="closed")
    if case is not None and not call.shortlist.filter(case=case, removed_at=None).exists():
        raise Refused(_("This case is not on the list any more. Reload the page."), code="not_listed")
    with whole_scope():
        earlier = Objection.objects.filter(once_token=once_token, call=call).first()
        if earlier is not None:
            return earlier
        made = Objection(call=call, case=case, body=body, once_token=once_token, received_at=timezone.now())
        sealed.seal(made, "name_cipher", name)
        sealed.seal(made, "contact_cipher", contact)
        made.save()
        audit.record(actor=None, event="objection.receive", target=made, call=call.pk)
    tell(
        [call.created_by],
        gettext_noop("An objection came in to the public notice of “%(name)s”"),
        made.get_absolute_url(),
        name=call.name,
    )
    return made


@transaction.atomic
def note(*, objection: Objection, text: str, by: User) -> ObjectionStep:
    """Write a line into the handling record. Raises: WrongState once settled; Refused outside the scope.

    Side effects in order: lock, row, audit row.
    """
    objection = _locked(objection, by)
    step = ObjectionStep.objects.create(objection=objection, text=text, done_by=by, done_at=timezone.now())
    audit.record(actor=by, event="objection.note", target=objection, step=step.pk)
    return step


@transaction.atomic
def settle(*, objection: Objection, outcome: str, finding: str, by: User) -> Objection:
    """Close an objection with an outcome and what was found; who objected can read both.

    Raises: WrongState once settled; Refused outside the scope, or while the handling record is empty.
    Side effects in order: lock, row, audit row.
    """
    objection = _locked(objection, by)
    if not objection.steps.exists():
        raise Refused(_("Write into the handling record what was done first, then settle it."), code="record")
    objection.outcome, objection.finding = outcome, finding
    objection.settled_at, objection.settled_by = timezone.now(), by
    objection.save(update_fields=["outcome", "finding", "settled_at", "settled_by"])
    audit.record(actor=by, event="objection.settle", target=objection, outcome=str(outcome))
    return objection


def reveal(*, objection: Objection, reason: str, by: User) -> tuple[str, str]:
    """Return the name and the contact somebody left; each opening is on record before it is seen.

    Raises: Refused outside the scope, with nothing to show, or above 30 a day.
    Side effects in order: lock of the account, audit row with the length of the reason, then the opened values.
    """
    if not by.has_permission(Permission.HANDLE_OBJECTIONS, objection.call.organisation):
        raise Refused(_("You do not handle objections of this call."), code="outside_scope")
    if not objection.name_cipher and not objection.contact_cipher:
        raise Refused(_("Whoever objected left neither name nor contact."), code="nothing")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if shown_today(by) >= REVEAL_LIMIT:
            audit.record(actor=by, event=REVEAL, target=objection, outcome="limit")
        else:
            audit.record(actor=by, event=REVEAL, target=objection, reason_characters=len(reason))
            return _opened(objection)
    raise Refused(
        _("%(limit)d contacts a day may be shown to one account, and today's are used up. Go on tomorrow.")
        % {"limit": REVEAL_LIMIT},
        code="limit",
    )


def shown_today(by: User) -> int:
    """Count the objectors an account has been shown since midnight, site time."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return AuditEvent.objects.filter(actor_id=by.pk, event=REVEAL, outcome="done", at__gte=midnight).count()


def _opened(objection: Objection) -> tuple[str, str]:
    try:
        return sealed.unseal(objection, "name_cipher"), sealed.unseal(objection, "contact_cipher")
    except cipher.Undecipherable as error:
        raise Refused(
            _("The contact cannot be opened: its key is missing on this server. Tell the administrator."),
            code="no_key",
        ) from error


def _locked(objection: Objection, by: User) -> Objection:
    rows = Objection.objects.select_for_update(of=("self",)).select_related("call__organisation")
    objection = rows.get(pk=objection.pk)
    if not by.has_permission(Permission.HANDLE_OBJECTIONS, objection.call.organisation):
        raise Refused(_("You do not handle objections of this call."), code="outside_scope")
    if objection.outcome != Objection.Outcome.OPEN:
        raise WrongState(_("This objection is settled. Its record stands."))
    return objection
