"""今日 and pairings: what is owed and since when, ticked off in one go, excused, handed over, spread evenly."""

import uuid
from datetime import date, timedelta

import icalendar
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope, whole_scope
from members.models import Organisation
from services.actions import pairing as actions
from services.models import Activity, Duty, Kind, Pairing
from services.models.pairing import EndReason
from services.queries import house
from services.queries import pairing as queries
from services.queries import today as reading
from tests.factories.members import OrganisationFactory, PersonFactory, PostFactory, RegionFactory, UserFactory
from tests.factories.services import ActivityFactory, ExcuseFactory, MatterFactory, PairingFactory

pytestmark = pytest.mark.django_db

WEDNESDAY = date(2024, 5, 22)
NOON = "2024-05-22T12:00:00+08:00"


@pytest.fixture(autouse=True)
def noon():
    """A Wednesday, for the accounts and their roles as well."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def helper(bureau):
    return PersonFactory(organisation=bureau, name="孙帮扶")


@pytest.fixture
def official(bureau, helper):
    found = UserFactory(organisation=bureau, role="official", person=helper)
    set_scope([bureau.path])
    return found


@pytest.fixture
def pairing(bureau, helper, kinds):
    return PairingFactory(
        organisation=bureau,
        kind=kinds["three-ones"],
        helper=helper,
        helped=PersonFactory(organisation=bureau, name="王师傅"),
        started_on=date(2024, 1, 2),
    )


def contact(pairing, day, channel="phone"):
    return ActivityFactory(
        organisation=pairing.organisation, pairing=pairing, happened_on=day, channel=channel, kind=pairing_kind(channel)
    )


def pairing_kind(channel):
    return Kind.objects.get(code="contact" if channel == "phone" else "home-visit")


def labels(rows):
    return [(row.about, row.duty.label, row.due.due_on) for row in rows]


def test_one_contact_settles_the_week_and_no_more(official, pairing):
    contact(pairing, date(2024, 5, 20))
    contact(pairing, date(2024, 5, 8), channel="on_site")
    day = reading.of_account(official, WEDNESDAY)
    assert labels([*day.overdue, *day.this_week]) == []  # rung this week, visited this month, the year has time


def test_what_was_missed_is_overdue_since_its_own_due_day(official, pairing):
    contact(pairing, date(2024, 5, 8))
    contact(pairing, date(2024, 4, 9), channel="on_site")
    day = reading.of_account(official, WEDNESDAY)
    assert labels(day.overdue) == [("王师傅", "每周联系", date(2024, 5, 17))]
    contact(pairing, date(2024, 5, 22))
    assert reading.of_account(official, WEDNESDAY).overdue == []


def test_a_visit_is_a_contact_too_and_a_call_is_no_visit(official, pairing):
    contact(pairing, date(2024, 4, 24))
    contact(pairing, date(2024, 5, 21), channel="on_site")
    contact(pairing, date(2024, 5, 22))
    assert labels(reading.of_account(official, date(2024, 5, 31)).overdue) == []
    owed = labels(reading.of_account(official, date(2024, 5, 31)).this_week)
    assert owed == [("王师傅", "每周联系", date(2024, 5, 31))]


def test_what_was_taken_back_does_not_count(official, pairing):
    made = contact(pairing, date(2024, 5, 20))
    Activity.objects.filter(pk=made.pk).update(voided_at=made.logged_at, voided_by=official, void_reason="mistake")
    assert "每周联系" in {row.duty.label for row in reading.of_account(official, WEDNESDAY).overdue}


def test_excused_is_not_overdue(official, pairing):
    contact(pairing, date(2024, 5, 8))
    contact(pairing, date(2024, 5, 7), channel="on_site")
    ExcuseFactory(pairing=pairing, from_on=date(2024, 5, 9), to_on=None)
    day = reading.of_account(official, WEDNESDAY)
    assert day.overdue == day.this_week == []


def test_a_branch_owes_its_meetings(official, bureau, kinds):
    branch = OrganisationFactory(parent=bureau, kind=Organisation.Kind.PARTY_BRANCH, name="第一党支部")
    secretary = UserFactory(organisation=branch, role="official")
    Duty.objects.update(starts_on=date(2024, 1, 1))
    met = {"organisation": bureau, "body": branch, "kind": kinds["branch-committee"]}
    ActivityFactory(**met, happened_on=date(2024, 4, 10))
    rows = labels(reading.of_account(secretary, date(2024, 5, 31)).this_week)
    assert ("第一党支部", "支委会", date(2024, 5, 31)) in rows
    ActivityFactory(**met, happened_on=date(2024, 5, 10))
    rows = labels(reading.of_account(secretary, date(2024, 5, 31)).this_week)
    assert "支委会" not in {duty for _about, duty, _on in rows}


def test_eight_ticks_are_one_save_and_twice_the_same_is_once(official, bureau, helper, kinds, client):
    for number in range(8):
        PairingFactory(
            organisation=bureau,
            kind=kinds["three-ones"],
            helper=helper,
            helped=PersonFactory(organisation=bureau, name=f"司机{number}"),
            started_on=date(2024, 5, 20),
        )
    client.force_login(official)
    page = client.get(reverse("services:today_page"))
    ticks = [one.key for one in page.context["day"].this_week if one.duty.label == "每周联系"]
    assert len(ticks) == 8
    sent = {"once": str(uuid.uuid4()), "on": "2024-05-22", "ticked": ticks}
    for _again in range(2):
        assert client.post(reverse("services:today_page"), sent).status_code == 302
    assert Activity.objects.count() == 8
    assert set(Activity.objects.values_list("channel", "kind__code")) == {("phone", "contact")}
    left = client.get(reverse("services:today_page")).context["day"]
    assert "每周联系" not in {one.duty.label for one in (*left.overdue, *left.this_week)}


@pytest.mark.parametrize("key", ["5", "1-2-3", "-", "1-", "٣-٣", "1-" + "9" * 30, "1-\x00"])
def test_a_tick_that_names_nothing_enters_nothing(official, pairing, client, key):
    client.force_login(official)
    sent = {"once": str(uuid.uuid4()), "on": "2024-05-22", "ticked": [key]}

    assert client.post(reverse("services:today_page"), sent).status_code == 302
    assert Activity.objects.count() == 0


def test_a_day_ahead_is_refused_and_the_ticks_stay_owed(official, pairing, client):
    client.force_login(official)
    sent = {"once": str(uuid.uuid4()), "on": "2099-01-01", "ticked": [f"1-{pairing.pk}"]}
    page = client.post(reverse("services:today_page"), sent)
    assert page.context["form"].errors["on"] and Activity.objects.count() == 0


def test_the_page_costs_the_same_for_many(official, bureau, helper, kinds, client, django_assert_max_num_queries):
    client.force_login(official)
    client.get(reverse("services:today_page"))  # the session's first page costs its own queries
    costs = []
    for count in (1, 30):
        for _number in range(count):
            PairingFactory(organisation=bureau, kind=kinds["three-ones"], helper=helper, started_on=date(2024, 1, 2))
            MatterFactory(organisation=bureau, handler=official, due_on=WEDNESDAY)
        with django_assert_max_num_queries(60) as captured:
            client.get(reverse("services:today_page"))
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_matters_due_waiting_and_to_be_called_back_have_their_lists(official, bureau, client):
    colleague = UserFactory(organisation=bureau, role="official")
    late = MatterFactory(organisation=bureau, handler=official, due_on=date(2024, 5, 21))
    soon = MatterFactory(organisation=bureau, handler=official, due_on=date(2024, 5, 24))
    MatterFactory(organisation=bureau, handler=official, due_on=date(2024, 6, 24))
    given = MatterFactory(organisation=bureau, handler=colleague, logged_by=official)
    answered = MatterFactory(organisation=bureau, closed=True)
    day = reading.of_account(official, WEDNESDAY)
    assert (day.overdue_matters, day.matters_this_week) == ([late], [soon])
    assert (day.waiting, day.call_backs) == ([given], [answered])
    assert [matter.handler_name for matter in day.waiting] == [str(colleague)]
    assert [matter.kind_label for matter in day.call_backs] == [str(answered.kind)]


def test_matters_of_others_are_on_nobodys_day(official, bureau):
    elsewhere = OrganisationFactory(name="乙县交通运输局")
    MatterFactory(organisation=elsewhere, handler=official, due_on=date(2024, 5, 21))
    MatterFactory(organisation=elsewhere, closed=True)
    with whole_scope():  # row-level security aside, the query itself keeps to the account's bodies
        day = reading.of_account(official, WEDNESDAY)
        of_house = house.of_house(official, WEDNESDAY)
    assert day.is_empty and of_house.overdue_matters == [] and of_house.call_backs == []


def test_who_asks_from_outside_the_scope_has_the_name_that_was_taken_down(official, bureau):
    stranger = PersonFactory(organisation=OrganisationFactory(name="乙县交通运输局"))
    asked = MatterFactory(organisation=bureau, requester=stranger, requester_name="李某", closed=True)
    set_scope([bureau.path])
    assert [(one.pk, one.asked_by_name) for one in reading.of_account(official, WEDNESDAY).call_backs] == [
        (asked.pk, "李某")
    ]


def test_the_calendar_counts_and_names_nobody(official, pairing, client):
    client.force_login(official)
    address = client.get(reverse("services:today_page")).context["calendar_url"]
    client.logout()
    answer = client.get(address)
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(event["summary"]) for event in events} >= {"每周联系 × 1"}
    assert "王师傅" not in answer.content.decode()
    official.set_password("neues Kennwort 2024")
    official.save()
    assert client.get(address).status_code == 404
    assert client.get(reverse("services:today_calendar", args=["1-abc"])).status_code == 404


def test_the_text_for_the_chat_lists_the_overdue_first(official, pairing, client):
    client.force_login(official)
    text = client.get(reverse("services:today_page")).context["text"]
    assert text.splitlines()[0] == "2024-05-22 待办"
    assert text.index("【已超期】") < text.index("王师傅")


def test_the_same_two_are_not_paired_twice_at_a_time(official, bureau, pairing):
    with pytest.raises(Conflict):
        pair(bureau, pairing.kind, pairing.helper, pairing.helped, official)
    actions.end(pairing=pairing, on=date(2024, 5, 1), reason=EndReason.DONE, by=official)
    assert pair(bureau, pairing.kind, pairing.helper, pairing.helped, official).pk != pairing.pk


def pair(bureau, kind, helper, helped, by):
    return actions.pair(
        organisation=bureau,
        kind=kind,
        helper=helper,
        helped=helped,
        started_on=date(2024, 5, 20),
        by=by,
        once=uuid.uuid4(),
    )


def test_handing_over_ends_one_and_begins_the_other(official, bureau, pairing):
    successor = PersonFactory(organisation=bureau)
    actions.end(pairing=pairing, on=date(2024, 5, 20), reason=EndReason.HELPER_LEFT, by=official, successor=successor)
    new = Pairing.objects.get(helper=successor)
    assert (new.helped, new.started_on, new.kind) == (pairing.helped, date(2024, 5, 20), pairing.kind)
    with pytest.raises(WrongState):
        actions.end(pairing=pairing, on=date(2024, 5, 21), reason=EndReason.DONE, by=official)


def test_who_is_elsewhere_may_not_touch_it(official, pairing):
    stranger = UserFactory(role="official")
    with pytest.raises(Refused):
        actions.end(pairing=pairing, on=date(2024, 5, 20), reason=EndReason.DONE, by=stranger)


def test_an_excuse_holds_until_it_is_lifted(official, pairing):
    made = actions.excuse(pairing=pairing, from_on=date(2024, 1, 1), to_on=None, reason="away", by=official)
    assert reading.of_account(official, WEDNESDAY).overdue == []
    actions.lift(pairing=pairing, excuse=made, by=official)
    assert reading.of_account(official, WEDNESDAY).overdue


def test_a_community_is_spread_evenly(official, bureau, kinds, client):
    home = OrganisationFactory(parent=bureau, kind=Organisation.Kind.COMMUNITY, name="东关社区")
    firm = OrganisationFactory(parent=bureau, kind=Organisation.Kind.ENTERPRISE)
    for number in range(6):
        PersonFactory(organisation=bureau, employer=firm, home_community=home, name=f"司机{number}")
    for number in range(2):
        PostFactory(person=PersonFactory(organisation=bureau, name=f"干部{number}"), organisation=bureau)
    client.force_login(official)
    address = f"{reverse('services:pairing_assign')}?kind={kinds['three-ones'].pk}&community={home.pk}"
    page = client.get(address)
    spread = page.context["spread"]
    assert page.content.decode().count('<input type="text" name="helper_') == 6
    sent = {"once": str(uuid.uuid4()), "started_on": "2024-05-20"}
    sent |= {name: str(field.initial) for name, field in spread.fields.items() if name.startswith("helper_")}
    assert client.post(address, sent).status_code == 302
    made = Pairing.objects.filter(kind=kinds["three-ones"])
    assert sorted(made.values_list("helper__name", flat=True)) == ["干部0"] * 3 + ["干部1"] * 3
    assert not queries.unhelped(official, home, kinds["three-ones"]).exists()


def test_sides_are_named_and_namesakes_told_apart(official, bureau, kinds, helper, client):
    firm = OrganisationFactory(parent=bureau, kind=Organisation.Kind.ENTERPRISE, name="顺达运输")
    for employer in (firm, None):
        PersonFactory(organisation=bureau, name="王建国", employer=employer)
    client.force_login(official)
    sent = {
        "once": str(uuid.uuid4()),
        "kind": kinds["three-ones"].pk,
        "helper": "孙帮扶",
        "helped": "王建国",
        "started_on": "2024-05-20",
        "organisation": bureau.pk,
    }
    page = client.post(reverse("services:pairing_create"), sent)
    assert "顺达运输" in str(page.context["form"].errors["helped"])
    answer = client.post(reverse("services:pairing_create"), sent | {"helped": "王建国 顺达"})
    assert answer.url == Pairing.objects.get().get_absolute_url()
    page = client.post(reverse("services:pairing_create"), sent | {"helped": "查无此人"})
    assert page.context["form"].errors["helped"]


def test_the_page_of_a_pairing_takes_its_changes(official, pairing, client):
    client.force_login(official)
    contact(pairing, date(2024, 5, 8))
    assert client.get(pairing.get_absolute_url()).status_code == 200
    address = reverse("services:pairing_excuse", args=[pairing.pk])
    sent = {"excuse-reason": "other", "excuse-from_on": "2024-05-01"}
    assert client.post(address, sent).context["forms"]["excuse"].errors["note"]
    assert client.post(address, sent | {"excuse-note": "车辆停运"}).status_code == 302
    end = reverse("services:pairing_end", args=[pairing.pk])
    assert client.post(end, {"end-on": "2023-01-01", "end-reason": "done"}).status_code == 409
    assert client.post(end, {"end-on": "2024-05-23", "end-reason": "done"}).status_code == 302


def test_the_house_sees_what_its_officials_see_and_no_more(official, bureau, kinds, helper):
    """Pairings begun before and within the week, ended, excused, with and without contacts: as if asked one by one."""
    for number in range(12):
        made = PairingFactory(
            organisation=bureau,
            kind=kinds["three-ones"],
            helper=helper,
            helped=PersonFactory(organisation=bureau),
            started_on=date(2024, 1, 1) + timedelta(days=number * 13),
        )
        if number % 3:
            contact(made, date(2024, 5, 1 + number))
        if number % 4 == 0:
            ActivityFactory(organisation=bureau, pairing=made, channel="on_site", happened_on=date(2024, 4, 2 + number))
        if number % 5 == 0:
            ExcuseFactory(pairing=made, from_on=date(2024, 5, 20), to_on=date(2024, 5, 24))
        if number == 8:
            Pairing.objects.filter(pk=made.pk).update(source="import")
        if number == 7:
            Pairing.objects.filter(pk=made.pk).update(ended_on=date(2024, 5, 23), end_reason="done")
    for today in (WEDNESDAY, date(2024, 6, 30), date(2024, 12, 20)):
        pairings = list(Pairing.objects.active_on(today).with_row())
        one_by_one = [(row.key, row.due, row.last_on) for row in reading.owed(pairings, [], today)]
        day = house.of_house(official, today)
        lines = [(row.key, row.due, row.last_on) for row in (*day.overdue, *day.this_week) if row.pairing]
        assert lines == one_by_one and len(lines) > 4


def test_ones_own_day_costs_the_same_for_one_pairing_and_for_many(official, bureau, kinds, helper, client):
    client.force_login(official)
    client.get(reverse("services:today_page"))  # the session writes its times once
    asked = []
    for count in (1, 9):
        for _ in range(count):
            PairingFactory(
                organisation=bureau, kind=kinds["three-ones"], helper=helper, helped=PersonFactory(organisation=bureau),
                started_on=date(2024, 1, 1), source="import",
            )  # fmt: skip
        Pairing.objects.update(logged_at="2024-01-02T00:00:00+08:00")
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(reverse("services:today_page")).context["day"].overdue) >= count
        asked.append(len(captured))
    assert asked[1] <= asked[0] < 20


def test_a_long_day_of_the_house_says_how_much_it_leaves_out(official, bureau, kinds, helper, client, monkeypatch):
    monkeypatch.setattr(house, "MOST", 2)
    for _ in range(4):
        PairingFactory(
            organisation=bureau, kind=kinds["three-ones"], helper=helper, helped=PersonFactory(organisation=bureau),
            started_on=date(2024, 1, 1),
        )  # fmt: skip
    day = house.of_house(official, WEDNESDAY)
    asked = reading.owed(list(Pairing.objects.active_on(WEDNESDAY).with_row()), [], WEDNESDAY)
    late = [row.key for row in asked if row.due.is_overdue(WEDNESDAY)]
    assert [row.key for row in day.overdue] == late[:2] and day.further_overdue == len(late) - 2 > 0
    client.force_login(official)
    assert f"另有 {day.further_overdue} 项" in client.get(f"{reverse('services:today_page')}?of=house").content.decode()
