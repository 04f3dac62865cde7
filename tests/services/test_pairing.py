"""Pairings of every group: their forms and lists, contracts that run out, helpers who left, a village at once."""

import io
import uuid
from datetime import date

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import pairing as actions
from services.models import Pairing
from services.models.pairing import EndReason
from services.queries import matter as matters
from services.queries import pairing as queries
from tests.factories.members import OrganisationFactory, PersonFactory, PostFactory, RegionFactory, UserFactory
from tests.factories.services import PairingFactory

pytestmark = pytest.mark.django_db

TODAY = date(2024, 5, 22)
LIST = "services:pairing_list"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2024-05-22T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def firm(bureau):
    return OrganisationFactory(parent=bureau, kind=Organisation.Kind.ENTERPRISE, name="安达货运", region=bureau.region)


@pytest.fixture
def helper(bureau):
    found = PersonFactory(organisation=bureau, name="孙帮扶")
    PostFactory(person=found, title="科长")
    return found


def typed(bureau, kind, **sides):
    said = {"once": str(uuid.uuid4()), "kind": kind.pk, "started_on": "2024-05-20", "organisation": bureau.pk}
    return said | sides


def new(group):
    return f"{reverse('services:pairing_create')}?group={group}"


def test_each_group_asks_for_its_own_sides(official, bureau, firm, helper, kinds, client):
    PersonFactory(organisation=bureau, name="小李")
    branch = OrganisationFactory(parent=bureau, name="物流支部", region=bureau.region)
    partner = OrganisationFactory(name="远县交通运输局")
    platform = OrganisationFactory(parent=bureau, name="安教平台", kind="platform", region=bureau.region)
    client.force_login(official)
    sent = {
        "mentoring": typed(bureau, kinds["mentoring"], helper="孙帮扶", helped="小李"),
        "secretary": typed(bureau, kinds["enterprise-secretary"], helper="孙帮扶", helped=firm.pk),
        "coverage": typed(bureau, kinds["joint-branch"], helper="物流支部", helped="安达"),
        "co_building": typed(
            bureau, kinds["co-building"], helper=bureau.name, helped="远县交通运输局", parties="物流支部、安教平台"
        ),
        "cooperation": typed(
            bureau, kinds["safety-platform"], helper=bureau.name, helped="安教平台", ended_on="2025-05-20"
        ),
    }

    answers = {group: client.post(new(group), data).status_code for group, data in sent.items()}

    assert answers == dict.fromkeys(sent, 302)
    agreement = Pairing.objects.get(kind=kinds["co-building"])
    assert (agreement.helper_organisation, agreement.helped_organisation) == (bureau, partner)
    assert set(agreement.parties.all()) == {branch, platform}
    contract = Pairing.objects.get(kind=kinds["safety-platform"])
    assert (contract.ended_on, contract.end_reason) == (date(2025, 5, 20), EndReason.EXPIRED)
    assert Pairing.objects.active_on(TODAY).filter(pk=contract.pk).exists()


def test_a_side_of_the_wrong_sort_is_said_and_nothing_typed_is_lost(official, bureau, firm, helper, kinds, client):
    client.force_login(official)
    secretary, agreement = kinds["enterprise-secretary"], kinds["co-building"]

    page = client.post(new("secretary"), typed(bureau, secretary, helper="安达货运", helped=firm.pk, terms="每月走访"))
    twice = client.post(
        new("co_building"), typed(bureau, agreement, helper=bureau.name, helped="安达货运", parties="安达货运")
    )
    backwards = client.post(
        new("cooperation"),
        typed(bureau, kinds["safety-platform"], helper=bureau.name, helped="安达货运", ended_on="2024-05-01"),
    )

    assert "请填写人员" in str(page.context["form"].errors["helper"]) and "每月走访" in page.content.decode()
    assert "不必重复填写" in str(twice.context["form"].errors["parties"])
    assert backwards.context["form"].errors["ended_on"]
    assert Pairing.objects.count() == 0


def test_two_commissioners_are_named_together_and_become_the_default_of_matters(
    official, bureau, firm, helper, kinds, client
):
    committee = OrganisationFactory(parent=bureau, kind=Organisation.Kind.INDUSTRY_COMMITTEE)
    member = PersonFactory(organisation=bureau, name="周委员")
    PostFactory(person=member, organisation=committee, title="委员")
    client.force_login(official)
    sent = typed(bureau, kinds["two-commissioners"], helper="周委员", second="孙帮扶", helped=firm.pk)

    same = client.post(new("commissioners"), sent | {"second": "周委员"})
    answers = [client.post(new("commissioners"), sent).status_code for _again in range(2)]
    assert matters.commissioners_of(firm, TODAY) == (member, helper)
    other = PersonFactory(organisation=bureau, name="吴指导")
    changed = sent | {"once": str(uuid.uuid4()), "second": "吴指导", "started_on": "2024-05-21"}
    client.post(new("commissioners"), changed)

    assert same.context["form"].errors["second"] and answers == [302, 302]
    assert matters.commissioners_of(firm, TODAY) == (member, other)
    ended = Pairing.objects.get(helper=helper)
    assert (ended.ended_on, ended.end_reason) == (date(2024, 5, 21), EndReason.HANDED_OVER)
    assert Pairing.objects.count() == 3


def test_without_posts_to_tell_the_first_named_is_the_commissioner(official, bureau, firm, kinds):
    first, second = (PersonFactory(organisation=bureau) for _number in range(2))
    actions.appoint(
        organisation=bureau,
        kind=kinds["two-commissioners"],
        body=firm,
        commissioner=first,
        guide=second,
        started_on=TODAY,
        by=official,
        once=uuid.uuid4(),
    )
    assert matters.commissioners_of(firm, TODAY) == (first, second)


def test_the_same_two_at_the_same_time_are_refused_in_words(official, bureau, firm, helper, kinds, client):
    client.force_login(official)
    sent = typed(bureau, kinds["enterprise-secretary"], helper="孙帮扶", helped=firm.pk)
    client.post(new("secretary"), sent)
    page = client.post(new("secretary"), sent | {"once": str(uuid.uuid4()), "started_on": "2024-05-21"})
    assert "已" in str(page.context["form"].non_field_errors()) and Pairing.objects.count() == 1


def test_a_helper_who_left_and_a_closed_body_are_refused_in_words(official, bureau, firm, kinds, client):
    gone = PersonFactory(organisation=bureau, name="赵已离")
    PostFactory(person=gone, to_on=date(2026, 1, 1), from_on=date(2023, 1, 1))
    PostFactory(person=gone, to_on=date(2024, 3, 1), from_on=date(2022, 1, 1))
    client.force_login(official)
    sent = typed(bureau, kinds["enterprise-secretary"], helper="赵已离", helped=firm.pk)
    assert client.post(new("secretary"), sent).status_code == 302  # one post still runs

    gone.posts.filter(to_on=date(2026, 1, 1)).update(to_on=date(2024, 5, 1))
    page = client.post(new("secretary"), sent | {"once": str(uuid.uuid4())})
    assert "赵已离已离任" in str(page.context["form"].non_field_errors())

    closed = OrganisationFactory(parent=bureau)
    closed.closed_on = date(2024, 4, 1)
    said = {"organisation": bureau, "kind": kinds["joint-branch"], "started_on": TODAY, "by": official}
    with pytest.raises(Refused, match="已于 2024-04-01 撤销"):
        actions.pair(helper_organisation=closed, helped_organisation=firm, once=uuid.uuid4(), **said)


def test_a_contract_runs_out_by_itself_and_may_be_prolonged(official, bureau, firm, kinds, client):
    contract = actions.pair(
        organisation=bureau,
        kind=kinds["freight-platform"],
        helper_organisation=bureau,
        helped_organisation=firm,
        started_on=date(2023, 6, 1),
        ended_on=date(2024, 6, 1),
        by=official,
        once=uuid.uuid4(),
    )
    client.force_login(official)
    page = client.get(contract.get_absolute_url())
    assert set(page.context["forms"]) == {"prolong", "end", "excuse"} and not page.context["is_over"]
    assert client.get(reverse(LIST), {"state": "running_out"}).context["page"].paginator.count == 1

    address = reverse("services:pairing_prolong", args=[contract.pk])
    assert client.post(address, {"prolong-until": "2023-01-01"}).status_code == 409
    assert client.post(address, {"prolong-until": "2027-06-01"}).status_code == 302
    assert client.get(reverse(LIST), {"state": "running_out"}).context["page"].paginator.count == 0
    assert AuditEvent.objects.filter(event="pairing.prolong", object_id=contract.pk).count() == 1

    with time_machine.travel("2027-06-01T12:00:00+08:00", tick=False):
        assert not Pairing.objects.active_on(date(2027, 6, 1)).exists()
        with pytest.raises(WrongState):
            actions.prolong(pairing=contract, until=date(2028, 1, 1), by=official)


def test_prolonging_into_the_next_contract_is_refused_in_words(official, bureau, firm, kinds):
    sides = {"helper_organisation": bureau, "helped_organisation": firm, "kind": kinds["freight-platform"]}
    said = {"organisation": bureau, "by": official} | sides
    first = actions.pair(started_on=date(2024, 1, 1), ended_on=date(2024, 12, 31), once=uuid.uuid4(), **said)
    actions.pair(started_on=date(2025, 1, 1), once=uuid.uuid4(), **said)
    with pytest.raises(Conflict):
        actions.prolong(pairing=first, until=date(2025, 6, 1), by=official)


def test_the_list_has_its_groups_states_and_export(official, bureau, firm, helper, kinds, client):
    gone = PersonFactory(organisation=bureau, name="赵已离")
    PostFactory(person=gone, from_on=date(2022, 1, 1), to_on=date(2024, 3, 1))
    helps_firm = {"kind": kinds["enterprise-secretary"], "helped": None, "helped_organisation": firm}
    PairingFactory(organisation=bureau, helper=helper, **helps_firm)
    PairingFactory(organisation=bureau, helper=gone, kind=kinds["three-ones"])
    over = {"ended_on": date(2024, 2, 1), "end_reason": "done"}
    PairingFactory(organisation=bureau, helper=helper, kind=kinds["mentoring"], **over)
    client.force_login(official)

    counts = {
        asked: client.get(f"{reverse(LIST)}?{asked}").context["page"].paginator.count
        for asked in ("", "group=secretary", "group=mentoring", "state=left", "state=ended", "text=孙帮扶")
    }
    page = client.get(reverse(LIST))
    sent = client.post(reverse("services:pairing_export"), {"group": "secretary"})

    assert counts == {
        "": 2,
        "group=secretary": 1,
        "group=mentoring": 0,
        "state=left": 1,
        "state=ended": 1,
        "text=孙帮扶": 1,
    }
    assert {str(group): count for group, count in page.context["groups"] if count} == {"help": 1, "secretary": 1}
    assert page.context["left"] == 1 and "帮扶人已离任" in page.content.decode()
    assert load_workbook(io.BytesIO(sent.content)).worksheets[0].max_row == 2


def test_what_somebody_leaves_behind_is_handed_over_at_once(official, bureau, firm, helper, kinds, client):
    gone = PersonFactory(organisation=bureau, name="赵已离")
    helps_firm = {"kind": kinds["enterprise-secretary"], "helped": None, "helped_organisation": firm}
    kept = PairingFactory(organisation=bureau, helper=gone, **helps_firm)
    drivers = [PairingFactory(organisation=bureau, helper=gone, kind=kinds["three-ones"]) for _number in range(2)]
    client.force_login(official)
    address = reverse("services:pairing_hand_over", args=[gone.pk])
    spread = client.get(address).context["spread"]
    sent = {"once": str(uuid.uuid4()), "started_on": "2024-05-20"}
    sent |= {name: field.initial for name, field in spread.fields.items() if name.startswith("helper_")}

    wrong = client.post(address, sent | {f"helper_{drivers[0].pk}": "查无此人"})
    answer = client.post(address, sent | {f"helper_{kept.pk}": ""})

    assert "不在可安排的人员中" in str(wrong.context["spread"].errors)
    assert answer.status_code == 302
    assert Pairing.objects.filter(helper=helper, ended_on=None, kind=kinds["three-ones"]).count() == 2
    assert Pairing.objects.active_on(TODAY).filter(helper=gone).get() == kept
    ended = Pairing.objects.filter(helper=gone).exclude(ended_on=None)
    assert set(ended.values_list("ended_on", "end_reason")) == {(date(2024, 5, 20), "helper_left")}


def test_two_hundred_drivers_of_a_village_are_assigned_at_once(official, bureau, firm, helper, kinds, client):
    village = OrganisationFactory(name="东村", kind=Organisation.Kind.COMMUNITY, region=bureau.region)
    for number in range(205):
        PersonFactory(organisation=bureau, employer=firm, home_community=village, name=f"司机{number:03}")
    for name in ("村支书", "村主任"):
        PostFactory(person=PersonFactory(organisation=bureau, home_community=village, name=name))
    client.force_login(official)
    kind = kinds["three-ones"]
    address = f"{reverse('services:pairing_assign')}?kind={kind.pk}&community={village.pk}"

    page = client.get(address)
    spread = page.context["spread"]
    sent = {"once": str(uuid.uuid4()), "started_on": "2024-05-20"}
    sent |= {name: field.initial for name, field in spread.fields.items() if name.startswith("helper_")}
    own = client.post(address, sent | {f"helper_{spread.rows[0].pk}": "司机000"})
    seen = Pairing.objects.count()
    answer = client.post(address, sent)
    client.post(address, sent)

    assert (len(spread.rows), page.context["waiting"], seen) == (200, 5, 0)
    assert len(page.content) < 200_000
    assert own.context["spread"].errors
    assert answer.status_code == 302
    made = Pairing.objects.filter(kind=kind)
    assert sorted(made.values_list("helper__name", flat=True)) == ["村主任"] * 100 + ["村支书"] * 100
    assert queries.unhelped(official, village, kind).count() == 5


def test_enterprises_stand_uncovered_first_with_who_stands_by_each(official, bureau, firm, helper, kinds, client):
    bare = OrganisationFactory(
        parent=bureau, kind=Organisation.Kind.ENTERPRISE, name="未覆盖货运", region=bureau.region
    )
    on_firm = {"organisation": bureau, "helped": None, "helped_organisation": firm, "helper": helper}
    for code in ("instructor", "enterprise-secretary"):
        PairingFactory(kind=kinds[code], **on_firm)
    client.force_login(official)

    page = client.get(reverse("services:coverage_list"))
    missing = client.get(reverse("services:coverage_list"), {"missing": "secretary"})
    sent = client.post(reverse("services:coverage_export"), {})

    lines = page.context["lines"]
    assert [line.body for line in lines] == [bare, firm]
    assert [[row.helper_name for row in rows] for _group, rows in lines[1].groups] == [["孙帮扶"], ["孙帮扶"], []]
    assert [(reading.indicator.key, reading.value) for reading in page.context["readings"]] == [
        ("enterprise.total", 2),
        ("enterprise.covered", 1),
        ("enterprise.with_secretary", 1),
    ]
    assert f"?group=secretary&amp;helped={bare.pk}" in page.content.decode()
    assert [line.body for line in missing.context["lines"]] == [bare]
    rows = list(load_workbook(io.BytesIO(sent.content)).worksheets[0].values)
    assert rows[0][-3:] == ("组织覆盖", "企业秘书", "双专员")
    assert rows[2][-3:] == ("孙帮扶（党建指导员覆盖）", "孙帮扶（企业秘书）", None)


def test_the_lists_cost_the_same_for_many(official, bureau, kinds, client, django_assert_max_num_queries):
    client.force_login(official)
    client.get(reverse(LIST))
    village = OrganisationFactory(name="东村", kind=Organisation.Kind.COMMUNITY, region=bureau.region)
    costs = []
    for count in (1, 20):
        for _number in range(count):
            firm = OrganisationFactory(parent=bureau, kind=Organisation.Kind.ENTERPRISE)
            PairingFactory(organisation=bureau, kind=kinds["instructor"], helped=None, helped_organisation=firm)
            PersonFactory(organisation=bureau, employer=firm, home_community=village)
            PostFactory(person=PersonFactory(organisation=bureau, employer=firm))
        found = []
        wanted = {"kind": kinds["three-ones"].pk, "community": village.pk}
        for name in (LIST, "services:coverage_list", "services:pairing_assign"):
            with django_assert_max_num_queries(40) as captured:
                client.get(reverse(name), wanted if name.endswith("assign") else {})
            found.append(len(captured))
        costs.append(found)
    assert costs[0] == costs[1]


def test_who_lies_outside_the_scope_has_no_name_in_the_list(official, bureau, kinds, client):
    elsewhere = PersonFactory(organisation=OrganisationFactory(name="乙县"), name="乙县来客")
    helped = PersonFactory(organisation=bureau, name="王师傅")
    PairingFactory(organisation=bureau, kind=kinds["three-ones"], helper=elsewhere, helped=helped)
    client.force_login(official)

    page = client.get(reverse(LIST)).content.decode()

    assert "王师傅" in page and "所管组织以外的人员" in page
    assert "乙县来客" not in page and ">None<" not in page
