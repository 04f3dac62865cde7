"""Merging organisations: actions, then pages."""

import datetime

import pytest
from django.db import connection

from cases.models import Case, SecretLink
from config.errors import Refused
from members.actions import merge as merging
from members.actions import merge_organisation as action
from members.actions import organisation as organisation_actions
from members.middleware import set_scope
from members.models import AuditEvent, MergeStep, Organisation, Person, Post, RoleAssignment, User
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, PersonFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db

Outcome = MergeStep.Outcome


@pytest.fixture
def root():
    return OrganisationFactory(code="root")


@pytest.fixture
def steward(root):
    user = UserFactory(organisation=root, role="steward")
    set_scope(user.paths())
    return user


@pytest.fixture
def pair(root):
    """The organisation to keep and the one to absorb."""
    return OrganisationFactory(parent=root, code="kept"), OrganisationFactory(parent=root, code="absorbed")


def everything(absorbed):
    """One row of every kind at the absorbed organisation."""
    child = OrganisationFactory(parent=absorbed)
    person = PersonFactory(organisation=absorbed)
    return {
        "account": UserFactory(organisation=absorbed),
        "role": RoleAssignmentFactory(organisation=absorbed),
        "case": CaseFactory(organisation=absorbed),
        "child": child,
        "person": person,
        "of_child": PersonFactory(organisation=child),
        "post": Post.objects.create(
            person=person,
            organisation=absorbed,
            organisation_path=absorbed.path,
            title="书记",
            from_on=datetime.date(2024, 1, 1),
        ),
        "link": SecretLink.objects.create(
            token_sha256="0" * 64, organisation=absorbed, expires_at=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
        ),
    }


def dump():
    """Every row of every table that points at organisations, and the organisations themselves."""
    set_scope(["*"])
    models = {reference.model for reference in merging.references(Organisation)} | {Organisation}
    return {model._meta.label: sorted(as_text(row) for row in model._base_manager.values()) for model in models}


def as_text(row):
    apart = {"session_epoch"}  # it only rises
    plain = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    return sorted((name, str(value)) for name, value in plain.items() if name not in apart)


def test_the_walk_finds_every_column_that_points_at_an_organisation():
    """Compared with the database's own foreign keys, so that a relation without a reverse name is missed by neither."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select k.conrelid::regclass::text, a.attname from pg_constraint k
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
            where k.contype = 'f' and k.confrelid = 'members_organisation'::regclass""")
        columns = set(cursor.fetchall())

    found = {(r.model._meta.db_table, r.field.column) for r in merging.references(Organisation)}

    assert found == columns - {("members_merge", "organisation_id")}


def test_merge_points_everything_at_the_kept_organisation(steward, pair):
    kept, absorbed = pair
    set_scope(["*"])
    rows = everything(absorbed)
    set_scope(steward.paths())

    done = action.merge(kept=kept, absorbed=absorbed, by=steward)

    set_scope(["*"])
    for name in ("account", "role", "case", "person", "post", "link"):
        rows[name].refresh_from_db()
        assert rows[name].organisation_id == kept.pk, name
    rows["child"].refresh_from_db()
    rows["of_child"].refresh_from_db()
    absorbed.refresh_from_db()
    assert rows["child"].parent_id == kept.pk
    assert rows["child"].path == f"{kept.path}{rows['child'].pk}."
    assert rows["of_child"].organisation_path == rows["child"].path
    assert (rows["person"].organisation_path, rows["post"].organisation_path) == (kept.path, kept.path)
    assert (absorbed.merged_into_id, absorbed.closed_on is not None) == (kept.pk, True)
    assert all(not r.rows(absorbed.pk).exists() for r in merging.references(Organisation))
    event = AuditEvent.objects.order_by("number").last()
    assert (event.event, event.object_id) == ("organisation.merge", kept.pk)
    moved = sum(len(step.row_ids) for step in done.steps.filter(outcome=Outcome.MOVED))
    assert event.detail == {"absorbed": absorbed.pk, "merge": done.pk, "moved": moved, "left": 0}


def test_merge_leaves_the_scope_of_the_request_as_it_was(steward, pair):
    kept, absorbed = pair
    set_scope(["*"])
    PersonFactory(organisation=OrganisationFactory())
    set_scope(steward.paths())

    action.merge(kept=kept, absorbed=absorbed, by=steward)

    assert Person.objects.count() == 0


def test_undo_restores_every_row_exactly(steward, pair):
    kept, absorbed = pair
    set_scope(["*"])
    everything(absorbed)
    everything_before = dump()
    set_scope(steward.paths())

    done = action.merge(kept=kept, absorbed=absorbed, by=steward)
    assert dump() != everything_before
    action.undo(merge=done, by=steward)

    assert dump() == everything_before
    assert not done.steps.filter(outcome=Outcome.CHANGED).exists()


def test_undo_leaves_rows_changed_since_and_reports_them(steward, pair):
    kept, absorbed = pair
    moved_on, stays = CaseFactory(organisation=absorbed), CaseFactory(organisation=absorbed)
    third = OrganisationFactory(parent=steward.organisation)
    done = action.merge(kept=kept, absorbed=absorbed, by=steward)
    type(moved_on).objects.filter(pk=moved_on.pk).update(organisation=third)

    action.undo(merge=done, by=steward)

    moved_on.refresh_from_db()
    stays.refresh_from_db()
    assert (moved_on.organisation_id, stays.organisation_id) == (third.pk, absorbed.pk)
    assert done.steps.get(outcome=Outcome.CHANGED, table="cases.case").row_ids == [moved_on.pk]


def test_a_role_held_on_both_sides_stays_behind_and_is_reported(steward, pair):
    kept, absorbed = pair
    both = UserFactory(organisation=kept, role="editor")
    double = RoleAssignmentFactory(user=both, role="editor", organisation=absorbed)
    single = RoleAssignmentFactory(user=both, role="overseer", organisation=absorbed)

    done = action.merge(kept=kept, absorbed=absorbed, by=steward)

    single.refresh_from_db()
    double.refresh_from_db()
    assert (single.organisation_id, double.organisation_id) == (kept.pk, absorbed.pk)
    step = done.steps.get(outcome=Outcome.KEPT)
    assert (step.table, step.row_ids) == ("members.roleassignment", [double.pk])


def test_nobody_raises_himself_by_a_merge(steward, pair):
    kept, absorbed = pair
    own = RoleAssignmentFactory(user=steward, role="editor", organisation=absorbed)

    done = action.merge(kept=kept, absorbed=absorbed, by=steward)

    own.refresh_from_db()
    assert own.organisation_id == absorbed.pk
    step = done.steps.get(outcome=Outcome.OWN)
    assert (step.row_ids, step.said) == ([own.pk], "留在原处：这是您本人的角色")


def test_sessions_end_where_a_role_moved(steward, pair):
    kept, absorbed = pair
    editor, other = UserFactory(organisation=absorbed, role="editor"), UserFactory(organisation=kept, role="editor")

    action.merge(kept=kept, absorbed=absorbed, by=steward)

    epochs = dict(User.objects.values_list("pk", "session_epoch"))
    assert (epochs[editor.pk], epochs[other.pk]) == (1, 0)


def test_gaps_are_filled_from_the_absorbed_row_and_emptied_by_undo(steward, root):
    kept = OrganisationFactory(parent=root, short_name="运输局")
    absorbed = OrganisationFactory(parent=root, short_name="交通局", uscc="11370685MB2857833L")

    done = action.merge(kept=kept, absorbed=absorbed, by=steward)
    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert (kept.short_name, kept.uscc, absorbed.uscc) == ("运输局", "11370685MB2857833L", "")

    action.undo(merge=done, by=steward)
    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert (kept.uscc, absorbed.uscc, absorbed.short_name) == ("", "11370685MB2857833L", "交通局")


def test_the_old_code_finds_the_organisation_it_became(steward, pair, root):
    kept, absorbed = pair
    action.merge(kept=kept, absorbed=absorbed, by=steward)
    last = OrganisationFactory(parent=root, code="last")
    action.merge(kept=last, absorbed=Organisation.objects.get(pk=kept.pk), by=steward)

    assert Organisation.objects.by_code("absorbed") == last
    assert Organisation.objects.by_code("kept") == last
    assert Organisation.objects.by_code("nobody") is None


def test_a_merge_under_a_later_one_is_undone_last(steward, pair, root):
    kept, absorbed = pair
    first = action.merge(kept=kept, absorbed=absorbed, by=steward)
    second = action.merge(
        kept=OrganisationFactory(parent=root), absorbed=Organisation.objects.get(pk=kept.pk), by=steward
    )

    with pytest.raises(Refused) as refusal:
        action.undo(merge=first, by=steward)
    action.undo(merge=second, by=steward)
    action.undo(merge=first, by=steward)

    assert refusal.value.code == "later_merge"
    assert not Organisation.objects.exclude(merged_into=None).exists()


def _outside(steward, kept, absorbed):
    return OrganisationFactory(), absorbed


def _under(steward, kept, absorbed):
    return OrganisationFactory(parent=absorbed), absorbed


def _closed(steward, kept, absorbed):
    organisation_actions.close(organisation=kept, on=datetime.date(2026, 1, 1), by=steward)
    return Organisation.objects.get(pk=kept.pk), absorbed


def _gain(steward, kept, absorbed):
    RoleAssignmentFactory(user=steward, role="editor", organisation=kept)
    del steward.current_roles
    return kept, absorbed


def _twice(steward, kept, absorbed):
    action.merge(kept=kept, absorbed=absorbed, by=steward)
    return kept, absorbed


@pytest.mark.parametrize(
    ("arrange", "code"),
    [
        (lambda steward, kept, absorbed: (kept, kept), "same_row"),
        (_outside, "outside_scope"),
        (_under, "own_child"),
        (_closed, "kept_closed"),
        (_twice, "merged_already"),
        (_gain, "own_gain"),
    ],
)
def test_merge_refuses(arrange, code, steward, pair):
    assert steward.current_roles
    kept, absorbed = arrange(steward, *pair)
    roles = RoleAssignment.objects.count()

    with pytest.raises(Refused) as refusal:
        action.merge(kept=kept, absorbed=absorbed, by=steward)

    assert refusal.value.code == code
    assert RoleAssignment.objects.count() == roles


def test_preview_counts_what_the_merge_then_moves(steward, pair):
    kept, absorbed = pair
    set_scope(["*"])
    everything(absorbed)
    RoleAssignmentFactory(user=steward, role="editor", organisation=absorbed)
    set_scope(steward.paths())

    counts = action.preview(kept=kept, absorbed=absorbed, by=steward)
    done = action.merge(kept=kept, absorbed=absorbed, by=steward)

    promised = {(row.reference.table, row.reference.field.name): row.rows - row.own for row in counts}
    moved = {(s.table, s.column): len(s.row_ids) for s in done.steps.filter(outcome=Outcome.MOVED)}
    assert promised == moved
    assert sum(row.own for row in counts) == 1
    assert Case.objects.filter(organisation=kept).count() == 1
