"""Reminders of returned cases: 7 days and 1 day before the due date, 3 days after it, each once."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from cases.actions import returns_letter
from cases.actions.case import locked
from cases.models import RequestReminder, RevisionRequest
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope

DAYS = (-7, -1, 3)  # calendar days around the due date; Source: item 14 of the design of cases
UNIT_BEFORE = gettext_noop("Action needed: %(number)s “%(title)s” is to be changed and resubmitted by %(day)s")
UNIT_AFTER = gettext_noop("Action needed: %(number)s “%(title)s” was to be resubmitted by %(day)s and is overdue")
DESK_BEFORE = gettext_noop("%(number)s “%(title)s” is not back yet: its changes are due by %(day)s")
DESK_AFTER = gettext_noop("%(number)s “%(title)s” is overdue: its changes were due by %(day)s")


@task()
def remind_daily() -> int:
    """Remind of every request whose day has come; return how many were. Queued by the worker once a day."""
    return remind_all(timezone.localdate())


def remind_all(today: date) -> int:
    """Remind of each standing request for which one of `DAYS` has come and nobody was reminded of it yet."""
    with transaction.atomic(), whole_scope():
        standing = RevisionRequest.objects.standing().filter(due_on__lte=today - timedelta(days=DAYS[0]))
        waiting = list(standing.order_by("pk").values_list("pk", flat=True))
    return sum(_remind(pk, today) for pk in waiting)


def reached(due_on: date, asked_on: date, today: date, marks: Sequence[int] = DAYS) -> int | None:
    """Return the last of `marks` that has come, in days from the due date; None before the first.

    What lies before the day the unit was asked is left out, and so is what a stopped worker has missed.
    """
    past = [days for days in marks if asked_on < due_on + timedelta(days=days) <= today]
    return past[-1] if past else None


def _remind(pk: int, today: date) -> bool:
    """Remind both sides once. Side effects in order: lock, reminder, audit row, notices, draft of a letter."""
    with transaction.atomic(), whole_scope():
        request = RevisionRequest.objects.select_related("case", "decision__decided_by").get(pk=pk)
        case = locked(request.case_id)
        request.refresh_from_db(fields=["due_on", "closed_at"])
        asked_on = timezone.localdate(request.decision.decided_at)
        days = reached(request.due_on, asked_on, today) if request.closed_at is None else None
        if days is None:
            return False
        reminder, is_new = RequestReminder.objects.get_or_create(request=request, due_on=request.due_on, days=days)
        if not is_new:
            return False
        audit.record(actor=None, event="return.remind", target=case, reminder=reminder.pk, days=days)
        is_over = today > request.due_on
        told = {"number": case.number, "title": case.title, "day": request.due_on.isoformat()}
        tell([case.created_by], UNIT_AFTER if is_over else UNIT_BEFORE, case.get_absolute_url(), **told)
        editor = request.decision.decided_by
        if editor != case.created_by:
            tell([editor], DESK_AFTER if is_over else DESK_BEFORE, case.get_absolute_url(), **told)
        returns_letter.draft_reminder(request, days)
    return True
