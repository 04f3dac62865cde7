"""The register: entering, finding, showing one number, vehicles, enterprises."""

import datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from config.cipher import Undecipherable
from config.errors import Refused
from config.sealed import unseal
from members.actions import register
from members.actions import reveal as revealing
from members.middleware import set_scope
from members.models import AuditEvent, Organisation, Person, Post, Vehicle
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    RegionFactory,
    UserFactory,
    VehicleFactory,
)

pytestmark = pytest.mark.django_db

NUMBER = "370685198503121231"
OTHER = "37132919791105441X"
PHONE = "13864530017"


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def as_official(client, official):
    client.force_login(official)
    return client


@pytest.fixture
def person(bureau, official):
    return PersonFactory(name="王建国", organisation=bureau, identity=NUMBER, phone=PHONE)


def events(name):
    return list(AuditEvent.objects.filter(event=name).order_by("pk"))


def test_numbers_stand_in_the_database_sealed_and_masked(person):
    with connection.cursor() as cursor:
        cursor.execute("select members_person::text from members_person")
        row = cursor.fetchone()[0]

    assert (person.identity_masked, person.phone_masked) == ("3****************1", "138******17")
    assert (unseal(person, "identity_cipher"), unseal(person, "phone_cipher")) == (NUMBER, PHONE)
    assert NUMBER.encode().hex() not in row
    assert NUMBER not in row


def test_a_number_moved_to_another_row_does_not_open(person, bureau):
    other = PersonFactory(organisation=bureau)
    Person.objects.filter(pk=other.pk).update(identity_cipher=person.identity_cipher)
    other.refresh_from_db()

    assert other.identity_masked == "?"
    with pytest.raises(Undecipherable):
        unseal(other, "identity_cipher")


def test_create_records_field_names_and_no_value(bureau, official):
    made = register.create(name="李红", organisation=bureau, by=official, identity=OTHER, phone=PHONE)

    (event,) = events("person.create")
    assert (event.object_id, event.detail) == (made.pk, {"fields": ["identity", "phone"]})


def test_an_identity_number_is_registered_once(person, bureau, official):
    with pytest.raises(Refused) as refused:
        register.create(name="王健国", organisation=bureau, by=official, identity=NUMBER)

    assert refused.value.code == "registered"
    assert Person.objects.count() == 1
    assert [(event.object_id, event.outcome) for event in events("person.double")] == [(person.pk, "refused")]


def test_the_database_refuses_a_double_with_its_digest_alone(person, bureau):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        PersonFactory(organisation=bureau, identity=NUMBER)

    assert "identity_digest" in str(refused.value)
    assert NUMBER not in str(refused.value)


def test_a_number_of_another_county_is_refused_without_a_name(official, bureau):
    elsewhere = PersonFactory(name="外县人", identity=NUMBER)

    with pytest.raises(Refused) as refused:
        register.create(name="王建国", organisation=bureau, by=official, identity=NUMBER)

    assert refused.value.code == "registered_elsewhere"
    assert elsewhere.name not in str(refused.value)


def test_nobody_enters_people_outside_their_subtree(official):
    with pytest.raises(Refused) as refused:
        register.create(name="李红", organisation=OrganisationFactory(), by=official)

    assert refused.value.code == "outside_scope"


def test_change_keeps_numbers_left_empty_and_names_what_changed(person, official):
    branch = OrganisationFactory(kind=Organisation.Kind.PARTY_BRANCH)

    changed = register.change(person=person, by=official, name="王建国", phone="13900000001", party_branch=branch)

    assert (unseal(changed, "identity_cipher"), unseal(changed, "phone_cipher")) == (NUMBER, "13900000001")
    (event,) = events("person.change")
    assert event.detail == {"fields": ["party_branch", "phone"]}


def test_a_post_ends_once_and_not_before_it_began(person, official):
    post = PostFactory(person=person, from_on=datetime.date(2026, 3, 1))

    with pytest.raises(Refused) as early:
        register.end_post(post=post, on=datetime.date(2026, 2, 1), by=official)
    register.end_post(post=post, on=datetime.date(2026, 4, 1), by=official)
    with pytest.raises(Refused) as again:
        register.end_post(post=post, on=datetime.date(2026, 5, 1), by=official)

    assert (early.value.code, again.value.code) == ("before_start", "ended")
    assert Post.objects.get().to_on == datetime.date(2026, 4, 1)


def test_a_known_plate_gets_a_driver_and_no_double(person, bureau, official):
    keeper = PersonFactory(organisation=bureau)
    VehicleFactory(plate="鲁F12345", organisation=bureau, keeper=keeper)

    register.add_vehicle(person=person, plate="鲁F12345", kind="truck", is_keeper=False, is_driver=True, by=official)

    assert list(Vehicle.objects.values_list("plate", "keeper", "driver")) == [("鲁F12345", keeper.pk, person.pk)]
    with pytest.raises(Refused) as refused:
        register.add_vehicle(person=person, plate="鲁F12345", kind="van", is_keeper=True, is_driver=False, by=official)
    assert refused.value.code == "other_holder"


def test_a_plate_of_another_county_is_not_taken_over(person, official):
    VehicleFactory(plate="鲁F12345")

    with pytest.raises(Refused) as refused:
        register.add_vehicle(
            person=person, plate="鲁F12345", kind="truck", is_keeper=True, is_driver=False, by=official
        )

    assert refused.value.code == "registered_elsewhere"


def test_reveal_is_on_record_with_its_reason(person, official):
    value = revealing.reveal(person=person, place="identity", reason="verify", by=official)

    (event,) = events("person.reveal")
    assert value == NUMBER
    assert (event.actor_id, event.object_id, event.outcome) == (official.pk, person.pk, "done")
    assert event.detail == {"field": "identity", "reason": "verify"}


def test_without_an_audit_row_nothing_is_shown(person, official, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("no audit")

    monkeypatch.setattr(revealing.audit, "record", broken)

    with pytest.raises(RuntimeError):
        revealing.reveal(person=person, place="identity", reason="verify", by=official)


def test_the_thirty_first_reveal_of_a_day_is_refused_and_on_record(person, official):
    for _number in range(revealing.DAILY_LIMIT):
        revealing.reveal(person=person, place="phone", reason="contact", by=official)

    with pytest.raises(Refused) as refused:
        revealing.reveal(person=person, place="phone", reason="contact", by=official)

    assert refused.value.code == "limit"
    assert [event.outcome for event in events("person.reveal")] == ["done"] * 30 + ["limit"]
    with time_machine.travel(timezone.now() + datetime.timedelta(days=1)):
        assert revealing.shown_today(official) == 0


def test_who_saw_answers_by_person_and_by_account(person, official, bureau):
    other = PersonFactory(organisation=bureau, phone="13900000001")
    revealing.reveal(person=person, place="identity", reason="verify", by=official)
    revealing.reveal(person=other, place="phone", reason="contact", by=official)

    by_person, by_account = StringIO(), StringIO()
    call_command("who_saw", person=person.pk, stdout=by_person)
    call_command("who_saw", account=official.username, stdout=by_account)

    assert (f"{official.username}  人员 {person.pk}  identity  verify  done" in by_person.getvalue()) is True
    assert by_person.getvalue().splitlines()[-1] == "共 1 次。"
    assert by_account.getvalue().splitlines()[-1] == "共 2 次。"


# Pages


def test_the_list_shows_masks_and_filters(as_official, person, bureau):
    PersonFactory(name="李红", organisation=bureau, phone="13900000001", party_branch=OrganisationFactory())

    everybody = as_official.get(reverse("members:register_people")).content.decode()
    branchless = as_official.get(reverse("members:register_people"), {"missing": "party_branch"}).content.decode()

    assert NUMBER not in everybody
    assert PHONE not in everybody
    assert "3****************1" in everybody
    assert ("王建国" in branchless, "李红" in branchless) == (True, False)


@pytest.mark.parametrize("text", [NUMBER, "３７０６８５１９８５０３１２１２３１", "138 6453 0017", "鲁F·12345"])
def test_find_opens_the_person_behind_a_number(as_official, person, bureau, text):
    VehicleFactory(plate="鲁F12345", organisation=bureau, driver=person)
    PersonFactory(organisation=bureau, identity=OTHER, phone="13900000001")

    response = as_official.post(reverse("members:register_find"), {"text": text})

    assert (response.status_code, response.url) == (302, person.get_absolute_url())


def test_find_by_name_narrows_the_list(as_official, person):
    response = as_official.post(reverse("members:register_find"), {"text": "建国"}, follow=True)

    assert response.redirect_chain == [("/people/?name=%E5%BB%BA%E5%9B%BD", 302)]
    assert "王建国" in response.content.decode()


def test_find_says_what_is_wrong_with_a_number_and_does_not_repeat_it(as_official, person):
    response = as_official.post(reverse("members:register_find"), {"text": "370685198503121232"})

    assert "校验" in response.content.decode()
    assert "370685198503121232" not in response.content.decode()


def test_find_does_not_tell_of_other_counties(as_official):
    PersonFactory(name="外县人", identity=OTHER)

    response = as_official.post(reverse("members:register_find"), {"text": OTHER})

    assert "外县人" not in response.content.decode()


def test_the_form_enters_a_person_and_never_sends_a_number_back(as_official, bureau):
    wrong = as_official.post(
        reverse("members:register_create"), {"name": "", "organisation": bureau.pk, "identity": NUMBER}
    )
    bad = as_official.post(
        reverse("members:register_create"), {"name": "李红", "organisation": bureau.pk, "identity": NUMBER[:-1] + "2"}
    )
    good = as_official.post(
        reverse("members:register_create"), {"name": "李 红", "organisation": bureau.pk, "identity": NUMBER}
    )

    assert (wrong.status_code, bad.status_code, good.status_code) == (200, 200, 302)
    assert NUMBER not in wrong.content.decode()
    assert "校验" in bad.content.decode()
    assert Person.objects.get().identity_masked == "3****************1"
    assert "no-store" in wrong["Cache-Control"]


def test_reveal_page_shows_the_number_once_and_is_not_kept(as_official, person):
    url = reverse("members:register_reveal", args=[person.pk])

    without_reason = as_official.post(url, {"place": "identity"})
    shown = as_official.post(url, {"place": "identity", "reason": "verify"})

    assert NUMBER not in without_reason.content.decode()
    assert NUMBER in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert NUMBER not in as_official.get(person.get_absolute_url()).content.decode()


def test_an_overseer_reads_masks_and_may_not_reveal(client, person, bureau):
    client.force_login(UserFactory(organisation=bureau, role="overseer"))

    page = client.get(person.get_absolute_url())
    refused = client.post(
        reverse("members:register_reveal", args=[person.pk]), {"place": "identity", "reason": "verify"}
    )

    assert (page.status_code, refused.status_code) == (200, 403)
    assert "register_reveal" not in page.content.decode()
    assert "3****************1" in page.content.decode()


@pytest.mark.parametrize("name", ["register_people", "vehicle_list", "enterprise_list"])
def test_lists_cost_the_same_with_one_and_three_rows(as_official, bureau, name):
    def add(number):
        firm = OrganisationFactory(parent=bureau, kind=Organisation.Kind.ENTERPRISE)
        driver = PersonFactory(organisation=bureau, employer=firm, phone=f"1390000000{number}")
        VehicleFactory(organisation=bureau, driver=driver)

    add(0)
    as_official.get(reverse(f"members:{name}"))
    counts = []
    for number in (1, 2):
        counter = Counter()
        with connection.execute_wrapper(counter):
            as_official.get(reverse(f"members:{name}"))
        counts.append(counter.count)
        add(number)
        add(number + 5)

    assert counts[0] == counts[1]


class Counter:
    """Counts statements."""

    def __init__(self):
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        return execute(sql, params, many, context)


def test_an_enterprise_has_a_checked_credit_code(as_official, bureau):
    data = {"name": "甲县顺达运输有限公司", "parent": bureau.pk, "region": bureau.region_id}

    wrong = as_official.post(reverse("members:enterprise_create"), data | {"uscc": "91370685MA3C0QW12K"})
    good = as_official.post(reverse("members:enterprise_create"), data | {"uscc": "91350100M000100Y43"})
    double = as_official.post(reverse("members:enterprise_create"), data | {"uscc": "91350100M000100Y43"})

    assert (wrong.status_code, good.status_code, double.status_code) == (200, 302, 200)
    firm = Organisation.objects.get(kind=Organisation.Kind.ENTERPRISE)
    assert (firm.uscc, firm.parent) == ("91350100M000100Y43", bureau)
    edited = as_official.post(
        reverse("members:enterprise_edit", args=[firm.pk]),
        {"name": "甲县顺达物流有限公司", "uscc": firm.uscc, "region": bureau.region_id},
    )
    assert edited.status_code == 302
    assert Organisation.objects.get(pk=firm.pk).name == "甲县顺达物流有限公司"
