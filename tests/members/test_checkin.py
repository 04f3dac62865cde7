"""Check-ins: one row per person and window, one lead per person, consent on record, withdrawing erases."""

import datetime

import pytest
import time_machine
from django.db import ProgrammingError, connection, transaction

from config.errors import Refused, WrongState
from members import checkins, codes
from members.actions import checkin, checkin_point, discovery
from members.middleware import set_scope
from members.models import AuditEvent, CheckIn, CheckInPoint, ConsentText, Lead, LeadEvidence, Person
from members.models.discovery import Channel, LeadState
from tests.factories.members import CheckInPointFactory, OrganisationFactory, PersonFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db

PHONE, OTHER_PHONE = "13864530017", "15065390028"
SHA = "a" * 64


@pytest.fixture
def county():
    return RegionFactory(code="370685", name="甲县")


@pytest.fixture
def bureau(county):
    return OrganisationFactory(name="甲县交通运输局", region=county)


@pytest.fixture
def official(bureau):
    return UserFactory(organisation=bureau, role="official")


@pytest.fixture
def point(bureau, official):
    set_scope([bureau.path])
    return checkin_point.open_(
        organisation=bureau, name="证件窗口", address="一楼", contact="0535-0", is_screen_only=False, by=official
    )


def given(name="王建国", phone=PHONE, branch_name="东街党支部"):
    return checkin.Given(name=name, phone=phone, branch_name=branch_name)


def give(point, nonce="n1", by=None, **what):
    text = ConsentText.objects.get()
    return checkin.receive(point=point, given=given(**what), nonce=nonce, text=text, shown_sha256=SHA, by=by)


def counts():
    return {model.__name__: model.objects.count() for model in (CheckIn, Lead, LeadEvidence, Person)}


NOTHING = {"CheckIn": 0, "Lead": 0, "LeadEvidence": 0, "Person": 0}
ONE = {"CheckIn": 1, "Lead": 1, "LeadEvidence": 1, "Person": 1}


def test_a_check_in_registers_the_person_and_opens_a_lead(point, bureau):
    branch = OrganisationFactory(name="东街党支部", kind="party_branch", region=bureau.region, parent=bureau)

    row, receipt = give(point)

    lead = Lead.objects.get()
    assert counts() == ONE
    assert (lead.channel, lead.confirmed_at, lead.organisation, lead.owner) == ("check_in", None, bureau, None)
    assert (row.person.party_branch, row.phone_masked, row.consent.version) == (branch, "138******17", 1)
    assert row.consent_sha256 == SHA
    assert (len(receipt), row.receipt_sha256) == (20, codes.digest(receipt))
    assert checkins.by_receipt(receipt) == row


def test_no_number_and_no_code_stands_in_the_row_or_in_the_log(point):
    _row, receipt = give(point)

    with connection.cursor() as cursor:
        text = ""
        cursor.execute("select row_to_json(c)::text from members_checkin c")
        text += "".join(line for (line,) in cursor.fetchall())
        cursor.execute("select row_to_json(a)::text from members_auditevent a")
        text += "".join(line for (line,) in cursor.fetchall())
    assert "checkin.receive" in text
    assert [found for found in (PHONE, receipt) if found in text] == []
    assert "王建国" not in "".join(str(event.detail) for event in AuditEvent.objects.all())


def test_the_same_press_gives_the_same_row_and_code(point):
    first, again = give(point), give(point)

    assert first == again
    assert counts() == ONE


def test_giving_it_again_takes_the_place_of_the_first(point):
    _first, old = give(point)

    row, new = give(point, nonce="n2", branch_name="西街党支部")

    assert counts() == ONE
    assert (row.branch_name, row.repeat_count) == ("西街党支部", 1)
    assert checkins.by_receipt(old) is None
    assert checkins.by_receipt(new) == row


def test_a_person_of_the_register_is_recognised_by_number_and_name(point, bureau):
    known = PersonFactory(name="王建国", phone=PHONE, organisation=bureau)
    namesake = PersonFactory(name="王建国", phone=OTHER_PHONE, organisation=bureau)

    row, _receipt = give(point)

    assert (row.person, row.is_new_person) == (known, False)
    assert Lead.objects.get().person == known
    assert namesake != known


def test_another_name_on_the_same_number_is_another_person(point, bureau):
    PersonFactory(name="王建军", phone=PHONE, organisation=bureau)

    row, _receipt = give(point)

    assert (row.person.name, row.is_new_person) == ("王建国", True)


def test_a_person_of_another_county_is_not_touched(point):
    elsewhere = PersonFactory(name="王建国", phone=PHONE)

    row, _receipt = give(point)

    assert row.person != elsewhere


def test_a_lead_of_another_channel_gathers_the_check_in(point, bureau, official):
    person = PersonFactory(name="王建国", phone=PHONE, organisation=bureau)
    discovery.open_lead(person=person, channel=Channel.DATA_MATCH, by=official)

    give(point)

    lead = Lead.objects.get()
    assert lead.channel == "data_match"
    assert sorted(lead.evidence.values_list("channel", flat=True)) == ["check_in", "data_match"]


def test_two_windows_make_two_rows_and_one_lead(point, bureau):
    second = CheckInPointFactory(organisation=bureau)

    give(point)
    give(second, nonce="n2")

    assert counts() == ONE | {"CheckIn": 2}


def test_only_confirmed_leads_count(point, official):
    row, _receipt = give(point)
    before = CheckIn.objects.confirmed().count()
    for step in (LeadState.CONTACTED, LeadState.VERIFIED):
        discovery.move(lead=row.person.lead, to=step, by=official)

    assert (before, CheckIn.objects.confirmed().count()) == (0, 1)


def test_a_closed_window_takes_nothing(point, official):
    checkin_point.close(point=point, by=official)

    with pytest.raises(WrongState):
        give(point)
    assert counts() == NOTHING


def test_withdrawing_erases_row_lead_and_person(point):
    row, receipt = give(point)
    pk = row.pk

    checkin.withdraw(check_in=row)

    assert counts() == NOTHING
    assert checkins.by_receipt(receipt) is None
    event = AuditEvent.objects.order_by("-number").first()
    assert (event.event, event.object_id, event.detail["kept"]) == ("checkin.withdraw", pk, "nothing")


def test_withdrawing_leaves_what_another_channel_found(point, bureau, official):
    row, _receipt = give(point)
    discovery.open_lead(person=row.person, channel=Channel.ENTERPRISE_VISIT, by=official)

    checkin.withdraw(check_in=row)

    lead = Lead.objects.get()
    assert counts() == ONE | {"CheckIn": 0}
    assert (lead.channel, lead.evidence.get().channel) == ("enterprise_visit", "enterprise_visit")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_withdrawing_one_of_two_leaves_the_lead(point, bureau, order):
    second = CheckInPointFactory(organisation=bureau)
    rows = [give(point)[0], give(second, nonce="n2")[0]]

    checkin.withdraw(check_in=rows[order[0]])
    middle = counts()
    checkin.withdraw(check_in=rows[order[1]])

    assert middle == ONE
    assert counts() == NOTHING


def test_withdrawing_leaves_the_branchs_own_record(point, official):
    row, _receipt = give(point)
    for step in (LeadState.CONTACTED, LeadState.VERIFIED):
        discovery.move(lead=row.person.lead, to=step, by=official)

    checkin.withdraw(check_in=row)

    assert counts() == ONE | {"CheckIn": 0}


def test_correcting_the_branch_changes_the_row_alone(point):
    row, receipt = give(point)

    checkin.correct(check_in=row, given=given(branch_name="西街党支部"))

    found = checkins.by_receipt(receipt)
    assert (found.pk, found.branch_name, counts()) == (row.pk, "西街党支部", ONE)
    assert AuditEvent.objects.order_by("-number").first().detail == {"fields": ["branch_name"]}


def test_correcting_the_number_leaves_no_trace_of_the_wrong_one(point):
    row, receipt = give(point)
    wrong = row.person.pk

    checkin.correct(check_in=row, given=given(phone=OTHER_PHONE))

    found = checkins.by_receipt(receipt)
    assert counts() == ONE
    assert (found.phone_masked, found.person.phone_masked) == ("150******28", "150******28")
    assert not Person.objects.filter(pk=wrong).exists()


def test_a_confirmed_check_in_is_corrected_by_the_branch(point, official):
    row, _receipt = give(point)
    for step in (LeadState.CONTACTED, LeadState.VERIFIED):
        discovery.move(lead=row.person.lead, to=step, by=official)

    with pytest.raises(WrongState):
        checkin.correct(check_in=row, given=given(name="王建军"))


def test_what_nobody_confirmed_is_erased_after_thirty_days(point, official):
    start = datetime.datetime(2127, 3, 1, 9, tzinfo=datetime.UTC)
    with time_machine.travel(start, tick=False) as clock:
        give(point)
        kept, _receipt = give(point, nonce="n2", name="李凤英", phone=OTHER_PHONE)
        for step in (LeadState.CONTACTED, LeadState.VERIFIED):
            discovery.move(lead=kept.person.lead, to=step, by=official)
        clock.shift(datetime.timedelta(days=29))
        early = checkin.erase_stale()
        clock.shift(datetime.timedelta(days=2))
        late = checkin.erase_stale()

    assert (early, late) == (0, 1)
    assert counts() == ONE
    assert CheckIn.objects.get() == kept


def test_a_lead_somebody_works_on_keeps_its_check_in(point, official):
    start = datetime.datetime(2127, 3, 1, 9, tzinfo=datetime.UTC)
    with time_machine.travel(start, tick=False) as clock:
        row, _receipt = give(point)
        clock.shift(datetime.timedelta(days=29))
        discovery.move(lead=row.person.lead, to=LeadState.CONTACTED, by=official)
        clock.shift(datetime.timedelta(days=2))

        assert checkin.erase_stale() == 0


def test_an_official_enters_it_within_their_scope_alone(point, official):
    stranger = UserFactory(role="official")

    row, _receipt = give(point, by=official)

    assert row.recorded_by == official
    with pytest.raises(Refused):
        give(point, nonce="n2", by=stranger, name="李凤英", phone=OTHER_PHONE)


def test_the_database_shows_no_window_and_no_check_in_outside_the_scope(point, bureau):
    give(point)
    other = OrganisationFactory()

    with transaction.atomic():
        set_scope([other.path])
        outside = (CheckIn.objects.count(), CheckInPoint.objects.count(), point.tokens.count())
        set_scope([bureau.path])
        inside = (CheckIn.objects.count(), CheckInPoint.objects.count(), point.tokens.count())

    assert outside == (0, 0, 0)
    assert inside == (1, 1, 1)


def test_a_replaced_code_says_so_and_the_new_one_works(point, official):
    old, key = checkins.token_of(point), point.screen_key

    checkin_point.rotate(point=point, by=official)

    new = checkins.token_of(point)
    assert new != old
    assert [checkins.scan(code).trouble for code in (old, new, "nothere")] == ["replaced", "", "unknown"]
    assert checkins.screen(key) is None


def test_a_screens_code_counts_for_its_minutes_and_the_next(point):
    with time_machine.travel("2127-05-04 10:00:10+08:00", tick=False) as clock:
        code = codes.for_screen(checkins.token_of(point))
        fresh = checkins.scan(code.upper()).trouble
        clock.shift(codes.SCREEN_SECONDS)
        older = checkins.scan(code).trouble
        clock.shift(codes.SCREEN_SECONDS)
        late = checkins.scan(code).trouble
        forged = checkins.scan(f"{checkins.token_of(point)}-00000000").trouble

    assert (fresh, older, late, forged) == ("", "", "late", "late")


def test_a_window_of_the_screen_refuses_the_posters_code(point, official):
    checkin_point.change(point=point, is_screen_only=True, by=official)

    token = checkins.token_of(point)

    assert checkins.scan(token).trouble == "screen_only"
    assert checkins.scan(codes.for_screen(token)).trouble == ""


def test_joining_the_contact_group_is_noted_once_and_taken_back(point, official):
    row, _receipt = give(point)

    joined = discovery.join_group(lead=row.person.lead, has_joined=True, by=official)
    discovery.join_group(lead=joined, has_joined=True, by=official)
    back = discovery.join_group(lead=joined, has_joined=False, by=official)

    assert (joined.joined_group_by, back.joined_group_at) == (official, None)
    events = AuditEvent.objects.filter(event__in=["lead.join", "lead.leave"]).order_by("number")
    assert list(events.values_list("event", flat=True)) == ["lead.join", "lead.leave"]


def test_nobody_joins_from_a_lead_that_ended(point, official):
    row, _receipt = give(point)
    lead = discovery.move(lead=row.person.lead, to=LeadState.FALSE_ALARM, by=official)

    with pytest.raises(WrongState):
        discovery.join_group(lead=lead, has_joined=True, by=official)


@pytest.mark.parametrize("change", [lambda rows: rows.update(consent="改过的同意书"), lambda rows: rows.delete()])
def test_a_version_of_the_consent_text_is_never_changed(point, change):
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic():
        change(ConsentText.objects.filter(version=1))

    assert "改过" not in ConsentText.objects.get().consent


def test_new_words_are_a_new_version_and_the_old_one_stays(point, bureau):
    row, _receipt = give(point)

    checkin_point.write_consent(
        notice="新的告知", agreed="新的同意", by=UserFactory(organisation=bureau, role="steward")
    )

    row.refresh_from_db()
    assert (row.consent.version, checkins.current_text().version) == (1, 2)
    assert checkins.current_text().notice == "新的告知"
