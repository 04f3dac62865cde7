"""Reminders of cases to review: 7 days and 1 day before they are due, 3 days after, one notice a reviewer and day."""

from collections import defaultdict
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from cases import queries_assignment
from cases.actions import assignment_letter
from cases.actions.assignment import MINE
from cases.actions.reminders import DAYS, reached
from cases.models import Assignment
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope

BEFORE = gettext_noop("%(count)s cases given to you are due for review on %(day)s")
AFTER = gettext_noop("%(count)s cases given to you were due for review on %(day)s and are overdue")
GIVER = gettext_noop("%(name)s has not reviewed %(count)s cases due on %(day)s")


@task()
def remind_reviewers_daily() -> int:
    """Remind everybody whose day has come; return how many notices were left. Queued by the worker once a day."""
    return remind_all(timezone.localdate())


@transaction.atomic
def remind_all(today: date) -> int:
    """Tell each reviewer once for each due date and each of `DAYS`; whoever gave the cases hears when it is over.

    A run that was missed is made up for once. The scope is lifted, since every county's reviewers are meant.
    Side effects in order: lock, the day of the reminder, notices, drafts of letters, one audit row.
    """
    with whole_scope():
        waiting = queries_assignment.still_open(Assignment.objects.filter(due_on__lte=today - timedelta(days=DAYS[0])))
        rows = (
            waiting.select_for_update(of=("self",))
            .select_related("reviewer", "given_by", "case__organisation")
            .order_by("pk")
        )
        due = [row for row in rows if _is_due(row, today)]
        Assignment.objects.filter(pk__in=[row.pk for row in due]).update(reminded_on=today)
    groups = defaultdict(list)
    for row in due:
        groups[row.reviewer, row.due_on].append(row)
    for (reviewer, due_on), found in groups.items():
        said = {"count": len(found), "day": due_on.isoformat()}
        tell([reviewer], AFTER if today > due_on else BEFORE, MINE, **said)
        _write(found, today)
        if today > due_on:
            tell({row.given_by for row in found}, GIVER, "/desk/queue/", name=str(reviewer), **said)
    if due:
        audit.record(
            actor=None, event="assignment.remind", count=len(due), reviewers=len({row.reviewer_id for row in due})
        )
    return len(groups)


def _write(rows: list[Assignment], today: date) -> None:
    """Draft a letter for each who gave the cases out: it lies in the outbox of that person's body."""
    by_giver = defaultdict(list)
    for row in rows:
        by_giver[row.given_by_id].append(row)
    for own in by_giver.values():
        days = reached(own[0].due_on, min(timezone.localdate(row.given_at) for row in own), today)
        assignment_letter.draft_reminder(own, days or 0)


def _is_due(row: Assignment, today: date) -> bool:
    """Tell whether a reminder's day has come since the last one."""
    days = reached(row.due_on, timezone.localdate(row.given_at), today)
    if days is None:
        return False
    return row.reminded_on is None or row.reminded_on < row.due_on + timedelta(days=days)
