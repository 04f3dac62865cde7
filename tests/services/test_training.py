"""Trainings: who completed them, never how long; certificates for those who did."""

import datetime
import io

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Refused
from members.middleware import set_scope
from services.actions import training as actions
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Grant
from services.queries import training as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
D = datetime.date
DAY = D(2024, 5, 20)


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel("2024-07-10T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope(["*"])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def training(official, kinds, code="training-safety", **values):
    plain = {"organisation": official.organisation, "logged_by": official, "happened_on": DAY, "kind": kinds[code]}
    return rows.ActivityFactory(**plain | values)


def finish(activity, count):
    people = PersonFactory.create_batch(count, organisation=activity.organisation)
    for person in people:
        rows.ParticipationFactory(activity=activity, person=person, state="completed")
    return people


def value(official, key, **filters):
    return registry.read(key, Scope(official.organisation), periods.parse("2024", D(2024, 7, 10)), **filters).value


def test_completion_counts_names_or_the_number_whichever_is_more(official, kinds):
    finish(training(official, kinds), 3)
    training(official, kinds, "online-lesson", headcount=40)
    finish(training(official, kinds, headcount=2), 5)
    training(official, kinds)

    assert value(official, "training.completed") == 3 + 40 + 5
    assert value(official, "training.persons") == 8
    assert value(official, "training.persons", kind="online-lesson") == 0


def test_who_came_and_did_not_complete_it_does_not_count(official, kinds):
    activity = training(official, kinds)
    rows.ParticipationFactory(activity=activity, state="present")

    assert value(official, "training.persons") == 0
    assert queries.without_certificate(activity) == []


def test_the_list_says_how_many_completed_and_what_they_got(signed_in, official, kinds):
    finish(training(official, kinds, line="疲劳驾驶的危害"), 2)
    training(official, kinds, "online-lesson", headcount=40)
    rows.ActivityFactory(kind=kinds["training-safety"])
    training(official, kinds, "forum")

    page = signed_in.get(reverse("services:training_list"), {"period": "2024"})

    found = [(row.completed, row.named, row.certified) for row in page.context["page"]]
    assert sorted(found) == [(2, 2, 0), (40, 0, 0)]
    assert "疲劳驾驶的危害" in page.content.decode()


def test_the_export_is_exactly_the_list(signed_in, official, kinds):
    finish(training(official, kinds), 2)
    training(official, kinds, "online-lesson", headcount=40)
    wanted = {
        "organisation": official.organisation.code, "period": "2024", "kind": kinds["online-lesson"].pk,
    }  # fmt: skip

    response = signed_in.post(reverse("services:training_export"), wanted)

    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(line[1], line[4:]) for line in lines] == [("网络课堂", [40, 0, 0])]


def certify(client, activity, **values):
    address = reverse("services:training_certify", args=[activity.pk])
    form = client.get(address).context["form"]
    return client.post(address, filled(form) | values)


def filled(form):
    """What the form would send unchanged."""
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else getattr(value, "pk", value) for name, value in values.items()}


def test_everybody_who_completed_gets_a_certificate_once(signed_in, official, kinds):
    activity = training(official, kinds)
    people = finish(activity, 3)

    first = certify(signed_in, activity, people=[str(person.pk) for person in people[:2]])
    second = certify(signed_in, activity)

    assert (first.status_code, second.status_code) == (302, 302)
    given = Grant.objects.filter(activity=activity, kind=kinds["training-certificate"])
    assert set(given.values_list("person", flat=True)) == {person.pk for person in people}
    assert given.count() == 3
    assert value(official, "certificate.count") == 3
    assert queries.without_certificate(activity) == []


def test_the_same_form_twice_gives_one_certificate_each(signed_in, official, kinds):
    activity = training(official, kinds)
    finish(activity, 2)
    address = reverse("services:training_certify", args=[activity.pk])
    form = signed_in.get(address).context["form"]
    sent = filled(form)

    signed_in.post(address, sent)
    signed_in.post(address, sent)

    assert Grant.objects.filter(activity=activity).count() == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"given_on": "2024-05-01"}, "早于培训日期"),
        ({"given_on": "2024-12-01"}, "尚未到来"),
        ({"people": []}, "至少选择一人"),
        ({"people": ["999999"]}, "选择"),
        ({"name": ""}, "填写"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_said(signed_in, official, kinds, values, words):
    activity = training(official, kinds)
    finish(activity, 1)

    response = certify(signed_in, activity, **values)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Grant.objects.exists()


def test_what_is_no_training_gives_no_certificate(signed_in, official, kinds):
    forum = training(official, kinds, "forum")

    page = signed_in.get(reverse("services:training_certify", args=[forum.pk]), follow=True)

    assert "不是培训" in page.content.decode()


def test_nobody_certifies_in_another_county(client, official, kinds):
    activity = training(official, kinds)
    people = finish(activity, 1)
    stranger = UserFactory(role="official")
    client.force_login(stranger)

    assert client.get(reverse("services:training_certify", args=[activity.pk])).status_code == 404
    set_scope(["*"])
    with pytest.raises(Refused):
        actions.certify(
            activity=activity, people=people, kind=kinds["training-certificate"], name="结业", given_on=DAY,
            issuer="", once=activity.once, by=stranger,
        )  # fmt: skip


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_for_one_training_and_for_many(
    signed_in, official, kinds, count, django_assert_max_num_queries
):
    for _times in range(count):
        finish(training(official, kinds), 1)
    OrganisationFactory()

    with django_assert_max_num_queries(26):
        page = signed_in.get(reverse("services:training_list"), {"period": "2024"})

    assert page.context["page"].paginator.count == count
