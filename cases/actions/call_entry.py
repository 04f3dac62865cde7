"""A case in a call: entered, moved to another track or call, taken out."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries, queries_call
from cases.actions.case import locked
from cases.models import Call, Case, Track
from cases.queries_callcheck import TRACK, check
from config.errors import Refused, WrongState
from members import audit
from members.models import User
from members.permissions import Permission


def enter(case: Case, call: Call, track: Track | None, *, by: User | None, at: datetime) -> None:
    """Put a case that is being received into a call; late if it came after the window. In the caller's transaction.

    Side effects in order: row, audit row.
    """
    case.call, case.track, case.is_late = call, track, at >= call.closes_at
    case.save(update_fields=["call", "track", "is_late"])
    audit.record(actor=by, event="case.enter", target=case, call=call.pk, late=case.is_late)


def keep_statement(case: Case, statement: str, *, by: User | None) -> None:
    """Keep what the sender confirmed of the case; nothing for "". In the caller's transaction.

    `by=None` is the holder of a link, whom the case names as its contributor. Side effects in order: row, audit row.
    """
    if not statement:
        return
    case.statement, case.stated_at, case.stated_by = statement, timezone.now(), by
    case.save(update_fields=["statement", "stated_at", "stated_by"])
    audit.record(actor=by, event="case.state", target=case, call=case.call_id)


@transaction.atomic
def state(*, case: Case, statement: str, by: User) -> Case:
    """Confirm the statement of the call for a case that came in without: a draft, a letter, a case moved into it.

    Raises: Refused for others than the submitting side, and when the call words it otherwise by now; WrongState when
    it was confirmed before. Side effects in order: lock, row, audit row.
    """
    case = locked(case.pk)
    if not queries.is_author(case, by):
        raise Refused(_("Only the unit that sent the case in confirms this."), code="outside_scope")
    if case.stated_at is not None:
        raise WrongState(_("This was confirmed already."))
    if case.call is None or not statement or case.call.statement != statement:
        raise Refused(_("The call words its statement otherwise by now: read it again, then confirm."), code="reworded")
    keep_statement(case, statement, by=by)
    return case


def recheck(case: Case, at: datetime) -> None:
    """Hold a draft against its call when it is submitted at last: the window may have closed meanwhile.

    Runs on a locked case, before it moves. Raises: Refused as `check`, or while the call's statement is not confirmed.
    Side effect: the mark of lateness.
    """
    if case.call_id is None:
        return
    check(case.call, case.track, case.organisation, at)
    if case.call.statement and case.stated_at is None:
        raise Refused(
            _("The call asks you to confirm a statement first: it stands beside the name of the call on this page."),
            code="unstated",
        )
    case.is_late = at >= case.call.closes_at
    case.save(update_fields=["is_late"])


@transaction.atomic
def move(*, case: Case, call: Call | None, track: Track | None, by: User) -> Case:
    """Choose the call and track of a case anew, or none. An editor may do so after the window: the case is late then.

    Raises: WrongState once a body recommended it or it ended; Refused as `check` for the submitting side.
    Side effects in order: lock, row, audit row.
    """
    case = locked(case.pk)
    is_editor = by.has_permission(Permission.EDIT_CASE, case.organisation)
    if not (is_editor or queries.is_author(case, by)):
        raise Refused(_("Only the unit that sent the case in, or the editors, choose its call."), code="outside_scope")
    if not queries_call.may_move(case):
        raise WrongState(_("The case stands in a recommendation or has ended: its call can't be changed now."))
    at = case.received_at or timezone.now()
    if call is not None and not is_editor:
        check(call, track, case.organisation, timezone.now())
    elif call is not None and track is None and call.tracks.exists():
        raise Refused(TRACK % {"name": call.name}, code="call_track")
    case.call, case.track = call, track
    case.is_late = call is not None and at >= call.closes_at
    case.save(update_fields=["call", "track", "is_late"])
    audit.record(actor=by, event="case.enter", target=case, call=call.pk if call else None, late=case.is_late)
    return case
