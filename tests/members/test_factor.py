"""The second factor: set up, used once per code, lost, required (`security.md` row 4)."""

import datetime
import re

import pyotp
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.errors import Refused
from config.sealed import unseal
from members.actions import factor as action
from members.models import AuditEvent, FactorReset, Notice, SecondFactor
from members.permissions import NEEDS_FACTOR, Permission, Role
from tests.factories.members import PASSWORD, OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

START = datetime.datetime(2036, 3, 3, 8, tzinfo=datetime.UTC)  # not past: Postgres sweeps counters by its own clock
LOGIN, CODE = "members:account_login", "members:factor_sign_in"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def user(clock):
    return UserFactory(organisation=OrganisationFactory(), role="official")


def code_of(user):
    """What the phone shows now."""
    return pyotp.TOTP(unseal(SecondFactor.objects.get(user=user), "seed_cipher")).now()


@pytest.fixture
def codes(user, clock):
    """The recovery codes of a user who set a factor up a minute ago."""
    action.begin(user=user)
    codes = action.confirm(user=user, code=code_of(user))
    clock.shift(datetime.timedelta(minutes=1))
    user.refresh_from_db()
    return codes


def door(user, code=None, **more):
    """Go through the sign-in page, and the code page when a code is given; return the client."""
    client = Client()
    client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD, **more})
    if code is not None:
        client.post(reverse(CODE), {"code": code})
    return client


def is_inside(client):
    return client.get(reverse("members:account_profile")).status_code == 200


# Signing in


def test_the_password_alone_no_longer_opens(user, codes):
    client = door(user)

    assert not is_inside(client)
    assert client.get(reverse(CODE)).status_code == 200
    assert client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD}).url == reverse(CODE)


def test_password_and_code_open_the_page_that_was_asked_for(user, codes):
    client = door(user, next="/account/notices/")

    response = client.post(reverse(CODE), {"code": code_of(user)})

    assert response.url == "/account/notices/"
    assert is_inside(client)


def test_a_code_without_the_password_opens_nothing(user, codes):
    client = Client()

    assert client.get(reverse(CODE)).status_code == 410
    assert client.post(reverse(CODE), {"code": code_of(user)}).status_code == 410
    assert not is_inside(client)


def test_a_code_works_once(user, codes):
    code = code_of(user)

    assert is_inside(door(user, code))
    assert not is_inside(door(user, code))


def test_an_earlier_code_than_the_last_taken_is_refused(user, codes, clock):
    earlier = code_of(user)
    clock.shift(datetime.timedelta(seconds=30))

    assert is_inside(door(user, code_of(user)))
    assert not is_inside(door(user, earlier))


@pytest.mark.parametrize(("seconds", "is_taken"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_clock_may_be_half_a_minute_off(user, codes, clock, seconds, is_taken):
    clock.shift(datetime.timedelta(seconds=seconds))
    code = code_of(user)
    clock.shift(datetime.timedelta(seconds=-seconds))

    assert is_inside(door(user, code)) == is_taken


def test_a_recovery_code_works_once_however_it_is_typed(user, codes):
    assert len(set(codes)) == 10

    assert is_inside(door(user, codes[0].upper().replace("-", " ")))
    assert not is_inside(door(user, codes[0]))
    assert is_inside(door(user, codes[1]))


@pytest.mark.parametrize("code", ["000000", "", "١٢٣٤٥٦", "\x00", "a" * 30, "'; --", "-", "🙂"])
def test_a_wrong_code_opens_nothing(user, codes, code):
    assert not is_inside(door(user, code))


def test_codes_cannot_be_tried_out(user, codes, clock):
    client = door(user)
    for number in range(10):
        client.post(reverse(CODE), {"code": f"{number:06d}"})

    assert "15 分钟" in client.post(reverse(CODE), {"code": code_of(user)}).content.decode()
    assert not is_inside(client)
    clock.shift(datetime.timedelta(minutes=16))
    assert is_inside(door(user, code_of(user)))


def test_the_step_between_lasts_ten_minutes_and_dies_with_the_password(user, codes, clock):
    late, changed = door(user), door(user)
    user.set_password("another-lantern-0430")
    user.save()

    assert changed.get(reverse(CODE)).status_code == 410
    clock.shift(datetime.timedelta(minutes=11))
    assert late.get(reverse(CODE)).status_code == 410


def test_the_session_id_changes_at_each_step(user, codes):
    client = Client()
    client.get(reverse(LOGIN))
    client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD})
    half = client.session.session_key
    client.post(reverse(CODE), {"code": code_of(user)})

    assert client.session.session_key != half
    assert "half_signed_in" not in client.session


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/account/login/?next=/x"])
def test_the_door_leads_nowhere_else(client, target, user):
    wrong = client.get(reverse(LOGIN), {"next": target})
    assert (wrong.status_code, wrong.context["next"]) == (200, "")

    response = client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD, "next": target})
    again = client.get(reverse(LOGIN), {"next": target})

    assert (response.url, again.url) == (reverse("cases:home"), reverse("cases:home"))


# Setting up


def test_setting_up_by_the_pages(client, user, clock):
    client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD})
    other = door(user)
    assert client.post(reverse("members:factor_begin")).url == reverse("members:factor_confirm")

    page = client.get(reverse("members:factor_confirm")).content.decode()
    assert 'src="data:image/svg+xml' in page
    assert not SecondFactor.objects.in_use().exists()
    wrong = client.post(reverse("members:factor_confirm"), {"code": "000000"})
    done = client.post(reverse("members:factor_confirm"), {"code": code_of(user)}).content.decode()

    assert wrong.context["form"].errors
    assert len(re.findall(r"<code>[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}</code>", done)) == 10
    assert is_inside(client)
    assert not is_inside(other)
    assert client.get(reverse("members:factor_confirm")).url == reverse("members:factor_page")


def test_nothing_in_the_database_gives_the_codes_away(user, codes):
    seed = unseal(SecondFactor.objects.get(), "seed_cipher")

    with connection.cursor() as cursor:
        cursor.execute(
            "select f::text from members_secondfactor f union all select c::text from members_recoverycode c"
        )
        stored = " ".join(row for (row,) in cursor.fetchall())
        cursor.execute("select a::text from members_auditevent a")
        logged = " ".join(row for (row,) in cursor.fetchall())

    assert len(stored) > 500
    assert not re.search(r"[A-Z2-7]{32}", stored + logged)
    for secret in (seed, seed.encode().hex(), *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in stored + logged


def test_new_recovery_codes_kill_the_old(client, user, codes):
    client = door(user, code_of(user))

    page = client.post(reverse("members:factor_codes")).content.decode()

    assert codes[0] not in page
    assert not is_inside(door(user, codes[0]))
    assert is_inside(door(user, re.search(r"<code>([2-9a-z-]{14})</code>", page)[1]))


def test_turning_it_off_ends_the_other_sessions(user, codes):
    client = door(user, code_of(user))
    other = door(user, codes[0])

    client.post(reverse("members:factor_turn_off"))

    assert is_inside(client)
    assert not is_inside(other)
    assert is_inside(door(user))


def test_a_session_left_open_cannot_set_up_renew_or_turn_off(user, codes, clock):
    client = door(user, code_of(user))
    clock.shift(datetime.timedelta(minutes=6))

    for name in ("factor_begin", "factor_codes", "factor_turn_off"):
        assert client.post(reverse(f"members:{name}")).status_code == 422
    assert SecondFactor.objects.in_use().count() == 1


def test_who_has_a_factor_proves_himself_by_a_code(user, codes, clock):
    person = PersonFactory(organisation=user.organisation, identity="370685198503121231")
    client = door(user, code_of(user))
    clock.shift(datetime.timedelta(minutes=6))
    address = reverse("members:register_reveal", args=[person.pk])
    asked = {"place": "identity", "reason": "verify"}

    assert client.post(address, {**asked, "proof_password": PASSWORD}).status_code == 422
    assert client.post(address, {**asked, "proof_code": "000000"}).status_code == 422
    shown = client.post(address, {**asked, "proof_code": code_of(user)})

    assert "370685198503121231" in shown.content.decode()


# Losing it


@pytest.fixture
def keepers(user):
    """Two security administrators of the user's organisation."""
    return [UserFactory(organisation=user.organisation, role="security_admin") for _n in range(2)]


def test_two_administrators_take_a_lost_factor_off(user, codes, keepers, django_capture_on_commit_callbacks):
    inside = door(user, code_of(user))
    first, second = (Client() for _n in range(2))
    first.force_login(keepers[0])
    second.force_login(keepers[1])
    address = reverse("admin:members_user_factor_reset", args=[user.pk])

    with django_capture_on_commit_callbacks(execute=True):
        first.post(address)
    first.post(address)
    assert SecondFactor.objects.in_use().count() == 1
    assert set(Notice.objects.values_list("user", flat=True)) == {user.pk, keepers[1].pk}
    second.post(address)

    assert not SecondFactor.objects.exists()
    assert not is_inside(inside)
    assert is_inside(door(user))
    events = AuditEvent.objects.filter(event__startswith="factor.reset").order_by("number")
    assert [(event.event, event.actor_id) for event in events] == [
        ("factor.reset_ask", keepers[0].pk),
        ("factor.reset", keepers[1].pk),
    ]


def test_a_reset_nobody_approves_lapses(user, codes, keepers, clock):
    reset = action.ask_reset(user=user, by=keepers[0])
    clock.shift(datetime.timedelta(hours=73))

    with pytest.raises(Refused) as refusal:
        action.approve_reset(reset=reset, by=keepers[1])

    assert refusal.value.code == "not_waiting"
    action.ask_reset(user=user, by=keepers[1])


def test_nobody_resets_his_own_or_one_outside_his_scope(user, codes, keepers):
    stranger = UserFactory(organisation=OrganisationFactory(), role="security_admin")
    editor = UserFactory(organisation=user.organisation, role="chief_editor")

    for by in (user, stranger, editor):
        with pytest.raises(Refused):
            action.ask_reset(user=user, by=by)
    reset = action.ask_reset(user=user, by=keepers[0])
    for by in (user, stranger, editor, keepers[0]):
        with pytest.raises(Refused):
            action.approve_reset(reset=reset, by=by)

    assert SecondFactor.objects.in_use().count() == 1


def test_the_database_wants_two_people(user, keepers):
    now = timezone.now()

    for wrong in (
        {"asked_by": keepers[0], "approved_by": keepers[0], "approved_at": now},
        {"asked_by": user},
        {"asked_by": keepers[0], "approved_at": now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorReset.objects.create(user=user, **wrong)


# Required


NEEDING = set(Role) - {Role.CONTRIBUTOR, Role.RECOMMENDER, Role.REVIEWER}


@pytest.mark.parametrize("role", Role)
def test_where_required_the_sensitive_roles_set_one_up_first(client, settings, clock, role):
    settings.SECOND_FACTOR_REQUIRED = True
    user = UserFactory(organisation=OrganisationFactory(), role=role)
    client.post(reverse(LOGIN), {"username": user.username, "password": PASSWORD})

    asked = client.get(reverse("cases:home"))
    assert (asked.status_code, getattr(asked, "url", "")) == (
        (302, reverse("members:factor_page")) if role in NEEDING else (200, "")
    )
    assert client.get(reverse("cases:library_index")).status_code == 200
    client.post(reverse("members:factor_begin"))
    client.post(reverse("members:factor_confirm"), {"code": code_of(user)})

    assert client.get(reverse("cases:home")).status_code == 200
    client.post(reverse("members:factor_turn_off"))
    assert SecondFactor.objects.in_use().exists() == (role in NEEDING)


def test_every_right_to_export_or_to_administer_needs_one():
    named = {permission for permission in Permission if permission.startswith(("export_", "manage_acc", "use_admin"))}

    assert len(named) >= 3
    assert named <= NEEDS_FACTOR


def test_where_required_no_page_of_the_desk_opens_without(client, settings, clock):
    settings.SECOND_FACTOR_REQUIRED = True
    client.force_login(UserFactory(organisation=OrganisationFactory(), role="steward"))

    for address in ("/admin/", "/admin/cases/case/", "/admin/jsi18n/", "/people/"):
        assert client.get(address).url == reverse("members:factor_page")


def test_where_it_is_offered_the_page_after_signing_in_says_so(client, user):
    client.force_login(user)
    offer = "设置二次验证"

    assert offer in client.get(reverse("cases:home")).content.decode()
    client.force_login(UserFactory(organisation=user.organisation, role="contributor"))
    assert offer not in client.get(reverse("cases:home")).content.decode()
