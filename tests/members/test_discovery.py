"""Leads: one per person, the table of steps, counts that open their rows, visits."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from config.errors import Refused, WrongState
from members import queries, workflow
from members.actions import discovery
from members.middleware import set_scope
from members.models import AuditEvent, EnterpriseVisit, Lead, LeadEvidence, Organisation, Person
from members.models.discovery import Channel, LeadState
from tests.factories.members import OrganisationFactory, PersonFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db

PHONE = "13864530017"
NUMBER = "370685198503121231"


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
    town = RegionFactory(code="370685101", name="东街道", parent=bureau.region)
    return OrganisationFactory(name="顺达运输", parent=bureau, region=town, kind=Organisation.Kind.ENTERPRISE)


@pytest.fixture
def person(bureau, firm):
    return PersonFactory(name="王建国", organisation=bureau, employer=firm, identity=NUMBER, phone=PHONE)


@pytest.fixture
def lead(person, official):
    return discovery.open_lead(person=person, channel=Channel.DATA_MATCH, by=official)


def test_a_lead_opens_once_and_gathers_channels(lead, person, official, firm):
    again = discovery.open_lead(person=person, channel=Channel.CHECK_IN, by=None)
    discovery.open_lead(person=person, channel=Channel.CHECK_IN, by=None)

    assert (again.pk, again.channel, again.region) == (lead.pk, "data_match", firm.region)
    assert list(LeadEvidence.objects.order_by("pk").values_list("channel", flat=True)) == ["data_match", "check_in"]
    events = AuditEvent.objects.filter(object_type="members.lead").order_by("pk")
    assert list(events.values_list("event", flat=True)) == ["lead.open", "lead.evidence"]


@pytest.mark.parametrize("before", LeadState)
@pytest.mark.parametrize("to", LeadState)
def test_only_steps_of_the_table_are_taken(lead, official, before, to):
    Lead.objects.filter(pk=lead.pk).update(state=before)
    _into_the_fold(lead)

    if workflow.may_follow(before, to):
        assert discovery.move(lead=lead, to=to, by=official).state == to
    else:
        with pytest.raises(WrongState):
            discovery.move(lead=lead, to=to, by=official)


def _into_the_fold(lead):
    """Enrol the person and let them join the group."""
    Person.objects.filter(pk=lead.person_id).update(industry_committee=lead.organisation)
    Lead.objects.filter(pk=lead.pk).update(joined_group_at=timezone.now(), joined_group_by=lead.owner)


def test_nobody_is_back_in_the_fold_without_committee_and_contact_group(lead, official):
    Lead.objects.filter(pk=lead.pk).update(state="verified")
    faults = []

    for place in ("committee", "group"):
        with pytest.raises(Refused) as refusal:
            discovery.move(lead=lead, to=LeadState.RETURNED, by=official)
        faults.append((place, refusal.value.code))
        Person.objects.filter(pk=lead.person_id).update(industry_committee=lead.organisation)
    discovery.join_group(lead=lead, has_joined=True, by=official)

    assert faults == [("committee", "not_enrolled"), ("group", "not_joined")]
    assert discovery.move(lead=lead, to=LeadState.RETURNED, by=official).state == "returned"


def test_verifying_confirms_and_a_mistake_takes_it_back(lead, official):
    discovery.move(lead=lead, to=LeadState.CONTACTED, by=official)
    assert Lead.objects.confirmed().count() == 0

    confirmed = discovery.move(lead=lead, to=LeadState.VERIFIED, by=official)
    assert (confirmed.confirmed_by, Lead.objects.confirmed().count()) == (official, 1)

    discovery.move(lead=lead, to=LeadState.FALSE_ALARM, by=official)
    assert Lead.objects.confirmed().count() == 0


def test_nobody_moves_a_lead_of_another_county(lead):
    stranger = UserFactory(role="official")

    with pytest.raises(Refused) as refused:
        discovery.move(lead=lead, to=LeadState.CONTACTED, by=stranger)

    assert refused.value.code == "outside_scope"


def test_the_database_refuses_a_second_lead_and_half_a_confirmation(lead, official):
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(confirmed_by=official)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.create(
            person=lead.person,
            organisation=lead.organisation,
            organisation_path=lead.organisation_path,
            region=lead.region,
            channel=Channel.VEHICLE,
        )


@pytest.mark.django_db(transaction=True)
def test_two_channels_at_the_same_moment_make_one_lead(person, official):
    def found_by(channel):
        try:
            with transaction.atomic():
                set_scope(["*"])
                return discovery.open_lead(person=person, channel=channel, by=None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        leads = set(pool.map(found_by, [Channel.DATA_MATCH, Channel.CHECK_IN]))

    with transaction.atomic():
        set_scope(["*"])
        assert (len(leads), Lead.objects.count(), LeadEvidence.objects.count()) == (1, 1, 2)


def test_a_visit_opens_leads_and_recognises_who_is_registered(person, firm, official):
    found = [discovery.FoundPerson("王建国", PHONE), discovery.FoundPerson("李红", "13864530018")]

    visit, leads = discovery.record_visit(
        enterprise=firm, visited_on=datetime.date(2026, 11, 20), visitors=[official], found=found, by=official
    )

    assert [lead.person.name for lead in leads] == ["王建国", "李红"]
    assert (Person.objects.count(), leads[1].person.employer) == (2, firm)
    assert set(LeadEvidence.objects.values_list("channel", "visit")) == {("enterprise_visit", visit.pk)}
    assert list(visit.visitors.all()) == [official]


def test_counts_open_exactly_their_rows(lead, bureau, official):
    other = discovery.open_lead(person=PersonFactory(organisation=bureau), channel=Channel.CHECK_IN, by=official)
    discovery.move(lead=other, to=LeadState.CONTACTED, by=official)
    discovery.move(lead=other, to=LeadState.VERIFIED, by=official)
    visible = Lead.objects.visible_to(official)

    tallies = queries.lead_tallies(visible)

    assert [(row.label, row.found, row.confirmed) for row in tallies["regions"]] == [("甲县", 1, 1), ("东街道", 1, 0)]
    for rows in tallies.values():
        for row in rows:
            wanted = dict(row.wanted)
            if "month" in wanted:
                wanted["month"] = datetime.date.fromisoformat(f"{wanted['month']}-01")
            assert queries.narrowed_leads(visible, wanted).count() == row.found
            assert queries.narrowed_leads(visible, wanted | {"confirmed": True}).count() == row.confirmed


def test_open_leads_untouched_for_a_week_are_waiting(lead, official):
    visible = Lead.objects.visible_to(official)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=8)):
        waiting = list(queries.waiting_leads(visible))
        discovery.move(lead=lead, to=LeadState.CONTACTED, by=official)
        afterwards = list(queries.waiting_leads(visible))

    assert (waiting, afterwards) == ([lead], [])


# Pages


@pytest.fixture
def as_official(client, official):
    client.force_login(official)
    return client


def test_a_lead_walks_to_the_fold_by_its_page(as_official, lead):
    for state in (LeadState.CONTACTED, LeadState.VERIFIED):
        as_official.post(reverse("members:discovery_move", args=[lead.pk]), {"to": state})
    missing = as_official.get(lead.get_absolute_url()).content.decode()
    _into_the_fold(lead)
    ready = as_official.get(lead.get_absolute_url()).content.decode()
    as_official.post(reverse("members:discovery_move", args=[lead.pk]), {"to": LeadState.RETURNED})

    lead.refresh_from_db()
    assert (lead.state, lead.confirmed_at is not None) == ("returned", True)
    assert ('value="returned"' in missing, 'value="returned"' in ready) == (False, True)
    assert "加入联络群后" in missing
    assert "线索推进 · 归队" in as_official.get(lead.get_absolute_url()).content.decode()


def test_the_visit_form_wants_a_phone_and_keeps_numbers_to_itself(as_official, firm, official):
    data = {"enterprise": firm.pk, "visited_on": "2026-11-20", "visitors": [official.pk], "name_1": "李红"}

    without = as_official.post(reverse("members:discovery_visit"), data | {"identity_1": NUMBER})
    done = as_official.post(reverse("members:discovery_visit"), data | {"phone_1": PHONE})

    assert (without.status_code, done.status_code) == (200, 302)
    assert NUMBER not in without.content.decode()
    assert Lead.objects.get().person.name == "李红"


def test_enterprises_never_visited_come_first(as_official, bureau, firm, official):
    OrganisationFactory(name="安达物流", parent=bureau, kind=Organisation.Kind.ENTERPRISE)
    discovery.record_visit(
        enterprise=firm, visited_on=datetime.date(2026, 11, 20), visitors=[official], found=[], by=official
    )

    page = as_official.get(reverse("members:discovery_coverage")).content.decode()

    assert EnterpriseVisit.objects.count() == 1
    assert page.index("安达物流") < page.index("顺达运输")


def test_the_list_of_leads_costs_the_same_with_one_and_three_rows(as_official, bureau, lead, official):
    as_official.get(reverse("members:discovery_leads"))  # the session's own first row
    counts = []
    for _round in range(2):
        statements = []
        with connection.execute_wrapper(lambda run, sql, *rest: statements.append(sql) or run(sql, *rest)):  # noqa: B023
            as_official.get(reverse("members:discovery_leads"))
        counts.append(len(statements))
        for _more in range(2):
            discovery.open_lead(person=PersonFactory(organisation=bureau), channel=Channel.VEHICLE, by=official)

    assert counts[0] == counts[1]
