"""Returning a case with a checklist: actions, then pages of the desk, the unit and the holder of a link."""

import datetime
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases import queries_returns
from cases.actions import annotation, returns, review
from cases.actions import case as case_actions
from cases.actions import link as link_actions
from cases.exports import dossier_returns
from cases.models import Case, Decision, RequestItem, Revision
from config.dates import add_workdays
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from tests.factories.cases import BODY, CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

Kind, State, Answer, Verdict = Decision.Kind, Case.State, RequestItem.Answer, RequestItem.Verdict
BETTER = BODY + "\n成效：投诉比上年下降三成。"


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def case():
    return CaseFactory(state=State.FIRST_REVIEW)


@pytest.fixture
def editor(case):
    return UserFactory(organisation=case.organisation, role="editor")


def send_back(case, editor, *items, **more):
    """Return the case for changes with these items; give its items."""
    case.refresh_from_db()
    review.decide(
        case=case, kind=Kind.RETURN, by=editor, revision=case.current_revision, note="请修改", items=items, **more
    )
    case.refresh_from_db()
    return list(case.requests.get(closed_at=None).items.order_by("position"))


def write(case, body=BETTER):
    case.refresh_from_db()
    case_actions.revise(
        case=case,
        title=case.title,
        body=body,
        by=case.created_by,
        base=case.current_revision,
        source=Revision.Source.RESUBMISSION,
    )
    case.refresh_from_db()


def resubmit(case):
    case.refresh_from_db()
    review.decide(case=case, kind=Kind.RESUBMIT, by=case.created_by, revision=case.current_revision)
    case.refresh_from_db()


def answered(case, items, answer=Answer.DONE, note=""):
    returns.answer(case=case, answers={item.pk: (answer, note) for item in items}, by=case.created_by)


def test_a_return_sends_what_was_collected_and_then_what_was_written(case, editor):
    returns.collect(case=case, text="写明统计期间", by=editor, paragraph=1, quote="登记党员12名", figure="，【12名】。")

    items = send_back(case, editor, "补充成效")

    assert [(item.position, item.text, item.quote) for item in items] == [
        (1, "写明统计期间", "登记党员12名"),
        (2, "补充成效", ""),
    ]
    assert not case.request_items.collected().exists()


def test_a_return_without_a_date_gives_ten_working_days(case, editor, time_machine):
    time_machine.move_to(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC))

    send_back(case, editor, "补充成效")

    assert case.requests.get().due_on == add_workdays(datetime.date(2026, 11, 23), 10) == datetime.date(2026, 12, 7)


def test_resubmitting_waits_for_every_answer_and_says_which_are_missing(case, editor):
    first, second, third = send_back(case, editor, "补充成效", "写明期间", "核对人数")
    write(case)
    answered(case, [first])
    answered(case, [third], Answer.NOT_DONE)  # says not why

    with pytest.raises(Refused, match="第 2、3 条") as refusal:
        resubmit(case)
    answered(case, [second, third], Answer.NOT_DONE, "台账如此")
    resubmit(case)

    assert refusal.value.code == "unanswered"
    assert case.state == State.FIRST_REVIEW
    assert case.requests.get().closed_at is not None


def test_resubmitting_an_unchanged_text_is_refused_with_every_item_answered(case, editor):
    answered(case, send_back(case, editor, "补充成效"))

    with pytest.raises(Refused) as refusal:
        resubmit(case)

    assert refusal.value.code == "unchanged"
    assert case.request_items.unanswered().count() == 0


def test_only_the_submitting_side_answers_and_only_while_the_case_lies_with_it(case, editor):
    items = send_back(case, editor, "补充成效")

    with pytest.raises(WrongState):
        returns.answer(case=case, answers={items[0].pk: (Answer.DONE, "")}, by=editor)
    review.decide(case=case, kind=Kind.RECALL, by=editor, revision=case.current_revision, note="我们自己改")
    with pytest.raises(WrongState):
        answered(case, items)

    assert RequestItem.objects.unanswered().count() == 1


def test_answers_to_another_case_change_nothing(case, editor):
    other = CaseFactory(state=State.FIRST_REVIEW)
    chief = UserFactory(organisation=other.organisation, role="editor")
    (foreign,) = send_back(other, chief, "补充成效")
    send_back(case, editor, "写明期间")

    assert returns.answer(case=case, answers={foreign.pk: (Answer.DONE, "")}, by=case.created_by) == 0


def test_an_answer_that_is_not_there_yet_stands_in_the_next_request(case, editor):
    first, second = send_back(case, editor, "补充成效", "写明期间")
    write(case)
    answered(case, [first, second])
    resubmit(case)

    returns.judge(item=first, verdict=Verdict.NOT_YET, by=editor)
    returns.judge(item=second, verdict=Verdict.ACCEPTED, by=editor)
    again = send_back(case, editor, "再核人数")

    assert [(item.text, item.carried_from_id) for item in again] == [("补充成效", first.pk), ("再核人数", None)]


def test_accepting_after_all_takes_the_item_off_the_next_request_until_it_was_sent(case, editor):
    (item,) = send_back(case, editor, "补充成效")
    write(case)
    answered(case, [item])
    resubmit(case)
    returns.judge(item=item, verdict=Verdict.NOT_YET, by=editor)
    returns.judge(item=item, verdict=Verdict.NOT_YET, by=editor)
    assert case.request_items.collected().count() == 1

    returns.judge(item=item, verdict=Verdict.ACCEPTED, by=editor)
    assert case.request_items.collected().count() == 0
    returns.judge(item=item, verdict=Verdict.NOT_YET, by=editor)
    send_back(case, editor)

    case.refresh_from_db()
    review.decide(case=case, kind=Kind.RECALL, by=editor, revision=case.current_revision, note="不必再改")
    with pytest.raises(WrongState):
        returns.judge(item=item, verdict=Verdict.ACCEPTED, by=editor)


def test_what_the_unit_reads_cannot_be_taken_off_the_list(case, editor):
    (item,) = send_back(case, editor, "补充成效")

    with pytest.raises(WrongState):
        returns.drop(item=item, by=editor)

    assert RequestItem.objects.filter(pk=item.pk).exists()


def test_the_audit_log_names_items_and_no_words(case, editor):
    item = returns.collect(case=case, text="写明统计期间", by=editor)

    event = AuditEvent.objects.order_by("number").last()

    assert (event.event, event.object_id, event.detail) == ("return.collect", item.pk, {"case": case.pk})


def test_the_database_keeps_one_standing_request_a_case(case, editor):
    send_back(case, editor, "补充成效")
    decision = case.decisions.order_by("-pk").first()

    with pytest.raises(IntegrityError), transaction.atomic():
        case.requests.create(decision=Decision.objects.exclude(pk=decision.pk).first(), due_on="2026-12-01")


# Pages of the desk


def page_of(case):
    return reverse("cases:review_detail", args=[case.pk])


def post_return(client, case, **more):
    case.refresh_from_db()
    seen = {"kind": Kind.RETURN, "revision": case.current_revision_id, "seen_state": case.state, "due_days": 5}
    return client.post(reverse("cases:review_decide", args=[case.pk]), seen | {"note": "", "checklist": ""} | more)


def test_the_editor_collects_items_while_reading_and_takes_one_off(client, case, editor):
    client.force_login(editor)
    for text in ("写明统计期间", "补充成效"):
        client.post(reverse("cases:returns_collect", args=[case.pk]), {"text": text})
    taken, kept = case.request_items.collected().order_by("pk")

    client.post(reverse("cases:returns_drop", args=[taken.pk]))
    page = client.get(page_of(case))

    assert page.context["collected"] == [kept]
    assert "补充成效" in page.content.decode()


def test_lines_of_the_list_become_items_without_the_numbers_somebody_typed(client, case, editor):
    client.force_login(editor)

    post_return(client, case, checklist="1. 写明统计期间\n（2）补充成效\n\n3.5%从何而来\n16名改为台账数")

    items = RequestItem.objects.filter(request__case=case).order_by("position")
    assert [item.text for item in items] == ["写明统计期间", "补充成效", "3.5%从何而来", "16名改为台账数"]
    assert case.requests.get().due_on == add_workdays(timezone.localdate(), 5)


def test_words_alone_become_the_list_line_by_line(client, case, editor):
    client.force_login(editor)

    post_return(client, case, note="写明期间\n补充成效")

    asked = queries_returns.checklist(case)
    assert [item.text for item in asked.items] == ["写明期间", "补充成效"]
    assert asked.words == ""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({}, "checklist"), ({"checklist": "字" * 501}, "checklist"), ({"checklist": "改", "due_days": "0"}, "due_days")],
)
def test_a_return_that_asks_nothing_or_too_much_is_refused_beside_the_field(client, case, editor, wrong, field):
    client.force_login(editor)

    response = post_return(client, case, **wrong)

    assert response.status_code == 422
    assert response.context["unsent"].has_error(field)
    assert case.requests.count() == 0


def test_the_editor_judges_answers_beside_the_comparison(client, case, editor):
    items = send_back(case, editor, "补充成效")
    write(case)
    answered(case, items, note="已补一段")
    resubmit(case)
    client.force_login(editor)

    compared = client.get(reverse("cases:revision_compare", args=[case.pk]) + "?from=1&to=2").content.decode()
    client.post(reverse("cases:returns_judge", args=[items[0].pk]), {"verdict": Verdict.NOT_YET})
    page = client.get(page_of(case)).content.decode()

    assert "已补一段" in compared
    assert "未到位，再退" in compared
    assert "尚未到位" in page
    assert "再次提出" in page


def test_verdicts_of_the_desk_stay_at_the_desk(client, case, editor):
    items = send_back(case, editor, "补充成效")
    write(case)
    answered(case, items)
    resubmit(case)
    returns.judge(item=items[0], verdict=Verdict.NOT_YET, by=editor)
    client.force_login(case.created_by)

    page = client.get(page_of(case)).content.decode()

    assert "补充成效" in page
    assert "尚未到位" not in page
    assert "待退改清单" not in page


# Pages of the unit


def edit(client, case, **more):
    case.refresh_from_db()
    values = {"base": case.current_revision_id, "title": case.title, "body": BODY, "note": ""}
    return client.post(reverse("cases:revision_edit", args=[case.pk]), values | more)


def test_the_unit_answers_beside_the_text_and_nothing_is_lost_while_one_is_open(client, case, editor):
    first, second = send_back(case, editor, "补充成效", "写明期间")
    client.force_login(case.created_by)

    early = edit(client, case, body=BETTER, send="1", **{f"answer-{first.pk}": "done", f"said-{first.pk}": "已补"})
    page = client.get(early.url)
    late = edit(
        client,
        case,
        body=BETTER,
        send="1",
        **{f"answer-{second.pk}": "not_done", f"said-{second.pk}": "没有期间可写"},
    )

    shown = page.content.decode()
    assert "第 2 条还没有答复" in shown
    assert "已补" in shown
    assert page.context["form"]["body"].value() == BETTER
    assert late.url == page_of(case)
    case.refresh_from_db()
    assert case.state == State.FIRST_REVIEW
    answers = RequestItem.objects.order_by("position").values_list("answer", "answer_note", "answered_by")
    assert list(answers) == [
        ("done", "已补", case.created_by_id),
        ("not_done", "没有期间可写", case.created_by_id),
    ]


def test_answers_are_kept_when_the_text_is_only_saved(client, case, editor):
    (item,) = send_back(case, editor, "补充成效")
    client.force_login(case.created_by)

    edit(client, case, **{f"answer-{item.pk}": "done"})

    item.refresh_from_db()
    assert item.answer == Answer.DONE
    assert case.revisions.count() == 1


def test_the_page_offers_to_resubmit_once_text_and_answers_are_there(client, case, editor):
    items = send_back(case, editor, "补充成效")
    write(case)
    client.force_login(case.created_by)

    before = [form.decision for form in client.get(page_of(case)).context["forward"]]
    answered(case, items)
    after = [form.decision for form in client.get(page_of(case)).context["forward"]]

    assert (before, after) == ([], [Kind.RESUBMIT])


# The holder of a link


def holder_post(client, case, token, **more):
    case.refresh_from_db()
    values = {"title": case.title, "base": case.current_revision_id, "once_token": uuid.uuid4(), "body": BODY}
    return client.post(reverse("cases:holder_resubmit", args=[token]), values | more)


def test_the_holder_of_a_link_answers_and_sends_again(client, case, editor):
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())
    first, second = send_back(case, editor, "补充成效", "写明期间")

    page = client.get(reverse("cases:holder_page", args=[token])).content.decode()
    open_one = holder_post(client, case, token, body=BETTER, **{f"answer-{first.pk}": "done"})
    sent = holder_post(client, case, token, body=BETTER, **{f"answer-{second.pk}": "done"})

    assert "写明期间" in page
    assert re.search("第 2 条还没有答复", open_one.content.decode())
    assert sent.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.revisions.count()) == (State.FIRST_REVIEW, 2)
    assert RequestItem.objects.filter(answer="done", answered_by=None).count() == 2


def test_a_file_of_the_holder_is_kept_although_an_item_is_open(client, case, editor):
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())
    (item,) = send_back(case, editor, "补充成效")

    refused = holder_post(client, case, token, file=SimpleUploadedFile("改稿.txt", BETTER.encode()))
    sent = holder_post(client, case, token, body=BETTER, **{f"answer-{item.pk}": "done"})

    assert "投诉比上年下降三成" in refused.content.decode()
    assert sent.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.intakes.count()) == (State.FIRST_REVIEW, 1)


def test_the_dossier_holds_the_lists_with_their_answers_and_the_notes(case, editor):
    annotation.write(case=case, revision=case.current_revision, paragraph=2, text="核对期间", by=editor)
    items = send_back(case, editor, "补充成效")
    answered(case, items, note="已补一段")

    found = dict(dossier_returns.files(case))

    assert list(found) == ["第 1 次退改清单.txt", "批注.txt"]
    for words in ("补充成效", "已改 · 已补一段"):
        assert words in found["第 1 次退改清单.txt"].decode()
    assert "核对期间" in found["批注.txt"].decode()


def test_each_item_leads_to_what_became_of_its_paragraph(client, case, editor):
    first, second, *_rest = queries_returns.anchors.paragraphs_of(case.current_revision.body)
    for paragraph, text in ((1, first), (2, second)):
        returns.collect(case=case, text="写明期间", by=editor, paragraph=paragraph, quote=text[:6])
    items = send_back(case, editor, "补充照片")
    changed = case.current_revision.body.replace(first, f"{first}（2025年）\n\n新补的一段。", 1)
    write(case, changed)
    answered(case, items)
    resubmit(case)
    client.force_login(editor)

    page = client.get(case.get_absolute_url())
    rows = page.context["asked"].rows
    compared = client.get(reverse("cases:revision_compare", args=[case.pk]) + "?from=1&to=2").content.decode()

    assert [[block.kind for block in blocks] if blocks is not None else None for _item, blocks in rows] == [
        ["changed", "added"],
        [],
        None,
    ]
    said = page.content.decode()
    assert "此段没有改动" in said
    assert f"{reverse('cases:revision_compare', args=[case.pk])}?from=1&amp;to=2#old-1" in said
    assert compared.count('id="old-1"') == 1


def test_an_item_about_a_figure_finds_its_paragraph_without_a_passage():
    old = "背景如下。\n\n一年来走访企业 30 家，解决难题12个。"
    item = RequestItem(pk=1, figure="来走访企业【30家】，解决难", text="核对")

    found = queries_returns.changed_beside([item], old, old.replace("30 家", "36 家"))

    assert [block.new_number for block in found[1]] == [2]
