"""Comments: actions, then pages."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import comment as comment_actions
from cases.models import Case, Comment
from cases.views import comment as comment_views
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


def moderator(case, role="editor"):
    return UserFactory(organisation=case.organisation, role=role)


def last_event():
    event = AuditEvent.objects.order_by("number").last()
    return event.event, event.detail


@pytest.mark.parametrize("name", ["编 辑 部", "大众党建小编", "官方\u3000账号"])
def test_leave_sees_through_spaced_names(name):
    case = CaseFactory(state=Case.State.PUBLISHED)

    with pytest.raises(Refused):
        comment_actions.leave(case=case, name=name, body="通知")

    assert case.comments.count() == 0


def test_leave_refuses_a_closed_case_until_it_is_reopened():
    case = CaseFactory(state=Case.State.PUBLISHED)
    editor = moderator(case)
    comment_actions.close(case=case, by=editor)

    with pytest.raises(WrongState):
        comment_actions.leave(case=case, name="读者", body="学到了。")
    closed = last_event()
    comment_actions.reopen(case=case, by=editor)

    assert closed == ("comment.close", {})
    assert last_event() == ("comment.reopen", {})
    assert comment_actions.leave(case=case, name="读者", body="学到了。").case == case


def test_closing_twice_and_reopening_twice_are_refused():
    case = CaseFactory(state=Case.State.PUBLISHED)
    editor = moderator(case)

    with pytest.raises(WrongState):
        comment_actions.reopen(case=case, by=editor)
    comment_actions.close(case=case, by=editor)
    with pytest.raises(WrongState):
        comment_actions.close(case=case, by=editor)

    case.refresh_from_db()
    assert case.comments_closed_by == editor


def test_a_report_is_counted_and_approving_settles_it():
    comment = CommentFactory(approved=True)
    editor = moderator(comment.case)

    comment_actions.report(comment=comment)
    twice = comment_actions.report(comment=comment)
    reported = list(Comment.objects.reported())
    settled = comment_actions.approve(comment=comment, by=editor)

    assert (twice.reports, reported) == (2, [comment])
    assert (settled.reports, settled.reported_at, list(Comment.objects.public())) == (0, None, [comment])
    assert last_event() == ("comment.approved", {"settled": 2})


def test_a_comment_that_is_not_public_cannot_be_reported():
    with pytest.raises(WrongState):
        comment_actions.report(comment=CommentFactory())


def test_several_are_decided_at_once_and_those_decided_before_are_counted():
    case = CaseFactory(state=Case.State.PUBLISHED)
    comments = [CommentFactory(case=case), CommentFactory(case=case), CommentFactory(case=case, approved=True)]

    answer = comment_actions.decide_each(comments=comments, state="approved", by=moderator(case))

    assert answer == (2, 1)
    assert Comment.objects.public().count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_editors_approving_the_same_comment_leave_one_decision():
    comment = CommentFactory()
    editors = [moderator(comment.case), moderator(comment.case)]
    start, answers = threading.Barrier(2), []

    def approve(editor):
        start.wait()
        try:
            comment_actions.approve(comment=comment, by=editor)
            answers.append("approved")
        except WrongState:
            answers.append("already")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=[editor]) for editor in editors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["already", "approved"]
    assert AuditEvent.objects.filter(event="comment.approved").count() == 1


# Pages


@pytest.fixture
def published(db):
    return CaseFactory(state=Case.State.PUBLISHED)


def leave_url(case):
    return reverse("cases:comment_leave", args=[case.library_entry.slug])


def send(client, case, **typed):
    return client.post(leave_url(case), {"name": "读者小李", "body": "写得实在。", "website": ""} | typed)


def test_a_comment_sent_waits_and_the_reader_is_told(client, published):
    response = send(client, published, body="第一行\r\n\r\n\r\n\r\n第二行  ")

    page = client.get(response.url).content.decode()
    comment = published.comments.get()
    assert (comment.name, comment.body, comment.state) == ("读者小李", "第一行\n\n第二行", "pending")
    assert "等待审核" in page
    assert "第二行" not in page


def test_the_case_shows_approved_comments_oldest_first_and_no_live_link(client, published):
    CommentFactory(case=published, body="后来的 https://example.com/ <b>粗</b>", approved=True)
    CommentFactory(case=published, body="还在等的")
    older = CommentFactory(case=published, body="更早的", approved=True)
    Comment.objects.filter(pk=older.pk).update(created_at=published.created_at)

    page = client.get(published.library_entry.get_absolute_url()).content.decode()

    assert page.index("更早的") < page.index("后来的")
    assert ("还在等的" in page, "&lt;b&gt;粗&lt;/b&gt;" in page) == (False, True)
    assert 'href="https://example.com/' not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"body": ""}, "还没有填写"),
        ({"name": ""}, "还没有填写"),
        ({"body": "长" * 1001}, "现有 1001 字，最多 1000 字"),
        ({"name": "编辑部"}, "请换一个"),
        ({"body": "有\x00空字符"}, "字符"),
    ],
    ids=["no text", "no name", "too long", "desk name", "nul"],
)
def test_what_was_typed_comes_back_with_a_sentence(client, published, typed, sentence):
    response = send(client, published, **typed)

    page = response.content.decode()
    kept = {"name": "读者小李", "body": "写得实在。"} | typed
    assert response.status_code in {409, 422}
    assert sentence in page
    assert kept["name"] in page
    assert kept["body"].replace("\x00", "") in page.replace("\x00", "")
    assert published.comments.count() == 0


def test_a_closed_case_shows_no_form_and_gives_the_text_back(client, published):
    comment_actions.close(case=published, by=moderator(published))

    page = client.get(published.library_entry.get_absolute_url()).content.decode()
    refused = send(client, published, body="来晚了的留言")

    assert ("已关闭留言" in page, "提交留言" in page) == (True, False)
    assert refused.status_code == 409
    assert "来晚了的留言" in refused.content.decode()


def test_a_case_that_is_not_public_takes_no_comment(client, published):
    published.library_entry.withdrawn_at = published.created_at
    published.library_entry.save()

    assert send(client, published).status_code == 404


def test_an_address_that_sends_too_many_is_told_to_wait_and_keeps_its_text(client, published, monkeypatch):
    monkeypatch.setattr(comment_views, "COMMENTS_PER_HOUR", 2)
    answers = [send(client, published).status_code for _n in range(2)]

    third = send(client, published, body="第三条")
    elsewhere = client.post(
        leave_url(published), {"name": "读者", "body": "别处来的", "website": ""}, REMOTE_ADDR="192.0.2.7"
    )

    assert (answers, third.status_code, elsewhere.status_code) == ([302, 302], 429, 302)
    assert "第三条" in third.content.decode()
    assert published.comments.count() == 3


def test_a_robot_is_thanked_and_nothing_is_kept(client, published):
    response = send(client, published, website="https://example.com")

    assert response.status_code == 302
    assert published.comments.count() == 0


def test_the_same_address_reports_a_comment_once(client, published):
    comment = CommentFactory(case=published, approved=True)
    address = reverse("cases:comment_report", args=[published.library_entry.slug, comment.pk])

    answers = [client.post(address).status_code for _n in range(2)]
    other = client.post(address, REMOTE_ADDR="192.0.2.7").status_code

    comment.refresh_from_db()
    assert (answers, other, comment.reports) == ([302, 302], 302, 2)


def test_too_many_reports_of_one_address_are_refused(client, published, monkeypatch):
    monkeypatch.setattr(comment_views, "REPORTS_PER_HOUR", 1)
    comments = [CommentFactory(case=published, approved=True) for _n in range(2)]
    slug = published.library_entry.slug

    answers = [client.post(reverse("cases:comment_report", args=[slug, row.pk])).status_code for row in comments]

    assert answers == [302, 429]


def test_only_public_comments_of_this_case_can_be_reported(client, published):
    waiting, elsewhere = CommentFactory(case=published), CommentFactory(approved=True)
    slug = published.library_entry.slug

    answers = [client.post(reverse("cases:comment_report", args=[slug, row.pk])) for row in (waiting, elsewhere)]

    assert [answer.status_code for answer in answers] == [404, 404]


QUEUE = "/desk/comments/"


def test_each_tab_counts_exactly_the_rows_it_opens(client, published):
    for _n in range(3):
        CommentFactory(case=published)
    approved = [CommentFactory(case=published, approved=True) for _n in range(2)]
    comment_actions.report(comment=approved[0])
    comment_actions.reject(comment=CommentFactory(case=published), by=moderator(published))
    CommentFactory(body="别县的留言")
    client.force_login(moderator(published))

    opened = {}
    for tab in client.get(QUEUE).context["tabs"]:
        response = client.get(QUEUE, {"state": tab.key})
        opened[tab.key] = (tab.count, len(response.context["page"].object_list))
        assert "别县的留言" not in response.content.decode()

    assert opened == {"pending": (3, 3), "reported": (1, 1), "approved": (2, 2), "rejected": (1, 1)}


def test_the_queue_shows_the_oldest_first_and_of_one_case_alone(client, published):
    other = CaseFactory(organisation=published.organisation, state=Case.State.PUBLISHED)
    newer, older = CommentFactory(case=published), CommentFactory(case=published)
    Comment.objects.filter(pk=older.pk).update(created_at=published.created_at)
    elsewhere = CommentFactory(case=other)
    client.force_login(moderator(published))

    everything = client.get(QUEUE).context["page"].object_list
    alone = client.get(QUEUE, {"case": published.pk}).context["page"].object_list

    assert list(everything) == [older, newer, elsewhere]
    assert list(alone) == [older, newer]


def test_ticked_comments_are_approved_in_one_go(client, published):
    first, second, third = [CommentFactory(case=published) for _n in range(3)]
    client.force_login(moderator(published))

    response = client.post(
        "/desk/comments/decide/", {"do": "approved", "comments": [first.pk, third.pk], "state": "pending"}
    )

    assert (response.status_code, response.url) == (302, f"{QUEUE}?state=pending")
    assert list(Comment.objects.public().order_by("pk")) == [first, third]
    assert "2 条留言已公开" in client.get(response.url).content.decode()
    assert list(client.get(response.url).context["page"].object_list) == [second]


def test_one_comment_is_rejected_by_its_own_button(client, published):
    first, second = CommentFactory(case=published), CommentFactory(case=published)
    client.force_login(moderator(published))

    client.post("/desk/comments/decide/", {"do": f"rejected-{second.pk}", "comments": [first.pk], "state": "pending"})

    assert list(Comment.objects.filter(state="rejected")) == [second]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"do": "approved"}, "请先勾选"),
        ({"do": "deleted-{own}"}, "请选择通过还是拒绝"),
        ({"do": "approved-{other}"}, "不在您的管理范围"),
        ({"do": "approved-x"}, "不在您的管理范围"),
    ],
    ids=["none", "unknown", "another county", "no number"],
)
def test_what_cannot_be_decided_is_said(client, published, data, sentence):
    own, other = CommentFactory(case=published), CommentFactory()
    client.force_login(moderator(published))
    filled = {key: value.format(own=own.pk, other=other.pk) for key, value in data.items()}

    response = client.post("/desk/comments/decide/", filled, follow=True)

    assert sentence in response.content.decode()
    assert Comment.objects.filter(state="pending").count() == 2


def test_a_comment_somebody_else_decided_is_reported_as_such(client, published):
    comment = CommentFactory(case=published, approved=True)
    client.force_login(moderator(published))

    response = client.post("/desk/comments/decide/", {"do": f"approved-{comment.pk}"}, follow=True)

    assert "此前已由他人作出同样处理" in response.content.decode()


def test_the_queue_costs_the_same_with_one_row_and_with_three(client, published):
    client.force_login(moderator(published))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(QUEUE).status_code == 200
        return len(captured)

    CommentFactory(case=published)
    queries()
    with_one = queries()
    for _n in range(2):
        CommentFactory(case=CaseFactory(organisation=published.organisation, state=Case.State.PUBLISHED))

    assert queries() == with_one


def test_an_editor_closes_and_reopens_a_case(client, published):
    client.force_login(moderator(published))
    page = {"case": published.pk}

    client.post(reverse("cases:comment_close", args=[published.pk]))
    closed = client.get(QUEUE, page).content.decode()
    client.post(reverse("cases:comment_reopen", args=[published.pk]))
    opened = client.get(QUEUE, page).content.decode()

    assert ("重新开放留言</button>" in closed, "重新开放留言</button>" in opened) == (True, False)


def test_an_official_of_the_county_may_not_moderate(client, published):
    client.force_login(published.created_by)

    assert client.get(QUEUE).status_code == 403
    assert client.post(reverse("cases:comment_close", args=[published.pk])).status_code == 403
