"""Decisions held back and announced together; then the desk's pages."""

import pytest
from django.urls import reverse

from cases import contact
from cases.actions import announcement, review
from cases.models import Announcement, Case, Decision, Letter, PendingDecision
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Notice
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

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
def received(chief):
    """Three cases in first review, of one contributor who left an address."""
    return [with_contact(CaseFactory(organisation=chief.organisation, state=State.FIRST_REVIEW)) for _n in range(3)]


def with_contact(case):
    case.contact_cipher = contact.seal("li@county.example", case.uuid)
    case.created_by = None
    case.contributor_name = "李卫东"
    case.save()
    return case


def held(case, by, kind=Kind.DECLINE, note="没有数字。"):
    return announcement.hold(case=case, kind=kind, by=by, revision=case.current_revision, note=note)


def carried_out(capture, pending, by):
    with capture(execute=True):
        made = announcement.announce(chosen=pending, by=by)
    return Announcement.objects.get(pk=made.pk)


def test_a_held_decision_moves_nothing_and_tells_nobody(received, chief, django_capture_on_commit_callbacks):
    case = received[0]
    with django_capture_on_commit_callbacks(execute=True):
        held(case, chief)

    case.refresh_from_db()
    assert case.state == State.FIRST_REVIEW
    assert not case.decisions.filter(kind=Kind.DECLINE).exists()
    assert (Letter.objects.count(), Notice.objects.filter(text__contains="declined").count()) == (0, 0)


def test_the_submitting_side_sees_nothing_of_it_until_announced(client, chief, django_capture_on_commit_callbacks):
    author = UserFactory(organisation=chief.organisation, role="contributor")
    case = CaseFactory(organisation=chief.organisation, by=author, state=State.FIRST_REVIEW)
    client.force_login(author)
    address = case.get_absolute_url()
    before = client.get(address).content.decode()

    pending = held(case, chief, note="只给公布后看的话")
    after = client.get(address).content.decode()
    carried_out(django_capture_on_commit_callbacks, [pending], chief)

    assert ("只给公布后看的话" in before, "只给公布后看的话" in after) == (False, False)
    assert before.count("status") == after.count("status")
    assert "只给公布后看的话" in client.get(address).content.decode()


def test_announced_together_cases_move_and_one_letter_is_drafted(received, chief, django_capture_on_commit_callbacks):
    made = carried_out(django_capture_on_commit_callbacks, [held(case, chief) for case in received], chief)

    assert set(Case.objects.values_list("state", flat=True)) == {State.DECLINED}
    assert made.finished_at is not None
    (letter,) = Letter.objects.all()
    assert (letter.items.count(), letter.state) == (3, "draft")
    assert Notice.objects.get(user=chief, text__startswith="Announced").detail == {"done": 3, "left": 0}
    assert AuditEvent.objects.filter(event="decision.announce").count() == 1


def test_announced_decisions_are_gone_back_on_like_any(received, chief, django_capture_on_commit_callbacks):
    pending = held(received[0], chief)
    carried_out(django_capture_on_commit_callbacks, [pending], chief)

    case = Case.objects.get(pk=received[0].pk)
    review.decide(case=case, kind=Kind.REOPEN, by=chief, revision=case.current_revision, note="误决定。")

    assert Case.objects.get(pk=case.pk).state == State.RECEIVED


def test_all_or_none_where_a_case_has_moved_meanwhile(received, chief):
    pending = [held(case, chief) for case in received]
    moved = received[1]
    review.decide(case=moved, kind=Kind.PASS_FIRST, by=chief, revision=moved.current_revision)

    with pytest.raises(WrongState, match=moved.number):
        announcement.announce(chosen=pending, by=chief)
    assert not Announcement.objects.exists()


def test_what_is_refused_at_last_stays_pending_with_the_reason(received, chief, django_capture_on_commit_callbacks):
    editor = UserFactory(role="editor", organisation=chief.organisation)
    pending = [held(received[0], chief), held(received[1], editor)]
    editor.role_assignments.all().delete()

    carried_out(django_capture_on_commit_callbacks, pending, chief)

    left = PendingDecision.objects.open().get()
    assert (left.case, left.announcement) == (received[1], None)
    assert "现在不能" in left.problem
    assert Case.objects.get(pk=received[0].pk).state == State.DECLINED


def test_a_case_waits_for_one_decision_at_a_time_and_anyone_entitled_undoes_it(received, chief):
    pending = held(received[0], chief)
    colleague = UserFactory(role="editor", organisation=chief.organisation)

    with pytest.raises(Conflict, match="待统一公布"):
        held(received[0], colleague)
    assert announcement.undo(chosen=[pending], by=colleague) == 1
    held(received[0], colleague)

    assert PendingDecision.objects.open().get().recorded_by == colleague


def test_only_results_wait_and_only_those_entitled_decide(received, chief):
    editor = UserFactory(role="editor", organisation=chief.organisation)
    ready = CaseFactory(organisation=chief.organisation, state=State.READY)
    pending = held(ready, chief, kind=Kind.PUBLISH, note="")

    with pytest.raises(Refused, match="只有结果"):
        held(received[0], chief, kind=Kind.PASS_FIRST)
    with pytest.raises(WrongState):
        held(CaseFactory(organisation=chief.organisation, state=State.READY), editor, kind=Kind.PUBLISH)
    with pytest.raises(Refused, match="不在您的权限内"):
        announcement.announce(chosen=[pending], by=editor)
    with pytest.raises(Refused, match="不在您的权限内"):
        announcement.undo(chosen=[pending], by=editor)


def test_a_whole_list_is_decided_at_once_where_it_fits(received, chief, django_assert_max_num_queries):
    signed = CaseFactory(organisation=chief.organisation, state=State.READY)
    held(received[0], chief)
    stranger = CaseFactory(organisation=OrganisationFactory(), state=State.FIRST_REVIEW)

    with django_assert_max_num_queries(10):
        declined = announcement.hold_all(
            cases=[*received, signed, stranger], kind=Kind.DECLINE, note="名额已满。", by=chief
        )
    published = announcement.hold_all(cases=[*received, signed], kind=Kind.PUBLISH, note="", by=chief)

    assert (declined, published) == ((2, 3), (1, 3))


def test_a_killed_worker_goes_on_where_it_was(received, chief, monkeypatch, django_capture_on_commit_callbacks):
    pending = [held(case, chief) for case in received]
    monkeypatch.setattr(announcement, "CHUNK", 1)
    made = announcement.announce(chosen=pending, by=chief)
    announcement._carry_out_some(made.pk)  # and is killed here
    assert Case.objects.filter(state=State.DECLINED).count() == 1

    announcement.carry_out.call(made.pk)
    announcement.carry_out.call(made.pk)

    assert Case.objects.filter(state=State.DECLINED).count() == 3
    assert Decision.objects.filter(kind=Kind.DECLINE).count() == 3


def test_from_the_page_of_a_case_to_the_announcement(client, received, chief, django_capture_on_commit_callbacks):
    case = received[0]
    client.force_login(chief)
    decide = {
        "kind": "decline",
        "revision": case.current_revision_id,
        "seen_state": case.state,
        "note": "没有数字。",
        "when": "later",
    }

    client.post(reverse("cases:review_decide", args=[case.pk]), decide)
    page = client.get(reverse("cases:announcement_list")).content.decode()
    assert (case.number in page, "没有数字。" in page) == (True, True)
    assert "待统一公布" in client.get(case.get_absolute_url()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("cases:announcement_bulk"), {"do": "announce_all"})

    assert Case.objects.get(pk=case.pk).state == State.DECLINED


def test_a_list_is_decided_on_its_page(client, received, chief):
    client.force_login(chief)
    address = reverse("cases:announcement_together", args=["first_review"])

    missing = client.post(address, {"kind": "decline", "note": ""})
    done = client.post(f"{address}?q={received[0].number}", {"kind": "decline", "note": "名额已满。"})

    assert (missing.status_code, done.status_code) == (422, 302)
    assert list(PendingDecision.objects.values_list("case", flat=True)) == [received[0].pk]


def test_the_list_costs_the_same_for_one_and_for_three(client, received, chief, django_assert_max_num_queries):
    client.force_login(chief)
    address = reverse("cases:announcement_list")
    client.get(address)
    counted = []
    for cases in (received[:1], received[1:]):
        for case in cases:
            held(case, chief)
        with django_assert_max_num_queries(40) as captured:
            client.get(address)
        counted.append(len(captured))

    assert counted[0] == counted[1]


def test_what_is_shown_before_is_what_is_drafted(client, received, chief, django_capture_on_commit_callbacks):
    pending = [held(case, chief, note="缺少可核对的数字。") for case in received]
    client.force_login(chief)
    address = reverse("cases:announcement_letter", args=[pending[1].pk])

    before = client.get(address).context["preview"]
    carried_out(django_capture_on_commit_callbacks, pending, chief)

    (letter,) = Letter.objects.all()
    assert (before.subject, before.body, before.others) == (letter.subject, letter.body, 2)
    assert client.get(address).status_code == 404  # told: it no longer waits


def test_a_preview_goes_on_from_the_draft_it_joins_and_from_nobody_elses(client, received, chief):
    stranger = CaseFactory(organisation=chief.organisation, state=State.FIRST_REVIEW)
    stranger.contact_cipher = contact.seal("wang@county.example", stranger.uuid)
    stranger.created_by = None
    stranger.save()
    review.decide(
        case=received[0], kind=Kind.DECLINE, by=chief, revision=received[0].current_revision, note="第一封的话。"
    )
    pending = held(received[1], chief, note="第二件的话。")
    held(stranger, chief, note="别人的话。")
    client.force_login(chief)

    shown = client.get(reverse("cases:announcement_letter", args=[pending.pk])).context["preview"]

    assert shown.joins == Letter.objects.get()
    assert ["第一封的话" in shown.body, "第二件的话" in shown.body, "别人的话" in shown.body] == [True, True, False]


@pytest.mark.parametrize(
    ("left", "has_account", "said"),
    [
        ("li@county.example", False, "将起草信件"),
        ("13800000000", False, "没有电子邮箱"),
        ("", True, "结果以站内通知告知"),
        ("", False, "没有留下联系方式"),
    ],
)
def test_the_list_says_how_each_will_hear_of_it(client, chief, left, has_account, said):
    author = UserFactory(organisation=chief.organisation, role="contributor", email="") if has_account else None
    case = CaseFactory(organisation=chief.organisation, state=State.FIRST_REVIEW)
    case.created_by, case.contact_cipher = author, contact.seal(left, case.uuid)
    case.save()
    pending = held(case, chief)
    client.force_login(chief)

    listed = client.get(reverse("cases:announcement_list"))
    page = client.get(reverse("cases:announcement_letter", args=[pending.pk])).content.decode()

    assert [each.kind for each, _preview in listed.context["samples"]] == [Kind.DECLINE]
    assert (listed.context["samples"][0][1] is None) == (not left)
    assert said in listed.content.decode() + page
