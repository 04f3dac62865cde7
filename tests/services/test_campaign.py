"""Campaigns and targets: who takes part, what was done in one, how far a promise is by the registry's own number."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from services.actions import campaign as actions
from services.actions import target as targets
from services.models import Campaign, Target
from services.queries import campaign as queries
from services.queries.target import measured
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory
from tests.factories.services import (
    ActivityFactory,
    CampaignFactory,
    CampaignMemberFactory,
    GrantFactory,
    KindFactory,
    MatterFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db

SINCE = date(2024, 1, 1)


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official", name="李办")
    set_scope([bureau.path])
    return found


@pytest.fixture
def alliance(bureau):
    return CampaignFactory(organisation=bureau, form="alliance", name="护行联盟", aliases="货运护航、护行")


def test_a_campaign_is_entered_once(bureau, official):
    fields = {"form": "alliance", "name": "护行联盟", "starts_on": SINCE}
    made = actions.create(organisation=bureau, by=official, **fields)
    assert (made.organisation_path, made.created_by) == (bureau.path, official)
    with pytest.raises(Conflict, match="同名"):
        actions.create(organisation=bureau, by=official, **fields)
    with pytest.raises(Refused):
        actions.create(organisation=OrganisationFactory(), by=official, **{**fields, "name": "外县"})


def test_what_changed_is_audited_by_name(alliance, official):
    actions.change(campaign=alliance, by=official, name="护行联盟", aliases="护航")
    assert AuditEvent.objects.get(event="campaign.change").detail["fields"] == "aliases"


def test_a_campaign_is_no_part_of_its_own_part(alliance, bureau, official):
    part = CampaignFactory(organisation=bureau, parent=CampaignFactory(organisation=bureau, parent=alliance))
    with pytest.raises(Refused):
        actions.change(campaign=alliance, by=official, parent=part)


def test_closing_has_an_inverse(alliance, official):
    today = timezone.localdate()
    with pytest.raises(Refused):
        actions.close(campaign=alliance, on=SINCE - timedelta(days=1), by=official)
    assert actions.close(campaign=alliance, on=today, by=official).ends_on == today
    with pytest.raises(WrongState):
        actions.close(campaign=alliance, on=today, by=official)
    assert actions.reopen(campaign=alliance, by=official).ends_on is None
    with pytest.raises(WrongState):
        actions.reopen(campaign=alliance, by=official)


def test_units_join_once_and_leave(alliance, bureau, official):
    court, union = (OrganisationFactory(parent=bureau) for _ in range(2))
    joined = actions.add_members(campaign=alliance, bodies=[court, union, court], joined_on=SINCE, by=official)
    assert len(joined) == 2
    assert (
        actions.add_members(campaign=alliance, bodies=[court], joined_on=SINCE, by=official, is_lead=True) == []
    )  # it is a member already, and leads now
    member = alliance.memberships.get(body=court)
    assert member.is_lead and not alliance.memberships.get(body=union).is_lead
    with pytest.raises(Refused):
        actions.end_membership(campaign=alliance, member=member, on=date(2023, 12, 31), by=official)
    actions.end_membership(campaign=alliance, member=member, on=date(2024, 6, 1), by=official)
    with pytest.raises(WrongState):
        actions.end_membership(campaign=alliance, member=member, on=date(2024, 6, 2), by=official)
    with pytest.raises(Refused):
        actions.add_members(campaign=alliance, bodies=[court], joined_on=date(2023, 1, 1), by=official)


def test_bodies_are_found_by_name_short_name_and_code(bureau, official):
    court = OrganisationFactory(parent=bureau, name="甲县司法局", short_name="司法局", code="court")
    twins = [OrganisationFactory(parent=bureau, name="物流园") for _ in range(2)]
    names = queries.names_in("司法局、甲县 司法局\ncourt，物流园；没有的局")
    found = queries.bodies_named(official, names)
    assert names == ["司法局", "甲县司法局", "court", "物流园", "没有的局"]
    assert [found[name] for name in names[:3]] == [[court]] * 3
    assert set(found["物流园"]) == set(twins) and found["没有的局"] == []


def test_the_page_counts_what_belongs_to_it_and_opens_its_rows(alliance, bureau, official, client):
    ActivityFactory.create_batch(3, organisation=bureau, campaign=alliance, happened_on=date(2024, 5, 1))
    ActivityFactory(organisation=bureau, happened_on=date(2024, 5, 1))
    MatterFactory(organisation=bureau, kind__group="problem", campaign=alliance)
    CampaignMemberFactory.create_batch(2, campaign=alliance, body__parent=bureau)
    client.force_login(official)

    page = client.get(alliance.get_absolute_url())

    shown = {reading.indicator.key: reading for reading in page.context["done"]}
    assert {key: reading.value for key, reading in shown.items()} == {"activity.count": 3, "matter.received": 1}
    assert page.context["member_count"].value == 2
    rows = client.get(shown["activity.count"].url)
    assert rows.context["reading"].value == 3 and "护行联盟" in rows.content.decode()


def test_an_activity_is_logged_from_the_page_under_its_campaign(alliance, official, client):
    client.force_login(official)
    page = client.get(alliance.get_absolute_url()).content.decode()
    address = f"{reverse('services:activity_log')}?campaign={alliance.pk}"
    assert address in page
    assert client.get(address).context["form"]["campaign"].value() == str(alliance.pk)
    actions.close(campaign=alliance, on=timezone.localdate() - timedelta(days=1), by=official)
    assert address not in client.get(alliance.get_absolute_url()).content.decode()


def test_rows_of_a_body_above_count_too(bureau, official):
    below = OrganisationFactory(parent=bureau)
    campaign = CampaignFactory(organisation=below)
    ActivityFactory(organisation=bureau, campaign=campaign)
    today = timezone.localdate()
    scope = queries.scope_of(campaign, official)
    assert scope.organisation == bureau
    assert queries.done_in(campaign, scope, queries.period_of(campaign, today))[0].value == 1


def test_a_target_measures_itself(alliance, bureau, official):
    mark, pack = (KindFactory(domain="grant", group="mark") for _ in range(2))
    GrantFactory(organisation=bureau, kind=mark, quantity=60, given_on=date(2024, 5, 1))
    GrantFactory(organisation=bureau, kind=mark, quantity=7, given_on=date(2023, 12, 31))
    GrantFactory(organisation=bureau, kind=pack, quantity=5, given_on=date(2024, 5, 1))
    target = TargetFactory(organisation=bureau, campaign=alliance, filters={"kind": mark.code}, number=300)

    one = measured([target], date(2024, 6, 1))[0]
    assert (one.value, one.bar, one.is_reached, one.is_late) == (60, 20, False, False)
    assert mark.label in one.counted_by
    assert measured([target], date(2025, 1, 1))[0].is_late
    assert measured([target], date(2023, 12, 31))[0].reading is None


def test_an_indicator_that_is_gone_is_said_not_raised(bureau, official, client):
    TargetFactory(organisation=bureau, indicator="activity.gone", due_on=timezone.localdate())
    client.force_login(official)
    page = client.get(reverse("services:target_list"))
    assert page.context["targets"][0].counted_by == "" and "已停用" in page.content.decode()


def test_a_target_takes_only_what_its_indicator_takes(bureau, official):
    fields = {"label": "办结诉求", "number": 20, "starts_on": SINCE, "due_on": date(2024, 12, 31), "campaign": None}
    with pytest.raises(Refused):
        targets.promise(
            organisation=bureau, by=official, indicator="matter.resolved", filters={"colour": "red"}, **fields
        )
    made = targets.promise(organisation=bureau, by=official, indicator="matter.resolved", filters={}, **fields)
    assert targets.change(target=made, by=official, number=30).number == 30
    targets.withdraw(target=made, by=official)
    with pytest.raises(WrongState):
        targets.change(target=made, by=official, number=40)
    assert Target.objects.standing().count() == 0


def test_half_a_withdrawal_is_refused_by_the_database(bureau, official):
    target = TargetFactory(organisation=bureau)
    with pytest.raises(IntegrityError, match="target_withdrawn_whole"), transaction.atomic():
        Target.objects.filter(pk=target.pk).update(withdrawn_at=timezone.now())


def test_a_campaign_is_built_on_the_pages(bureau, official, client):
    court = OrganisationFactory(parent=bureau, name="甲县司法局")
    client.force_login(official)
    sent = {"form": "alliance", "name": " 护行 联盟", "aliases": "护航，货运护航", "organisation": bureau.pk}
    answer = client.post(reverse("services:campaign_create"), {**sent, "starts_on": "2024-01-01"})
    campaign = Campaign.objects.get()
    assert answer.url == campaign.get_absolute_url()
    assert (campaign.name, campaign.aliases) == ("护行 联盟", "护航、货运护航")

    join = reverse("services:campaign_join", args=[campaign.pk])
    wrong = client.post(join, {"members-bodies": "甲县司法局、不在的局", "members-joined_on": "2024-02-01"})
    assert wrong.status_code == 422 and "不在的局" in wrong.content.decode()
    client.post(join, {"members-bodies": "甲县司法局", "members-joined_on": "2024-02-01"})
    member = campaign.memberships.get()
    assert member.body == court
    client.post(
        reverse("services:campaign_leave", args=[campaign.pk]), {"leave-member": member.pk, "leave-on": "2024-03-01"}
    )
    member.refresh_from_db()
    assert member.left_on == date(2024, 3, 1)
    assert (
        client.get(reverse("services:campaign_edit", args=[campaign.pk])).context["form"]["name"].value() == "护行 联盟"
    )
    client.post(reverse("services:campaign_edit", args=[campaign.pk]), {**sent, "name": "护行", "starts_on": SINCE})
    client.post(reverse("services:campaign_close", args=[campaign.pk]), {"close-on": timezone.localdate()})
    campaign.refresh_from_db()
    assert (campaign.name, campaign.ends_on) == ("护行", timezone.localdate())
    client.post(reverse("services:campaign_reopen", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.ends_on is None


def test_a_target_is_promised_on_the_pages(alliance, bureau, official, client):
    mark = KindFactory(domain="grant", group="mark", label="红色标识")
    client.force_login(official)
    address = f"{reverse('services:target_create')}?indicator=grant.quantity&campaign={alliance.pk}"
    page = client.get(address)
    assert page.context["form"].initial["campaign"] == alliance
    sent = {"label": "加挂标识", "number": 300, "campaign": alliance.pk, "organisation": bureau.pk}
    sent |= {"starts_on": "2024-01-01", "due_on": "2024-12-31", "by_kind": mark.code, "document": "〔2024〕3号"}
    assert client.post(address, {**sent, "due_on": "2023-01-01"}).status_code == 200
    answer = client.post(address, sent)
    target = Target.objects.get()
    assert answer.url == alliance.get_absolute_url()
    assert (target.indicator, target.filters, target.document) == (
        "grant.quantity",
        {"kind": mark.code},
        "〔2024〕3号",
    )
    edit = reverse("services:target_edit", args=[target.pk])
    assert client.get(edit).context["form"]["by_kind"].value() == mark.code
    client.post(edit, {**sent, "number": 350})
    target.refresh_from_db()
    assert target.number == 350
    client.post(reverse("services:target_withdraw", args=[target.pk]))
    assert not Target.objects.standing().exists()


@pytest.mark.parametrize("day", ["1900-01-01", "2099-01-01"])
def test_a_slip_in_the_date_is_answered(alliance, bureau, official, client, day):
    client.force_login(official)
    sent = {"form": "brand", "name": "某品牌", "organisation": bureau.pk, "starts_on": day}
    assert client.post(reverse("services:campaign_create"), sent).context["form"].errors["starts_on"]
    address = f"{reverse('services:target_create')}?indicator=activity.count"
    page = client.post(address, {"label": "甲", "number": 1, "starts_on": day, "due_on": day})
    assert page.context["form"].errors["starts_on"] and not Target.objects.exists()


def test_every_offered_indicator_has_a_form(official, client):
    client.force_login(official)
    page = client.get(reverse("services:target_create"))
    keys = [key for _area, rows in page.context["first"].fields["indicator"].choices if _area for key, _label in rows]
    assert "grant.quantity" in keys and "development.admitted" in keys
    for key in keys:
        answer = client.get(reverse("services:target_create"), {"indicator": key})
        assert answer.context["form"].indicator.key == key


def test_the_list_finds_by_another_name_and_hides_what_ended(alliance, bureau, official, client):
    CampaignFactory(organisation=bureau, name="旧工程", ends_on=date(2024, 6, 1))
    client.force_login(official)
    address = reverse("services:campaign_list")

    def found(**wanted):
        return [campaign.name for campaign, _members, _over in client.get(address, wanted).context["lines"]]

    assert found() == ["护行联盟"]
    assert found(text="货运护航") == ["护行联盟"]
    assert found(text="护行", form="brand") == []
    assert found(when="ended") == ["旧工程"]
    assert sorted(found(when="all")) == ["护行联盟", "旧工程"]


def test_the_list_costs_the_same_for_many(bureau, official, client, django_assert_max_num_queries):
    client.force_login(official)
    costs = []
    for _round in range(2):
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("services:campaign_list"))
        costs.append(len(captured))
        CampaignMemberFactory.create_batch(4, campaign__organisation=bureau, body__parent=bureau)
    assert costs[0] + 1 >= costs[1], costs


def test_exports_hold_what_the_lists_show(alliance, bureau, official, client):
    CampaignFactory(organisation=bureau, name="旧工程", ends_on=date(2024, 6, 1))
    TargetFactory(organisation=bureau, campaign=alliance, label="加挂标识", number=300, due_on=timezone.localdate())
    client.force_login(official)
    book = load_workbook(BytesIO(client.post(reverse("services:campaign_export"), {"text": "护行"}).content))
    assert [row[0].value for row in book.worksheets[0].iter_rows()] == ["名称", "护行联盟"]
    book = load_workbook(BytesIO(client.post(reverse("services:target_export")).content))
    head, row = book.worksheets[0].iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True)) | {"目标内容": "加挂标识", "目标数": 300, "已完成": 0} == dict(
        zip(head, row, strict=True)
    )
    assert AuditEvent.objects.filter(event="ledger.export").count() == 2
