"""Accounts: actions, then pages."""

import datetime
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from config.errors import Refused
from members.actions import account as action
from members.actions import notice
from members.models import AuditEvent, RoleAssignment, User
from members.permissions import Role
from tests.factories.members import PASSWORD, OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db

NO_INLINES = {"role_assignments-TOTAL_FORMS": "0", "role_assignments-INITIAL_FORMS": "0"}
NEW = "黄河-驿站-青石-0817"


@pytest.fixture
def root():
    return OrganisationFactory()


@pytest.fixture
def county(root):
    return OrganisationFactory(parent=root)


@pytest.fixture
def keeper(county):
    """The security administrator of a county."""
    return UserFactory(organisation=county, role="security_admin")


@pytest.fixture
def as_keeper(client, keeper):
    client.force_login(keeper)
    return client


# Who may do what to whom


@pytest.mark.parametrize("role", Role)
def test_nobody_gives_himself_a_role(keeper, county, role):
    with pytest.raises(Refused) as refusal:
        action.grant(user=keeper, role=role, organisation=county, by=keeper)

    assert refusal.value.code == "own_account"


def test_a_role_above_the_own_subtree_is_not_given(keeper, county, root):
    user = UserFactory(organisation=county)

    with pytest.raises(Refused) as refusal:
        action.grant(user=user, role=Role.EDITOR, organisation=root, by=keeper)

    assert refusal.value.code == "outside_scope"


def superior(county, root):
    """An account at home in the county that holds a role above it."""
    user = UserFactory(organisation=county)
    RoleAssignmentFactory(user=user, role="chief_editor", organisation=root)
    return user


@pytest.mark.parametrize(
    "act",
    [
        lambda user, by: action.issue_first_password(user=user, by=by),
        lambda user, by: action.set_active(user=user, is_active=False, by=by),
    ],
    ids=["first password", "disabling"],
)
def test_the_account_of_a_superior_is_not_taken_over(keeper, county, root, act):
    user = superior(county, root)

    with pytest.raises(Refused) as refusal:
        act(user, keeper)

    assert refusal.value.code == "above_scope"
    act(UserFactory(organisation=county, role="chief_editor"), keeper)


def test_an_account_is_not_opened_or_moved_outside_the_subtree(keeper, county, root):
    user = UserFactory(organisation=county)

    with pytest.raises(Refused):
        action.open_account(username="x", name="x", organisation=root, by=keeper)
    with pytest.raises(Refused):
        action.change(user=user, by=keeper, organisation=root)

    user.refresh_from_db()
    assert user.organisation == county
    assert not User.objects.filter(username="x").exists()


# The pages of the desk


def test_opening_an_account_ends_with_a_password_only_its_person_knows(as_keeper, client, county):
    client.post(
        reverse("admin:members_user_add"),
        {"username": "wang", "name": "王五", "email": "", "organisation": county.pk, "password": "known-to-admin"},
    )
    user = User.objects.get(username="wang")
    assert not user.has_usable_password()

    page = client.post(reverse("admin:members_user_first_password", args=[user.pk])).content.decode()
    link = re.search(r'value="http://testserver(/account/first-password/[^"]+)"', page)[1]
    client.logout()
    assert client.get(link).status_code == 200
    used = client.post(link, {"new_password1": NEW, "new_password2": NEW})

    assert used.url == reverse("members:account_login")
    assert "_auth_user_id" not in client.session
    assert client.login(request=used.wsgi_request, username="wang", password=NEW)
    assert client.get(link).status_code == 410
    assert client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 410
    events = AuditEvent.objects.filter(object_id=user.pk, object_type="members.user").order_by("number")
    assert [event.event for event in events] == [
        "account.open",
        "account.first_password_issue",
        "account.first_password",
    ]


def link_for(user, by):
    token = action.issue_first_password(user=user, by=by)
    return reverse("members:account_first_password", args=[urlsafe_base64_encode(force_bytes(user.pk)), token])


def test_a_link_is_dead_after_72_hours(client, keeper, county):
    user = UserFactory(organisation=county)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        link = link_for(user, keeper)
        clock.shift(datetime.timedelta(hours=71, minutes=59))
        assert client.get(link).status_code == 200
        clock.shift(datetime.timedelta(minutes=2))
        assert client.get(link).status_code == 410


def test_a_newer_link_and_disabling_kill_the_older(client, keeper, county):
    user = UserFactory(organisation=county)
    first, second = link_for(user, keeper), link_for(user, keeper)

    assert [client.get(link).status_code for link in (first, second)] == [410, 200]
    action.set_active(user=user, is_active=False, by=keeper)
    assert client.get(second).status_code == 410


def test_a_link_does_not_open_another_account(client, keeper, county):
    mine, other = UserFactory(organisation=county), UserFactory(organisation=county)
    link = link_for(mine, keeper)
    swapped = link_for(other, keeper).rsplit("/", 2)[0] + "/" + link.rsplit("/", 2)[1] + "/"

    assert client.get(swapped).status_code == 410
    assert client.get("/account/first-password/%00%ff/x/").status_code in {404, 410}


def test_roles_are_given_and_revoked_by_buttons(as_keeper, county, keeper):
    user = UserFactory(organisation=county)
    ends_on = datetime.date(2099, 1, 1)

    as_keeper.post(
        reverse("admin:members_user_grant", args=[user.pk]),
        {"role": "editor", "organisation": county.pk, "ends_on": ends_on},
    )
    given = RoleAssignment.objects.get(user=user)
    assert (given.role, given.organisation, given.ends_on, given.granted_by) == ("editor", county, ends_on, keeper)

    as_keeper.post(reverse("admin:members_user_revoke", args=[user.pk, given.pk]))
    given.refresh_from_db()
    assert given.revoked_by == keeper


def test_the_refusal_to_raise_oneself_is_shown(as_keeper, keeper, county):
    response = as_keeper.post(
        reverse("admin:members_user_grant", args=[keeper.pk]),
        {"role": "editor", "organisation": county.pk, "ends_on": ""},
        follow=True,
    )

    assert "不能修改自己的角色" in response.content.decode()
    assert not RoleAssignment.objects.filter(user=keeper, role="editor").exists()


@pytest.mark.parametrize("name", ["grant", "first_password", "active"])
def test_the_buttons_of_an_account_elsewhere_do_not_exist(as_keeper, root, name):
    other = UserFactory(organisation=root)

    response = as_keeper.post(reverse(f"admin:members_user_{name}", args=[other.pk]), {"is_active": "0"})

    assert response.status_code == 404
    other.refresh_from_db()
    assert other.is_active


@pytest.mark.parametrize("name", ["first_password", "active"])
def test_buttons_do_nothing_by_get(as_keeper, county, name):
    user = UserFactory(organisation=county)

    assert as_keeper.get(reverse(f"admin:members_user_{name}", args=[user.pk])).status_code == 405


def test_no_page_of_the_desk_asks_for_or_takes_a_password(as_keeper, county):
    user = UserFactory(organisation=county)
    before = user.password
    address = reverse("admin:members_user_change", args=[user.pk])

    page = as_keeper.get(address).content.decode()
    posted = {"name": "新名", "email": "", "organisation": county.pk, **NO_INLINES}
    as_keeper.post(address, posted | {"password": PASSWORD, "is_active": "", "username": "x"})

    user.refresh_from_db()
    assert 'type="password"' not in page
    assert (user.name, user.password, user.is_active) == ("新名", before, True)
    assert user.username != "x"


def test_the_profile_shows_the_own_roles_with_their_end(client, county):
    user = UserFactory(organisation=county)
    RoleAssignmentFactory(user=user, role="editor", ends_on=datetime.date(2099, 12, 31))
    RoleAssignmentFactory(user=user, role="auditor", ends_on=datetime.date(2020, 1, 1), starts_on="2019-01-01")
    client.force_login(user)

    page = client.get(reverse("members:account_profile")).content.decode()

    assert "2099-12-31" in page
    assert str(Role.EDITOR.label) in page
    assert str(Role.AUDITOR.label) not in page


def test_a_notice_tells_the_moment_of_the_event_not_of_the_commit(django_capture_on_commit_callbacks):
    user = UserFactory()
    with django_capture_on_commit_callbacks(execute=True), time_machine.travel("2026-03-01T08:00:00Z", tick=False):
        notice.tell([user], "Text", "/")

    assert user.notices.get().created_at.isoformat() == "2026-03-01T08:00:00+00:00"
