"""More time for a returned case: the unit asks once, an editor gives it or not."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries
from cases.actions import returns_letter
from cases.actions.case import locked
from cases.models import Case, RevisionRequest
from config.dates import add_workdays
from config.errors import Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.models import User
from members.permissions import Permission

ASKED = gettext_noop("Action needed: %(number)s “%(title)s”: the unit asks for %(days)s more working days")
GRANTED = gettext_noop("%(number)s “%(title)s”: you have more time, until %(day)s")
DENIED = gettext_noop("%(number)s “%(title)s”: no more time can be given, it stays due by %(day)s")


@transaction.atomic
def ask(*, case: Case, days: int, note: str, by: User | None) -> RevisionRequest:
    """Ask for more working days; `by=None` holds the case's own link.

    Raises: WrongState when the case does not lie with the unit; Refused when it asked before.
    Side effects in order: lock, wish, audit row, notice to the editor who returned it.
    """
    case = locked(case.pk)
    request = case.requests.standing().select_related("decision__decided_by").first()
    if request is None or (by is not None and not queries.is_author(case, by)):
        raise WrongState(_("The case does not lie with you now, so there is no due date to move. Reload the page."))
    if request.time_asked_at is not None:
        raise Refused(_("You asked for more time before. It can be asked for once."), code="asked_before")
    request.time_asked_at, request.time_asked_by = timezone.now(), by
    request.time_asked_days, request.time_note = days, note
    request.save(update_fields=["time_asked_at", "time_asked_by", "time_asked_days", "time_note"])
    audit.record(actor=by, event="return.ask_time", target=case, days=days)
    tell(
        [request.decision.decided_by],
        ASKED,
        case.get_absolute_url(),
        number=case.number,
        title=case.title,
        days=days,
    )
    return request


@transaction.atomic
def settle(*, request: RevisionRequest, grant: bool, by: User) -> RevisionRequest:
    """Give the time that was asked for, counted from the due date or from today if that is over; or refuse it.

    Raises: WrongState when somebody settled it, or the case came back meanwhile.
    Side effects in order: lock, due date, audit row, notice and draft of a letter to the unit.
    """
    case = locked(request.case_id)
    request = RevisionRequest.objects.select_related("case", "decision__decided_by").get(pk=request.pk)
    if not by.has_permission(Permission.EDIT_CASE, case.organisation) or not request.asks_for_time:
        raise WrongState(_("This was settled meanwhile, or the case is back. Reload the page."))
    if grant:
        request.due_on = add_workdays(max(request.due_on, timezone.localdate()), request.time_asked_days)
    request.is_time_granted = grant
    request.time_settled_at, request.time_settled_by = timezone.now(), by
    request.save(update_fields=["due_on", "is_time_granted", "time_settled_at", "time_settled_by"])
    audit.record(actor=by, event="return.settle_time", target=case, is_granted=grant)
    tell(
        [case.created_by],
        GRANTED if grant else DENIED,
        case.get_absolute_url(),
        number=case.number,
        title=case.title,
        day=request.due_on.isoformat(),
    )
    returns_letter.draft_time(request)
    return request
