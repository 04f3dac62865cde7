"""Changing a case's text: the form, the claim before it, the conflict, the comparison."""

import pytest
from django.urls import reverse
from lxml import html

from cases.actions import case as case_actions
from cases.actions import review
from cases.models import Case, Decision, Revision
from members.middleware import set_scope
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

State = Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def editor():
    return UserFactory(role="editor", name="张编辑")


@pytest.fixture
def case(editor):
    return CaseFactory(organisation=editor.organisation, state=State.FIRST_REVIEW)


def words(response):
    return " ".join(html.document_fromstring(response.content.decode()).find(".//main").text_content().split())


def address(case):
    return reverse("cases:revision_edit", args=[case.pk])


def text(case, **changes):
    current = case.current_revision
    return {"base": current.pk, "title": current.title, "body": current.body, "note": "", **changes}


def test_an_editor_takes_the_case_before_the_form_opens(client, case, editor):
    client.force_login(editor)
    before = client.get(address(case))
    assert "form" not in before.context and "请先接下案例" in words(before)

    after = client.post(reverse("cases:review_take", args=[case.pk]), {"instead_of": "", "then": "edit"}, follow=True)

    assert after.redirect_chain[-1][0] == address(case)
    assert after.context["form"]["body"].value() == case.current_revision.body


def test_the_form_says_who_has_the_case_and_offers_to_take_it_over(client, case, editor):
    colleague = UserFactory(organisation=editor.organisation, role="editor", name="李编辑")
    case_actions.take(case=case, by=colleague)
    client.force_login(editor)

    response = client.get(address(case))

    assert "本案例在 李编辑 手上" in words(response) and "接手并修改" in words(response)


def test_saving_makes_a_revision_and_saving_the_same_makes_none(client, case, editor):
    case_actions.take(case=case, by=editor)
    client.force_login(editor)

    changed = client.post(address(case), text(case, body="新的一段。\r\n再一段。", note="改了开头"), follow=True)

    case.refresh_from_db()
    saved = case.current_revision
    assert (saved.number, saved.body, saved.note, saved.source) == (2, "新的一段。\n再一段。", "改了开头", "edit")
    assert "第 2 稿已保存" in words(changed)

    same = client.post(address(case), text(case, body="新的一段。\r\n\r\n再一段。 "), follow=True)
    assert case.revisions.count() == 2
    assert "文稿没有变化" in words(same)


def test_an_empty_text_is_refused_and_the_rest_stays(client, case, editor):
    client.force_login(editor)

    response = client.post(address(case), text(case, title="新题目", body=" \n "))

    assert response.status_code == 422
    assert response.context["form"]["title"].value() == "新题目"
    assert "正文为空" in words(response)


def test_a_second_save_from_the_same_page_is_a_conflict_that_shows_both_texts(client, case, editor):
    opened = text(case, body="我写的这一段。", title="我的题目")
    colleague = UserFactory(organisation=editor.organisation, role="editor", name="李编辑")
    case_actions.revise(
        case=case, title=case.title, body="李编辑先存的一段。", by=colleague, base=case.current_revision
    )
    client.force_login(editor)

    response = client.post(address(case), opened)

    assert response.status_code == 409
    seen = words(response)
    assert "李编辑先存的一段。" in seen and "我写的这一段。" in seen and "我的题目" in seen
    case.refresh_from_db()
    form = response.context["form"]
    assert form["base"].value() == case.current_revision_id
    assert "我写的这一段。" in form["body"].value()

    merged = client.post(address(case), text(case, body="李编辑先存的一段。\n我写的这一段。"))
    assert merged.status_code == 302
    assert list(case.revisions.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_a_text_typed_while_the_case_moved_on_is_not_lost(client, case, editor):
    typed = text(case, body="写到一半。")
    review.decide(case=case, kind=Decision.Kind.DECLINE, by=editor, revision=case.current_revision, note="不是案例")
    client.force_login(editor)

    response = client.post(address(case), typed)

    assert response.status_code == 409
    assert response.context["form"]["body"].value() == "写到一半。"
    assert case.revisions.count() == 1


def test_the_author_changes_a_returned_case_and_resubmits_in_one_go(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    case = CaseFactory(organisation=editor.organisation, by=official, state=State.FIRST_REVIEW)
    review.decide(case=case, kind=Decision.Kind.RETURN, by=editor, revision=case.current_revision, note="写明期间")
    client.force_login(official)
    page = client.get(address(case))
    assert "写明期间" in words(page) and "保存并重新提交" in words(page)

    unchanged = client.post(address(case), text(case, send="1"), follow=True)
    case.refresh_from_db()
    assert case.state == State.RETURNED
    assert "The text is the same" not in words(unchanged) and len(unchanged.context["messages"]) == 2

    client.post(address(case), text(case, body="今年1月至10月，走访12次。", send="1"))
    case.refresh_from_db()
    assert (case.state, case.current_revision.source) == (State.FIRST_REVIEW, Revision.Source.RESUBMISSION)


def test_the_author_may_not_edit_what_the_desk_is_reviewing(client, case):
    client.force_login(case.created_by)

    response = client.get(address(case), follow=True)

    assert response.redirect_chain[-1][0] == case.get_absolute_url()
    assert "不能修改文稿" in words(response)
