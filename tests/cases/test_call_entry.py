"""Sending a case in for a call: what it warns of, what it refuses, and that nothing typed is lost."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cases import callcheck
from cases.actions import call as call_actions
from cases.actions import call_entry, call_rows, intake, mail, review
from cases.actions import case as case_actions
from cases.actions import link as link_actions
from cases.models import Case, Decision
from cases.queries_callcheck import of_case, of_text
from config.errors import Refused, WrongState
from members.middleware import set_scope
from tests.cases.mail_files import letter
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
TEXT = "一、背景\n货车司机流动性大，组织难找到人。\n二、主要做法\n在停车区设驿站，每周走访。\n三、成效\n登记党员12名。"


@pytest.fixture
def call(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    call = CallFactory(announced=True, most_characters=60, least_photos=2, most_per_unit=1)
    chief = UserFactory(organisation=call.organisation, role="chief_editor")
    call_rows.set_tracks(call=call, rows=[{"name": "两新组织"}, {"name": "农村"}], by=chief)
    call.chief = chief
    return call


@pytest.fixture
def unit(call):
    return OrganisationFactory(parent=call.organisation, name="县快递物流行业党委")


@pytest.fixture
def official(client, unit):
    user = UserFactory(organisation=unit, role="official")
    client.force_login(user)
    return user


def sent(unit, call, **more):
    track = call.tracks.in_order().first()
    return (
        {"text": TEXT, "title": "把驿站建到停车区", "organisation": unit.pk, "place": f"track-{track.pk}"}
        | more
        | {"once_token": str(uuid.uuid4())}
    )


def codes(findings):
    return [finding.code for finding in findings if not finding.is_met]


@pytest.mark.parametrize(
    ("characters", "code", "is_met"),
    [(99, "short", False), (100, "length", True), (285, "near", True), (300, "near", True), (301, "long", False)],
)
def test_length_is_compared_with_both_limits(characters, code, is_met):
    (found,) = callcheck.length(characters, 100, 300)

    assert (found.code, found.is_met) == (code, is_met)


def test_part_is_found_by_its_heading_alone():
    wanted = [("背景", ["背景", "起因"]), ("启示", ["启示", "经验"])]

    (missing,) = callcheck.parts("一、起因\n我们得到不少启示。\n", wanted)
    (whole,) = callcheck.parts("（一）起因\n经验与体会\n正文。", wanted)

    assert (missing.is_met, "启示" in missing.message, "背景" in missing.message) == (False, True, False)
    assert whole.is_met


def test_part_with_a_limit_of_its_own_is_counted_alone():
    limits = [("摘要", ["摘要"], 8), ("背景", ["背景"], None)]
    kept = "摘要：县里建驿站八个字。\n背景\n" + "很长的背景说明文字。" * 9

    assert not callcheck.part_lengths("一、摘要\n建起了驿站。\n一、背景\n很长的背景说明文字。\n", limits)
    assert not callcheck.part_lengths("摘要\n建起了驿站\n背景\n" + "很长的背景说明文字。" * 9, limits)
    (found,) = callcheck.part_lengths(kept, limits)
    assert "9 字" in found.message


def test_statement_is_asked_before_sending_and_kept_with_the_case(client, official, unit, call):
    call_actions.change(call=call, by=call.chief, statement="内容真实、原创。")

    answer = client.post(reverse("cases:intake_submit"), sent(unit, call, action="preview"), follow=True)
    assert "内容真实、原创。" in answer.content.decode()
    form = {field.html_name: field.value() or "" for field in answer.context["form"] if field.name != "file"}
    refused = client.post(reverse("cases:intake_submit"), form | {"action": "submit"})
    assert "请先勾选" in refused.content.decode()
    assert "在停车区设驿站，每周走访。" in refused.content.decode()
    assert not Case.objects.exists()
    client.post(reverse("cases:intake_submit"), form | {"action": "submit", "stated": "内容真实、原创。"})

    case = Case.objects.get()
    assert (case.statement, case.stated_by) == ("内容真实、原创。", official)
    assert "内容真实、原创。" in client.get(case.get_absolute_url()).content.decode()


def test_draft_cannot_be_sent_before_its_statement_is_confirmed(client, official, unit, call):
    client.post(reverse("cases:intake_submit"), sent(unit, call, action="draft"))
    call_actions.change(call=call, by=call.chief, statement="内容真实、原创。")
    case = Case.objects.select_related("current_revision").get()
    address = reverse("cases:call_state", args=[case.pk])

    with pytest.raises(Refused) as early:
        review.decide(case=case, kind="submit", by=official, revision=case.current_revision)
    client.post(address, {"stated": "别的话。"})
    assert Case.objects.get().stated_at is None
    client.post(address, {"stated": "内容真实、原创。"})
    review.decide(case=case, kind="submit", by=official, revision=case.current_revision)

    assert early.value.code == "unstated"
    assert Case.objects.get().state == "received"


def test_preview_warns_and_submitting_puts_the_case_into_the_call(client, official, unit, call):
    answer = client.post(reverse("cases:intake_submit"), sent(unit, call, action="preview"), follow=True)
    assert "未见以下部分的标题：启示" in answer.content.decode()
    assert "照片" in answer.content.decode()

    form = {field.html_name: field.value() or "" for field in answer.context["form"] if field.name != "file"}
    client.post(reverse("cases:intake_submit"), form | {"action": "submit"})

    case = Case.objects.get()
    assert (case.call, case.track.name, case.is_late, case.state) == (call, "两新组织", False, "received")


def test_closed_call_is_named_and_nothing_typed_is_lost(client, official, unit, call):
    with time_machine.travel(call.closes_at + timedelta(minutes=1), tick=False):
        client.force_login(official)
        answer = client.post(reverse("cases:intake_submit"), sent(unit, call, action="submit"))

        assert "截止，不再接收" in answer.context["form"].errors["place"][0]
        assert "在停车区设驿站，每周走访。" in answer.content.decode()
        assert not Case.objects.exists()
        client.post(reverse("cases:intake_submit"), sent(unit, call, action="submit", place=""))
    assert Case.objects.get().call is None


def test_a_link_to_a_closed_call_says_that_it_closed(client, official, unit, call):
    address = reverse("cases:intake_submit")
    assert "现不接收来稿" not in client.get(address, {"call": call.pk}).content.decode()

    with time_machine.travel(call.closes_at + timedelta(minutes=1), tick=False):
        client.force_login(official)
        assert "现不接收来稿" in client.get(address, {"call": call.pk}).content.decode()


def test_late_case_is_taken_and_marked_where_the_call_says_so(client, official, unit, call):
    call_actions.change(call=call, by=call.chief, takes_late=True)

    with time_machine.travel(call.closes_at + timedelta(minutes=1), tick=False):
        client.force_login(official)
        preview = client.post(reverse("cases:intake_submit"), sent(unit, call, action="preview"), follow=True)
        client.post(reverse("cases:intake_submit"), sent(unit, call, action="submit"))

    assert "标明逾期" in preview.content.decode()
    assert Case.objects.get().is_late


def test_letter_counts_by_the_moment_it_came(call, unit):
    with time_machine.travel(call.closes_at + timedelta(days=2), tick=False):
        case = intake.receive(
            data=TEXT.encode(),
            filename="",
            door="mail",
            organisation=unit,
            by=None,
            place=(call, call.tracks.in_order().first()),
            sent_at=call.closes_at - timedelta(minutes=5),
        )

    assert (case.call, case.is_late) == (call, False)


def test_letter_admitted_after_the_close_enters_the_call_it_came_in_time_for(call, unit):
    editor = UserFactory(organisation=call.organisation, role="editor")
    set_scope(["*"])
    message = mail.receive(data=letter(TEXT, subject="来稿"), organisation=call.organisation)
    parts = list(message.parts.all())

    with time_machine.travel(call.closes_at + timedelta(days=3), tick=False):
        place = (call, call.tracks.in_order().first())
        (case,) = mail.admit(message=message, parts=parts, organisation=unit, by=editor, place=place)

    assert (case.call, case.is_late) == (call, False)


def test_call_with_tracks_wants_one_of_its_own(call, unit):
    other = CallFactory(organisation=call.organisation, by=call.chief, announced=True)
    call_rows.set_tracks(call=other, rows=[{"name": "社区"}], by=call.chief)

    for track in (None, other.tracks.get()):
        with pytest.raises(Refused):
            intake.receive(
                data=TEXT.encode(), filename="", door="paste", organisation=unit, by=None, place=(call, track)
            )
    assert not Case.objects.exists()


def test_call_of_another_county_is_not_offered(client, official, unit, call):
    elsewhere = CallFactory(announced=True)

    form = client.get(reverse("cases:intake_submit")).context["form"]
    answer = client.post(reverse("cases:intake_submit"), sent(unit, call, place=f"call-{elsewhere.pk}"))

    assert {place[0] for place in form.fields["place"].known.values()} == {call}
    assert "place" in answer.context["form"].errors


def test_closed_call_is_offered_to_editors_alone(client, official, unit, call):
    case = CaseFactory(organisation=unit, by=official)
    editor = UserFactory(organisation=call.organisation, role="editor")

    with time_machine.travel(call.closes_at + timedelta(days=1), tick=False):
        client.force_login(official)
        known = client.get(reverse("cases:intake_submit")).context["form"].fields["place"].known
        review.decide(case=case, kind="submit", by=official, revision=case.current_revision)
        client.force_login(editor)
        for_editor = client.get(reverse("cases:call_choose", args=[case.pk])).context["form"].fields["place"].known

    assert known == {}
    assert len(for_editor) == 3


def test_draft_is_held_against_the_call_when_it_is_submitted(call, unit):
    official = UserFactory(organisation=unit, role="official")
    case = CaseFactory(organisation=unit, by=official)
    call_entry.move(case=case, call=call, track=call.tracks.in_order().first(), by=official)
    case.refresh_from_db()

    with time_machine.travel(call.closes_at, tick=False), pytest.raises(Refused):
        review.decide(case=case, kind=Decision.Kind.SUBMIT, by=official, revision=case.current_revision)
    review.decide(case=case, kind=Decision.Kind.SUBMIT, by=official, revision=case.current_revision)


def test_after_the_close_the_text_stands(call, unit):
    official = UserFactory(organisation=unit, role="official")
    case = CaseFactory(organisation=unit, by=official, state=Case.State.RECEIVED)
    call_entry.move(case=case, call=call, track=call.tracks.in_order().first(), by=official)

    def revise(body):
        fresh = Case.objects.get(pk=case.pk)
        return case_actions.revise(case=fresh, title="题", body=body, by=official, base=fresh.current_revision)

    assert revise("改一次。") is not None
    with time_machine.travel(call.closes_at, tick=False), pytest.raises(WrongState):
        revise("再改一次。")


def test_author_cannot_move_a_case_into_a_closed_call_but_an_editor_can(call, unit):
    official = UserFactory(organisation=unit, role="official")
    editor = UserFactory(organisation=call.organisation, role="editor")
    track = call.tracks.in_order().first()

    with time_machine.travel(call.closes_at + timedelta(days=1), tick=False):
        case = CaseFactory(organisation=unit, by=official, state=Case.State.RECEIVED)
        with pytest.raises(Refused):
            call_entry.move(case=case, call=call, track=track, by=official)
        case = call_entry.move(case=case, call=call, track=track, by=editor)

    assert (case.call, case.is_late) == (call, True)


def test_desk_shows_what_the_case_lacks(client, call, unit):
    editor = UserFactory(organisation=call.organisation, role="editor")
    official = UserFactory(organisation=unit, role="official")
    cases = [CaseFactory(organisation=unit, by=official, body=TEXT, state=Case.State.RECEIVED) for _n in range(2)]
    for case in cases:
        call_entry.move(case=case, call=call, track=call.tracks.in_order().first(), by=official)
    case = Case.objects.get(pk=cases[0].pk)

    assert codes(of_case(case)) == ["parts", "photos_few", "per_unit"]
    assert codes(of_text(call, unit, "长" * 61, timezone.now())) == ["long", "parts", "per_unit"]
    client.force_login(editor)
    assert "超过每单位 1 篇的上限" in client.get(case.get_absolute_url()).content.decode()


def test_quota_of_the_nearest_body_is_named(call, unit):
    call_rows.set_quotas(
        call=call,
        rows=[{"body": call.organisation, "places": 5}, {"body": unit, "places": 1}],
        by=call.chief,
    )

    found = {finding.code: finding.message for finding in of_text(call, unit, TEXT, timezone.now())}

    assert "县快递物流行业党委" in found["quota"]


def test_holder_of_a_link_chooses_a_call_too(client, call, unit):
    token = link_actions.give(organisation=unit, label="某镇", days=30, by=call.chief)[1]
    track = call.tracks.in_order().first()
    data = {
        "text": TEXT,
        "title": "把驿站建到停车区",
        "contributor_name": "老邢",
        "contact": "13800000000",
        "place": f"track-{track.pk}",
        "once_token": str(uuid.uuid4()),
    }

    preview = client.post(reverse("cases:holder_page", args=[token]), data | {"action": "preview"}, follow=True)
    client.post(reverse("cases:holder_page", args=[token]), data | {"action": "submit"})

    assert "未见以下部分的标题：启示" in preview.content.decode()
    assert Case.objects.get().track == track
