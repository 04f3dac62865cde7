"""Which case a letter belongs to without a thread or a number; and letters no case may swallow."""

import pytest

from cases.actions import mail, returns, review
from cases.models import Case, Decision
from cases.models.mail import MailState
from members.middleware import set_scope
from tests.cases.mail_files import AUTHORITY, document, letter
from tests.factories.members import UserFactory
from tests.office import old_word

pytestmark = pytest.mark.django_db
Kind = Decision.Kind
STORY = "县里为货车司机建起驿站，登记党员12名，每月走访一次。沿线的镇街各派一名联络员，停车难题逐个解决。" * 2
GROWN = STORY + "\n今年又添了两处驿站，夜里也有热水和充电桩，司机之家的夜校开到了冬天，讲安全也讲政策。"
OTHER = "村里的合作社种下百亩果树，支部带头修渠引水，去年第一次分红，老人食堂也开了张，孩子放学有人管。" * 2


@pytest.fixture
def editor(db, settings):
    settings.MAIL_AUTHORITY = AUTHORITY
    set_scope(["*"])
    return UserFactory(role="chief_editor")


def taken(editor, text="", files=(), *, number=2, verified=True, **more):
    data = letter(text or "请见附件。", message_id=f"<{number}@county.example>", files=files, verified=verified, **more)
    return mail.receive(data=data, organisation=editor.organisation)


@pytest.fixture
def case(editor):
    """A case that came by mail."""
    message = taken(editor, STORY, number=1)
    own = message.parts.get(name="")
    return mail.admit(message=message, parts=[own], organisation=editor.organisation, by=editor)[0]


@pytest.fixture
def returned(case, editor):
    """The same, with its unit again."""
    for kind, note in ((Kind.TAKE_UP, ""), (Kind.RETURN, "请核对人数。")):
        case.refresh_from_db()
        review.decide(case=case, kind=kind, by=editor, revision=case.current_revision, note=note)
    return Case.objects.get(pk=case.pk)


def test_changed_text_of_the_same_sender_becomes_the_next_revision(editor, returned):
    message = taken(editor, files=[("再报.docx", document(GROWN))], subject="再报一次")

    returned.refresh_from_db()
    assert (message.state, message.case) == (MailState.ADMITTED, returned)
    assert (returned.state, returned.current_revision.number) == (Case.State.FIRST_REVIEW, 2)


def test_changed_text_is_kept_with_the_unit_until_its_list_is_answered(editor, case):
    case.refresh_from_db()
    review.decide(case=case, kind=Kind.TAKE_UP, by=editor, revision=case.current_revision)
    case.refresh_from_db()
    seen = case.current_revision
    review.decide(case=case, kind=Kind.RETURN, by=editor, revision=seen, note="请核对。", items=["写明期间"])

    message = taken(editor, files=[("再报.docx", document(GROWN))], subject=f"回复：{case.number}")

    case.refresh_from_db()
    assert (message.state, [each["code"] for each in message.warnings]) == (MailState.ADMITTED, ["not_resubmitted"])
    assert (case.state, case.current_revision.number) == (Case.State.RETURNED, 2)
    item = case.request_items.get()
    returns.answer(case=case, answers={item.pk: ("done", "")}, by=None)
    review.decide(case=case, kind=Kind.RESUBMIT, by=None, revision=case.current_revision)
    case.refresh_from_db()
    assert case.state == Case.State.FIRST_REVIEW


def test_changed_text_may_be_an_old_word_file(editor, returned):
    taken(editor, files=[("再报.doc", old_word(document(GROWN)))], subject="再报一次")

    returned.refresh_from_db()
    assert "夜校" in returned.current_revision.body


@pytest.mark.parametrize(
    ("text", "more", "is_found"),
    [
        (GROWN, {}, True),
        (STORY[: len(STORY) // 2], {}, True),
        (OTHER, {}, False),
        (GROWN, {"sender": "somebody@else.example"}, False),
    ],
    ids=["grown", "shortened", "another story", "another sender"],
)
def test_text_alike_is_offered_to_the_editor_while_nothing_was_asked_for(editor, case, text, more, is_found):
    message = taken(editor, text, subject="又一篇", **more)

    assert (message.state, message.case) == (MailState.WAITING, case if is_found else None)


def test_nobody_vouched_for_changes_a_case_by_its_text(editor, returned):
    message = taken(editor, GROWN, subject="再报一次", verified=False)

    returned.refresh_from_db()
    assert (message.state, message.case, returned.current_revision.number) == (MailState.WAITING, returned, 1)


def test_several_documents_wait_for_a_person_even_in_a_thread(editor, returned):
    files = [("改后.docx", document(GROWN)), ("另一篇.docx", document(OTHER))]

    message = taken(editor, files=files, subject=f"回复：{returned.number}")

    returned.refresh_from_db()
    assert (message.state, message.case, returned.current_revision.number) == (MailState.WAITING, returned, 1)
