"""Dossiers: everything of one person or body in the viewer's scope, found by one box, at one price."""

import io
from datetime import date

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from members.middleware import set_scope
from members.models import AuditEvent, Organisation, Person
from tests.factories.members import (
    CheckInPointFactory,
    DevelopmentStepFactory,
    LeadFactory,
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    RegionFactory,
    UserFactory,
    VehicleFactory,
)
from tests.factories.services import (
    ActivityFactory,
    AttachmentFactory,
    CampaignMemberFactory,
    GrantFactory,
    MatterFactory,
    PairingFactory,
    ParticipationFactory,
    ScoreFactory,
    VenueFactory,
)

pytestmark = pytest.mark.django_db

NOON = "2024-05-22T12:00:00+08:00"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
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
    return OrganisationFactory(
        parent=bureau, kind=Organisation.Kind.ENTERPRISE, name="甲县安达货运有限公司", region=bureau.region
    )


@pytest.fixture
def driver(bureau, firm):
    return PersonFactory(
        organisation=bureau, name="王师傅", employer=firm, identity="370685198503121231", phone="13864530017"
    )


def labels(page):
    return {one.key: one.count for one in page.context["sections"]}


def test_a_person_has_everything_on_one_page(official, bureau, driver, kinds, client):
    helper = PersonFactory(organisation=bureau, name="孙帮扶")
    PostFactory(person=driver, title="车队队长", from_on=date(2023, 1, 1))
    LeadFactory(person=driver, channel="check_in")
    truck = VehicleFactory(organisation=bureau, plate="鲁F90001", driver=driver)
    pairing = PairingFactory(
        organisation=bureau, kind=kinds["three-ones"], helper=helper, helped=driver, started_on=date(2024, 1, 2)
    )
    ActivityFactory(organisation=bureau, pairing=pairing, kind=kinds["contact"], happened_on=date(2024, 5, 8))
    lesson = ActivityFactory(organisation=bureau, kind=kinds["training-safety"], happened_on=date(2023, 3, 1))
    ParticipationFactory(activity=lesson, person=driver, state="completed")
    MatterFactory(organisation=bureau, requester=driver, title="追讨运费", kind=kinds["wages"])
    GrantFactory(organisation=bureau, person=driver, kind=kinds["care-pack"])
    GrantFactory(organisation=bureau, vehicle=truck, kind=kinds["wheel-mark"], name="红色方向盘")
    DevelopmentStepFactory(development__person=driver, done_on=date(2023, 7, 1))
    client.force_login(official)

    page = client.get(reverse("services:dossier_person", args=[driver.pk]))

    body = page.content.decode()
    assert labels(page) == {
        "helped": 1,
        "activities": 2,
        "matters": 1,
        "papers": 1,
        "grants": 1,
        "trainings": 1,
        "developments": 1,
        "vehicles": 1,
    }
    assert [year.year for year in page.context["years"]] == [2024, 2023]
    assert {event.sort for event in page.context["years"][0].events} == {"活动", "事项", "给予", "结对", "发现"}
    assert {event.sort for event in page.context["years"][1].events} == {"活动", "职务", "步骤"}
    assert "每周联系：上次 2024-05-08" in body and "车队队长" in body and "扫码登记" in body
    assert "370685198503121231" not in body and "13864530017" not in body
    assert driver.identity_masked in body and driver.phone_masked in body


def test_another_county_adds_nothing_and_opens_nothing(official, bureau, driver, client):
    other = OrganisationFactory(name="乙县交通运输局")
    stranger = PersonFactory(organisation=other, name="乙县来客")
    theirs = OrganisationFactory(parent=other, kind=Organisation.Kind.ENTERPRISE, name="乙县货运公司")
    MatterFactory(organisation=other, requester=driver, body=driver.employer, title="乙县的事")
    GrantFactory(organisation=other, person=driver)
    PairingFactory(organisation=other, helped=driver, helper=stranger)
    client.force_login(official)

    page = client.get(reverse("services:dossier_person", args=[driver.pk]))

    assert labels(page) == {} and page.context["years"] == []
    assert client.get(reverse("services:dossier_person", args=[stranger.pk])).status_code == 404
    assert client.get(reverse("services:dossier_organisation", args=[theirs.pk])).status_code == 404
    assert labels(client.get(reverse("services:dossier_organisation", args=[driver.employer_id]))) == {"people": 1}


def test_an_enterprise_says_who_stands_by_it_and_counts_by_the_registry(official, bureau, firm, driver, kinds, client):
    branch = OrganisationFactory(parent=bureau, kind=Organisation.Kind.PARTY_BRANCH, name="物流联合支部")
    covered = {"helper": None, "helped": None, "helper_organisation": branch, "helped_organisation": firm}
    PairingFactory(organisation=bureau, kind=kinds["joint-branch"], **covered)
    ActivityFactory(organisation=bureau, body=firm, kind=kinds["enterprise-visit"], happened_on=date(2024, 5, 8))
    ActivityFactory(organisation=bureau, body=firm, kind=kinds["enterprise-visit"], happened_on=date(2023, 5, 8))
    MatterFactory(organisation=bureau, body=firm, kind=kinds["project-applied"])
    AttachmentFactory(organisation=bureau, issuer=firm)
    client.force_login(official)

    page = client.get(reverse("services:dossier_organisation", args=[firm.pk]))

    assert labels(page) == {"pairings": 1, "activities": 2, "projects": 1, "people": 1, "papers": 1}
    found = {str(group): [row.helper_name for row in rows] for _label, group, rows in page.context["standing_by"]}
    assert found == {"coverage": ["物流联合支部"], "secretary": [], "commissioners": []}
    values = {reading.indicator.key: reading.value for _label, reading in page.context["tiles"]}
    assert values["activity.count"] == 1 and values["member.registered"] == 1
    assert page.content.decode().count("尚未安排") == 2


def test_a_body_counts_its_period_and_says_what_it_cannot_read(official, bureau, kinds, client):
    VenueFactory(organisation=bureau)
    CampaignMemberFactory(organisation=bureau, body=bureau, campaign__organisation=bureau)
    CheckInPointFactory(organisation=bureau)
    GrantFactory(organisation=bureau, body=bureau, amount_fen=960_000_000, kind=kinds["road-subsidy"])
    ScoreFactory(criterion__sheet__organisation=bureau, body=bureau)
    PostFactory(person=PersonFactory(organisation=bureau, name="周局长"), organisation=bureau, title="局长")
    ActivityFactory(organisation=bureau, happened_on=date(2024, 2, 8))
    client.force_login(official)
    address = reverse("services:dossier_organisation", args=[bureau.pk])

    quarter = client.get(address, {"period": "2024Q1"})
    later = client.get(address, {"period": "2024Q2"})
    wrong = client.get(address, {"period": "上个月"})

    assert {"venues", "windows", "memberships", "scores", "posts", "people", "grants"} <= set(labels(quarter))
    counts = [{r.indicator.key: r.value for _l, r in page.context["tiles"][:2]} for page in (quarter, later)]
    assert [one["activity.count"] for one in counts] == [1, 0]
    assert "9,600,000.00 元" in quarter.content.decode()
    assert wrong.context["period"].text == "2024" and "无法识别" in wrong.content.decode()


def test_a_branch_counts_what_branches_are_for(official, bureau, kinds, client):
    branch = OrganisationFactory(parent=bureau, kind=Organisation.Kind.PARTY_BRANCH)
    ActivityFactory(organisation=branch, kind=kinds["branch-committee"], happened_on=date(2024, 2, 8))
    client.force_login(official)

    page = client.get(reverse("services:dossier_organisation", args=[branch.pk]))

    values = {(one.indicator.key, one.filters.get("kind__group")): one.value for _label, one in page.context["tiles"]}
    assert values["activity.count", "party_life"] == 1 and values["activity.count", "volunteering"] == 0
    assert values["orglife.done", None] == 1
    assert "may_edit" in page.context and not page.context["may_edit"]


def test_a_neighbouring_body_shows_our_rows_and_no_numbers_of_its_own(official, bureau, client):
    village = OrganisationFactory(name="东村", kind=Organisation.Kind.COMMUNITY, region=bureau.region)
    office = OrganisationFactory(name="甲县总工会", region=bureau.region)
    PersonFactory(organisation=bureau, name="王师傅", home_community=village)
    client.force_login(official)

    home = client.get(reverse("services:dossier_organisation", args=[village.pk]))
    union = client.get(reverse("services:dossier_organisation", args=[office.pk]))

    assert labels(home) == {"people": 1} and home.context["tiles"]
    assert labels(union) == {} and union.context["tiles"] == []


def test_ten_rows_stand_on_the_page_and_all_behind_the_link(official, bureau, driver, client):
    for number in range(12):
        MatterFactory(organisation=bureau, requester=driver, title=f"第{number}件事")
    client.force_login(official)
    page = client.get(reverse("services:dossier_person", args=[driver.pk]))
    (matters,) = page.context["sections"]
    address = reverse("services:dossier_person_rows", args=[driver.pk, "matters"])

    behind = client.get(address)
    sent = client.post(reverse("services:dossier_person_export", args=[driver.pk, "matters"]))

    assert (len(matters.lines), matters.count) == (10, 12) and address in page.content.decode()
    assert behind.context["page"].paginator.count == 12
    assert load_workbook(io.BytesIO(sent.content)).worksheets[0].max_row == 13
    event = AuditEvent.objects.get(event="ledger.export")
    assert (event.object_id, event.detail) == (driver.pk, {"key": "dossier:matters", "count": 12})
    assert client.get(reverse("services:dossier_person_rows", args=[driver.pk, "secrets"])).status_code == 404


def test_the_pages_cost_the_same_for_many(official, bureau, firm, driver, kinds, client, django_assert_max_num_queries):
    client.force_login(official)
    addresses = [
        reverse("services:dossier_person", args=[driver.pk]),
        reverse("services:dossier_organisation", args=[firm.pk]),
    ]
    helper = PersonFactory(organisation=bureau)
    for address in addresses:
        client.get(address)
    costs = []
    for count in (1, 12):
        for _number in range(count):
            PairingFactory(organisation=bureau, kind=kinds["three-ones"], helped=driver, helper__organisation=bureau)
            PairingFactory(organisation=bureau, kind=kinds["three-ones"], helper=driver)
            firm_side = {"helped": None, "helped_organisation": firm}
            PairingFactory(organisation=bureau, kind=kinds["enterprise-secretary"], **firm_side)
            MatterFactory(organisation=bureau, requester=driver, body=firm)
            GrantFactory(organisation=bureau, person=driver)
            GrantFactory(organisation=bureau, body=firm)
            entry = ActivityFactory(organisation=bureau, body=firm)
            ParticipationFactory(activity=entry, person=driver)
            PersonFactory(organisation=bureau, employer=firm)
            PostFactory(person=helper, organisation=firm)
            OrganisationFactory(parent=firm)
        found = []
        for address in addresses:
            with django_assert_max_num_queries(70) as captured:
                client.get(address)
            found.append(len(captured))
        costs.append(found)
    assert costs[0] == costs[1]


def test_one_box_finds_people_enterprises_and_bodies(official, bureau, firm, driver, client):
    OrganisationFactory(parent=bureau, kind=Organisation.Kind.PARTY_BRANCH, name="安达支部")
    PersonFactory(organisation=OrganisationFactory(name="乙县"), name="王师傅")
    client.force_login(official)
    box = reverse("services:dossier_find")

    several = client.post(box, {"text": "安达"}, follow=True)
    only = client.post(box, {"text": "王师傅"})
    number = client.post(box, {"text": "138 6453 0017"})
    wrong = client.post(box, {"text": "370685198503121232"})
    unknown = client.post(box, {"text": "13900000000"})
    nobody = client.get(box, {"q": "没有这人"})

    found = several.context["found"]
    assert ([row.name for row in found.enterprises], [row.name for row in found.bodies]) == (
        ["甲县安达货运有限公司"],
        ["安达支部"],
    )
    assert only.url == number.url == reverse("services:dossier_person", args=[driver.pk])
    assert wrong.status_code == unknown.status_code == 422 and "没有人登记过" in unknown.content.decode()
    assert "没有查到" in nobody.content.decode()


def test_the_register_leads_to_the_dossier(official, driver, client):
    client.force_login(official)
    page = client.get(driver.get_absolute_url())
    assert reverse("services:dossier_person", args=[driver.pk]) in page.content.decode()


def test_the_page_of_an_absorbed_entry_leads_to_the_person(official, bureau, driver, client):
    first, second = PersonFactory(organisation=bureau), PersonFactory(organisation=bureau)
    Person.objects.filter(pk=first.pk).update(merged_into=second, identity_digest=None, phone_digest=None)
    Person.objects.filter(pk=second.pk).update(merged_into=driver, identity_digest=None, phone_digest=None)
    client.force_login(official)

    for page in ("services:dossier_person", "members:register_person"):
        answer = client.get(reverse(page, args=[first.pk]))
        assert (answer.status_code, answer["Location"]) == (302, reverse(page, args=[driver.pk]))


def test_an_absorbed_entry_leads_nobody_to_another_county(official, bureau, client):
    gone, elsewhere = PersonFactory(organisation=bureau), PersonFactory()
    Person.objects.filter(pk=gone.pk).update(merged_into=elsewhere, identity_digest=None, phone_digest=None)
    client.force_login(official)

    assert client.get(reverse("services:dossier_person", args=[gone.pk])).status_code == 404
