"""Letters: taken in once, waiting, admitted, discarded, joined to their case; then the desk's pages."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import contact
from cases.actions import mail, review
from cases.forms.mail import AdmitForm
from cases.models import Case, Decision, Intake, Message, MessagePart, MessagePlace
from cases.models.mail import MailState
from config import sealed
from config.errors import Refused, WrongState
from config.uploads import storage
from members.middleware import set_scope
from members.models import AuditEvent, Notice
from tests.cases.mail_files import AUTHORITY, NAMES, TEXT, document, letter
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
Kind = Decision.Kind


@pytest.fixture(autouse=True)
def mailbox(settings, request):
    settings.MAIL_AUTHORITY = AUTHORITY
    settings.MAIL_OWN_ADDRESSES = ["cases@news.example"]
    if "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")
        set_scope(["*"])


@pytest.fixture
def editor(mailbox):
    return UserFactory(role="chief_editor")


def taken(editor, *args, place=None, **kwargs):
    data = args[0] if args and isinstance(args[0], bytes) else letter(*args, **kwargs)
    return mail.receive(data=data, organisation=editor.organisation, place=place)


def admitted(editor, **kwargs):
    """A case that came in by mail."""
    message = taken(editor, **kwargs)
    own = message.parts.filter(use="text").order_by("position").first()
    return mail.admit(message=message, parts=[own], organisation=editor.organisation, by=editor)[0]


def returned(editor, **kwargs):
    """A case that came in by mail and lies with its unit again."""
    case = admitted(editor, **kwargs)
    for kind, note in ((Kind.TAKE_UP, ""), (Kind.RETURN, "请核对人数。")):
        case.refresh_from_db()
        review.decide(case=case, kind=kind, by=editor, revision=case.current_revision, note=note)
    return Case.objects.get(pk=case.pk)


def test_receive_keeps_every_byte_and_waits(editor):
    data = letter(files=[(f"{NAMES}.docx", document()), ("表.xlsx", b"x")], verified=True)

    message = taken(editor, data)

    assert storage.read(storage.ORIGINALS, message.sha256) == data
    assert (message.state, message.number, message.case) == ("waiting", f"信-{message.year}-0001", None)
    assert (message.subject, message.sender_name, message.is_verified) == ("司机驿站的一年", NAMES, True)
    assert sealed.unseal(message, "sender_cipher") == "li@county.example"
    assert [(part.name, part.use, bool(part.problem)) for part in message.parts.order_by("position")] == [
        ("", "text", False),
        (f"{NAMES}.docx", "text", False),
        ("表.xlsx", "none", True),
    ]
    assert not Case.objects.exists()


def test_the_same_letter_again_makes_one_wherever_it_lies(editor):
    data = letter()
    again = b"Received: from relay.example; Tue, 17 Nov 2026 09:00:00 +0800\r\n" + data

    first = taken(editor, data, place=mail.Place("box", 1, 7))
    second = taken(editor, again, place=mail.Place("box", 2, 1))

    assert first == second
    assert list(MessagePlace.objects.order_by("validity").values_list("validity", "uid")) == [(1, 7), (2, 1)]


def test_another_letter_under_the_same_message_id_is_not_suppressed(editor):
    first, second = taken(editor, "抢先的一封"), taken(editor, TEXT)

    assert first != second
    assert first.message_id == second.message_id


@pytest.mark.django_db(transaction=True)
def test_the_same_letter_taken_twice_at_once_is_one(transactional_db):
    editor = UserFactory(role="chief_editor")
    data, failed = letter(), []

    def take():
        try:
            mail.receive(data=data, organisation=editor.organisation, place=mail.Place("box", 1, 7))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    with transaction.atomic():
        set_scope(["*"])
        assert (Message.objects.count(), MessagePlace.objects.count(), MessagePart.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("bomb", [b"--x\n\na\n" * 50_000, b"Content-Type: message/rfc822\n\n" * 3000])
def test_a_bomb_is_set_aside_with_its_bytes_and_a_sentence(editor, bomb):
    data = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" + bomb

    message = taken(editor, data)

    assert message.state == MailState.PARKED
    assert storage.read(storage.ORIGINALS, message.sha256) == data
    assert len(message.warnings) == 1
    assert not message.parts.exists()


def test_a_letter_cut_for_its_size_keeps_its_head(editor):
    message = mail.receive(data=letter(), organisation=editor.organisation, is_cut=True)

    assert (message.state, message.subject) == (MailState.PARKED, "司机驿站的一年")
    assert "20 MB" in message.warnings[0]["message"]


def test_an_autoresponder_neither_waits_nor_is_answered(editor):
    message = taken(editor, letter(headers="Auto-Submitted: auto-replied\r\n"))

    assert (message.state, message.may_be_answered) == (MailState.AUTOMATIC, False)


def test_admit_opens_a_case_for_each_chosen_text(editor):
    files = [("第一篇.docx", document(TEXT)), ("第二篇.docx", document("司机之家办起夜校。" * 9))]
    message = taken(editor, files=files)
    chosen = list(message.parts.exclude(name=""))

    cases = mail.admit(message=message, parts=chosen, organisation=editor.organisation, by=editor)

    message.refresh_from_db()
    assert [case.state for case in cases] == [Case.State.RECEIVED] * 2
    assert [case.intakes.get().door for case in cases] == [Intake.Door.MAIL] * 2
    assert {case.contributor_name for case in cases} == {NAMES}
    assert contact.unseal(cases[0].contact_cipher, cases[0].uuid) == "li@county.example"
    assert (message.state, message.case, message.settled_by) == (MailState.ADMITTED, cases[0], editor)
    assert AuditEvent.objects.filter(event="mail.admit").get().detail == {"cases": [case.pk for case in cases]}


def test_the_letters_own_text_becomes_a_case_under_its_subject(editor):
    case = admitted(editor)

    assert case.title == "司机驿站的一年"
    assert case.current_revision.body.startswith("县里为货车司机建起驿站")


def test_admit_twice_opens_one(editor):
    message = taken(editor)
    parts = list(message.parts.all())
    mail.admit(message=message, parts=parts, organisation=editor.organisation, by=editor)

    with pytest.raises(WrongState):
        mail.admit(message=message, parts=parts, organisation=editor.organisation, by=editor)

    assert Case.objects.count() == 1


def test_admit_refuses_another_county_and_another_letters_part(editor):
    message, other = taken(editor), taken(editor, "另一封来信的正文。" * 9)

    with pytest.raises(Refused):
        mail.admit(message=message, parts=list(message.parts.all()), organisation=OrganisationFactory(), by=editor)
    with pytest.raises(Refused):
        mail.admit(message=message, parts=list(other.parts.all()), organisation=editor.organisation, by=editor)

    assert not Case.objects.exists()


def reply(case, **more):
    more = {"subject": f"回复：{case.number}", "message_id": "<2@county.example>", "verified": True} | more
    return letter("请见附件。", files=[("改后.docx", document(TEXT + "\n新增党员3名。"))], **more)


def test_a_verified_reply_with_a_document_becomes_the_next_revision(editor):
    case = returned(editor)

    message = taken(editor, reply(case))

    case.refresh_from_db()
    assert (message.state, message.case) == (MailState.ADMITTED, case)
    assert (case.state, case.current_revision.number) == (Case.State.FIRST_REVIEW, 2)
    assert "新增党员3名" in case.current_revision.body


def test_a_reply_by_its_thread_needs_no_number(editor):
    case = returned(editor)

    taken(editor, reply(case, subject="改好了", headers="In-Reply-To: <1@county.example>\r\n"))

    case.refresh_from_db()
    assert case.state == Case.State.FIRST_REVIEW


@pytest.mark.parametrize("forged", [{"verified": False}, {"sender": "somebody@else.example"}])
def test_a_forged_reply_changes_nothing_and_waits(editor, forged):
    case = returned(editor)

    message = taken(editor, reply(case, **forged))

    case.refresh_from_db()
    assert (message.state, message.case) == (MailState.WAITING, case)
    assert (case.state, case.current_revision.number) == (Case.State.RETURNED, 1)


def test_an_unchanged_document_joins_the_case_and_says_why_it_was_not_resubmitted(editor):
    case = returned(editor, files=())
    data = letter("附件。", subject=case.number, message_id="<3@x>", files=[("同.docx", document())], verified=True)

    message = taken(editor, data)

    case.refresh_from_db()
    assert (message.state, case.state) == (MailState.ADMITTED, Case.State.RETURNED)
    assert [warning["code"] for warning in message.warnings] == ["not_resubmitted"]


def test_a_reply_to_a_case_in_review_is_a_letter_of_the_case_and_its_holder_is_told(
    editor, django_capture_on_commit_callbacks
):
    case = admitted(editor)
    Case.objects.filter(pk=case.pk).update(held_by=editor, held_at=case.created_at)

    with django_capture_on_commit_callbacks(execute=True):
        message = taken(editor, reply(case))

    case.refresh_from_db()
    assert (message.state, case.state, case.current_revision.number) == ("admitted", Case.State.RECEIVED, 1)
    assert Notice.objects.get(user=editor, url=message.get_absolute_url())


def test_attach_by_an_editor_resubmits_what_no_server_vouches_for(editor):
    case = returned(editor)
    message = taken(editor, reply(case, verified=False))

    mail.attach(message=message, case=case, part=message.parts.exclude(name="").get(), by=editor)

    case.refresh_from_db()
    message.refresh_from_db()
    assert (message.state, message.settled_by, case.state) == ("admitted", editor, Case.State.FIRST_REVIEW)


def test_discard_and_restore(editor):
    message = taken(editor)

    mail.discard(message=message, by=editor)
    with pytest.raises(WrongState):
        mail.discard(message=message, by=editor)
    mail.restore(message=message, by=editor)

    message.refresh_from_db()
    assert (message.state, message.settled_by) == (MailState.WAITING, None)
    assert storage.read(storage.ORIGINALS, message.sha256)


def test_files_of_letters_outlive_the_sweep(editor):
    message = taken(editor, files=[("稿.docx", document())])
    digests = {message.sha256, *message.parts.values_list("sha256", flat=True)}

    assert mail.named([*digests, "0" * 64]) == digests


def test_the_database_hides_letters_of_other_mailboxes(editor):
    taken(editor)
    set_scope([OrganisationFactory().path])

    assert (Message.objects.count(), MessagePart.objects.count()) == (0, 0)


def opened(client, editor, message, name="detail", *more):
    client.force_login(editor)
    return client.get(reverse(f"cases:mail_{name}", args=[message.pk, *more]))


def test_the_list_shows_what_waits_and_costs_the_same_for_any_number(client, editor):
    client.force_login(editor)
    taken(editor, subject="第一封")
    client.get(reverse("cases:mail_list"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("cases:mail_list"))
    for number in range(2, 6):
        taken(editor, subject=f"第{number}封", message_id=f"<{number}@x>")
    mail.discard(message=taken(editor, subject="弃置的", message_id="<9@x>"), by=editor)

    with CaptureQueriesContext(connection) as five:
        page = client.get(reverse("cases:mail_list")).content.decode()

    assert len(five) == len(one)
    assert all(f"第{word}封" in page for word in ("一", 2, 3, 4, 5))
    assert "弃置的" not in page
    assert "弃置的" in client.get(reverse("cases:mail_list") + "?tab=discarded").content.decode()
    assert "第3封" not in client.get(reverse("cases:mail_list") + "?q=第一").content.decode()


def test_the_page_of_a_letter_shows_its_text_and_hides_the_address(client, editor):
    message = taken(
        editor, f"<script>alert(1)</script>通讯员{NAMES}", files=[("表.xlsx", b"x"), ("稿.docx", document())]
    )

    page = opened(client, editor, message).content.decode()

    assert f"通讯员{NAMES}" in page
    assert "&lt;script&gt;" in page
    assert "l***@county.example" in page
    assert "li@county.example" not in page
    assert "未核验" in page


def test_the_letter_and_its_attachment_are_handed_out_as_they_came(client, editor):
    attached = document()  # once: a Word file holds the second it was written in
    data = letter(files=[("稿.docx", attached), ("表.xlsx", b"x")])
    message = taken(editor, data)

    assert opened(client, editor, message, "original").content == data
    assert opened(client, editor, message, "file", 1).content == attached
    assert opened(client, editor, message, "file", 2).status_code == 404


def test_forms_enclosed_are_not_proposed_as_cases(editor):
    files = [("红色驿站.docx", document()), ("申报表.docx", document("申报表\n单位：某局"))]
    found = mail.receive(data=letter(files=files), organisation=editor.organisation)
    only = mail.receive(data=letter(files=files[1:], message_id="<2@x>"), organisation=editor.organisation)

    proposed = [AdmitForm(message=each, user=editor).fields["parts"].initial for each in (found, only)]

    assert [
        [part.name for part in each.parts.filter(pk__in=keys)]
        for each, keys in zip((found, only), proposed, strict=True)
    ] == [
        ["红色驿站.docx"],
        ["申报表.docx"],
    ]


def test_an_editor_admits_on_the_page(client, editor):
    message = taken(editor)
    client.force_login(editor)
    address = reverse("cases:mail_admit", args=[message.pk])

    missing = client.post(address, {"organisation": editor.organisation.pk})
    done = client.post(
        address, {"organisation": editor.organisation.pk, "parts": [part.pk for part in message.parts.all()]}
    )

    case = Case.objects.get()
    assert missing.status_code == 422
    assert "请选择登记为案例的文稿" in missing.content.decode()
    assert (done.status_code, done.url) == (302, case.get_absolute_url())


def test_an_editor_joins_a_letter_to_a_case_on_the_page(client, editor):
    case = admitted(editor)
    message = taken(editor, "补充说明。", message_id="<7@x>")
    client.force_login(editor)
    address = reverse("cases:mail_attach", args=[message.pk])

    wrong = client.post(address, {"number": "案-1999-1"})
    client.post(address, {"number": case.number})

    message.refresh_from_db()
    assert "没有这个编号的案例" in wrong.content.decode()
    assert (message.state, message.case) == (MailState.ADMITTED, case)


def test_discard_and_restore_on_the_page(client, editor):
    message = taken(editor)
    client.force_login(editor)

    client.post(reverse("cases:mail_discard", args=[message.pk]))
    message.refresh_from_db()
    was = message.state
    client.post(reverse("cases:mail_restore", args=[message.pk]))
    message.refresh_from_db()

    assert (was, message.state) == (MailState.DISCARDED, MailState.WAITING)


def test_letters_of_another_house_and_other_roles_stay_out(client, editor):
    message = taken(editor)

    assert (
        opened(client, UserFactory(role="chief_editor", organisation=OrganisationFactory()), message).status_code == 404
    )
    assert opened(client, UserFactory(role="official", organisation=editor.organisation), message).status_code == 403
