"""A question to the unit about one figure: one letter, answered by account, link or letter; never the text."""

import uuid

import pytest
from django.urls import reverse

from cases.actions import link as link_actions
from cases.actions import mail
from cases.actions import question as questions
from cases.evidence import verdicts
from cases.models import FigureQuestion, Letter
from cases.models.case import State
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Notice
from tests.cases.mail_files import letter as letter_bytes
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
BODY = "驿站登记党员12名，走访司机300余人次。\n去年我们扫雪护路3次。"


@pytest.fixture
def editor(db):
    set_scope(["*"])
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(editor):
    """A case at the desk that a unit's account sent in."""
    unit = OrganisationFactory(parent=editor.organisation)
    return CaseFactory(organisation=unit, state=State.FIRST_REVIEW, body=BODY)


def place(case, number=0):
    return verdicts.lines_of(case, case.current_revision)[number].context


def asked(case, editor, text="这12名是哪一天的数？"):
    return questions.ask(case=case, context=place(case), text=text, by=editor)


def test_a_question_is_a_letter_that_waits_and_the_account_is_told(case, editor, django_capture_on_commit_callbacks):
    case.created_by.email = "unit@county.example"
    case.created_by.save()
    with django_capture_on_commit_callbacks(execute=True):
        question = asked(case, editor)

    letter = Letter.objects.get()
    assert (question.letter, letter.state, letter.kind) == (letter, "draft", "question")
    assert "这12名是哪一天的数？" in letter.body
    assert (question.mention, question.revision) == ("12名", case.current_revision)
    assert Notice.objects.filter(user=case.created_by, url=case.get_absolute_url()).exists()
    assert AuditEvent.objects.filter(event="question.ask").count() == 1


def test_each_figure_is_a_letter_of_its_own_and_asked_once_while_it_waits(case, editor):
    case.created_by.email = "unit@county.example"
    case.created_by.save()
    first = asked(case, editor)
    second = questions.ask(case=case, context=place(case, 1), text="含不含家属？", by=editor)

    assert first.letter != second.letter
    with pytest.raises(Refused):
        asked(case, editor)


def test_what_cannot_be_asked_is_said(case, editor):
    with pytest.raises(Refused):
        asked(case, editor, text="  ")
    with pytest.raises(WrongState):
        questions.ask(case=case, context="别处【9次】没有", text="？", by=editor)
    with pytest.raises(WrongState):
        asked(case, UserFactory(role="official", organisation=case.organisation))
    assert not FigureQuestion.objects.exists()


@pytest.mark.parametrize(
    ("answer", "number", "note", "kept"),
    [
        ("confirmed", "15名", "", ("confirmed", "", "")),
        ("corrected", "15名", "", ("corrected", "15名", "")),
        ("explained", "", "含流动党员。", ("explained", "", "含流动党员。")),
    ],
)
def test_the_units_answer_stands_beside_the_figure_and_leaves_the_text(case, editor, answer, number, note, kept):
    question = asked(case, editor)

    questions.answer(question=question, answer=answer, number=number, note=note, by=case.created_by)

    question.refresh_from_db()
    case.refresh_from_db()
    assert (question.answer, question.number, question.note) == kept
    assert (question.answered_by, case.current_revision.number) == (case.created_by, 1)


def test_a_correction_needs_its_number_an_explanation_its_words_and_nobody_answers_twice(case, editor):
    question = asked(case, editor)
    for answer in ("corrected", "explained"):
        with pytest.raises(Refused):
            questions.answer(question=question, answer=answer, by=case.created_by)
    with pytest.raises(WrongState):
        questions.answer(question=question, answer="confirmed", by=UserFactory(role="official"))
    questions.answer(question=question, answer="confirmed", by=None)
    with pytest.raises(WrongState):
        questions.answer(question=question, answer="confirmed", by=case.created_by)


def test_an_editor_asks_and_sees_the_answer_on_the_page_of_figures(client, case, editor):
    client.force_login(editor)
    ask_url = reverse("cases:question_ask", args=[case.pk])
    page = client.get(ask_url, {"place": place(case)})
    assert "其中 12名 是否准确" in page.content.decode()

    posted = client.post(ask_url, {"context": place(case), "text": "请核实。"})
    question = FigureQuestion.objects.get()
    waiting = client.get(posted.url).content.decode()
    client.post(reverse("cases:question_answer", args=[question.pk]), {"answer": "corrected", "number": "15名"})
    answered = client.get(posted.url).content.decode()

    assert "已询问，待答复" in waiting
    assert "更正" in answered
    assert "15名" in answered


def test_a_correction_without_its_number_comes_back_with_what_was_typed(client, case, editor):
    question = asked(case, editor)
    client.force_login(editor)

    response = client.post(
        reverse("cases:question_answer", args=[question.pk]), {"answer": "corrected", "note": "台账漏记"}
    )

    assert response.status_code == 422
    assert "台账漏记" in response.content.decode()
    assert "请写出正确数字" in response.content.decode()


def test_the_units_account_answers_from_its_case(client, case, editor):
    question = asked(case, editor)
    client.force_login(case.created_by)
    url = reverse("cases:question_answer", args=[question.pk])

    assert url in client.get(case.get_absolute_url()).content.decode()
    assert url in client.get(question.get_absolute_url()).content.decode()
    client.get(url)
    assert client.post(url, {"answer": "confirmed"}).url == case.get_absolute_url()
    assert url not in client.get(case.get_absolute_url()).content.decode()


def test_strangers_find_no_question(client, case, editor):
    question = asked(case, editor)
    url = reverse("cases:question_answer", args=[question.pk])
    client.force_login(UserFactory(role="official"))
    assert client.get(url).status_code == 404
    client.force_login(UserFactory(role="overseer", organisation=editor.organisation))
    assert client.get(url).status_code == 403


def test_the_holder_of_the_cases_link_answers_without_an_account(client, case, editor):
    question = asked(case, editor)
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())
    page = reverse("cases:holder_page", args=[token])
    url = reverse("cases:question_holder", args=[token, question.pk])
    assert "这12名是哪一天的数？" in client.get(page).content.decode()

    wrong = client.post(url, {f"q{question.pk}-answer": "explained"})
    right = client.post(url, {f"q{question.pk}-answer": "explained", f"q{question.pk}-note": "年底数。"})

    question.refresh_from_db()
    assert (wrong.status_code, right.status_code) == (422, 302)
    assert (question.answer, question.note, question.answered_by) == ("explained", "年底数。", None)
    assert "编辑会在该数字旁看到您的答复" in client.get(right.url).content.decode()


def test_another_cases_link_answers_nothing(client, case, editor):
    question = asked(case, editor)
    other = CaseFactory(organisation=case.organisation, state=State.FIRST_REVIEW)
    token = link_actions.open_case_page(case=other, once_token=uuid.uuid4())

    response = client.post(
        reverse("cases:question_holder", args=[token, question.pk]), {f"q{question.pk}-answer": "confirmed"}
    )

    assert response.status_code == 404
    question.refresh_from_db()
    assert question.answered_at is None


def test_an_answer_by_letter_is_recorded_with_the_letter(client, case, editor):
    question = asked(case, editor)
    data = letter_bytes("12名是年底数。", subject=f"回复：{case.number}")
    message = mail.receive(data=data, organisation=editor.organisation)
    mail.attach(message=message, case=case, part=None, by=editor)
    client.force_login(editor)
    url = f"{reverse('cases:question_answer', args=[question.pk])}?letter={message.pk}"

    assert url in client.get(message.get_absolute_url()).content.decode()
    client.post(url, {"answer": "explained", "note": "年底数。", "message": message.pk})

    question.refresh_from_db()
    assert (question.message, question.answered_by) == (message, editor)
    assert message.get_absolute_url() in client.get(question.get_absolute_url()).content.decode()
