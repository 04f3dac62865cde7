"""The recommending chain: whose turn a case is, quotas, ranks, the stamped form, sending the list."""

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cases import queries_recommend as queries
from cases.actions import call as call_actions
from cases.actions import call_entry, call_rows, review, sweep
from cases.actions import case as case_actions
from cases.actions import recommend as actions
from cases.models import Case, LetterItem, Recommendation
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import Notice
from tests.factories.cases import CallFactory, CaseFactory, small_jpeg
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("whole_scope_for_tests")]
State = Recommendation.State


@pytest.fixture
def whole_scope_for_tests(db):
    """Let the test itself see every row, as a job would; requests set their own scope."""
    set_scope(["*"])


class World:
    """A province that calls, a city and a county in it that recommend, and units of the county."""

    def __init__(self):
        self.province = OrganisationFactory(name="省案例库")
        self.city = OrganisationFactory(parent=self.province, name="烟台市委组织部")
        self.county = OrganisationFactory(parent=self.city, name="招远市委组织部")
        self.chief = UserFactory(organisation=self.province, role="chief_editor")
        self.call = CallFactory(organisation=self.province, by=self.chief, announced=True)
        rows = [{"body": self.city, "places": 1}, {"body": self.county, "places": 2}]
        call_rows.set_quotas(call=self.call, rows=rows, by=self.chief)
        self.at_city = self.call.quotas.get(body=self.city)
        self.at_county = self.call.quotas.get(body=self.county)
        self.citizen = UserFactory(organisation=self.city, role="recommender")
        self.clerk = UserFactory(organisation=self.county, role="recommender")

    def case(self, under=None):
        unit = OrganisationFactory(parent=under or self.county)
        official = UserFactory(organisation=unit, role="official")
        case = CaseFactory(organisation=unit, by=official, state=Case.State.RECEIVED)
        return call_entry.move(case=case, call=self.call, track=None, by=official)

    def say(self, case, state=State.RECOMMENDED, quota=None, by=None, **more):
        return actions.decide(
            quota=quota or self.at_county,
            case=case,
            revision=Case.objects.get(pk=case.pk).current_revision,
            state=state,
            opinion="做法实在，成效有台账。",
            by=by or self.clerk,
            **more,
        )


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return World()


def test_case_waits_with_the_nearest_body_first(world):
    below, direct = world.case(), world.case(under=world.city)

    assert list(queries.waiting(world.at_county)) == [below]
    assert list(queries.waiting(world.at_city)) == [direct]


def test_sent_list_passes_its_cases_on_and_no_others(world, django_capture_on_commit_callbacks):
    first, second = world.case(), world.case()
    world.say(second)
    assert not queries.waiting(world.at_city).exists()

    with django_capture_on_commit_callbacks(execute=True):
        actions.send(quota=world.at_county, by=world.clerk)

    assert list(queries.waiting(world.at_city)) == [second]
    assert [notice.user for notice in Notice.objects.all()] == [second.created_by]
    assert list(queries.waiting(world.at_county)) == [first]


def test_list_never_exceeds_the_quota(world):
    for _n in range(2):
        world.say(world.case())

    with pytest.raises(Refused):
        world.say(world.case())
    assert world.at_county.recommendations.standing().count() == 2


def test_ranks_close_up_and_change_places(world):
    first, second = world.say(world.case()), world.say(world.case())
    assert (first.rank, second.rank) == (1, 2)

    actions.move(recommendation=second, up=True, by=world.clerk)
    assert [row.pk for row in world.at_county.recommendations.standing()] == [second.pk, first.pk]
    actions.take_off(recommendation=second, by=world.clerk)
    first.refresh_from_db()
    assert first.rank == 1


def test_case_sent_back_waits_again_once_its_text_changed_even_after_the_close(world):
    case = world.case()
    with time_machine.travel(world.call.closes_at + timedelta(days=1), tick=False):
        world.say(case, State.RETURNED)
        assert not queries.waiting(world.at_county).exists()
        fresh = Case.objects.get(pk=case.pk)
        case_actions.revise(
            case=fresh, title="题", body="按意见改过。", by=case.created_by, base=fresh.current_revision
        )

        assert list(queries.waiting(world.at_county)) == [case]


def test_opinion_is_on_the_text_that_was_read(world):
    case = world.case()
    old = case.current_revision
    case_actions.revise(case=case, title="题", body="改过。", by=case.created_by, base=old)

    with pytest.raises(Conflict):
        actions.decide(
            quota=world.at_county, case=case, revision=old, state=State.RECOMMENDED, opinion="好", by=world.clerk
        )


def test_sent_list_stands_until_the_calling_body_reopens_it(world):
    listed = world.say(world.case())
    actions.send(quota=world.at_county, by=world.clerk)

    for attempt in (
        lambda: world.say(world.case()),
        lambda: actions.take_off(recommendation=listed, by=world.clerk),
        lambda: actions.send(quota=world.at_county, by=world.clerk),
    ):
        with pytest.raises(WrongState):
            attempt()
    with pytest.raises(Refused):
        actions.reopen(quota=world.at_county, by=world.clerk)
    actions.reopen(quota=world.at_county, by=world.chief)
    actions.take_off(recommendation=Recommendation.objects.get(), by=world.clerk)


def test_recommending_ends_with_its_phase(world):
    case = world.case()
    days = (queries.last_day(world.at_county) - timezone.localdate()).days

    assert queries.is_open(world.at_county, timezone.now() + timedelta(days=days))
    with time_machine.travel(timezone.now() + timedelta(days=days + 1), tick=False), pytest.raises(WrongState):
        world.say(case)


def test_nobody_recommends_for_another_body_or_out_of_turn(world):
    case = world.case()

    with pytest.raises(Refused):
        world.say(case, by=UserFactory(role="recommender"))
    with pytest.raises(Refused):
        world.say(case, quota=world.at_city, by=world.citizen)


def test_list_is_not_sent_without_the_stamped_forms_where_they_are_needed(world):
    call_actions.change(call=world.call, by=world.chief, needs_form=True)
    case = world.case()
    world.say(case)

    with pytest.raises(Refused, match=case.number):
        actions.send(quota=world.at_county, by=world.clerk)
    world.say(case, form=(small_jpeg(), "申报表.jpg"))
    actions.send(quota=world.at_county, by=world.clerk)
    row = Recommendation.objects.get()
    assert (row.form_name, row.rank) == ("申报表.jpg", 1)
    assert sweep._originals_named([row.form_sha256, "0" * 64]) == {row.form_sha256}


def test_case_on_a_list_keeps_its_call(world):
    case = world.case()
    world.say(case)

    with pytest.raises(WrongState):
        call_entry.move(case=case, call=None, track=None, by=world.chief)


def test_recommender_decides_ranks_and_sends_on_the_pages(client, world):
    case = world.case()
    client.force_login(world.clerk)
    address = reverse("cases:recommend_case", args=[world.at_county.pk, case.pk])
    data = {"state": "recommended", "opinion": "同意推荐。", "revision": case.current_revision_id}

    empty = client.post(address, data | {"opinion": ""})
    assert (empty.status_code, "opinion" in empty.context["form"].errors) == (200, True)
    wrong = client.post(address, data | {"form": SimpleUploadedFile("申报表.exe", b"MZ")})
    assert "form" in wrong.context["form"].errors
    assert "同意推荐。" in wrong.content.decode()
    client.post(address, data | {"form": SimpleUploadedFile("申报表.jpg", small_jpeg())})
    page = client.get(reverse("cases:recommend_detail", args=[world.at_county.pk]))
    assert [row.case for row in page.context["listed"]] == [case]
    row = page.context["listed"][0]
    scan = client.get(reverse("cases:recommend_form", args=[row.pk]))
    assert (scan.status_code, scan.content) == (200, small_jpeg())
    call_actions.change(call=world.call, by=world.chief, needs_recommendation=True)
    client.post(reverse("cases:recommend_send", args=[world.at_county.pk]))
    client.force_login(case.created_by)
    assert "尚未经各级推荐" in client.get(case.get_absolute_url()).content.decode()  # the city's word is missing
    assert "同意推荐。" in client.get(case.get_absolute_url()).content.decode()


def test_other_county_sees_nothing_of_it(client, world):
    row = world.say(world.case(), form=(small_jpeg(), "申报表.jpg"))
    client.force_login(UserFactory(role="recommender"))

    for name, pk in (("recommend_detail", world.at_county.pk), ("recommend_form", row.pk)):
        assert client.get(reverse(f"cases:{name}", args=[pk])).status_code == 404
    assert list(client.get(reverse("cases:recommend_list")).context["page"]) == []


def test_declined_case_does_not_wait_any_more(world):
    case = world.case()
    editors = UserFactory(organisation=world.province, role="editor")
    review.decide(
        case=case, kind="decline", by=editors, revision=Case.objects.get(pk=case.pk).current_revision, note="不合要求。"
    )

    assert not queries.waiting(world.at_county).exists()


def test_who_left_an_address_gets_a_letter_drafted(world):
    unit = OrganisationFactory(parent=world.county)
    case = CaseFactory(organisation=unit, by=UserFactory(organisation=unit, role="official", email="a@x.example"))
    review.decide(case=case, kind="submit", by=case.created_by, revision=case.current_revision)
    call_entry.move(case=case, call=world.call, track=None, by=world.chief)

    world.say(case, State.DECLINED)
    world.say(case, State.DECLINED)

    (item,) = LetterItem.objects.filter(case=case)
    assert "做法实在，成效有台账。" in item.text


def test_unit_does_not_read_the_opinion_before_the_list_is_sent(client, world):
    case = world.case()
    world.say(case)
    client.force_login(case.created_by)

    assert "做法实在" not in client.get(case.get_absolute_url()).content.decode()


def test_lists_are_narrowed_by_who_recommended(client, world):
    listed, left = world.case(), world.case()
    world.say(listed)
    client.force_login(world.chief)
    address = reverse("cases:review_queue", args=["called"])

    def shown(word):
        page = client.get(address, {"call": world.call.pk, "word": word}).context["page"]
        return [case.pk for case in page.object_list]

    assert shown("yes") == []  # the list is not sent yet
    actions.send(quota=world.at_county, by=world.clerk)
    assert shown("yes") == shown(world.at_county.pk) == [listed.pk]
    assert shown("no") == [left.pk]
    assert shown(world.at_city.pk) == []
    assert shown("999999") == shown("") == sorted([listed.pk, left.pk], reverse=True)


def test_desk_reads_rank_and_form_of_a_recommendation_on_the_page_of_the_case(client, world):
    case = world.case()
    world.say(case, form=(small_jpeg(), "申报表.jpg"))
    actions.send(quota=world.at_county, by=world.clerk)
    client.force_login(world.chief)

    page = client.get(case.get_absolute_url()).content.decode()

    assert "第 1 位" in page
    assert "申报表.jpg" in page
    assert reverse("cases:recommend_form", args=[case.recommendations.get().pk]) in page
    assert world.clerk.name in page


def test_the_workbook_of_a_list_and_the_dossier_say_who_recommended(client, world):
    listed, left = world.case(), world.case()
    world.say(listed)
    client.force_login(world.chief)
    assert "招远市委组织部 · 名单尚未报送" in dossier_says(client, listed)

    actions.send(quota=world.at_county, by=world.clerk)
    sent = client.post(reverse("cases:export_queue", args=["called"]) + "?sort=number")
    rows = list(load_workbook(io.BytesIO(sent.content)).worksheets[0].values)
    column = rows[0].index("推荐情况")
    assert [(row[0], row[column]) for row in rows[1:]] == [(listed.number, "已推荐"), (left.number, None)]

    said = dossier_says(client, listed)
    assert world.call.name in said
    assert "招远市委组织部 · 已推荐" in said
    assert "做法实在，成效有台账。" in said
    assert "烟台市委组织部 · 尚未" in said


def dossier_says(client, case):
    sent = client.post(reverse("cases:export_dossier", args=[case.pk])).content
    return zipfile.ZipFile(io.BytesIO(sent)).read("案例征集.txt").decode()
