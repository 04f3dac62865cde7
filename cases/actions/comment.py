"""Readers' comments: left, approved or not, objected to, closed."""

import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions.case import locked
from cases.models import Case, Comment
from config.errors import Refused, WrongState
from config.text.unseen import without_unseen
from members import audit
from members.models import User

# Our choice: names a reader could take for the paper's own voice.
DESK_NAMES = ("编辑部", "管理员", "案例库", "大众党建", "官方")


@transaction.atomic
def leave(*, case: Case, name: str, body: str) -> Comment:
    """Store a reader's comment, waiting for approval.

    Raises: WrongState when the case is not public or closed to comments; Refused when the name imitates the desk.
    Side effects in order: row, audit row.
    """
    case = Case.objects.get(pk=case.pk)
    if case.state != Case.State.PUBLISHED:
        raise WrongState(_("Comments can only be left under a published case."))
    if case.comments_closed_at is not None:
        raise WrongState(_("This case takes no further comments."))
    plain = "".join(without_unseen(unicodedata.normalize("NFKC", name)).split())
    if any(word in plain for word in DESK_NAMES):
        raise Refused(_("This name looks like the desk's own. Please choose another."), code="desk_name")
    comment = Comment.objects.create(case=case, name=name, body=body)
    audit.record(actor=None, event="comment.leave", target=comment, case=case.pk)
    return comment


def approve(*, comment: Comment, by: User) -> Comment:
    """Make a comment public. Side effects in order: lock, row, audit row."""
    return _decide(comment, Comment.State.APPROVED, by)


def reject(*, comment: Comment, by: User) -> Comment:
    """Keep a comment from the public, now or again. Side effects in order: lock, row, audit row."""
    return _decide(comment, Comment.State.REJECTED, by)


@transaction.atomic
def decide_each(*, comments: Iterable[Comment], state: str, by: User) -> tuple[int, int]:
    """Approve or reject several; return how many were changed, and how many stood so already.

    Side effects in order, for each by its number: lock, row, audit row.
    """
    done = already = 0
    for comment in sorted(comments, key=lambda row: row.pk):
        try:
            _decide(comment, Comment.State(state), by)
            done += 1
        except WrongState:
            already += 1
    return done, already


@transaction.atomic
def _decide(comment: Comment, state: Comment.State, by: User) -> Comment:
    """Approving what is public settles its reports.

    Raises: WrongState when the comment already stands so: somebody else decided it.
    """
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    settled = comment.reports if state == Comment.State.APPROVED else 0
    if comment.state == state and not settled:
        raise WrongState(_("Somebody has already decided this comment: %(state)s.") % {"state": state.label})
    comment.state, comment.decided_at, comment.decided_by = state, timezone.now(), by
    if settled:
        comment.reports, comment.reported_at = 0, None
    comment.save(update_fields=["state", "decided_at", "decided_by", "reports", "reported_at"])
    audit.record(actor=by, event=f"comment.{state}", target=comment, **({"settled": settled} if settled else {}))
    return comment


@transaction.atomic
def report(*, comment: Comment) -> Comment:
    """Count one more reader who objects to a public comment; it stays public until an editor has looked.

    Raises: WrongState when the comment is not public. Side effects in order: lock, row, audit row.
    """
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.state != Comment.State.APPROVED:
        raise WrongState(_("This comment is no longer public."))
    comment.reports += 1
    comment.reported_at = comment.reported_at or timezone.now()
    comment.save(update_fields=["reports", "reported_at"])
    audit.record(actor=None, event="comment.report", target=comment, reports=comment.reports)
    return comment


@transaction.atomic
def close(*, case: Case, by: User) -> None:
    """Take no further comments on a case; those that are public stay.

    Raises: WrongState when it is closed already. Side effects in order: lock, case, audit row.
    """
    case = locked(case.pk)
    if case.comments_closed_at is not None:
        raise WrongState(_("Comments on this case are closed already."))
    case.comments_closed_at, case.comments_closed_by = timezone.now(), by
    case.save(update_fields=["comments_closed_at", "comments_closed_by"])
    audit.record(actor=by, event="comment.close", target=case)


@transaction.atomic
def reopen(*, case: Case, by: User) -> None:
    """Take comments on a case again.

    Raises: WrongState when it is open already. Side effects in order: lock, case, audit row.
    """
    case = locked(case.pk)
    if case.comments_closed_at is None:
        raise WrongState(_("Comments on this case are open already."))
    case.comments_closed_at, case.comments_closed_by = None, None
    case.save(update_fields=["comments_closed_at", "comments_closed_by"])
    audit.record(actor=by, event="comment.reopen", target=case)
