"""Entries made twice: found, folded into one that counts, and taken apart again."""

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import fold as actions
from services.indicators import registry
from services.indicators.periods import parse
from services.indicators.registry import Scope
from services.models import Activity, Grant
from services.queries import fold as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 5, 20)


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope(["*"])
    return user


@pytest.fixture
def firm(official):
    return OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name="顺风运输公司")


def entry(official, kinds, **values):
    plain = {"organisation": official.organisation, "logged_by": official, "kind": kinds["enterprise-visit"]}
    return rows.ActivityFactory(**plain | {"happened_on": DAY} | values)


def found(user, **wanted):
    days = {"first_on": DAY - datetime.timedelta(days=30), "last_on": DAY + datetime.timedelta(days=30)}
    later = list(queries.suspected(user, **days | wanted).order_by("pk"))
    return [(couple.first, couple.second) for couple in queries.couples(user, later)]


def test_the_same_enterprise_on_the_same_or_the_next_day_is_suspected(official, kinds, firm):
    first = entry(official, kinds, body=firm)
    next_day = entry(official, kinds, body=firm, happened_on=DAY + datetime.timedelta(days=1))
    entry(official, kinds, body=firm, happened_on=DAY + datetime.timedelta(days=3))
    entry(official, kinds, body=OrganisationFactory(parent=official.organisation))
    entry(official, kinds, body=firm, kind=kinds["survey"])

    assert found(official) == [(first, next_day)]


def test_two_bodies_that_logged_the_same_visit_are_suspected(official, kinds, firm):
    office = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.AGENCY)
    first = entry(official, kinds, body=firm)
    second = entry(official, kinds, body=firm, organisation=office)
    for organisation in (official.organisation, office):
        entry(official, kinds, kind=kinds["snow"], organisation=organisation)

    assert found(official) == [(first, second)]


def test_calls_on_two_days_are_two_calls(official, kinds):
    pairing = rows.PairingFactory(organisation=official.organisation)
    for back in range(3):
        day = DAY - datetime.timedelta(days=back)
        entry(official, kinds, kind=kinds["contact"], pairing=pairing, happened_on=day)

    assert found(official) == []


def test_what_was_taken_back_is_no_double(official, kinds, firm):
    entry(official, kinds, body=firm)
    void = {"voided_at": "2024-05-21T00:00Z", "voided_by": official, "void_reason": "mistake"}
    entry(official, kinds, body=firm, **void)

    assert found(official) == []


def test_what_was_found_to_be_two_is_not_asked_again(client, official, kinds, firm):
    first, second = entry(official, kinds, body=firm), entry(official, kinds, body=firm)
    third = entry(official, kinds, body=firm)
    client.force_login(official)

    answer = client.post(reverse("services:fold_compare", args=[second.pk, first.pk]), {"two": "1"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("services:fold_list"))
    assert found(official) == [(second, third)]
    assert Activity.objects.standing().count() == 3
    assert AuditEvent.objects.get(event="activity.apart").object_id == second.pk


def test_nobody_keeps_apart_what_another_county_entered(official, kinds, firm):
    first, second = entry(official, kinds, body=firm), entry(official, kinds, body=firm)

    with pytest.raises(Refused) as refused:
        actions.keep_apart(first=first, second=second, by=UserFactory(role="official"))

    assert refused.value.code == "outside_scope"


def test_nobody_finds_doubles_of_another_county(official, kinds, firm):
    entry(official, kinds, body=firm)
    entry(official, kinds, body=firm)

    assert found(UserFactory(role="official")) == []


def test_folded_they_count_as_one_with_what_each_knew(official, kinds, firm):
    both, second_only = PersonFactory.create_batch(2, organisation=official.organisation)
    venue = rows.VenueFactory(organisation=official.organisation)
    partner = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.AGENCY)
    keep = entry(official, kinds, body=firm, line="甲记")
    drop = entry(official, kinds, body=firm, line="乙记", headcount=12, venue=venue, organisation=partner)
    for activity in (keep, drop):
        rows.ParticipationFactory(activity=activity, person=both)
        rows.GrantFactory(activity=activity, organisation=activity.organisation, kind=kinds["care-pack"], quantity=40)
    rows.ParticipationFactory(activity=drop, person=second_only, state="absent", reason="出车")
    rows.GrantFactory(activity=drop, organisation=partner, kind=kinds["policy-pack"], quantity=9)

    actions.fold(keep=keep, drop=drop, by=official)

    keep.refresh_from_db()
    drop.refresh_from_db()
    assert (keep.line, keep.headcount, keep.venue) == ("甲记", 12, venue)
    assert set(keep.participations.values_list("person", "state")) == {
        (both.pk, "present"),
        (second_only.pk, "absent"),
    }
    assert list(keep.co_organisations.all()) == [partner]
    assert (drop.void_reason, drop.folded_into, drop.line) == ("double", keep, "乙记")
    assert sorted(Grant.objects.standing().values_list("quantity", flat=True)) == [9, 40]
    counted = registry.read("activity.count", Scope(official.organisation), parse("2024", DAY))
    assert counted.value == 1
    event = AuditEvent.objects.get(event="activity.fold", object_id=keep.pk)
    assert event.detail == {"folded": drop.pk, "people": 1}


def test_taken_apart_everything_is_as_it_was(official, kinds, firm):
    person = PersonFactory(organisation=official.organisation)
    keep, drop = entry(official, kinds, body=firm), entry(official, kinds, body=firm, headcount=12, place="北门")
    rows.ParticipationFactory(activity=drop, person=person)
    for activity in (keep, drop):
        rows.GrantFactory(activity=activity, organisation=activity.organisation, kind=kinds["care-pack"], quantity=40)
    actions.fold(keep=keep, drop=drop, by=official)
    Activity.objects.filter(pk=keep.pk).update(place="南门")  # corrected since: stays
    drop.refresh_from_db()

    actions.unfold(activity=drop, by=official)

    keep.refresh_from_db()
    drop.refresh_from_db()
    assert (keep.headcount, keep.place, keep.participations.count()) == (None, "南门", 0)
    assert (drop.voided_at, drop.folded_into, drop.lent, drop.participations.count()) == (None, None, {}, 1)
    assert Grant.objects.standing().count() == 2
    with pytest.raises(WrongState):
        actions.unfold(activity=drop, by=official)


def test_what_cannot_be_folded_is_refused(official, kinds, firm):
    first, second, third = (entry(official, kinds, body=firm) for _times in range(3))
    actions.fold(keep=first, drop=second, by=official)

    with pytest.raises(WrongState):
        actions.fold(keep=third, drop=second, by=official)
    with pytest.raises(Refused, match="改为保留这一条"):
        actions.fold(keep=third, drop=first, by=official)
    with pytest.raises(Refused, match="自身"):
        actions.fold(keep=third, drop=third, by=official)


@pytest.mark.parametrize(("role", "may"), [("official", True), ("steward", True), ("overseer", False)])
def test_officials_and_stewards_fold_within_their_own_scope(official, kinds, firm, role, may):
    user = UserFactory(role=role, organisation=official.organisation)
    keep, drop = entry(official, kinds, body=firm), entry(official, kinds, body=firm)
    elsewhere = rows.ActivityFactory(kind=kinds["enterprise-visit"])

    with pytest.raises(Refused):
        actions.fold(keep=keep, drop=elsewhere, by=user)
    if may:
        assert actions.fold(keep=keep, drop=drop, by=user) == keep
    else:
        with pytest.raises(Refused):
            actions.fold(keep=keep, drop=drop, by=user)


def test_the_pages_show_both_logs_and_undo(client, official, kinds, firm):
    client.force_login(official)
    keep, drop = entry(official, kinds, body=firm, line="甲记"), entry(official, kinds, body=firm, line="乙记")
    days = {"first_on": "2024-05-01", "last_on": "2024-05-31"}

    listed = client.get(reverse("services:fold_list"), days).content.decode()
    compared = client.get(reverse("services:fold_compare", args=[keep.pk, drop.pk])).content.decode()
    client.post(reverse("services:fold_compare", args=[drop.pk, keep.pk]), {"keep": str(keep.pk)})
    kept = client.get(keep.get_absolute_url()).content.decode()
    folded = client.get(drop.get_absolute_url()).content.decode()
    client.post(reverse("services:fold_undo", args=[drop.pk]))

    drop.refresh_from_db()
    assert "甲记" in listed
    assert "乙记" in compared
    assert "已合并到此" in kept
    assert "乙记" in kept
    assert "撤销合并" in folded
    assert drop.voided_at is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"first_on": "2024-05-20", "last_on": "2024-05-01"}, "早于"),
        ({"first_on": "2020-01-01", "last_on": "2024-05-01"}, "一年"),
        ({"first_on": "春天"}, "日期"),
    ],
)
def test_days_that_make_no_sense_are_said(client, official, days, words):
    client.force_login(official)

    page = client.get(reverse("services:fold_list"), days)

    assert page.status_code == 422
    assert words in page.content.decode()


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_costs_the_same_for_one_couple_and_for_many(
    client, official, kinds, count, django_assert_max_num_queries
):
    client.force_login(official)
    for number in range(count):
        firm = OrganisationFactory(
            parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name=f"第{number}公司"
        )
        entry(official, kinds, body=firm)
        entry(official, kinds, body=firm)

    with django_assert_max_num_queries(16):
        page = client.get(reverse("services:fold_list"), {"first_on": "2024-05-01", "last_on": "2024-05-31"})

    assert len(page.context["couples"]) == count


@pytest.mark.django_db(transaction=True)
def test_two_who_fold_the_same_couple_the_other_way_round(kinds):
    official = UserFactory(role="official")
    set_scope(["*"])
    one, other = (
        rows.ActivityFactory(organisation=official.organisation, kind=kinds["snow"], logged_by=official)
        for _times in range(2)
    )
    refused = []

    def fold(keep, drop):
        try:
            with transaction.atomic():
                set_scope(["*"])
                actions.fold(keep=keep, drop=drop, by=official)
        except WrongState as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=fold, args=couple) for couple in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    set_scope(["*"])
    assert len(refused) == 1
    with transaction.atomic():
        set_scope(["*"])
        assert Activity.objects.standing().count() == 1
