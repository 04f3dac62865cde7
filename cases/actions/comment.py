"""Readers' comments: left, then approved or not."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Comment
from config.errors import Refused, WrongState
from members import audit
from members.models import User

# Our choice: names a reader could take for the paper's own voice.
DESK_NAMES = ("编辑部", "管理员", "案例库", "大众党建", "官方")


@transaction.atomic
def leave(*, case: Case, name: str, body: str) -> Comment:
    """Store a reader's comment, waiting for approval.

    Raises: WrongState when the case is not public; Refused when the name imitates the desk.
    Side effects in order: row, audit row.
    """
    if case.state != Case.State.PUBLISHED:
        raise WrongState(_("Comments can only be left under a published case."))
    if any(word in name for word in DESK_NAMES):
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
def _decide(comment: Comment, state: Comment.State, by: User) -> Comment:
    """Raises: WrongState when the comment already stands so: somebody else decided it."""
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.state == state:
        raise WrongState(_("Somebody has already decided this comment: %(state)s.") % {"state": state.label})
    comment.state, comment.decided_at, comment.decided_by = state, timezone.now(), by
    comment.save(update_fields=["state", "decided_at", "decided_by"])
    audit.record(actor=by, event=f"comment.{state}", target=comment)
    return comment
