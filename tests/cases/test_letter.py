"""Letters of the outbox: drafted, joined, sent, given up, come back; then the desk's pages."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases import contact, letters, queries_letter
from cases.actions import letter, letter_send, link, mail, review
from cases.models import Case, Letter, LetterAttempt, SecretLink
from cases.models.intake import digest_of_token
from cases.models.letter import LetterKind, LetterState
from config import sealed
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Notice
from tests.cases.mail_files import AUTHORITY
from tests.cases.mail_files import letter as incoming
from tests.cases.mail_server import OURS, Post, free_port, text_of
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "li@county.example"
TO = letter.Recipient("李卫东", ADDRESS)


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def editor():
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(editor):
    return CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED, title="红色驿站")


@pytest.fixture
def post(settings):
    """A running SMTP server."""
    with Post() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.MAIL_REPLY_FROM = OURS
        yield server


@pytest.fixture
def signed_in(client):
    def as_user(user):
        client.force_login(user)
        return client

    return as_user


def drafted(case, kind=LetterKind.DECLINED, to=TO, **kwargs):
    return letter.draft(kind=kind, to=to, case=case, by=None, **{"note": "数字没有出处。", **kwargs})


def queued(case, editor, **kwargs):
    found = drafted(case, **kwargs)
    letter.send(drafts=[found], by=editor)
    return Letter.objects.get(pk=found.pk)


def test_draft_is_written_by_its_kind_and_goes_nowhere(case, post):
    found = drafted(case, LetterKind.RETURNED, due_on=timezone.localdate().replace(year=2026, month=12, day=1))

    assert found.subject == f"需办理：[{case.number}] 请修改案例《红色驿站》"
    assert found.body.startswith("李卫东同志，您好：\n\n您报送的案例《红色驿站》")
    assert "请于2026年12月1日前办理。" in found.body
    assert (found.state, found.asks) == (LetterState.DRAFT, True)
    assert letter_send.send_due() == 0
    assert post.taken == []


def test_draft_keeps_the_address_sealed(case):
    found = drafted(case)

    assert ADDRESS.encode() not in bytes(found.to_cipher)
    assert sealed.unseal(Letter.objects.get(pk=found.pk), "to_cipher") == ADDRESS


def test_draft_for_an_account_without_an_address_is_left_to_its_notices(case):
    assert drafted(case, to=letter.Recipient("张三", "", UserFactory())) is None
    assert not Letter.objects.exists()


def test_the_same_thing_is_drafted_once(case):
    first, second = drafted(case, once_key="return-1"), drafted(case, once_key="return-1")

    assert (first is not None, second) == (True, None)


def test_three_results_to_one_person_become_one_letter(case, editor):
    others = [CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED) for _n in range(2)]

    for each, kind in zip([case, *others], ("declined", "published", "declined"), strict=True):
        drafted(each, kind)

    (found,) = Letter.objects.all()
    assert found.subject == "关于您报送的 3 篇案例"
    assert "请直接回复本信，并写明案例编号" in found.body
    assert [found.body.count(mark) for mark in ("一、您报送的", "二、您报送的", "三、您报送的", "同志，您好")] == [
        1
    ] * 4


def test_a_result_does_not_join_words_that_somebody_edited_nor_what_asks_for_something(case, editor):
    asks = drafted(case, LetterKind.RETURNED)
    edited = drafted(case)
    letter.edit(letter=edited, subject="亲手写的", body="亲手写的话", address=None, by=editor)

    other = drafted(case)

    assert len({asks.pk, edited.pk, other.pk}) == 3
    assert Letter.objects.get(pk=edited.pk).body == "亲手写的话"


def test_merge_joins_drafts_to_one_person_on_request(case, editor):
    asks = drafted(case, LetterKind.RETURNED)
    result = drafted(CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED))

    joined = letter.merge(drafts=[result, asks], by=editor)

    assert joined.pk == asks.pk
    assert joined.subject == "需办理：关于您报送的 2 篇案例"
    assert Letter.objects.get(pk=result.pk).merged_into == joined
    assert joined.items.count() == 2


def test_merge_keeps_edited_words_and_refuses_different_people(case, editor):
    first, second = drafted(case, LetterKind.RETURNED), drafted(case, LetterKind.QUESTION)
    letter.edit(letter=second, subject="问", body="亲手写的话", address=None, by=editor)
    stranger = drafted(case, to=letter.Recipient("王五", "wang@county.example"))

    with pytest.raises(Refused, match="收信人不同"):
        letter.merge(drafts=[first, stranger], by=editor)
    joined = letter.merge(drafts=[first, second], by=editor)

    assert joined.body.endswith("亲手写的话")
    assert "您报送的案例" in joined.body


def test_sent_letters_leave_once_with_their_thread(case, editor, post):
    queued(case, editor)
    queued(case, editor, kind=LetterKind.RETURNED)

    counts = [letter_send.send_due() for _run in range(3)]

    assert counts == [2, 0, 0]
    (sender, recipients, first), (_sender, _recipients, second) = post.taken
    earlier = LetterAttempt.objects.order_by("pk").first().message_id
    assert (sender, recipients) == (OURS, [ADDRESS])
    assert f"In-Reply-To: {earlier}".encode() in second
    assert b"In-Reply-To" not in first
    assert set(Letter.objects.values_list("state", flat=True)) == {LetterState.SENT}


def test_the_key_to_the_case_is_written_in_only_when_the_letter_leaves(case, editor, post):
    found = queued(case, editor, kind=LetterKind.RETURNED)
    assert f"〔{case.number}网页链接〕" in found.body

    letter_send.send_due()

    text = text_of(post.taken[0][2])
    token = text.split("/s/")[1].split("/")[0]
    assert SecretLink.objects.get(token_sha256=digest_of_token(token)).case == case
    assert token not in Letter.objects.get(pk=found.pk).body


def test_a_server_that_is_down_is_tried_again_later_and_given_up_at_last(case, editor, post, settings):
    settings.EMAIL_PORT = free_port()
    found = queued(case, editor)
    tries, now = 0, timezone.now()
    while found.state == LetterState.QUEUED:
        with time_machine.travel(now, tick=False):
            letter_send.send_due()
            letter_send.send_due()
        found.refresh_from_db()
        if found.next_try_at is not None:
            tries, now = tries + 1, found.next_try_at + timedelta(seconds=1)

    assert (found.state, tries) == (LetterState.FAILED, len(letter_send.PAUSES))
    assert found.attempts.count() == len(letter_send.PAUSES) + 1
    assert set(found.attempts.values_list("outcome", flat=True)) == {"unreachable"}


@pytest.mark.parametrize(
    ("code", "state", "outcome"), [(451, LetterState.QUEUED, "later"), (550, LetterState.FAILED, "refused")]
)
def test_what_the_server_says_decides_whether_to_try_again(
    case, editor, post, code, state, outcome, django_capture_on_commit_callbacks
):
    post.answer = f"{code} no such user {ADDRESS}"
    found = queued(case, editor)

    with django_capture_on_commit_callbacks(execute=True):
        letter_send.send_due()

    found.refresh_from_db()
    assert found.state == state
    assert list(found.attempts.values_list("outcome", "code")) == [(outcome, code)]
    assert Notice.objects.filter(user=editor).exists() == (state == LetterState.FAILED)


def test_a_worker_killed_in_the_middle_never_sends_twice(case, editor, post, monkeypatch):
    found = queued(case, editor)

    def die(self, data):
        smtplib_data(self, data)
        raise SystemExit

    smtplib_data = smtplib.SMTP.data
    monkeypatch.setattr(smtplib.SMTP, "data", die)
    with pytest.raises(SystemExit):
        letter_send.send_due()
    monkeypatch.undo()
    runs = [letter_send.send_due() for _run in range(3)]

    found.refresh_from_db()
    assert (runs, len(post.taken), found.state) == ([0, 0, 0], 1, LetterState.UNSURE)
    letter.take_back(letter=found, by=editor)
    letter.send(drafts=[found], by=editor)
    assert letter_send.send_due() == 1
    ids = found.attempts.order_by("number").values_list("message_id", flat=True)
    assert len(set(ids)) == 1, "whoever has it already is shown one letter"


def test_no_address_stands_in_the_audit_log_or_the_logs(case, editor, post, caplog):
    post.answer = f"550 no such user {ADDRESS}"
    queued(case, editor)
    letter_send.send_due()

    assert AuditEvent.objects.filter(event__startswith="letter.").count() >= 3
    assert not any(ADDRESS in str(row) for row in AuditEvent.objects.values_list("detail", flat=True))
    assert ADDRESS not in caplog.text


def test_a_letter_being_handed_over_cannot_be_taken_back(case, editor):
    found = queued(case, editor)
    LetterAttempt.objects.create(letter=found, number=1, message_id="<1@x>")

    with pytest.raises(WrongState, match="正在发送"):
        letter.take_back(letter=found, by=editor)


def test_taken_back_it_is_not_sent(case, editor, post):
    found = queued(case, editor)

    letter.take_back(letter=found, by=editor)

    assert letter_send.send_due() == 0
    assert post.taken == []


def test_the_holder_of_a_link_finds_the_same_page_in_every_letter(case):
    found = drafted(case)
    tokens = {link.open_case_page(case=case, once_token=found.uuid) for _time in range(2)}
    assert len(tokens) == 1


def test_the_list_sends_what_its_filters_show(signed_in, case, editor):
    keep, go = drafted(case), drafted(case, LetterKind.QUESTION)

    client = signed_in(editor)
    client.post(f"{reverse('cases:letter_bulk')}?tab=drafts&kind=question", {"do": "send_all"})

    states = dict(Letter.objects.values_list("pk", "state"))
    assert states == {keep.pk: LetterState.DRAFT, go.pk: LetterState.QUEUED}


def test_the_list_costs_the_same_for_one_and_for_many(signed_in, case, editor, django_assert_max_num_queries):
    client = signed_in(editor)
    client.get(reverse("cases:letter_list"))
    counted = []
    for more in (1, 5):
        for _n in range(more):
            drafted(case, LetterKind.QUESTION)
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("cases:letter_list"))
        counted.append(len(captured))

    assert counted[0] == counted[1]


def test_a_draft_is_read_edited_and_sent_on_its_page(signed_in, case, editor):
    found = drafted(case)
    client = signed_in(editor)
    page = client.get(found.get_absolute_url()).content.decode()
    assert "l***@county.example" in page
    assert ADDRESS not in page

    client.post(
        reverse("cases:letter_edit", args=[found.pk]),
        {"subject": "关于来稿", "body": "请看附件。", "address": "other@county.example", "do": "send"},
    )

    found.refresh_from_db()
    assert (found.subject, found.body, found.state) == ("关于来稿", "请看附件。", LetterState.QUEUED)
    assert sealed.unseal(found, "to_cipher") == "other@county.example"


def test_wrong_words_come_back_with_a_sentence(signed_in, case, editor):
    found = drafted(case)
    client = signed_in(editor)

    page = client.post(
        reverse("cases:letter_edit", args=[found.pk]), {"subject": "主题", "body": "", "address": "不是邮箱"}
    )

    assert page.status_code == 422
    assert "不是邮箱" in page.content.decode()


def test_letters_of_another_county_are_not_found(signed_in, case):
    found = drafted(case)
    stranger = UserFactory(role="chief_editor", organisation=OrganisationFactory())

    assert signed_in(stranger).get(found.get_absolute_url()).status_code == 404


REPORT = (
    "From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nMessage-ID: <bounce@mx.example>\r\nSubject: 退信\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    "Action: {action}\r\nStatus: 5.1.1\r\n\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\nSubject: x\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(("action", "state"), [("failed", LetterState.BOUNCED), ("delayed", LetterState.SENT)])
def test_a_notice_of_non_delivery_is_shown_on_the_letter(case, editor, post, signed_in, action, state):
    found = queued(case, editor)
    letter_send.send_due()
    notice = REPORT.format(action=action, id=found.attempts.get().message_id).encode()

    mail.receive(data=notice, organisation=editor.organisation)

    found.refresh_from_db()
    assert found.state == state
    page = signed_in(editor).get(found.get_absolute_url()).content.decode()
    assert ("5.1.1" in page) == (state == LetterState.BOUNCED)


def test_an_answer_to_a_letter_joins_its_case(case, editor, post, settings):
    settings.MAIL_AUTHORITY = AUTHORITY
    found = queued(case, editor, kind=LetterKind.QUESTION)
    letter_send.send_due()
    headers = f"In-Reply-To: {found.attempts.get().message_id}\r\n"
    answers = [
        incoming("是12名。", sender=sender, headers=headers, verified=True, message_id=f"<{sender}>")
        for sender in (ADDRESS, "stranger@county.example")
    ]

    came = [mail.receive(data=data, organisation=editor.organisation) for data in answers]

    assert [(message.state, message.case) for message in came] == [("admitted", case), ("waiting", case)]
    assert len(queries_letter.thread(case, editor)) == 3


def test_a_result_is_drafted_when_it_is_decided(case, editor):
    case.contact_cipher, case.created_by = contact.seal(ADDRESS, case.uuid), None
    case.save()
    review.decide(case=case, kind="decline", by=editor, revision=case.current_revision, note="名额已满。")

    found = Letter.objects.get()
    assert (found.kind, found.state, "名额已满。" in found.body) == ("declined", "draft", True)


def test_a_letter_of_more_than_99_results_still_counts_them():
    said = [letters.Said("结果", f"第{number}件", f"案-2026-{number:04}", False) for number in range(1, 126)]

    _subject, body = letters.compose(said, "李卫东")

    assert ("九十九、第99件" in body, "100、第100件" in body, "125、第125件" in body) == (True, True, True)


def test_a_full_letter_is_joined_no_further(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(letter, "MOST_JOINED", 2)
    body = OrganisationFactory()
    set_scope(["*"])
    for _number in range(5):
        case = CaseFactory(organisation=body)
        letter.draft(kind=LetterKind.DECLINED, to=letter.Recipient("李卫东", "li@county.example"), by=None, case=case)

    assert sorted(each.items.count() for each in Letter.objects.all()) == [1, 2, 2]
