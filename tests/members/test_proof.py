"""Asking again who is there before revealing, exporting or changing rights (`security.md` row 6)."""

import datetime

import pytest
import time_machine
from django.urls import URLPattern, reverse

from members.admin import desk
from members.models import AuditEvent, RoleAssignment, User
from tests.factories.members import PASSWORD, OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 3, 2, 8, tzinfo=datetime.UTC)
IDENTITY = "370685198503121231"
ASKED = {"place": "identity", "reason": "verify"}


@pytest.fixture
def person():
    return PersonFactory(organisation=OrganisationFactory(), identity=IDENTITY)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def official(client, clock, person):
    """An official who signed in six minutes ago."""
    user = UserFactory(organisation=person.organisation, role="official")
    client.post(reverse("members:account_login"), {"username": user.username, "password": PASSWORD})
    clock.shift(datetime.timedelta(minutes=6))
    return user


def reveal(client, person, **more):
    return client.post(reverse("members:register_reveal", args=[person.pk]), {**ASKED, **more})


def test_nothing_is_asked_within_five_minutes(client, clock, person):
    user = UserFactory(organisation=person.organisation, role="official")
    client.post(reverse("members:account_login"), {"username": user.username, "password": PASSWORD})
    clock.shift(datetime.timedelta(minutes=5))

    assert IDENTITY in reveal(client, person).content.decode()


def test_the_password_is_asked_and_what_was_chosen_is_kept(client, official, person):
    asked = reveal(client, person)

    page = asked.content.decode()
    assert asked.status_code == 422
    assert IDENTITY not in page
    assert '<input type="hidden" name="place" value="identity">' in page
    assert '<input type="hidden" name="reason" value="verify">' in page
    assert not AuditEvent.objects.filter(event="person.reveal").exists()


def test_the_right_password_does_it_and_holds_for_five_minutes(client, official, person, clock):
    assert IDENTITY in reveal(client, person, proof_password=PASSWORD).content.decode()
    clock.shift(datetime.timedelta(minutes=5))
    assert IDENTITY in reveal(client, person).content.decode()
    clock.shift(datetime.timedelta(minutes=6))

    assert reveal(client, person).status_code == 422


def test_a_wrong_password_reveals_nothing_and_the_sixth_is_refused(client, official, person):
    answers = [reveal(client, person, proof_password="wrong") for _n in range(4)]
    for _n in range(2):
        reveal(client, person, proof_password="wrong")

    assert [answer.status_code for answer in answers] == [422] * 4
    assert reveal(client, person, proof_password=PASSWORD).status_code == 429
    assert not AuditEvent.objects.filter(event="person.reveal").exists()
    assert AuditEvent.objects.filter(event="account.proof", outcome="failed").exists()


def test_the_password_of_a_colleague_is_no_proof(client, official, person):
    colleague = UserFactory(organisation=person.organisation, role="official")
    colleague.set_password("another-lantern-0430")
    colleague.save()

    assert reveal(client, person, proof_password="another-lantern-0430").status_code == 422


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_way_back_stays_on_this_site(client, official, person, back):
    page = reveal(client, person, proof_back=back).content.decode()

    assert "elsewhere" not in page
    assert "javascript:" not in page


def test_several_values_of_one_name_are_all_carried_along(client, official, person):
    page = reveal(client, person, many=["一", '二"><script>']).content.decode()

    assert '<input type="hidden" name="many" value="一">' in page
    assert '<input type="hidden" name="many" value="二&quot;&gt;&lt;script&gt;">' in page


# The data desk


@pytest.fixture
def keeper(client, clock):
    """A security administrator who signed in six minutes ago."""
    user = UserFactory(organisation=OrganisationFactory(), role="security_admin")
    client.force_login(user)
    client.get(reverse("members:account_profile"))
    clock.shift(datetime.timedelta(minutes=6))
    return user


def addresses(model, user):
    """Yield every address of one table of the desk that takes a POST, for one account."""
    for pattern in desk._registry[model].get_urls():
        assert isinstance(pattern, URLPattern)
        wanted = {"object_id": str(user.pk), "pk": user.pk, "role_pk": 1}
        names = pattern.pattern.converters
        if not pattern.name.endswith("_history"):
            yield reverse(f"admin:{pattern.name}", kwargs={name: wanted[name] for name in names})


@pytest.mark.parametrize("model", [User, RoleAssignment])
def test_every_post_to_accounts_and_roles_asks(client, keeper, model):
    user = UserFactory(organisation=keeper.organisation, role="editor")

    answers = {address: client.post(address, {"role": "editor"}).status_code for address in addresses(model, user)}

    assert answers
    assert set(answers.values()) == {422}


def test_a_role_is_given_after_the_password(client, keeper):
    user = UserFactory(organisation=keeper.organisation)
    address = reverse("admin:members_user_grant", args=[user.pk])
    wanted = {"role": "editor", "organisation": keeper.organisation.pk}

    client.post(address, wanted)
    assert not user.role_assignments.exists()
    client.post(address, {**wanted, "proof_password": PASSWORD})

    assert user.role_assignments.get().role == "editor"
