"""The data desk: its door, its scope, its tables, bulk changes with a preview."""

import datetime
import re

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, reverse

from cases.models import Case, SubjectField, TermRule
from members.actions import development_step, merge_organisation
from members.admin import desk
from members.middleware import set_scope
from members.models import (
    AuditEvent,
    DevelopmentQuota,
    ImportBatch,
    Lead,
    Merge,
    Organisation,
    Person,
    PriorValue,
    Region,
    RoleAssignment,
    StepDefinition,
    User,
    Vehicle,
)
from members.permissions import Permission, Role
from services.models import Activity, Duty, Kind, LedgerImport, Phrase, Venue
from tests.factories.cases import CaseFactory, SubjectFieldFactory, TermRuleFactory
from tests.factories.members import (
    DevelopmentQuotaFactory,
    ImportBatchFactory,
    LeadFactory,
    OrganisationFactory,
    PersonFactory,
    PriorValueFactory,
    RegionFactory,
    RoleAssignmentFactory,
    StepDefinitionFactory,
    UserFactory,
    VehicleFactory,
)
from tests.factories.services import ActivityFactory, DutyFactory, KindFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def root():
    return OrganisationFactory(name="甲县县委", region=RegionFactory(name="甲县"))


@pytest.fixture
def steward(root):
    return UserFactory(organisation=root, role="steward")


@pytest.fixture
def keeper(root):
    """A security administrator."""
    return UserFactory(organisation=root, role="security_admin")


@pytest.fixture
def as_steward(client, steward):
    client.force_login(steward)
    return client


@pytest.fixture
def as_keeper(client, keeper):
    client.force_login(keeper)
    return client


TABLES = {
    "steward": {
        *("case", "revision", "subjectfield", "termrule", "organisation", "region", "merge"),
        *("person", "vehicle", "lead", "importbatch", "priorvalue", "stepdefinition", "developmentquota"),
        *("kind", "phrase", "duty", "venue", "activity", "ledgerimport"),
    },
    "security_admin": {"user", "roleassignment"},
}


def changelist(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def change(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def shown(response):
    return {row.pk for row in response.context["cl"].result_list}


# The door


@pytest.mark.parametrize("role", [role for role in Role if role not in TABLES])
def test_other_roles_are_refused(client, role):
    client.force_login(UserFactory(role=role))

    assert client.get(reverse("admin:index")).status_code == 403


def test_nobody_is_sent_to_the_one_sign_in(client):
    response = client.get(reverse("admin:index"))

    assert response.url == f"{reverse('members:account_login')}?next=/admin/"


def addresses(resolver=None):
    """Yield name and address of everything on the desk, with a row that does not exist where one is asked for."""
    for entry in resolver.url_patterns if resolver else desk.get_urls():
        if isinstance(entry, URLResolver):
            yield from addresses(entry)
        else:
            names = re.findall(r"<(?:\w+:)?(\w+)>", str(entry.pattern))
            value = {"app_label": "members"}
            yield entry.name, reverse(f"admin:{entry.name}", kwargs={name: value.get(name, "1") for name in names})


def test_every_address_of_the_desk_has_a_name_and_a_declared_access():
    patterns = [entry for entry in desk.get_urls() if not isinstance(entry, URLResolver)]
    for resolver in (entry for entry in desk.get_urls() if isinstance(entry, URLResolver)):
        patterns += resolver.url_patterns

    assert all(entry.name for entry in patterns)
    assert {entry.callback.access for entry in patterns} == {frozenset({Permission.USE_ADMIN})}


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_every_address_of_the_desk_is_closed_to_other_roles(client, method):
    everything = list(addresses())
    for name, address in everything:
        assert getattr(client, method)(address).url.startswith(reverse("members:account_login")), name
    for role in set(Role) - set(TABLES):
        client.force_login(UserFactory(role=role))
        for name, address in everything:
            assert getattr(client, method)(address).status_code == 403, (name, role)

    assert len(everything) > 40


@pytest.mark.parametrize("role", TABLES)
def test_each_role_of_the_desk_is_refused_the_tables_of_the_other(client, role):
    client.force_login(UserFactory(role=role))
    others = set().union(*TABLES.values()) - TABLES[role]
    checked = 0

    for name, address in addresses():
        if any(f"/{table}/" in address for table in others):
            checked += 1
            assert client.get(address).status_code == 403, name
            assert client.post(address, {}).status_code == 403, name

    assert checked > 8


@pytest.mark.parametrize("role", TABLES)
def test_the_index_shows_the_tables_of_the_role(client, root, role):
    client.force_login(UserFactory(organisation=root, role=role))

    response = client.get(reverse("admin:index"))

    tables = {model["object_name"].lower() for app in response.context["app_list"] for model in app["models"]}
    assert tables == TABLES[role]


@pytest.mark.parametrize("role", TABLES)
@pytest.mark.parametrize("model", desk._registry, ids=lambda model: model._meta.model_name)
def test_each_list_opens_to_its_role_alone(client, root, role, model):
    client.force_login(UserFactory(organisation=root, role=role))

    status = client.get(changelist(model)).status_code

    assert status == (200 if model._meta.model_name in TABLES[role] else 403)


def row_in(model, organisation):
    """One row of a table, at an organisation."""
    if model is Case:
        return CaseFactory(organisation=organisation, state=Case.State.RECEIVED)
    if model._meta.model_name == "revision":
        return CaseFactory(organisation=organisation, state=Case.State.RECEIVED).current_revision
    if model is Organisation:
        return OrganisationFactory(parent=organisation)
    if model is Region:
        return RegionFactory(parent=organisation.region)
    if model is User:
        return UserFactory(organisation=organisation)
    if model is RoleAssignment:
        return RoleAssignmentFactory(user=UserFactory(organisation=organisation))
    if model in (SubjectField, TermRule):
        return {SubjectField: SubjectFieldFactory, TermRule: TermRuleFactory}[model]()
    if model in (Person, Vehicle, Lead, ImportBatch, PriorValue, DevelopmentQuota, StepDefinition):
        return person_row_in(model, organisation)
    if model._meta.app_label == "services":
        return ledger_row_in(model, organisation)
    by = UserFactory(organisation=organisation, role="steward")
    two = OrganisationFactory.create_batch(2, parent=organisation)
    set_scope([])
    return merge_organisation.merge(kept=two[0], absorbed=two[1], by=by)


def ledger_row_in(model, organisation):
    """One row of a table of the ledger, at an organisation."""
    if model is LedgerImport:
        return LedgerImport(pk=ImportBatchFactory(organisation=organisation, subject="activity").pk)
    if model is Phrase:
        kind = KindFactory(organisation=organisation)
        return Phrase.objects.create(kind=kind, text="看望司机。", organisation=organisation)
    made = {Kind: KindFactory, Duty: DutyFactory, Venue: VenueFactory, Activity: ActivityFactory}
    return made[model](organisation=organisation)


def person_row_in(model, organisation):
    """One row of a table of people, at an organisation."""
    if model in (Person, Vehicle):
        return {Person: PersonFactory, Vehicle: VehicleFactory}[model](organisation=organisation)
    if model is Lead:
        return LeadFactory(person=PersonFactory(organisation=organisation))
    if model is ImportBatch:
        return ImportBatchFactory(organisation=organisation)
    if model is StepDefinition:
        return StepDefinitionFactory()
    if model is DevelopmentQuota:
        return DevelopmentQuotaFactory(organisation=OrganisationFactory(parent=organisation))
    return PriorValueFactory(person=PersonFactory(organisation=organisation))


@pytest.fixture
def person(client, root):
    """Sign in with both roles of the desk."""
    user = UserFactory(organisation=root, role="steward")
    RoleAssignmentFactory(user=user, role="security_admin")
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", desk._registry, ids=lambda model: model._meta.model_name)
def test_a_row_outside_the_scope_does_not_exist(client, person, model):
    mine, other = row_in(model, person.organisation), row_in(model, OrganisationFactory())

    assert client.get(change(mine)).status_code == 200
    assert mine.pk in shown(client.get(changelist(model)))
    if model not in (SubjectField, TermRule, StepDefinition):
        assert client.get(change(other)).status_code == 404
        assert client.post(change(other), {}).status_code in {403, 404}
        assert other.pk not in shown(client.get(changelist(model)))


@pytest.mark.parametrize("model", desk._registry, ids=lambda model: model._meta.model_name)
def test_a_list_of_three_costs_what_a_list_of_one_does(client, person, model):
    counts = []
    for more in (1, 2):
        for _n in range(more):
            row_in(model, person.organisation)
        client.get(changelist(model))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(changelist(model))
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", desk._registry, ids=lambda model: model._meta.model_name)
def test_nothing_can_be_deleted(client, person, model):
    row = row_in(model, person.organisation)

    response = client.post(
        changelist(model), {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
    )

    assert response.status_code in {200, 302}
    assert model._base_manager.filter(pk=row.pk).exists()
    assert client.post(f"{change(row).removesuffix('change/')}delete/", {"post": "yes"}).status_code == 404


@pytest.mark.parametrize("model", desk._registry, ids=lambda model: model._meta.model_name)
def test_every_table_can_be_searched_and_shows_its_history(client, person, model):
    row = row_in(model, person.organisation)

    assert client.get(changelist(model), {"q": "甲"}).status_code == 200
    assert client.get(f"{change(row).removesuffix('change/')}history/").status_code == 200


def test_the_desk_speaks_english_on_request(as_steward, root):
    chinese, english = (
        as_steward.get(changelist(Organisation), headers={"accept-language": code}).content.decode()
        for code in ("zh-hans", "en")
    )

    assert "合并两个组织" in chinese
    assert "Merge two organisations" not in chinese
    assert "Merge two organisations" in english
    assert "合并两个组织" not in english


# Writing


def organisation_data(organisation, **changes):
    fields = ["code", "name", "short_name", "kind", "uscc"]
    data = {name: getattr(organisation, name) for name in fields}
    return data | {"parent": organisation.parent_id or "", "region": organisation.region_id} | changes


def test_saving_writes_by_the_action_and_leaves_one_audit_row(as_steward, steward, root):
    row = OrganisationFactory(parent=root, region=root.region)

    response = as_steward.post(change(row), organisation_data(row, name="新的名称"))

    assert response.status_code == 302
    row.refresh_from_db()
    assert row.name == "新的名称"
    event = AuditEvent.objects.order_by("number").last()
    assert (event.event, event.actor_id, event.object_id) == ("organisation.change", steward.pk, row.pk)
    assert event.detail == {"fields": ["name"]}
    assert not LogEntry.objects.exists()


def test_moving_an_organisation_gives_its_people_new_paths(as_steward, root):
    parent, row = OrganisationFactory(parent=root), OrganisationFactory(parent=root, region=root.region)
    child = OrganisationFactory(parent=row)

    as_steward.post(change(row), organisation_data(row, parent=parent.pk))

    child.refresh_from_db()
    assert child.path == f"{parent.path}{row.pk}.{child.pk}."


def test_a_steward_cannot_raise_himself_by_moving_things(client, root):
    mine, other = OrganisationFactory(parent=root), OrganisationFactory(parent=root, region=root.region)
    user = UserFactory(organisation=root, role="steward")
    RoleAssignmentFactory(user=user, role="editor", organisation=mine)
    client.force_login(user)
    case = CaseFactory(organisation=other, state=Case.State.RECEIVED)

    moved = client.post(change(other), organisation_data(other, parent=mine.pk), follow=True)
    filed = client.post(change(case), {"organisation": mine.pk, "field": "", "contributor_name": ""}, follow=True)

    other.refresh_from_db()
    case.refresh_from_db()
    assert (other.parent, case.organisation) == (root, other)
    assert all("您现在没有的权限" in page.content.decode() for page in (moved, filed))


def test_an_organisation_is_added_with_its_path(as_steward, root):
    data = organisation_data(
        Organisation(code="new", name="新支部", kind="party_branch", parent=root, region=root.region)
    )

    as_steward.post(reverse("admin:members_organisation_add"), data)

    row = Organisation.objects.get(code="new")
    assert row.path == f"{root.path}{row.pk}."


def test_a_refusal_of_the_action_is_shown(as_steward, root):
    response = as_steward.post(change(root), organisation_data(root) | {"parent": ""}, follow=True)
    assert response.status_code == 200

    child = OrganisationFactory(parent=root, region=root.region)
    response = as_steward.post(change(child), organisation_data(child, parent=""), follow=True)

    assert "请选择上级组织" in response.content.decode()
    child.refresh_from_db()
    assert child.parent == root


def test_a_foreign_key_cannot_reach_outside_the_scope(as_steward, root):
    row, other = OrganisationFactory(parent=root, region=root.region), OrganisationFactory()

    response = as_steward.post(change(row), organisation_data(row, parent=other.pk))

    assert "parent" in response.context["adminform"].form.errors
    offered = as_steward.get(
        reverse("admin:autocomplete"),
        {"app_label": "members", "model_name": "organisation", "field_name": "parent", "term": ""},
    ).json()
    ids = {int(choice["id"]) for choice in offered["results"]}
    assert row.pk in ids
    assert other.pk not in ids


def test_a_case_is_filed_anew_and_its_text_cannot_be_posted(as_steward, root):
    case = CaseFactory(organisation=root, state=Case.State.PUBLISHED)
    branch, field = OrganisationFactory(parent=root, name="驿站支部"), SubjectFieldFactory()

    as_steward.post(
        change(case),
        {"organisation": branch.pk, "field": field.pk, "contributor_name": "李四", "title": "改了", "state": "draft"},
    )

    was = case.title
    case.refresh_from_db()
    assert (case.organisation, case.field, case.contributor_name) == (branch, field, "李四")
    assert (case.title, case.state) == (was, Case.State.PUBLISHED)
    entry = case.library_entry
    assert (entry.organisation_name, entry.field, entry.credit) == ("驿站支部", field, "李四")
    events = list(AuditEvent.objects.filter(object_id=case.pk, event__in=["case.reassign", "case.classify"]))
    assert len(events) == 2


# Languages


def test_the_desk_speaks_one_language_at_a_time(as_steward):
    development_step.load_samples()

    chinese = as_steward.get(reverse("admin:index")).content.decode()
    as_steward.cookies["django_language"] = "en"
    english = as_steward.get(changelist(StepDefinition)).content.decode()

    assert ("Model name" in chinese, "数据名称" in chinese) == (False, True)
    assert "from 12 months; " in english


# Bulk changes


def test_a_bulk_change_asks_shows_and_changes_on_confirmation(as_steward, root):
    field = SubjectFieldFactory(name="两企三新")
    cases = [CaseFactory(organisation=root, state=Case.State.RECEIVED) for _n in range(3)]
    has_it = CaseFactory(organisation=root, state=Case.State.RECEIVED, field=field)
    data = {"action": "set_field", ACTION_CHECKBOX_NAME: [row.pk for row in [*cases, has_it]]}

    asked = as_steward.post(changelist(Case), data)
    shown = as_steward.post(changelist(Case), data | {"value": field.pk})
    assert not Case.objects.filter(pk__in=[row.pk for row in cases], field=field).exists()
    events = AuditEvent.objects.filter(event="case.classify").count()
    done = as_steward.post(changelist(Case), data | {"value": field.pk, "confirm": "1"}, follow=True)

    assert (asked.context["is_answered"], shown.context["is_answered"]) == (False, True)
    assert (shown.context["change_count"], shown.context["same_count"]) == (3, 1)
    assert Case.objects.filter(pk__in=[row.pk for row in cases], field=field).count() == 3
    assert AuditEvent.objects.filter(event="case.classify").count() - events == 3
    assert "已更改 3 条" in done.content.decode()


def test_a_refused_row_stays_and_is_named_while_the_others_change(as_steward, root):
    open_one, merged = OrganisationFactory(parent=root), OrganisationFactory(parent=root)
    by = UserFactory(organisation=root, role="steward")
    merge_organisation.merge(kept=OrganisationFactory(parent=root), absorbed=merged, by=by)
    Organisation.objects.filter(pk=open_one.pk).update(closed_on=datetime.date(2026, 1, 1))
    data = {"action": "reopen", ACTION_CHECKBOX_NAME: [open_one.pk, merged.pk], "confirm": "1"}

    response = as_steward.post(changelist(Organisation), data, follow=True)

    assert Organisation.objects.get(pk=open_one.pk).closed_on is None
    assert Organisation.objects.get(pk=merged.pk).closed_on is not None
    assert f"{merged}：该组织已并入另一个组织" in response.content.decode()


def test_a_bulk_change_leaves_rows_outside_the_scope(as_steward, root):
    mine, other = OrganisationFactory(parent=root), OrganisationFactory()
    data = {"action": "close", ACTION_CHECKBOX_NAME: [mine.pk, other.pk], "value": "2026-11-01", "confirm": "1"}

    as_steward.post(changelist(Organisation), data)

    closed = dict(Organisation.objects.filter(pk__in=[mine.pk, other.pk]).values_list("pk", "closed_on"))
    assert closed == {mine.pk: datetime.date(2026, 11, 1), other.pk: None}


def test_too_many_rows_at_once_are_refused(as_steward, root, monkeypatch):
    monkeypatch.setattr("members.admin.bulk.LIMIT", 2)
    rows = OrganisationFactory.create_batch(3, parent=root)
    data = {"action": "close", ACTION_CHECKBOX_NAME: [rows[0].pk], "select_across": "1", "index": "0"}

    response = as_steward.post(changelist(Organisation), data, follow=True)

    assert "一次最多更改 2 条" in response.content.decode()
    assert not Organisation.objects.exclude(closed_on=None).exists()


# Vocabulary


def test_the_use_count_opens_exactly_the_cases_it_counted(as_steward, root):
    field = SubjectFieldFactory()
    mine = [CaseFactory(organisation=root, field=field, state=Case.State.RECEIVED) for _n in range(2)]
    CaseFactory(field=field, state=Case.State.RECEIVED)
    CaseFactory(organisation=root, state=Case.State.RECEIVED)

    row = as_steward.get(changelist(SubjectField)).context["cl"].result_list.get(pk=field.pk)
    opened = as_steward.get(changelist(Case), {"field__id__exact": field.pk})

    assert row.uses == 2
    assert shown(opened) == {case.pk for case in mine}


def test_two_fields_are_merged_on_confirmation(as_steward, root):
    kept, absorbed = SubjectFieldFactory(), SubjectFieldFactory()
    case = CaseFactory(organisation=root, field=absorbed, state=Case.State.PUBLISHED)
    address = f"{reverse('admin:cases_subjectfield_merge')}?kept={kept.pk}&absorbed={absorbed.pk}"

    assert as_steward.get(address).context["count"] == 1
    as_steward.post(address)

    case.refresh_from_db()
    absorbed.refresh_from_db()
    assert (case.field, case.library_entry.field, absorbed.retired_on is None) == (kept, kept, False)


def test_a_field_used_elsewhere_is_not_merged_or_retired_by_this_steward(as_steward, root):
    kept, absorbed = SubjectFieldFactory(), SubjectFieldFactory()
    case = CaseFactory(field=absorbed, state=Case.State.RECEIVED)
    address = f"{reverse('admin:cases_subjectfield_merge')}?kept={kept.pk}&absorbed={absorbed.pk}"

    as_steward.post(address)
    as_steward.post(changelist(SubjectField), {"action": "retire", ACTION_CHECKBOX_NAME: [absorbed.pk], "confirm": "1"})

    case.refresh_from_db()
    absorbed.refresh_from_db()
    assert (case.field, absorbed.retired_on) == (absorbed, None)


# Merging organisations on the page


def test_two_organisations_are_compared_merged_and_parted_again(as_steward, root):
    kept, absorbed = OrganisationFactory(parent=root), OrganisationFactory(parent=root, short_name="交通局")
    case = CaseFactory(organisation=absorbed)
    data = {"action": "merge_two", ACTION_CHECKBOX_NAME: [kept.pk, absorbed.pk]}

    address = as_steward.post(changelist(Organisation), data).url
    page = as_steward.get(address)
    assert (page.context["refusal"], page.context["total"]) == (None, 3)
    merged = as_steward.post(address)

    case.refresh_from_db()
    done = Merge.objects.get()
    assert case.organisation == kept
    assert merged.url == change(done)
    assert as_steward.get(merged.url).status_code == 200
    as_steward.post(reverse("admin:members_merge_undo", args=[done.pk]))
    case.refresh_from_db()
    assert case.organisation == absorbed


def test_an_organisation_outside_the_scope_cannot_be_merged(as_steward, root):
    other = OrganisationFactory()

    address = f"{reverse('admin:members_organisation_merge')}?kept={root.pk}&absorbed={other.pk}"

    assert as_steward.get(address).status_code == 404
    assert as_steward.post(address).status_code == 404
    assert as_steward.get(reverse("admin:members_organisation_merge")).status_code == 200


# What the address may ask for


@pytest.mark.parametrize("lookup", ["password__startswith", "session_epoch", "email__contains", "last_login__gt"])
def test_accounts_cannot_be_asked_for_what_no_filter_offers(as_keeper, lookup):
    assert as_keeper.get(changelist(User), {lookup: "1"}).status_code == 400


@pytest.mark.parametrize("lookup", ["contact_cipher__gt", "uuid__startswith", "title__startswith"])
def test_cases_cannot_be_asked_for_what_no_filter_offers(as_steward, lookup):
    assert as_steward.get(changelist(Case), {lookup: "1"}).status_code == 400


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (Case, {"state__exact": "received"}),
        (Case, {"organisation__kind__exact": "agency", "year__exact": "2026"}),
        (Case, {"created_at__year": "2026", "field__id__exact": "1"}),
        (Organisation, {"standing": "closed", "region__id__exact": "1"}),
        (SubjectField, {"retired_on__isempty": "1"}),
        (Merge, {"undone": "no"}),
    ],
)
def test_the_filters_of_a_list_still_work(as_steward, model, asked):
    assert as_steward.get(changelist(model), asked).status_code == 200
