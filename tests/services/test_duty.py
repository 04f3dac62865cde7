"""Cadences kept on the data desk: added, renamed, ended; what was owed before stays owed."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from config.errors import Refused
from members.middleware import set_scope
from members.models import AuditEvent
from services.actions import duty as action
from services.models import Duty
from services.queries import today
from tests.factories.members import OrganisationFactory, UserFactory
from tests.factories.services import DutyFactory, KindFactory, PairingFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 5, 20)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2024-05-22T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def county():
    return OrganisationFactory(parent=OrganisationFactory())


@pytest.fixture
def steward(county):
    found = UserFactory(organisation=county, role="steward")
    set_scope(["*"])
    return found


@pytest.fixture
def helping():
    return KindFactory(domain="pairing", group="help")


def wanted(helping, county, **values):
    plain = {"label": "每季走访", "pairing_kind": helping.pk, "every": "quarter", "proof": "visit"}
    return plain | {"organisation": county.pk, "starts_on": "2024-05-20"} | values


def test_a_duty_is_added_on_the_desk_and_owed_from_its_day(client, steward, county, helping):
    client.force_login(steward)
    pairing = PairingFactory(kind=helping, organisation=county, started_on=datetime.date(2024, 1, 1))
    elsewhere = PairingFactory(kind=helping, started_on=datetime.date(2024, 1, 1))

    client.post(reverse("admin:services_duty_add"), wanted(helping, county))

    duty = Duty.objects.get()
    owed = today.duties_of_all([pairing, elsewhere])
    assert [one for one, _last, _due in owed[pairing.pk]] == [duty]
    assert not owed.get(elsewhere.pk)
    assert AuditEvent.objects.get(event="duty.add").object_id == duty.pk


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pairing_kind": ""}, "请说明对谁"),
        ({"body_kind": "party_branch"}, "请说明对谁"),
        ({"proof": "activity"}, "请在“类别”中选择"),
        ({"pairing_kind": "", "body_kind": "party_branch"}, "请选择其中之一"),
    ],
)
def test_what_is_not_whole_is_said(client, steward, county, helping, values, words):
    client.force_login(steward)

    page = client.post(reverse("admin:services_duty_add"), wanted(helping, county, **values))

    assert words in page.content.decode()
    assert not Duty.objects.exists()


def test_the_same_is_not_owed_twice(client, steward, county, helping):
    client.force_login(steward)
    DutyFactory(label="季度走访", pairing_kind=helping, every="quarter", proof="visit", organisation=county)

    page = client.post(reverse("admin:services_duty_add"), wanted(helping, county))

    assert "季度走访" in page.content.decode()
    assert Duty.objects.count() == 1


def test_an_ended_duty_owes_nothing_further_and_keeps_what_it_asked(client, steward, county, helping):
    client.force_login(steward)
    duty = DutyFactory(pairing_kind=helping, organisation=county)

    client.post(
        reverse("admin:services_duty_change", args=[duty.pk]),
        {"label": "每周通话", "ends_on": "2024-05-19", "every": "year"},
    )

    duty.refresh_from_db()
    assert (duty.label, duty.ends_on, duty.every) == ("每周通话", datetime.date(2024, 5, 19), "week")
    assert AuditEvent.objects.get(event="duty.change").detail["fields"] == ["label", "ends_on"]


def test_no_duty_ends_before_it_began(steward, county, helping):
    duty = DutyFactory(pairing_kind=helping, organisation=county)

    with pytest.raises(Refused) as refused:
        action.change(duty=duty, label=duty.label, ends_on=datetime.date(2019, 12, 31), by=steward)

    assert refused.value.code == "ends_before"


def test_a_county_changes_neither_the_houses_duties_nor_its_neighbours(steward, helping):
    house, theirs = DutyFactory(pairing_kind=helping), DutyFactory(organisation=OrganisationFactory())

    codes = []
    for duty in (house, theirs):
        with pytest.raises(Refused) as refused:
            action.change(duty=duty, label="x", ends_on=None, by=steward)
        codes.append(refused.value.code)

    assert codes == ["whole_house", "outside_scope"]
    assert set(Duty.objects.visible_to(steward)) == {house}
