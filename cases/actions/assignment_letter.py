"""Letters to reviewers: cases given, one taken back, the reminders. Notices say the same inside the house.

Nothing leaves from here: each is a draft in the outbox, and joins the unedited draft to the same reviewer. Of a case
judged blind a letter says that there is one, and no word of what it is about.
"""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_tasks import task

from cases.actions import letter
from cases.letters import LANGUAGE
from cases.models import Assignment, Letter
from cases.models.assignment import Task, blind_calls
from cases.models.letter import LetterKind
from config import bulk
from members.middleware import whole_scope
from members.models import Organisation, User
from members.permissions import Permission

MOST_NAMED = 30  # our choice: titles a letter still lists; the page has them all


@task()
def draft_given(keys: list[int], by_key: int) -> None:
    """Draft one letter to each reviewer of what was given out in one press; run again it drafts nothing twice.

    In the worker: a press gives a thousand assignments to forty people, and each draft is locked, written and logged.
    """
    with transaction.atomic(), whole_scope():
        by = User.objects.get(pk=by_key)
        made = Assignment.objects.standing().filter(pk__in=bulk.listed(keys)).order_by("pk")
        for rows in _by_reviewer(made.select_related("case", "reviewer")):
            _draft(LetterKind.ASSIGNED, rows, by, once_key=f"given-{keys[0]}-{rows[0].reviewer_id}")


def draft_taken_back(row: Assignment, by: User) -> Letter | None:
    """Draft the letter that a case need not be reviewed any more."""
    return _draft(LetterKind.TAKEN_BACK, [row], by, due_on=None)


def draft_reminder(rows: Sequence[Assignment], days: int) -> Letter | None:
    """Draft a reminder of what one reviewer owes by one day; `days` are counted from it, once for each."""
    row = rows[0]
    key = f"review-{row.reviewer_id}-{row.due_on:%Y%m%d}{days:+d}-{row.given_by_id}"
    return _draft(LetterKind.DUE, rows, row.given_by, once_key=key)


def _by_reviewer(made: Iterable[Assignment]) -> list[list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    for row in made:
        found.setdefault(row.reviewer_id, []).append(row)
    return list(found.values())


def _draft(kind: LetterKind, rows: Sequence[Assignment], by: User, **values: object) -> Letter | None:
    row = rows[0]
    if not letter.usable_address(row.reviewer.email):
        return None
    page = settings.SITE_URL + reverse("cases:scoring_mine")
    with whole_scope(), override(LANGUAGE):
        return letter.draft(
            kind=kind,
            to=letter.Recipient(row.reviewer.name, row.reviewer.email, row.reviewer),
            organisation=_outbox(by, rows),
            facts={"count": str(len(rows)), "task": str(Task(row.task).label), "page": page},
            note=_named(rows),
            by=by,
            **{"due_on": row.due_on, **values},
        )


def _named(rows: Sequence[Assignment]) -> str:
    """List number and title of what is judged openly, a line each."""
    blind = set(blind_calls(timezone.localdate()).values_list("call", flat=True))
    open_ = [row.case for row in rows if not (row.task == Task.SCORE and row.case.call_id in blind)]
    lines = [f"{case.number}《{case.title}》" for case in open_[:MOST_NAMED]]
    if len(open_) > MOST_NAMED:
        lines.append(_("and %(count)d more, which the page lists") % {"count": len(open_) - MOST_NAMED})
    return "\n".join(lines)


def _outbox(by: User, rows: Sequence[Assignment]) -> Organisation:
    """Return whose outbox the letter lies in: the body under which whoever gave the cases out gives all of them out."""
    paths = sorted(by.paths(Permission.ASSIGN_REVIEWS), key=len)
    over = next((path for path in paths if all(row.organisation_path.startswith(path) for row in rows)), None)
    return Organisation.objects.filter(path=over).first() or rows[0].case.organisation
