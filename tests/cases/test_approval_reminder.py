"""A link for the final signature that is not answered: reminders, the mark on the case, asking again."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases import approval_keys
from cases.actions import approval, approval_reminder, letter, letter_send
from cases.models import Approval, Case, Letter
from cases.models.letter import LetterKind, LetterState
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import Notice
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
LINK_TO, CODE_TO = "leader@city.example", "office@city.example"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-16T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def chief(noon):
    set_scope(["*"])
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(chief):
    return CaseFactory(organisation=chief.organisation, state=Case.State.FINAL_REVIEW)


def given(case, by, days=7, **values):
    return approval.give(case=case, name="赵书记", office="市委组织部部长", days=days, by=by, **values)[0]


def remind(*days):
    return [approval_reminder.remind_all(date(2026, 11, day)) for day in days]


@pytest.mark.parametrize(("days", "marks"), [(7, [20, 22, 24]), (3, [18, 20]), (1, [18])])
def test_each_mark_reminds_once_and_a_missed_run_is_made_up_for(case, chief, days, marks):
    given(case, chief, days=days)

    counts = remind(*range(17, 28))

    assert [day for day, count in zip(range(17, 28), counts, strict=True) if count] == marks
    assert remind(*marks) == [0] * len(marks)


def test_the_leader_gets_a_letter_only_where_the_link_went_by_one(case, chief, django_capture_on_commit_callbacks):
    given(case, chief, address=LINK_TO)
    first = Letter.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        remind(20)  # its letter still lies in the outbox
    Letter.objects.filter(pk=first.pk).update(state=LetterState.SENT, sent_at=timezone.now())
    remind(22)

    (due,) = Letter.objects.exclude(pk=first.pk)
    assert (due.kind, due.state, bytes(due.to_digest)) == (
        LetterKind.SIGN_DUE,
        LetterState.DRAFT,
        bytes(first.to_digest),
    )
    assert "请于2026年11月23日12时前办理" in due.body
    token = approval_keys.token_of(case.approvals.get().uuid)
    assert token not in due.body and token in letter_send.resolved(due)
    assert Notice.objects.get(user=chief).detail["day"] == "2026-11-23"


def test_an_answered_closed_or_moved_case_is_let_be(chief):
    cases = [CaseFactory(organisation=chief.organisation, state=Case.State.FINAL_REVIEW) for _n in range(3)]
    links = [given(case, chief) for case in cases]
    approval.use(token=approval_keys.token_of(links[0].uuid), move="approve", note="")
    approval.close(approval=links[1], by=chief)
    Case.objects.filter(pk=cases[2].pk).update(state=Case.State.RETURNED)

    assert remind(20, 22, 24) == [0, 0, 0]


def test_asking_again_goes_the_same_way_and_closes_the_earlier_link(case, chief):
    first = given(case, chief, address=LINK_TO, code_address=CODE_TO)

    with time_machine.travel("2026-11-25T12:00:00+08:00", tick=False):
        second, _code = approval.again(case=case, by=chief)

    first.refresh_from_db()
    assert (first.closed_at is not None, second.signer, second.revision) == (True, first.signer, case.current_revision)
    assert second.expires_at - second.created_at == timedelta(days=7)
    assert Letter.objects.filter(state=LetterState.DISCARDED, items__once_key__endswith=str(first.uuid)).count() == 2
    assert Letter.objects.filter(state=LetterState.DRAFT, items__once_key__endswith=str(second.uuid)).count() == 2
    assert [approval.address_of(second, what) for what in ("link", "code")] == [LINK_TO, CODE_TO]


def test_what_still_lies_in_the_outbox_goes_once_the_leader_has_signed(case, chief):
    made = given(case, chief, address=LINK_TO, code_address=CODE_TO)
    other = given(CaseFactory(organisation=chief.organisation, state=Case.State.FINAL_REVIEW), chief, address=LINK_TO)

    approval.use(token=approval_keys.token_of(made.uuid), move="approve", note="")

    assert list(Letter.objects.filter(state=LetterState.DRAFT)) == [approval.letter_of(other, "link")]


def test_nobody_is_asked_again_who_answered_or_was_never_asked(case, chief):
    with pytest.raises(Refused, match="没有待答复"):
        approval.again(case=case, by=chief)
    made = given(case, chief)
    approval.use(token=approval_keys.token_of(made.uuid), move="approve", note="")
    with pytest.raises(Refused, match="没有待答复"):
        approval.again(case=case, by=chief)

    other = CaseFactory(organisation=chief.organisation, state=Case.State.FINAL_REVIEW)
    given(other, chief)
    Case.objects.filter(pk=other.pk).update(state=Case.State.SECOND_REVIEW)
    with pytest.raises(WrongState):
        approval.again(case=other, by=chief)


def test_the_case_says_that_nobody_answered_and_one_press_asks_again(client, case, chief):
    given(case, chief, days=3)
    client.force_login(chief)
    before = client.get(case.get_absolute_url()).content.decode()

    with time_machine.travel("2026-11-20T12:00:00+08:00", tick=False):
        client.force_login(chief)
        after = client.get(case.get_absolute_url()).content.decode()
        page = client.post(reverse("cases:approval_again", args=[case.pk]))

    assert ("尚未答复" in before, "至今没有答复" in before) == (True, False)
    assert "至今没有答复" in after
    assert page.context["code"] == approval_keys.code_of(Approval.objects.open().get().uuid)
    assert page.context["address"].endswith(
        reverse("cases:approval_page", args=[page.context["address"].split("/")[-2]])
    )


def test_letters_to_one_leader_on_two_cases_lead_to_both(case, chief):
    other = CaseFactory(organisation=chief.organisation, state=Case.State.FINAL_REVIEW)
    links = [given(each, chief, address=LINK_TO) for each in (case, other)]
    joined = letter.merge(drafts=list(Letter.objects.all()), by=chief)

    sent = letter_send.resolved(joined)

    assert [approval_keys.token_of(each.uuid) in sent for each in links] == [True, True]
    assert "〔" not in sent
