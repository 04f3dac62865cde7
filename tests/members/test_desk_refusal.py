"""A save the action refuses: the form comes back with the sentence, and with everything that was typed."""

import datetime

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, SubjectField
from members.models import Organisation
from tests.factories.cases import CaseFactory, SubjectFieldFactory
from tests.factories.members import OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db

TYPED = "刚刚打进去的名称"
NO_INLINES = {"role_assignments-TOTAL_FORMS": "0", "role_assignments-INITIAL_FORMS": "0"}


@pytest.fixture
def root():
    return OrganisationFactory()


def change(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def under_itself(user, root):
    """A body placed under one of its own parts."""
    row = OrganisationFactory(parent=root, region=root.region)
    child = OrganisationFactory(parent=row, region=root.region)
    data = {"name": TYPED, "short_name": "", "kind": row.kind, "uscc": "", "parent": child.pk, "region": row.region_id}
    return change(row), data, "不能"


def new_without_parent(user, root):
    data = {"code": "new-1", "name": TYPED, "kind": "agency", "uscc": "", "parent": "", "region": root.region_id}
    return reverse("admin:members_organisation_add"), data, "请选择上级组织"


def own_account(user, root):
    data = {"name": TYPED, "email": "", "organisation": root.pk, **NO_INLINES}
    return change(user), data, "请联系另一位管理员"


def credit_and_gain(user, root):
    """A case of a county, filed under the organisation where the steward is chief editor as well."""
    county, other = (OrganisationFactory(parent=root, region=root.region) for _n in range(2))
    RoleAssignmentFactory(user=user, role="chief_editor", organisation=other)
    case = CaseFactory(organisation=county, state=Case.State.RECEIVED)
    data = {"organisation": other.pk, "field": SubjectFieldFactory().pk, "contributor_name": TYPED}
    return change(case), data, ""


@pytest.mark.parametrize(
    ("role", "arrange"),
    [
        ("steward", under_itself),
        ("steward", new_without_parent),
        ("security_admin", own_account),
        ("steward", credit_and_gain),
    ],
)
def test_a_refused_save_keeps_what_was_typed(client, root, role, arrange):
    user = UserFactory(organisation=root, role=role)
    client.force_login(user)
    address, data, words = arrange(user, root)

    response = client.post(address, data)

    form = response.context["adminform"].form
    page = response.content.decode()
    assert len(form.non_field_errors()) == 1
    assert words in page
    assert TYPED in page
    assert {name: form[name].value() for name in data if name in form.fields} == {
        name: str(value) for name, value in data.items() if name in form.fields
    }
    assert not Organisation.objects.filter(name=TYPED).exists()


def test_refused_rows_of_a_bulk_action_are_shown_again_with_the_value(client, root):
    """Two cases filed under a body where the steward is chief editor as well: one is there already by scope."""
    user = UserFactory(organisation=root, role="steward")
    county, other = (OrganisationFactory(parent=root, region=root.region) for _n in range(2))
    RoleAssignmentFactory(user=user, role="chief_editor", organisation=other)
    near = CaseFactory(organisation=OrganisationFactory(parent=other, region=root.region), state=Case.State.RECEIVED)
    far = CaseFactory(organisation=county, state=Case.State.RECEIVED)
    client.force_login(user)
    chosen = {ACTION_CHECKBOX_NAME: [near.pk, far.pk], "value": other.pk, "confirm": "1"}

    response = client.post(reverse("admin:cases_case_changelist"), {"action": "set_organisation", **chosen})

    assert Case.objects.get(pk=near.pk).organisation == other
    assert (response.context["rows"], response.context["form"]["value"].value()) == ([far], str(other.pk))
    assert f"{far}：" in response.content.decode()


def test_a_refused_role_keeps_what_was_chosen(client, root):
    keeper = UserFactory(organisation=root, role="security_admin")
    user = UserFactory(organisation=root, role="editor")
    client.force_login(keeper)
    ends_on = timezone.localdate() + datetime.timedelta(days=30)

    response = client.post(
        reverse("admin:members_user_grant", args=[user.pk]),
        {"role": "editor", "organisation": root.pk, "ends_on": ends_on},
    )

    assert "该账号在那里已经有这个角色" in response.content.decode()
    assert response.context["form"]["ends_on"].value() == str(ends_on)


def test_a_save_that_is_not_refused_changes_the_field(client, root):
    client.force_login(UserFactory(organisation=root, role="steward"))
    field = SubjectFieldFactory()

    client.post(change(field), {"name": TYPED, "position": field.position})

    assert SubjectField.objects.get(pk=field.pk).name == TYPED
