"""Who may enter: one door, slowed guessing, passwords, sessions that end (`security.md` rows 1, 2, 3, 5)."""

import datetime
import statistics
import time

import pytest
import time_machine
from django.conf import settings as live
from django.contrib.auth.hashers import identify_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from config import settings as declared
from members.actions import account as action
from members.permissions import Role
from tests.factories.members import PASSWORD, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "members:account_login"
START = datetime.datetime(2026, 3, 2, 8, tzinfo=datetime.UTC)


def plain_addresses(resolver=None, namespace=""):
    """Yield every address that needs no argument."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from plain_addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
            continue
        try:
            yield reverse(f"{namespace}{entry.name}")
        except NoReverseMatch:
            continue


# One door


def test_one_page_with_a_password_field_opens_to_nobody(client):
    found = []
    for address in plain_addresses():
        response = client.get(address)
        if response.status_code == 200 and not response.streaming and b'type="password"' in response.content:
            found.append(address)

    assert found == [reverse(LOGIN)]


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/members/user/", "/admin/password_change/"])
def test_the_data_desk_has_no_door_of_its_own(client, address):
    assert client.get(address).status_code in {302, 404}
    assert client.post(address, {"username": "x", "password": "y"}).status_code in {302, 403, 404}

    client.force_login(UserFactory(role="editor"))
    assert client.get(address).status_code in {403, 404}
    assert client.post(address, {"username": "x", "password": "y"}).status_code in {403, 404}


def test_signing_in_gives_a_new_session_id(client):
    user = UserFactory()
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies[live.SESSION_COOKIE_NAME] = planted = session.session_key

    client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.session.session_key != planted


# Guessing


def guess(username, password="wrong", address="10.0.0.9", **headers):
    return (
        Client()
        .post(reverse(LOGIN), {"username": username, "password": password}, REMOTE_ADDR=address, **headers)
        .status_code
    )


@pytest.fixture
def victim():
    return UserFactory(username="victim")


def test_the_sixth_guess_is_refused_for_fifteen_minutes(victim):
    with time_machine.travel(START, tick=False) as clock:
        assert [guess("victim") for _n in range(4)] == [200] * 4
        assert guess("victim") in {200, 429}
        assert guess("victim") == 429
        assert guess("victim", PASSWORD) == 429
        clock.shift(datetime.timedelta(minutes=16))
        assert guess("victim", PASSWORD) == 302


def test_a_locked_name_locks_neither_the_office_nor_the_victim(victim):
    colleague = UserFactory(username="colleague")
    for _n in range(8):
        guess("victim")

    assert guess("victim", PASSWORD) == 429
    assert guess(colleague.username, PASSWORD) == 302
    assert guess("victim", PASSWORD, address="10.0.0.44") == 302


def test_forged_headers_gain_no_guesses(victim):
    answers = [
        guess("victim", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}", HTTP_X_REAL_IP=f"203.0.113.{n}") for n in range(40)
    ]

    assert set(answers[5:]) == {429}


def test_the_lockout_page_says_what_to_do(client, victim):
    for _n in range(7):
        response = client.post(reverse(LOGIN), {"username": "victim", "password": "wrong"})

    assert response.status_code == 429
    assert "15 分钟" in response.content.decode()


def test_an_unknown_name_costs_the_time_of_a_known_one(victim, settings):
    settings.PASSWORD_HASHERS = declared.PASSWORD_HASHERS
    victim.set_password(PASSWORD)
    victim.save()

    def cost(username):
        begun = time.perf_counter()
        guess(username, address=f"10.1.{len(spent)}.1")
        return time.perf_counter() - begun

    spent = []
    for n in range(9):
        spent.append((cost("victim"), cost(f"nobody{n}")))
    known, unknown = (statistics.median(column) for column in zip(*spent, strict=True))

    assert 0.5 < known / unknown < 2  # a lookup that skipped the hash would be more than ten times faster


# Passwords

HABITS = [
    "wang1234wang",
    "admin@123456",
    "dangyuan1921",
    "zhongguo1949",
    "zhaoyuan2025",
    "linshu123456",
    "Dangjian@2026",
    "woaini5201314",
    "1qaz2wsx3edc",
    "qwertyuiop12",
    "888888666666",
    "shandong@123",
    "Aa123456789!",
    "dzrb20260701",
    "jiaotongju123",
    "zhonggong100",
]


@pytest.mark.parametrize("password", HABITS)
def test_passwords_of_local_habit_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, UserFactory.build(organisation=None, username="liming"))


@pytest.mark.parametrize(
    "password", [PASSWORD, "清晨六点的驿站还亮着灯吗", "correct horse battery staple", "x" * 3 + "🙂é" * 60]
)
def test_long_phrases_of_any_letters_are_accepted(password):
    validate_password(password, UserFactory.build(organisation=None, username="liming"))


def test_eleven_characters_are_too_few():
    with pytest.raises(ValidationError):
        validate_password("清晨六点的驿站亮着灯")


def test_passwords_are_stored_by_argon2id(settings):
    settings.PASSWORD_HASHERS = declared.PASSWORD_HASHERS
    user = UserFactory()

    user.set_password(PASSWORD)

    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.password.startswith("argon2$argon2id$")


# Sessions


@pytest.fixture
def editor():
    return UserFactory(organisation=OrganisationFactory(), role="editor")


@pytest.fixture
def door(client, editor):
    """A client that signed in at START by the page, and the clock."""
    with time_machine.travel(START, tick=False) as clock:
        client.post(reverse(LOGIN), {"username": editor.username, "password": PASSWORD})
        yield client, clock


def is_inside(client):
    return client.get(reverse("members:account_profile")).status_code == 200


def test_a_session_ends_after_thirty_idle_minutes(door):
    client, clock = door
    for _n in range(3):
        clock.shift(datetime.timedelta(minutes=29))
        assert is_inside(client)
    clock.shift(datetime.timedelta(minutes=31))

    assert not is_inside(client)


def test_a_session_ends_after_twelve_hours_however_busy(door):
    client, clock = door
    for _n in range(35):
        clock.shift(datetime.timedelta(minutes=20))
        assert is_inside(client)
    clock.shift(datetime.timedelta(minutes=21))

    assert not is_inside(client)


def keeper_of(user):
    return UserFactory(organisation=user.organisation, role="security_admin")


@pytest.mark.parametrize(
    "event",
    [
        lambda user: action.grant(user=user, role=Role.OVERSEER, organisation=user.organisation, by=keeper_of(user)),
        lambda user: action.revoke(assignment=user.role_assignments.get(), by=keeper_of(user)),
        lambda user: action.set_active(user=user, is_active=False, by=keeper_of(user)),
        lambda user: action.change_password(user=user, password="a-new-phrase-of-mine-0429"),
        lambda user: action.issue_first_password(user=user, by=keeper_of(user)),
    ],
    ids=["role given", "role revoked", "disabled", "password changed", "password link issued"],
)
def test_an_event_ends_the_session_on_the_next_request(door, editor, event):
    client, _clock = door
    assert is_inside(client)

    event(editor)

    assert not is_inside(client)


def test_signing_out_ends_the_session_on_the_server(door):
    client, _clock = door
    copy = Client()
    copy.cookies[live.SESSION_COOKIE_NAME] = client.cookies[live.SESSION_COOKIE_NAME].value
    assert is_inside(copy)

    client.post(reverse("members:account_logout"))

    assert not is_inside(copy)


def test_the_own_password_change_keeps_this_session_and_ends_the_others(door, editor):
    client, _clock = door
    other = Client()
    other.force_login(editor)
    new = "青石-黄河-驿站-0817-x"

    client.post(
        reverse("members:account_password"), {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )

    assert is_inside(client)
    assert not is_inside(other)


@pytest.mark.parametrize("username", ["a" * 300, "长" * 5000, "\x00", "a\x08b", "\u202eeditor", "😀", "'; --"])
def test_an_impossible_name_is_a_failed_sign_in_and_no_error(client, username):
    response = client.post(reverse(LOGIN), {"username": username, "password": "x" * 3000})

    assert response.status_code == 200
    assert response.context["form"].errors
