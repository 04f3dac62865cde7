"""A lead walked from the list by an official: what waits comes first, every step says so, endings ask once more."""

import datetime
import re

import pytest
import time_machine
from django.urls import reverse

from members.actions import discovery
from members.middleware import set_scope
from members.models import AuditEvent, Lead, Notice, Person
from members.models.discovery import Channel, LeadState
from tests.factories.members import CheckInFactory, LeadFactory, OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

PHONE = "13864530017"
MONDAY = datetime.datetime(2127, 3, 3, 9, tzinfo=datetime.UTC)


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局")


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def lead(bureau, official):
    person = PersonFactory(name="王建国", organisation=bureau, phone=PHONE)
    return discovery.open_lead(person=person, channel=Channel.CHECK_IN, by=None)


def press(client, lead, to):
    return client.post(reverse("members:discovery_move", args=[lead.pk]), {"to": to}, follow=True)


@pytest.mark.parametrize(
    "road",
    [
        ["contacted", "verified", "returned", "transferred"],
        ["contacted", "verified", "returned", "dual", "transferred"],
        ["contacted", "false_alarm", "found"],
        ["unwilling", "contacted", "verified"],
    ],
    ids="-".join,
)
def test_every_step_is_a_button_and_says_that_it_was_noted(client, official, lead, road):
    Person.objects.filter(pk=lead.person_id).update(industry_committee=lead.organisation)
    discovery.join_group(lead=lead, has_joined=True, by=official)
    client.force_login(official)
    page = client.get(lead.get_absolute_url())

    for step in road:
        assert f'name="to" value="{step}"' in page.content.decode()
        page = press(client, lead, step)
        assert f"已记录：{LeadState(step).label}。" in page.content.decode()

    lead.refresh_from_db()
    assert (lead.state, lead.owner) == (road[-1], official)
    assert (lead.confirmed_at is None) == ("verified" not in road)


def test_an_ending_asks_once_more(client, official, lead):
    client.force_login(official)

    page = client.get(lead.get_absolute_url()).content.decode()

    endings = page[page.index('class="buttons endings"') :]
    assert endings.count('<details class="confirm">') == 2
    assert 'value="false_alarm"' in endings
    assert 'value="contacted"' not in endings


def test_the_number_to_call_is_shown_once_and_on_record(client, official, lead):
    client.force_login(official)
    page = client.get(lead.get_absolute_url()).content.decode()
    sent = {"place": "phone", "reason": "contact"}
    assert [f'name="{name}" value="{value}"' in page for name, value in sent.items()] == [True, True]

    shown = client.post(reverse("members:register_reveal", args=[lead.person_id]), sent).content.decode()

    assert f'href="tel:{PHONE}"' in shown
    assert f'href="{lead.get_absolute_url()}"' in shown
    assert PHONE not in page
    assert AuditEvent.objects.filter(event="person.reveal", object_id=lead.person_id).count() == 1


def test_the_branch_given_at_a_window_stands_on_the_lead(client, official, lead, bureau):
    CheckInFactory(person=lead.person, point__organisation=bureau, point__name="证件窗口", branch_name="老家村党支部")
    client.force_login(official)

    page = client.get(lead.get_absolute_url()).content.decode()

    assert "老家村党支部" in page
    assert "证件窗口" in page


def test_joining_the_group_from_the_lead_comes_back_to_it(client, official, lead):
    client.force_login(official)

    sent = {"has_joined": "on", "from_lead": "on"}
    response = client.post(reverse("members:discovery_group", args=[lead.pk]), sent)

    lead.refresh_from_db()
    assert response.url == lead.get_absolute_url()
    assert lead.joined_group_by == official


def test_tabs_count_the_rows_they_open(client, official, bureau):
    with time_machine.travel(MONDAY, tick=False) as clock:
        LeadFactory(person=PersonFactory(organisation=bureau), owner=official)
        clock.shift(datetime.timedelta(days=8))
        LeadFactory(person=PersonFactory(organisation=bureau))
        client.force_login(official)
        page = client.get(reverse("members:discovery_leads"))

        tabs = {tab.name: tab.count for tab in page.context["tabs"]}
        links = re.findall(r'href="/leads/(\?(\w+)=on)"', page.content.decode())
        opened = {
            name: client.get(f"/leads/{query}").context["page"].paginator.count for query, name in links if name in tabs
        }

    assert tabs == opened == {"waiting": 1, "unowned": 1}


def test_what_waited_longest_comes_first(client, official, bureau):
    with time_machine.travel(MONDAY, tick=False) as clock:
        first = LeadFactory(person=PersonFactory(organisation=bureau))
        clock.shift(datetime.timedelta(hours=1))
        second = LeadFactory(person=PersonFactory(organisation=bureau))
        clock.shift(datetime.timedelta(days=8))
        client.force_login(official)
        page = client.get(reverse("members:discovery_leads"), {"waiting": "on"})

    assert list(page.context["page"]) == [first, second]


def test_officials_hear_once_a_week_of_leads_that_wait(official, bureau, django_capture_on_commit_callbacks):
    UserFactory(organisation=bureau, role="overseer")
    UserFactory(role="official")
    with time_machine.travel(MONDAY, tick=False) as clock:
        LeadFactory(person=PersonFactory(organisation=bureau))
        told = []
        for days in (6, 2, 1, 6):
            clock.shift(datetime.timedelta(days=days))
            with django_capture_on_commit_callbacks(execute=True):
                told.append(discovery.remind())

    assert told == [0, 1, 0, 1]
    notices = Notice.objects.order_by("pk")
    assert [(notice.user, notice.sentence) for notice in notices] == [(official, "有 1 条线索一周无人处理。")] * 2
    assert Lead.objects.get().touched_at == MONDAY
