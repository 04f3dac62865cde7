"""An entry after it was made: corrected, completed with who took part."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import entry as actions
from services.forms.entry import EntryForm
from services.models import Activity, Grant, Participation
from services.queries import entry as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 5, 20)


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


@pytest.fixture
def activity(official, kinds):
    return rows.ActivityFactory(
        organisation=official.organisation, logged_by=official, kind=kinds["snow"], happened_on=DAY, line="清雪"
    )


@pytest.fixture
def meeting(official, kinds):
    """A branch's meeting, with its three members in the register."""
    branch = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH, name="货运二支部")
    for name in ("王一", "李二", "张三"):
        PersonFactory(name=name, organisation=official.organisation, party_branch=branch)
    return rows.ActivityFactory(
        organisation=official.organisation, logged_by=official, kind=kinds["party-congress"], body=branch
    )


def sent(activity, user, **values):
    """What the form posts when nothing but `values` is changed."""
    form = EntryForm(user=user, activity=activity)
    return {name: form[name].value() or "" for name in form.fields} | values


def edit(client, activity, user, **values):
    return client.post(reverse("services:entry_edit", args=[activity.pk]), sent(activity, user, **values))


def test_a_correction_keeps_when_and_by_whom_it_was_entered(signed_in, official, activity, kinds):
    before = (activity.logged_at, activity.logged_by_id, activity.organisation_id)

    response = edit(signed_in, activity, official, kind=kinds["civic"].pk, line="创城志愿服务", headcount=12)

    activity.refresh_from_db()
    assert response.url == activity.get_absolute_url()
    assert (activity.kind, activity.line, activity.headcount) == (kinds["civic"], "创城志愿服务", 12)
    assert (activity.logged_at, activity.logged_by_id, activity.organisation_id) == before
    event = AuditEvent.objects.get(event="activity.change", object_id=activity.pk)
    assert event.detail["fields"] == ["kind", "line", "headcount"]
    assert "补记" in signed_in.get(activity.get_absolute_url()).content.decode()


def test_nothing_changed_leaves_no_trace(signed_in, official, activity):
    edit(signed_in, activity, official)

    assert not AuditEvent.objects.filter(event="activity.change").exists()


def test_whom_it_was_about_comes_with_its_region_and_others_by_name(signed_in, official, activity):
    firm = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name="顺风运输公司")
    other = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.AGENCY, name="县总工会")
    venue = rows.VenueFactory(organisation=official.organisation, name="城东司机之家")
    matter = rows.MatterFactory(organisation=official.organisation, title="停车难", logged_by=official)

    edit(signed_in, activity, official, body=firm.pk, venue="城东司机之家", matter="停车", co_organisations="县总工会")

    activity.refresh_from_db()
    assert (activity.body, activity.venue, activity.matter) == (firm, venue, matter)
    assert activity.region == firm.region
    assert list(activity.co_organisations.all()) == [other]


def test_what_was_handed_out_follows_its_day(signed_in, official, activity, kinds):
    rows.GrantFactory(organisation=official.organisation, activity=activity, given_on=DAY, logged_by=official)
    rows.GrantFactory(
        organisation=official.organisation,
        activity=activity,
        given_on=DAY - datetime.timedelta(days=5),
        logged_by=official,
    )

    edit(signed_in, activity, official, happened_on="2024-05-18")

    days = Grant.objects.order_by("given_on").values_list("given_on", flat=True)
    assert list(days) == [datetime.date(2024, 5, 15), datetime.date(2024, 5, 18)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"happened_on": "2099-01-01"}, "尚未到来"),
        ({"happened_on": "1900-01-01"}, "太早"),
        ({"happened_on": "2024-05-23"}, "录入于"),
        ({"headcount": "-1"}, "1"),
        ({"venue": "查无此处"}, "没有这一名称"),
        ({"matter": "事"}, "请写出其中一个的全称"),
        ({"co_organisations": "查无此单位"}, "没有"),
        ({"kind": "999999"}, "选择"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(signed_in, official, activity, values, words):
    Activity.objects.filter(pk=activity.pk).update(logged_at="2024-05-22T08:00:00+08:00")
    activity.refresh_from_db()
    for title in ("停车事", "运费事"):
        rows.MatterFactory(organisation=official.organisation, title=title, logged_by=official)

    response = edit(signed_in, activity, official, line="还在这里", **values)

    activity.refresh_from_db()
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "还在这里" in response.content.decode()
    assert activity.line == "清雪"


def test_two_who_correct_at_once_are_told(signed_in, official, activity):
    first = sent(activity, official, line="甲改")
    edit(signed_in, activity, official, line="乙改")

    response = signed_in.post(reverse("services:entry_edit", args=[activity.pk]), first)

    activity.refresh_from_db()
    assert response.status_code == 409
    assert "甲改" in response.content.decode()
    assert activity.line == "乙改"


def test_only_who_keeps_that_ledger_changes_it(official, activity):
    stranger = UserFactory(role="official")
    reader = UserFactory(role="overseer", organisation=official.organisation)
    plain = {"activity": activity, "seen": queries.stamp(activity), "co_organisations": [], "line": "改"}
    set_scope(["*"])

    for user in (stranger, reader):
        with pytest.raises(Refused):
            actions.change(by=user, **plain)
    assert actions.change(by=UserFactory(role="official", organisation=official.organisation), **plain).line == "改"


def test_a_fallen_entry_is_not_changed(signed_in, official, kinds):
    void = rows.ActivityFactory(
        organisation=official.organisation,
        kind=kinds["snow"],
        logged_by=official,
        voided_at="2024-05-21T00:00Z",
        voided_by=official,
        void_reason="mistake",
    )

    response = signed_in.get(reverse("services:entry_edit", args=[void.pk]), follow=True)

    assert "已撤回" in response.content.decode()
    with pytest.raises(WrongState):
        actions.change(activity=void, seen=queries.stamp(void), co_organisations=[], by=official)


def test_a_stale_stamp_is_a_conflict(official, activity):
    with pytest.raises(Conflict):
        actions.change(activity=activity, seen="0", co_organisations=[], by=official)


def note(client, activity, **values):
    plain = {"names": "", "state": "present"}
    return client.post(reverse("services:entry_people", args=[activity.pk]), plain | values)


def states(activity):
    found = activity.participations.order_by("person__name").values_list("person__name", "state", "reason")
    return sorted(found)


def test_the_secretary_marks_the_absent_and_everybody_else_was_there(signed_in, meeting):
    away = Participation._meta.get_field("person").related_model.objects.get(name="李二")

    note(signed_in, meeting, is_whole_branch="on", **{f"absent_{away.pk}": "on", f"reason_{away.pk}": "出车在外"})

    assert states(meeting) == [("张三", "present", ""), ("李二", "absent", "出车在外"), ("王一", "present", "")]
    page = signed_in.get(meeting.get_absolute_url()).content.decode()
    assert "应到3人，实到2人，缺席1人" in page
    assert "李二（出车在外）" in page


def test_who_was_absent_by_mistake_was_there_after_all(signed_in, meeting):
    person = Participation._meta.get_field("person").related_model.objects.get(name="王一")
    rows.ParticipationFactory(activity=meeting, person=person, state="absent", reason="请假")

    note(signed_in, meeting)

    assert states(meeting) == [("王一", "present", "")]


def test_pasted_names_become_people_and_a_namesake_is_asked_back(signed_in, official, activity):
    for name in ("赵甲", "钱乙"):
        PersonFactory(name=name, organisation=official.organisation)
    firms = [OrganisationFactory(parent=official.organisation, name=name) for name in ("东城物流", "西城物流")]
    twins = [PersonFactory(name="孙丙", organisation=official.organisation, employer=firm) for firm in firms]

    asked = note(signed_in, activity, names="赵甲、钱乙\n孙丙")
    taken = note(signed_in, activity, names="赵甲、钱乙\n孙丙", who_2=twins[1].pk)

    assert asked.status_code == 422
    assert "东城物流" in asked.content.decode()
    assert taken.status_code == 302
    assert {row.person_id for row in activity.participations.all()} >= {twins[1].pk}
    assert activity.participations.count() == 3


def test_a_second_word_tells_namesakes_apart(signed_in, official, activity):
    firms = [OrganisationFactory(parent=official.organisation, name=name) for name in ("东城物流", "西城物流")]
    twins = [PersonFactory(name="孙丙", organisation=official.organisation, employer=firm) for firm in firms]

    note(signed_in, activity, names="孙丙 西城")

    assert [row.person for row in activity.participations.all()] == [twins[1]]


def test_an_unknown_name_is_said_and_the_list_is_kept(signed_in, official, activity):
    PersonFactory(name="赵甲", organisation=official.organisation)
    PersonFactory(name="外县人", organisation=OrganisationFactory())

    response = note(signed_in, activity, names="赵甲，外县人")

    assert response.status_code == 422
    assert "未登记的人员：外县人" in response.content.decode()
    assert "赵甲，外县人" in response.content.decode()
    assert activity.participations.count() == 0


def test_a_name_is_taken_off_the_list(signed_in, official, activity):
    row = rows.ParticipationFactory(activity=activity)

    note(signed_in, activity, **{f"remove_{row.person_id}": "on"})

    assert activity.participations.count() == 0
    assert AuditEvent.objects.get(event="activity.people").detail == {"noted": 0, "removed": 1}


def test_a_training_offers_completion(signed_in, official, kinds):
    training = rows.ActivityFactory(
        organisation=official.organisation, logged_by=official, kind=kinds["training-safety"]
    )

    page = signed_in.get(reverse("services:entry_people", args=[training.pk]))

    assert page.context["form"]["state"].value() == "completed"


def test_the_page_of_people_costs_the_same_for_one_and_for_many(
    signed_in, official, activity, django_assert_max_num_queries
):
    rows.ParticipationFactory.create_batch(12, activity=activity)

    with django_assert_max_num_queries(16):
        page = signed_in.get(reverse("services:entry_people", args=[activity.pk]))

    assert len(page.context["form"].rows) == 12


def test_the_day_of_a_late_entry_may_be_corrected_up_to_the_day_it_was_entered(signed_in, official, kinds):
    with time_machine.travel("2024-05-22T10:00:00+08:00"):
        late = rows.ActivityFactory(
            organisation=official.organisation, logged_by=official, kind=kinds["snow"], happened_on=DAY
        )

    edit(signed_in, late, official, happened_on="2024-05-22")

    late.refresh_from_db()
    assert late.days_late == 0
