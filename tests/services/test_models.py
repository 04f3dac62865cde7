"""What the database itself keeps of the ledger: sane rows, scope, history."""

import datetime
from itertools import product

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from members.actions import organisation as organisation_actions
from members.middleware import set_scope, whole_scope
from members.permissions import ROLE_PERMISSIONS, Permission, Role
from services import models, workflow
from services.actions import vocabulary
from services.models import Activity, Duty, Grant, Kind, Matter, MatterStep, Pairing
from services.models.matter import MatterState
from services.models.vocabulary import GROUPS
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
TOMORROW = timezone.localdate() + datetime.timedelta(days=1)
LONG_AGO = datetime.date(1900, 1, 1)


@pytest.mark.parametrize(
    ("factory", "values", "constraint"),
    [
        (rows.ActivityFactory, {"happened_on": TOMORROW}, "activity_day_sane"),
        (rows.ActivityFactory, {"happened_on": LONG_AGO}, "activity_day_sane"),
        (rows.ActivityFactory, {"headcount": 0}, "activity_headcount_sane"),
        (rows.ActivityFactory, {"void_reason": "mistake"}, "activity_voided_whole"),
        (rows.GrantFactory, {"given_on": TOMORROW}, "grant_day_sane"),
        (rows.GrantFactory, {"quantity": 0}, "grant_quantity_above_zero"),
        (rows.GrantFactory, {"amount_fen": -5}, "grant_amount_above_zero"),
        (rows.MatterFactory, {"received_on": TOMORROW}, "matter_day_sane"),
        (rows.MatterFactory, {"state": "closed"}, "matter_closed_has_outcome"),
        (rows.MatterFactory, {"closed": True, "closed_on": datetime.date(2024, 5, 1)}, "matter_closed_after"),
        (rows.MatterFactory, {"closed": True, "is_solved": True}, "matter_solved_is_settled"),
        (rows.MatterFactory, {"state": "merged"}, "matter_merged_names_other"),
        (rows.PairingFactory, {"helped": None}, "pairing_has_one_helped"),
        (rows.PairingFactory, {"started_on": LONG_AGO}, "pairing_start_sane"),
        (
            rows.PairingFactory,
            {"ended_on": datetime.date(2023, 12, 31), "end_reason": "done"},
            "pairing_ends_after_start",
        ),
        (rows.PairingFactory, {"ended_on": datetime.date(2024, 12, 31)}, "pairing_end_has_reason"),
        (rows.CampaignFactory, {"ends_on": datetime.date(2023, 1, 1)}, "campaign_ends_after_start"),
        (rows.TargetFactory, {"number": 0}, "target_above_zero"),
        (rows.TargetFactory, {"due_on": datetime.date(2023, 1, 1)}, "target_due_after_start"),
        (rows.VenueFactory, {"closed_on": datetime.date(2023, 1, 1)}, "venue_closed_after_opened"),
        (rows.VenueFactory, {"is_public": True}, "venue_public_has_address"),
        (rows.FigureFactory, {"source_name": ""}, "figure_has_source"),
        (rows.FigureFactory, {"to_on": datetime.date(2024, 1, 1)}, "figure_ends_after_start"),
        (rows.ScoreFactory, {"body": None}, "score_of_one"),
        (rows.ExcuseFactory, {"reason": "other"}, "excuse_other_has_note"),
        (rows.AttachmentFactory, {"issuer": None}, "attachment_of_one"),
        (rows.KindFactory, {"group": "appeal"}, "kind_group_fits_domain"),
        (rows.DutyFactory, {"times": 0}, "duty_at_least_once"),
        (rows.DutyFactory, {"body_kind": "party_branch"}, "duty_binds_one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_database_refuses_what_cannot_be(factory, values, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        factory(**values)


def test_a_form_posted_twice_is_one_row():
    first = rows.ActivityFactory()

    with pytest.raises(IntegrityError, match="services_activity_once_key"):
        rows.ActivityFactory(once=first.once)


def test_a_pairing_does_not_overlap_itself():
    first = rows.PairingFactory(ended_on=datetime.date(2024, 6, 1), end_reason="done")
    same = {name: getattr(first, name) for name in ("kind", "helper", "helped", "organisation")}

    rows.PairingFactory(**same, started_on=datetime.date(2024, 6, 1))
    with pytest.raises(IntegrityError, match="pairing_not_twice_at_a_time"):
        rows.PairingFactory(**same, started_on=datetime.date(2024, 5, 31))


def test_a_pairing_taken_back_frees_its_days():
    first = rows.PairingFactory()
    with whole_scope():
        Pairing.objects.filter(pk=first.pk).update(
            voided_at=timezone.now(), voided_by=first.logged_by, void_reason="mistake"
        )

    again = rows.PairingFactory(kind=first.kind, helper=first.helper, helped=first.helped)

    assert again.pk != first.pk


def test_a_matter_is_extended_once():
    matter = rows.MatterFactory()
    rows.MatterStepFactory(matter=matter, kind="extend", note="等待上级批复")

    with pytest.raises(IntegrityError, match="matter_extended_once"):
        rows.MatterStepFactory(matter=matter, kind="extend", note="再延")


@pytest.mark.parametrize(
    ("factory", "change"),
    [
        (rows.MatterStepFactory, {"note": "改写"}),
        (rows.SnapshotFactory, {"title": "改写"}),
        (rows.SnapshotValueFactory, {"value": 34}),
    ],
    ids=["step", "snapshot", "value"],
)
def test_history_cannot_be_changed(factory, change):
    row = factory()

    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), whole_scope():
        type(row).objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize(
    "factory",
    [
        rows.ActivityFactory,
        rows.MatterFactory,
        rows.MatterStepFactory,
        rows.PairingFactory,
        rows.GrantFactory,
        rows.FigureFactory,
        rows.ScoreFactory,
        rows.SnapshotFactory,
    ],
)
def test_what_was_entered_cannot_be_deleted(factory):
    row = factory()

    with pytest.raises(ProgrammingError, match="never changed"), connection.cursor() as cursor, whole_scope():
        cursor.execute(f"delete from {row._meta.db_table} where id = %s", [row.pk])


SCOPED = [
    rows.ActivityFactory,
    rows.ParticipationFactory,
    rows.MatterFactory,
    rows.MatterStepFactory,
    rows.PairingFactory,
    rows.ExcuseFactory,
    rows.CampaignFactory,
    rows.CampaignMemberFactory,
    rows.TargetFactory,
    rows.GrantFactory,
    rows.VenueFactory,
    rows.SheetFactory,
    rows.CriterionFactory,
    rows.ScoreFactory,
    rows.FigureFactory,
    rows.SnapshotFactory,
    rows.SnapshotValueFactory,
    rows.AttachmentFactory,
]


@pytest.mark.parametrize("factory", SCOPED)
def test_the_database_shows_no_row_of_another_county(factory):
    own, other = factory(), factory()
    whose = whose_row(own)
    set_scope([whose.path])

    found = list(type(own)._base_manager.order_by("pk"))

    assert own in found
    assert other not in found


def whose_row(row):
    """Return the organisation a row is scoped by."""
    for name in ("organisation", "activity", "matter", "sheet", "snapshot"):
        if hasattr(row, name):
            found = getattr(row, name)
            return found if name == "organisation" else found.organisation
    raise AssertionError(row)


@pytest.mark.parametrize("role", Role)
def test_rows_are_visible_by_the_table_of_permissions(role):
    organisation = OrganisationFactory()
    mine = rows.ActivityFactory(organisation=organisation)
    rows.ActivityFactory()
    user = UserFactory(organisation=organisation, role=role)
    set_scope(["*"])

    found = list(Activity.objects.visible_to(user))

    assert found == ([mine] if Permission.READ_LEDGER in ROLE_PERMISSIONS[role] else [])


def test_rows_move_with_their_organisation():
    root = OrganisationFactory()
    old, new = OrganisationFactory(parent=root), OrganisationFactory(parent=root)
    bureau = OrganisationFactory(parent=old)
    steward = UserFactory(organisation=root, role="steward")
    row = rows.SnapshotFactory(organisation=bureau)
    activity = rows.ActivityFactory(organisation=bureau)

    moved = organisation_actions.move(organisation=bureau, parent=new, by=steward)

    set_scope(["*"])
    row.refresh_from_db()
    activity.refresh_from_db()
    assert {row.organisation_path, activity.organisation_path} == {moved.path}


def test_the_seed_loads_once_and_leaves_changes_alone():
    count = vocabulary.load()
    Kind.objects.filter(code="snow").update(label="除雪保通")

    again = vocabulary.load()

    assert count == again == Kind.objects.count()
    assert Kind.objects.get(code="snow").label == "除雪保通"
    assert Duty.objects.filter(pairing_kind__code="three-ones").count() == 3
    assert {kind.group for kind in Kind.objects.all()} == {group for groups in GROUPS.values() for group in groups}


def test_a_countys_own_kind_is_seen_in_its_tree_alone():
    county, other = OrganisationFactory(), OrganisationFactory()
    kind = rows.KindFactory(organisation=county)
    shared = rows.KindFactory()
    township = UserFactory(organisation=OrganisationFactory(parent=county), role="official")
    stranger = UserFactory(organisation=other, role="official")

    assert set(Kind.objects.visible_to(township)) == {kind, shared}
    assert set(Kind.objects.visible_to(stranger)) == {shared}


def test_every_step_from_every_state_is_in_the_table():
    expected = {
        "received": {"take", "hand_over", "claim", "extend", "merge", "decline"},
        "handling": {"hand_over", "claim", "progress", "advance", "extend", "merge", "decline", "close"},
        "closed": {"call_back", "reopen"},
        "settled": {"reopen"},
        "declined": {"reopen"},
        "merged": {"split"},
    }

    allowed = {
        str(state): {str(kind) for kind in MatterStep.Kind if workflow.may_follow(state, kind)} for state in MatterState
    }

    assert allowed == expected


def test_closing_settles_what_nobody_asked_for():
    after = {
        (group, str(workflow.leads_to("handling", MatterStep.Kind.CLOSE, group)))
        for group, _ in product(GROUPS["matter"], [0])
    }

    assert after == {
        ("appeal", "closed"),
        ("suggestion", "closed"),
        ("errand", "closed"),
        ("clue", "closed"),
        ("problem", "settled"),
        ("task", "settled"),
        ("project", "settled"),
    }


def test_a_late_entry_says_how_late():
    row = rows.ActivityFactory.build(
        organisation=None,
        organisation_path="",
        logged_by=None,
        kind=None,
        happened_on=datetime.date(2024, 5, 17),
        logged_at=datetime.datetime(2024, 5, 20, 1, tzinfo=datetime.UTC),
    )

    assert row.days_late == 3


def test_every_model_is_named_in_the_map():
    names = {name for name in models.__all__ if issubclass(getattr(models, name), Model)}

    assert [name for name in sorted(names) if name not in models.__doc__] == []


def test_a_registered_person_keeps_their_rows_when_asked():
    person = PersonFactory()
    matter = rows.MatterFactory(requester=person)
    grant = rows.GrantFactory(person=person)
    set_scope(["*"])

    assert list(Matter.objects.filter(requester=person)) == [matter]
    assert list(Grant.objects.filter(person=person)) == [grant]
    assert (matter.asked_by, grant.recipient) == (person.name, person.name)
