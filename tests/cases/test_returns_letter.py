"""A return by letter: what is drafted to the unit, and what its answer does."""

import datetime

import pytest

from cases import contact
from cases.actions import mail, reminders, returns_time, review
from cases.intake import answers
from cases.models import Case, Decision, LetterItem, RequestItem
from members.middleware import set_scope
from tests.cases.mail_files import AUTHORITY, TEXT, document, letter
from tests.cases.test_returns import send_back
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
Kind, State = Decision.Kind, Case.State


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1. 已改，见第二段\n2. 未改：台账如此", {1: (True, "见第二段"), 2: (False, "台账如此")}),
        ("第1条 已补充成效\n２", {1: (True, "已补充成效")}),
        ("1、已改\n1、未改", {1: (True, "")}),
        ("> 1. 已改，旧信", {}),
        ("1. 补充成效\n2. 写明期间", {}),
        ("12名党员已改签", {}),
        ("", {}),
    ],
    ids=["asked form", "own words", "the first counts", "quoted", "our own list", "no item", "nothing"],
)
def test_only_lines_that_answer_are_read_as_answers(text, said):
    assert answers.read(text) == {number: answers.Said(*what) for number, what in said.items()}


@pytest.fixture
def scope(settings):
    settings.MAIL_AUTHORITY = AUTHORITY
    settings.MAIL_OWN_ADDRESSES = ["cases@news.example"]
    set_scope(["*"])


@pytest.fixture
def editor(scope):
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(editor):
    """A case of somebody without an account, who left an address."""
    case = CaseFactory(organisation=editor.organisation, state=State.FIRST_REVIEW)
    Case.objects.filter(pk=case.pk).update(created_by=None, contact_cipher=contact.seal("li@x.example", case.uuid))
    return Case.objects.get(pk=case.pk)


def drafted():
    return list(LetterItem.objects.order_by("pk").values_list("kind", "text"))


def test_the_letter_of_a_return_holds_the_words_the_list_and_the_date(case, editor):
    send_back(case, editor, "补充成效", "写明期间", due_on=datetime.date(2026, 12, 15))

    ((kind, text),) = drafted()
    assert kind == "returned"
    for words in ("请修改", "1. 补充成效", "2. 写明期间", "2026年12月15日", "已改"):
        assert words in text


def test_a_reminder_names_what_is_open_and_is_drafted_once(case, editor, time_machine):
    time_machine.move_to(datetime.datetime(2026, 12, 1, 2, tzinfo=datetime.UTC))
    first, _second = send_back(case, editor, "补充成效", "写明期间", due_on=datetime.date(2026, 12, 15))
    RequestItem.objects.filter(pk=first.pk).update(answer="done")

    for day in (8, 8, 9):
        reminders.remind_all(datetime.date(2026, 12, day))

    kind, text = drafted()[-1]
    assert (len(drafted()), kind) == (2, "reminder")
    assert "2. 写明期间" in text
    assert "补充成效" not in text


def test_whether_time_is_given_is_drafted_too(case, editor):
    send_back(case, editor, "补充成效")
    asked = returns_time.ask(case=case, days=3, note="在外", by=None)

    returns_time.settle(request=asked, grant=True, by=editor)

    assert "已同意" in drafted()[-1][1]


def test_who_reads_notices_gets_no_letter(editor):
    send_back(CaseFactory(organisation=editor.organisation, state=State.FIRST_REVIEW), editor, "补充成效")

    assert drafted() == []


def came_by_mail(editor):
    """A case that came by mail and was returned with two items."""
    message = mail.receive(data=letter(), organisation=editor.organisation)
    own = message.parts.filter(use="text").order_by("position").first()
    (case,) = mail.admit(message=message, parts=[own], organisation=editor.organisation, by=editor)
    case.refresh_from_db()
    review.decide(case=case, kind=Kind.TAKE_UP, by=editor, revision=case.current_revision)
    send_back(case, editor, "核对人数", "写明期间")
    return case


def answer(editor, case, words):
    return mail.receive(
        data=letter(
            words,
            subject=f"回复：{case.number}",
            message_id="<2@county.example>",
            verified=True,
            files=[("改后.docx", document(TEXT + "\n新增党员3名。"))],
        ),
        organisation=editor.organisation,
    )


def test_a_letter_that_answers_every_item_resubmits_the_case(editor):
    case = came_by_mail(editor)

    answer(editor, case, "1. 已改，按台账\n2. 未改，原文如此")

    case.refresh_from_db()
    said = RequestItem.objects.order_by("position").values_list("answer", "answer_note")
    assert case.state == State.FIRST_REVIEW
    assert list(said) == [("done", "按台账"), ("not_done", "原文如此")]


def test_a_letter_that_leaves_an_item_open_keeps_its_text_and_says_so(editor, django_capture_on_commit_callbacks):
    case = came_by_mail(editor)

    with django_capture_on_commit_callbacks(execute=True):
        message = answer(editor, case, "1. 已改，按台账")

    case.refresh_from_db()
    assert (case.state, case.current_revision.number) == (State.RETURNED, 2)
    assert "第 2 条还没有答复" in message.warnings[-1]["message"]
    assert "2. 写明期间" in drafted()[-1][1]
    assert "还有条目未答复" in editor.notices.order_by("-pk").first().sentence
