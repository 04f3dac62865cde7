"""The final signature by a one-time link: given, opened with a code, used once; then the pages and the sheet."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from docx import Document

from cases import approval_keys
from cases.actions import approval, letter, letter_send, review
from cases.actions import case as case_actions
from cases.models import Approval, Case, Decision, ExternalSigner, Letter, Signature
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from tests.cases.mail_server import OURS, Post, text_of
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
Kind = Decision.Kind
State = Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def chief():
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(chief):
    return CaseFactory(organisation=chief.organisation, state=State.FINAL_REVIEW)


def given(case, by, name="赵书记", office="市委组织部部长", **kwargs):
    made, code = approval.give(case=case, name=name, office=office, days=3, by=by, **kwargs)
    return made, approval_keys.token_of(made.uuid), code


def test_only_digests_of_token_and_code_are_stored(case, chief):
    made, token, code = given(case, chief)

    row = Approval.objects.values().get(pk=made.pk)
    assert not any(token in str(value) or str(value) == code for value in row.values())
    assert bytes(row["code_digest"]) == approval_keys.digest_of_code(made.uuid, code)
    assert re.fullmatch("[0-9]{6}", code)


def test_approving_signs_in_the_leaders_name_and_the_link_is_dead(case, chief):
    made, token, code = given(case, chief)

    assert approval.enter(token=token, code=code) == made
    approval.use(token=token, move="approve", note="同意。")

    case.refresh_from_db()
    signature = case.signatures.get(stage="final")
    assert (case.state, signature.who, signature.signed_by) == (State.READY, "赵书记（市委组织部部长）", None)
    with pytest.raises(Refused, match="失效"):
        approval.enter(token=token, code=code)
    with pytest.raises(Refused, match="失效"):
        approval.use(token=token, move="approve", note="")


def test_a_signature_by_a_link_lets_the_case_be_published(case, chief):
    _made, token, _code = given(case, chief)
    approval.use(token=token, move="approve", note="")
    case.refresh_from_db()

    review.decide(case=case, kind=Kind.PUBLISH, by=chief, revision=case.current_revision)

    assert Case.objects.get(pk=case.pk).state == State.PUBLISHED


def test_returning_needs_words_and_sends_the_case_back(case, chief):
    _made, token, _code = given(case, chief)

    with pytest.raises(Refused, match="理由|原因"):
        approval.use(token=token, move="return", note=" ")
    approval.use(token=token, move="return", note="第二段数字再核。")

    case.refresh_from_db()
    newest = case.decisions.order_by("-pk").first()
    assert (case.state, newest.note, str(newest.signer)) == (
        State.SECOND_REVIEW,
        "第二段数字再核。",
        "赵书记（市委组织部部长）",
    )


def test_the_fifth_wrong_code_closes_the_link(case, chief):
    _made, token, code = given(case, chief)
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    for _try in range(5):
        with pytest.raises(Refused, match="验证码"):
            approval.enter(token=token, code=wrong)
    with pytest.raises(Refused, match="失效"):
        approval.enter(token=token, code=code)
    assert AuditEvent.objects.filter(event="approval.enter", outcome="wrong_code").count() == 5


def test_an_expired_closed_or_replaced_link_does_not_open(case, chief):
    made, token, code = given(case, chief)
    with time_machine.travel(timezone.now() + timedelta(days=4)), pytest.raises(Refused, match="失效"):
        approval.enter(token=token, code=code)
    _second, second_token, second_code = given(case, chief)
    with pytest.raises(Refused, match="失效"):
        approval.enter(token=token, code=code)

    approval.close(approval=_second, by=chief)

    with pytest.raises(Refused, match="失效"):
        approval.enter(token=second_token, code=second_code)
    assert Approval.objects.get(pk=made.pk).closed_by == chief


def test_nobody_lends_a_right_they_do_not_hold(case, chief):
    editor = UserFactory(role="editor", organisation=case.organisation)
    with pytest.raises(Refused, match="终审权限"):
        given(case, editor)

    _made, token, _code = given(case, chief)
    chief.role_assignments.all().delete()
    with pytest.raises(Refused, match="没有相应权限"):
        approval.use(token=token, move="approve", note="")


def test_a_text_changed_meanwhile_is_not_signed(case, chief):
    _made, token, _code = given(case, chief)
    case_actions.revise(
        case=case, title=case.title, body="另写的一段，登记党员15名。", by=chief, base=case.current_revision
    )

    with pytest.raises(Conflict, match="又有修改"):
        approval.use(token=token, move="approve", note="")


def test_a_case_outside_the_final_review_has_no_link(chief):
    with pytest.raises(WrongState, match="不在终审"):
        given(CaseFactory(organisation=chief.organisation, state=State.SECOND_REVIEW), chief)


def test_a_name_under_another_stage_cannot_sign_the_last(case, chief):
    second = case.signatures.get(stage="second").signed_by

    with pytest.raises(Refused, match="三人"):
        given(case, chief, name=f" {second.name}")


def test_an_account_of_the_leaders_name_cannot_sign_another_stage(case, chief):
    _made, token, _code = given(case, chief, name="赵书记")
    approval.use(token=token, move="approve", note="")
    case.refresh_from_db()
    for _step in range(2):
        review.decide(case=case, kind=Kind.SEND_BACK, by=chief, revision=case.current_revision, note="再核。")
        case.refresh_from_db()
    namesake = UserFactory(role="chief_editor", organisation=case.organisation, name="赵书记")

    with pytest.raises(Refused, match="三人"):
        review.decide(case=case, kind=Kind.PASS_SECOND, by=namesake, revision=case.current_revision)


def test_the_database_keeps_a_leader_to_one_stage_and_a_signature_to_one_person(case, chief):
    _made, token, _code = given(case, chief)
    approval.use(token=token, move="approve", note="")
    leader = ExternalSigner.objects.get()
    first = case.signatures.get(stage="first")

    with pytest.raises(IntegrityError, match="one_signer_one_stage"), transaction.atomic():
        Signature.objects.filter(pk=first.pk).update(signed_by=None, signer=leader)
    with pytest.raises(IntegrityError, match="of_one_person"), transaction.atomic():
        Signature.objects.filter(pk=first.pk).update(signer=leader)


def test_link_and_code_go_by_two_letters(case, chief, settings):
    with pytest.raises(Refused, match="分开"):
        given(case, chief, address="zhao@city.example", code_address="ZHAO@city.example")
    made, token, code = given(case, chief, address="zhao@city.example", code_address="office@city.example")
    assert not Letter.objects.filter(body__contains=token).exists()
    assert not Letter.objects.filter(body__contains=code).exists()
    letter.send(drafts=list(Letter.objects.all()), by=chief)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAIL_REPLY_FROM = OURS

    with Post() as post:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        letter_send.send_due()

    texts = {recipients[0]: text_of(data) for _sender, recipients, data in post.taken}
    assert f"/sign/{token}/" in texts["zhao@city.example"]
    assert (code in texts["zhao@city.example"], code in texts["office@city.example"]) == (False, True)
    assert made.is_usable


def test_from_the_desk_to_the_leaders_page_and_back(client, case, chief):
    client.force_login(chief)
    page = client.post(
        reverse("cases:approval_give", args=[case.pk]), {"name": "赵书记", "office": "市委组织部部长", "days": "3"}
    ).content.decode()
    address = re.search(r"/sign/[\w-]+/", page)[0]
    code = re.search(r'value="([0-9]{6})"', page)[1]
    client.logout()

    asked = client.get(address)
    refused = client.post(address, {"code": "abc"})
    shown = client.post(address, {"code": code})
    ticket = re.search(r'name="ticket" value="([^"]+)"', shown.content.decode())[1]
    forged = client.post(address, {"ticket": f"{ticket}x", "move": "approve"})
    wordless = client.post(address, {"ticket": ticket, "move": "return", "note": ""})
    done = client.post(address, {"ticket": ticket, "move": "approve", "note": "同意。"})

    assert (asked["Referrer-Policy"], asked["X-Robots-Tag"]) == ("strict-origin", "noindex, nofollow")
    assert case.current_revision.body.split("\n")[0] not in asked.content.decode()
    assert case.current_revision.body.split("\n")[0] in shown.content.decode()
    assert [each.status_code for each in (refused, forged, wordless, done)] == [422, 200, 422, 200]
    assert Case.objects.get(pk=case.pk).state == State.READY
    assert client.get(address).status_code == 404


def test_the_link_is_tried_a_limited_number_of_times(client, case, chief):
    _made, token, _code = given(case, chief)
    address = reverse("cases:approval_page", args=[token])

    answers = [client.post(address, {"code": "abc"}).status_code for _try in range(32)]

    assert (answers[0], answers[-1]) == (422, 429)


def test_the_signature_sheet_shows_three_stages_on_paper_and_in_word(client, case, chief):
    _made, token, _code = given(case, chief)
    approval.use(token=token, move="approve", note="数字已核，同意。")
    client.force_login(chief)

    page = client.get(reverse("cases:sheet_page", args=[case.pk])).content.decode()
    file = client.get(reverse("cases:sheet_word", args=[case.pk])).content
    cells = [cell.text for table in Document(BytesIO(file)).tables for row in table.rows for cell in row.cells]

    for said in ("初审", "复审", "终审", "赵书记（市委组织部部长）", "数字已核，同意。", case.number):
        assert said in page
        assert any(said in cell for cell in cells)
