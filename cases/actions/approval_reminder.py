"""Reminders of links for the final signature: 3 days and 1 day before one runs out, and the day after.

The leader is reminded by a letter, drafted where the link itself went by one; whoever gave the link reads notices.
"""

from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from cases.actions import letter
from cases.actions.approval import address_of, letter_of
from cases.actions.reminders import reached
from cases.models import Approval, Case
from cases.models.letter import LetterKind, LetterState
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope

MARKS = (-3, -1, 1)  # our choice: a link is open for two weeks at most
WENT = (LetterState.SENT, LetterState.UNSURE, LetterState.HANDED)
BEFORE = gettext_noop("%(number)s: %(name)s has not answered the link, which runs out on %(day)s")
AFTER = gettext_noop("%(number)s: the link to %(name)s ran out without an answer; ask again by one press")


@task()
def remind_approvals_daily() -> int:
    """Remind of every link whose mark has come; return how many were. Queued by the worker once a day."""
    return remind_all(timezone.localdate())


@transaction.atomic
def remind_all(today: date) -> int:
    """Remind of each open link, once a mark; a run that was missed is made up for once.

    Side effects in order: lock, the day of the reminder, drafts of letters, audit row, notices.
    """
    with whole_scope():
        waiting = Approval.objects.open().filter(
            case__state=Case.State.FINAL_REVIEW, expires_at__date__lte=today - timedelta(days=MARKS[0])
        )
        rows = waiting.select_for_update(of=("self",)).select_related("case__organisation", "signer", "created_by")
        return sum(_remind(row, today) for row in rows.order_by("pk"))


def _remind(row: Approval, today: date) -> bool:
    due_on = timezone.localdate(row.expires_at)
    days = reached(due_on, timezone.localdate(row.created_at), today, MARKS)
    if days is None or (row.reminded_on is not None and row.reminded_on >= due_on + timedelta(days=days)):
        return False
    row.reminded_on = today
    row.save(update_fields=["reminded_on"])
    is_over = days > 0
    if not is_over:
        _write(row, days)
    audit.record(actor=None, event="approval.remind", target=row, case=row.case_id, days=days)
    tell(
        [row.created_by],
        AFTER if is_over else BEFORE,
        reverse("cases:approval_give", args=[row.case_id]),
        number=row.case.number,
        name=row.signer.name,
        day=due_on.isoformat(),
    )
    return True


def _write(row: Approval, days: int) -> None:
    """Draft a reminder to where the link went; nothing where its letter has not left, or there was none."""
    sent, until = letter_of(row, "link"), timezone.localtime(row.expires_at)
    if sent is None or sent.state not in WENT:
        return
    letter.draft(
        kind=LetterKind.SIGN_DUE,
        to=letter.Recipient(row.signer.name, address_of(row, "link")),
        case=row.case,
        facts={"due": f"{until:%Y年%-m月%-d日%H时}"},
        by=row.created_by,
        once_key=f"approval-due{days:+d}-{row.uuid}",
    )
