"""Comments: actions, then pages."""

import pytest

from cases.actions import comment as comment_actions
from cases.models import Case, Comment
from config.errors import Refused, WrongState
from members.models import AuditEvent
from tests.factories.cases import CaseFactory, CommentFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db


def test_leave_waits_for_approval():
    case = CaseFactory(state=Case.State.PUBLISHED)

    comment = comment_actions.leave(case=case, name="读者", body="学到了。")

    assert comment.state == Comment.State.PENDING
    assert list(Comment.objects.public()) == []


def test_leave_refuses_an_unpublished_case():
    with pytest.raises(WrongState):
        comment_actions.leave(case=CaseFactory(), name="读者", body="学到了。")


def test_leave_refuses_a_name_that_imitates_the_desk():
    case = CaseFactory(state=Case.State.PUBLISHED)

    with pytest.raises(Refused) as refusal:
        comment_actions.leave(case=case, name="案例编辑部", body="通知")

    assert refusal.value.code == "desk_name"


def test_approve_makes_it_public_and_says_who():
    comment = CommentFactory()
    editor = UserFactory(organisation=comment.case.organisation, role="editor")

    comment_actions.approve(comment=comment, by=editor)

    comment.refresh_from_db()
    event = AuditEvent.objects.order_by("number").last()
    assert list(Comment.objects.public()) == [comment]
    assert comment.decided_by == editor
    assert (event.event, event.detail) == ("comment.approved", {})


def test_deciding_twice_the_same_way_is_refused():
    comment = CommentFactory()
    editor = UserFactory(organisation=comment.case.organisation, role="editor")
    comment_actions.reject(comment=comment, by=editor)

    with pytest.raises(WrongState):
        comment_actions.reject(comment=comment, by=editor)
