"""Data match: steps, scopes and what the database itself refuses."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from members import workflow
from members.actions import merge as merging
from members.actions import organisation
from members.middleware import set_scope
from members.models import MatchApproval, MatchCandidate, MatchRun, Organisation
from members.models.match import MatchState, PairState, Side
from tests.factories.members import MatchCandidateFactory, MatchRunFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

RUN_STEPS = {
    ("preparing", "running"),
    ("preparing", "counted"),
    ("preparing", "closed"),
    ("running", "counted"),
    ("running", "failed"),
    ("running", "preparing"),
    ("running", "closed"),
    ("failed", "preparing"),
    ("failed", "running"),
    ("failed", "closed"),
    ("counted", "open"),
    ("counted", "closed"),
    ("open", "closed"),
}


def test_a_run_takes_exactly_these_steps():
    steps = {(a, b) for a, b in product(MatchState.values, repeat=2) if workflow.match_may_follow(a, b)}

    assert steps == RUN_STEPS


def test_every_decision_on_a_pair_can_be_taken_back():
    decided = [PairState.CONFIRMED, PairState.REJECTED, PairState.SECOND]

    assert all(workflow.pair_may_follow(state, PairState.OPEN) for state in decided)
    assert not workflow.pair_may_follow(PairState.REJECTED, PairState.CONFIRMED)


def test_a_run_is_seen_from_both_its_sides_and_nowhere_else():
    bureau, office, other = OrganisationFactory(), OrganisationFactory(), OrganisationFactory()
    run = MatchRunFactory(organisation=bureau, members_organisation=office)
    MatchCandidateFactory(run=run)
    seen = {}

    for body in (bureau, office, other):
        user = UserFactory(organisation=body, role="official")
        set_scope(user.paths())
        seen[body] = (
            MatchRun.objects.visible_to(user).count(),
            MatchRun.objects.count(),
            MatchCandidate.objects.count(),
        )

    assert seen == {bureau: (1, 1, 1), office: (1, 1, 1), other: (0, 0, 0)}


def test_a_run_follows_the_members_office_when_it_moves_or_becomes_part_of_another():
    office, above, other = OrganisationFactory(), OrganisationFactory(), OrganisationFactory()
    run = MatchRunFactory(organisation=other, members_organisation=office)
    set_scope(["*"])

    organisation.repath(office.path, f"{above.path}{office.pk}.")
    run.refresh_from_db()
    moved = (run.organisation_path, run.members_path)
    reference = next(r for r in merging.references(Organisation) if r.field.name == "members_organisation")

    assert moved == (other.path, f"{above.path}{office.pk}.")
    assert reference.values(above) == {"members_organisation_id": above.pk, "members_path": above.path}


def test_one_person_cannot_approve_for_both_sides():
    run, by = MatchRunFactory(), UserFactory()
    set_scope([run.organisation_path])
    MatchApproval.objects.create(run=run, side=Side.PRACTITIONERS, by=by)

    with pytest.raises(IntegrityError, match="match_approval_two_people"), transaction.atomic():
        MatchApproval.objects.create(run=run, side=Side.MEMBERS, by=by)


def test_one_person_is_not_the_second_too():
    by = UserFactory()
    candidate = MatchCandidateFactory(first_by=by, state=PairState.SECOND)
    set_scope([candidate.run.organisation_path])

    with pytest.raises(IntegrityError, match="match_second_is_another"), transaction.atomic():
        MatchCandidate.objects.filter(pk=candidate.pk).update(decided_by=by)


def test_an_open_run_has_no_closing_time():
    run = MatchRunFactory()
    set_scope([run.organisation_path])

    with pytest.raises(IntegrityError, match="match_closed_at_when_closed"), transaction.atomic():
        MatchRun.objects.filter(pk=run.pk).update(state=MatchState.CLOSED)
