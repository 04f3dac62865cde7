"""Two entries of one person become one, with their leads and numbers, and come apart again."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from config.errors import Refused
from config.sealed import unseal
from members import queries_cleanup
from members.actions import batch, discovery, merge_person, register
from members.middleware import set_scope
from members.models import AuditEvent, ImportRow, Lead, Merge, Person, PriorValue, Vehicle
from members.models.discovery import Channel, LeadState
from tests.factories.members import (
    DevelopmentFactory,
    ImportBatchFactory,
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    UserFactory,
    VehicleFactory,
)

pytestmark = pytest.mark.django_db

NUMBER, OTHER = "370685198503121231", "37132919791105441X"
PHONE, SECOND = "13864530017", "15065390028"


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局")


@pytest.fixture
def steward(bureau):
    found = UserFactory(organisation=bureau, role="steward")
    set_scope([bureau.path])
    return found


@pytest.fixture
def kept(bureau):
    return PersonFactory(name="王建国", organisation=bureau, phone=PHONE)


@pytest.fixture
def absorbed(bureau):
    firm = OrganisationFactory(name="顺达运输", parent=bureau)
    return PersonFactory(name="王建国", organisation=bureau, identity=NUMBER, phone=SECOND, employer=firm)


def numbers(person):
    person.refresh_from_db()
    return unseal(person, "identity_cipher"), unseal(person, "phone_cipher")


def test_everything_comes_together_and_comes_apart_again(kept, absorbed, steward, bureau):
    post, vehicle = PostFactory(person=absorbed), VehicleFactory(organisation=bureau, driver=absorbed)
    firm = absorbed.employer

    done = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)
    post.refresh_from_db(), vehicle.refresh_from_db()

    assert (numbers(kept), numbers(absorbed)) == ((NUMBER, PHONE), ("", ""))
    assert (kept.employer, post.person, vehicle.driver) == (firm, kept, kept)
    assert list(Person.objects.visible_to(steward)) == [kept]
    assert NUMBER not in str(done.filled) and SECOND not in str(done.filled)
    assert done.steps.get(table="members.priorvalue").said == "留在原处：属于被并入记录自身的内容"

    merge_person.undo(merge=done, by=steward)
    post.refresh_from_db(), vehicle.refresh_from_db()

    assert (numbers(kept), numbers(absorbed)) == (("", PHONE), (NUMBER, SECOND))
    assert (kept.employer, absorbed.employer, post.person, vehicle.driver) == (None, firm, absorbed, absorbed)
    assert set(Person.objects.visible_to(steward)) == {kept, absorbed}
    events = AuditEvent.objects.filter(event__startswith="person.").values_list("event", flat=True)
    assert list(events.order_by("number")) == ["person.merge", "person.unmerge"]


def test_two_leads_become_one_and_two_again(kept, absorbed, steward):
    late = discovery.open_lead(person=kept, channel=Channel.CHECK_IN, by=None)
    early = discovery.open_lead(person=absorbed, channel=Channel.DATA_MATCH, by=steward)
    discovery.open_lead(person=absorbed, channel=Channel.CHECK_IN, by=None)
    Lead.objects.filter(pk=early.pk).update(found_at=late.found_at.replace(year=2025))
    for state in (LeadState.CONTACTED, LeadState.VERIFIED):
        discovery.move(lead=early, to=state, by=steward)

    done = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)
    (lead,) = Lead.objects.visible_to(steward)

    assert (lead.pk, lead.channel, lead.state, lead.found_at.year) == (late.pk, "data_match", "verified", 2025)
    assert sorted(lead.evidence.values_list("channel", flat=True)) == ["check_in", "data_match"]
    assert Lead.objects.confirmed().count() == 1

    merge_person.undo(merge=done, by=steward)

    found = {row.person_id: (row.channel, row.state, row.evidence.count()) for row in Lead.objects.all()}
    assert found == {kept.pk: ("check_in", "found", 1), absorbed.pk: ("data_match", "verified", 2)}
    assert Lead.objects.confirmed().get().person == absorbed


def test_what_was_changed_since_stays_when_a_merge_is_undone(kept, absorbed, steward):
    done = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)
    register.change(person=kept, by=steward, identity=OTHER)

    merge_person.undo(merge=done, by=steward)

    assert (numbers(kept), numbers(absorbed)) == ((OTHER, PHONE), (NUMBER, SECOND))


def test_two_numbers_are_two_people(bureau, absorbed, steward):
    other = PersonFactory(organisation=bureau, identity=OTHER)

    refusal = merge_person.refusal(other, absorbed, steward)

    assert refusal.code == "two_numbers"


def test_a_merge_is_refused_outside_the_scope_twice_and_with_two_developments(kept, absorbed, steward, bureau):
    stranger = UserFactory(role="steward")
    assert merge_person.refusal(kept, kept, steward).code == "same_row"
    assert merge_person.refusal(kept, absorbed, stranger).code == "outside_scope"
    running = [DevelopmentFactory(person=person, opened_by=steward) for person in (kept, absorbed)]
    assert merge_person.refusal(kept, absorbed, steward).code == "two_developments"
    type(running[0]).objects.filter(pk=running[0].pk).update(
        stage="ended", ended_from="applicant", end_reason="mistake", ended_on="2026-01-01"
    )
    done = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)
    absorbed.refresh_from_db()
    assert merge_person.refusal(kept, absorbed, steward).code == "merged_already"
    merge_person.undo(merge=done, by=steward)
    with pytest.raises(Refused) as refused:
        merge_person.undo(merge=done, by=steward)
    assert refused.value.code == "undone"


def test_a_later_merge_is_undone_first(kept, absorbed, steward, bureau):
    third = PersonFactory(organisation=bureau)
    first = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)
    second = merge_person.merge(kept=third, absorbed=kept, by=steward)

    with pytest.raises(Refused) as refused:
        merge_person.undo(merge=first, by=steward)
    merge_person.undo(merge=second, by=steward)
    merge_person.undo(merge=first, by=steward)

    assert refused.value.code == "later_merge"
    assert (numbers(kept), numbers(absorbed), numbers(third)) == (("", PHONE), (NUMBER, SECOND), ("", ""))


def test_an_import_undone_after_a_merge_removes_neither(kept, absorbed, steward, bureau):
    entered = ImportBatchFactory(organisation=bureau, uploaded_by=steward, state="done")
    for number, person in enumerate((kept, absorbed)):
        ImportRow.objects.create(batch=entered, number=number, person=person, is_new_person=True)
    done = merge_person.merge(kept=kept, absorbed=absorbed, by=steward)

    counts = batch.undo(batch=entered, by=steward)
    merge_person.undo(merge=done, by=steward)

    assert counts == {"removed": 0, "kept": 2}
    assert Person.objects.count() == 2


def test_the_database_keeps_numbers_off_merged_entries(kept, absorbed, steward):
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=absorbed.pk).update(merged_into=kept)


# The desk


@pytest.fixture
def as_steward(client, steward):
    client.force_login(steward)
    return client


def test_the_desk_compares_masked_merges_and_undoes(as_steward, kept, absorbed):
    url = f"{reverse('admin:members_person_merge')}?kept={kept.pk}&absorbed={absorbed.pk}"

    page = as_steward.get(url).content.decode()
    done = as_steward.post(url)
    merge = Merge.objects.get()
    listed = as_steward.get(reverse("admin:members_merge_changelist")).content.decode()
    shown = as_steward.get(reverse("admin:members_merge_change", args=[merge.pk])).content.decode()
    as_steward.post(reverse("admin:members_merge_undo", args=[merge.pk]))

    for number in (NUMBER, PHONE, SECOND):
        assert all(number not in text for text in (page, listed, shown))
    assert "3****************1" in page
    assert (done.status_code, "王建国" in listed) == (302, True)
    merge.refresh_from_db()
    assert merge.undone_at is not None


def test_merging_is_chosen_from_the_list(as_steward, kept, absorbed):
    url = reverse("admin:members_person_changelist")
    data = {"action": "merge_two", "_selected_action": [kept.pk, absorbed.pk]}

    assert f"kept={kept.pk}&absorbed={absorbed.pk}" in as_steward.post(url, data).url
    assert as_steward.post(url, data | {"_selected_action": [kept.pk]}).url == url
    assert as_steward.get(reverse("admin:members_person_merge")).url == url


def test_lists_of_the_desk_find_what_is_missing_wrong_or_double(as_steward, kept, absorbed, bureau):
    url = reverse("admin:members_person_changelist")
    broken = PersonFactory(name="号码有误", organisation=bureau, identity="370685198503121232")
    untidy = PersonFactory(name="李 红", organisation=bureau, identity=OTHER)
    twin = PersonFactory(name="赵铁柱", organisation=bureau, phone=PHONE)

    def names(**wanted):
        rows = as_steward.get(url, wanted).context["cl"].result_list
        return {row.pk for row in rows}

    assert names(trouble="check") == {broken.pk}
    assert names(trouble="name") == {untidy.pk}
    assert names(trouble="double") == {kept.pk, twin.pk}
    assert names(missing="employer") == {kept.pk, broken.pk, untidy.pk, twin.pk}
    assert names(missing="phone_digest") == {broken.pk, untidy.pk}
    assert list(queries_cleanup.failing_identity(Person.objects.all())) == [broken]


def test_values_are_tidied_with_a_preview_and_put_back(as_steward, bureau, steward):
    person = PersonFactory(name="李　红 ", organisation=bureau, phone="+86 138 6453 0017")
    vehicle = VehicleFactory(plate="鲁f·1234o", organisation=bureau)
    runs = [
        ("members_person_changelist", "tidy_names", person),
        ("members_person_changelist", "tidy_phones", person),
        ("members_vehicle_changelist", "tidy_plates", vehicle),
    ]

    for name, action, row in runs:
        data = {"action": action, "_selected_action": [row.pk]}
        preview = as_steward.post(reverse(f"admin:{name}"), data).content.decode()
        assert "13864530017" not in preview
        as_steward.post(reverse(f"admin:{name}"), data | {"confirm": "1"})

    person.refresh_from_db(), vehicle.refresh_from_db()
    assert (person.name, unseal(person, "phone_cipher"), vehicle.plate) == ("李红", "13864530017", "鲁F12340")
    assert Person.objects.with_number("phone", "13864530017").get() == person

    url = reverse("admin:members_priorvalue_changelist")
    listed = as_steward.get(url).content.decode()
    data = {"action": "put_back", "_selected_action": list(PriorValue.objects.values_list("pk", flat=True))}
    as_steward.post(url, data | {"confirm": "1"})

    person.refresh_from_db(), vehicle.refresh_from_db()
    assert "6453" not in listed
    assert (person.name, unseal(person, "phone_cipher"), vehicle.plate) == ("李　红 ", "+86 138 6453 0017", "鲁f·1234o")


def test_a_plate_another_vehicle_has_is_not_tidied_and_a_changed_value_not_put_back(as_steward, bureau, steward):
    VehicleFactory(plate="鲁F12340", organisation=bureau)
    vehicle = VehicleFactory(plate="鲁F1234o", organisation=bureau)
    person = PersonFactory(name="李 红", organisation=bureau)
    people = reverse("admin:members_person_changelist")

    as_steward.post(
        reverse("admin:members_vehicle_changelist"),
        {"action": "tidy_plates", "_selected_action": [vehicle.pk], "confirm": "1"},
    )
    as_steward.post(people, {"action": "tidy_names", "_selected_action": [person.pk], "confirm": "1"})
    register.change(person=person, by=steward, name="李洪")
    prior = PriorValue.objects.get()
    as_steward.post(
        reverse("admin:members_priorvalue_changelist"),
        {"action": "put_back", "_selected_action": [prior.pk], "confirm": "1"},
    )

    vehicle.refresh_from_db(), person.refresh_from_db(), prior.refresh_from_db()
    assert (vehicle.plate, person.name, prior.put_back_at) == ("鲁F1234o", "李洪", None)
    assert Vehicle.objects.count() == 2


def test_open_leads_of_nobody_are_given_to_somebody(as_steward, kept, steward, bureau):
    lead = discovery.open_lead(person=kept, channel=Channel.CHECK_IN, by=None)
    keeper = UserFactory(organisation=bureau, role="official")
    reader = UserFactory(organisation=bureau, role="overseer")
    url = reverse("admin:members_lead_changelist")

    listed = as_steward.get(url, {"owned": "nobody"}).context["cl"].result_list
    data = {"action": "give", "_selected_action": [lead.pk], "confirm": "1"}
    as_steward.post(url, data | {"value": reader.pk})
    lead.refresh_from_db()
    first = lead.owner
    as_steward.post(url, data | {"value": keeper.pk})
    lead.refresh_from_db()

    assert ([row.pk for row in listed], first, lead.owner) == ([lead.pk], None, keeper)
    assert not as_steward.get(url, {"owned": "nobody"}).context["cl"].result_list


def test_an_import_is_undone_from_the_desk(as_steward, kept, bureau, steward):
    entered = ImportBatchFactory(organisation=bureau, uploaded_by=steward, state="done")
    ImportRow.objects.create(batch=entered, number=1, person=kept, is_new_person=True)
    url = reverse("admin:members_importbatch_changelist")

    as_steward.post(url, {"action": "undo", "_selected_action": [entered.pk], "confirm": "1"})

    entered.refresh_from_db()
    assert (entered.state, Person.objects.count()) == ("undone", 0)


def test_credit_codes_that_fail_are_listed(as_steward, bureau):
    wrong = OrganisationFactory(parent=bureau, kind="enterprise", uscc="91370685MA0D000009")
    without = OrganisationFactory(parent=bureau, kind="enterprise")
    url = reverse("admin:members_organisation_changelist")

    for value, row in (("check", wrong), ("none", without)):
        assert [found.pk for found in as_steward.get(url, {"credit_code": value}).context["cl"].result_list] == [row.pk]
