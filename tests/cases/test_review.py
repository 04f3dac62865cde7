"""Moving a case: actions, then pages."""

import pytest
from django.db import IntegrityError, transaction

from cases import workflow
from cases.actions import case as case_actions
from cases.actions import review
from cases.models import Case, Decision, LibraryEntry, Revision, Signature
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

Kind, State = Decision.Kind, Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


def chief(case):
    return UserFactory(organisation=case.organisation, role="chief_editor")


@pytest.mark.parametrize("state", [State.DRAFT, State.RECEIVED, State.FIRST_REVIEW, State.READY, State.PUBLISHED])
@pytest.mark.parametrize("kind", [k for k in Kind if k not in {Kind.MERGE, Kind.RESUBMIT, Kind.PUBLISH}])
def test_decide_follows_the_table_from_every_state(kind, state):
    case = CaseFactory(state=state)
    row = workflow.TRANSITIONS[kind]
    by = case.created_by if row.by_author else chief(case)

    if state in row.moves:
        review.decide(case=case, kind=kind, by=by, revision=case.current_revision, note="理由")
        case.refresh_from_db()
        assert case.state == row.moves[state]
    else:
        with pytest.raises(WrongState):
            review.decide(case=case, kind=kind, by=by, revision=case.current_revision, note="理由")
        case.refresh_from_db()
        assert case.state == state


def test_every_decision_has_an_inverse_and_a_row():
    assert set(workflow.TRANSITIONS) == set(workflow.INVERSE) == set(Kind)


def test_decide_records_the_move_in_the_audit_log():
    case = CaseFactory(state=State.RECEIVED)
    editor = chief(case)

    decision = review.decide(case=case, kind=Kind.TAKE_UP, by=editor, revision=case.current_revision)

    event = AuditEvent.objects.order_by("number").last()
    assert (event.event, event.actor_id, event.object_id) == ("case.decide", editor.pk, case.pk)
    assert event.detail == {
        "kind": "take_up",
        "decision": decision.pk,
        "revision": 1,
        "from_state": "received",
        "to_state": "first_review",
        "voided": 0,
    }


def test_decide_tells_the_author_after_commit(django_capture_on_commit_callbacks):
    case = CaseFactory(state=State.RECEIVED)

    with django_capture_on_commit_callbacks(execute=True):
        review.decide(case=case, kind=Kind.TAKE_UP, by=chief(case), revision=case.current_revision)

    assert [notice.detail["decision"] for notice in case.created_by.notices.all()] == ["TAKE_UP"]


def test_one_person_cannot_sign_two_stages_even_past_the_action():
    case = CaseFactory(state=State.SECOND_REVIEW)
    first = case.signatures.get(stage="first")

    with pytest.raises(WrongState):
        review.decide(case=case, kind=Kind.PASS_SECOND, by=first.signed_by, revision=case.current_revision)
    decision = Decision.objects.create(
        case=case,
        revision=case.current_revision,
        kind=Kind.PASS_SECOND,
        from_state="second_review",
        to_state="final_review",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(case=case, stage="second", decision=decision, signed_by=first.signed_by)


def test_sending_back_voids_the_signature_and_frees_only_its_stage():
    case = CaseFactory(state=State.SECOND_REVIEW)
    first = case.signatures.get(stage="first")

    review.decide(case=case, kind=Kind.SEND_BACK, by=chief(case), revision=case.current_revision, note="数字要再核")

    first.refresh_from_db()
    case.refresh_from_db()
    assert first.voided_at is not None
    assert first.decision.voided_by.kind == Kind.SEND_BACK
    review.decide(case=case, kind=Kind.PASS_FIRST, by=first.signed_by, revision=case.current_revision)
    case.refresh_from_db()
    with pytest.raises(WrongState):
        review.decide(case=case, kind=Kind.PASS_SECOND, by=first.signed_by, revision=case.current_revision)


def test_a_returned_case_must_change_before_it_is_resubmitted():
    case = CaseFactory(state=State.FIRST_REVIEW)
    review.decide(case=case, kind=Kind.RETURN, by=chief(case), revision=case.current_revision, note="补充成效")
    case.refresh_from_db()

    with pytest.raises(Refused):
        review.decide(case=case, kind=Kind.RESUBMIT, by=case.created_by, revision=case.current_revision)
    case_actions.revise(
        case=case, title=case.title, body="改过的正文。", by=case.created_by, base=case.current_revision
    )
    case.refresh_from_db()
    review.decide(case=case, kind=Kind.RESUBMIT, by=case.created_by, revision=case.current_revision)

    case.refresh_from_db()
    assert case.state == State.FIRST_REVIEW


def test_a_decision_on_an_older_revision_is_a_conflict():
    case = CaseFactory(state=State.FIRST_REVIEW)
    read = case.current_revision
    case_actions.revise(case=case, title=case.title, body="新正文。", by=chief(case), base=read)

    with pytest.raises(Conflict):
        review.decide(case=case, kind=Kind.PASS_FIRST, by=chief(case), revision=read)


def test_a_reason_is_asked_for_before_a_case_is_declined():
    case = CaseFactory(state=State.FIRST_REVIEW)

    with pytest.raises(Refused) as refusal:
        review.decide(case=case, kind=Kind.DECLINE, by=chief(case), revision=case.current_revision, note=" ")

    assert refusal.value.code == "note_missing"


def test_publishing_writes_the_library_and_retracting_empties_it():
    case = CaseFactory(state=State.PUBLISHED)
    entry = LibraryEntry.objects.public().get(case=case)
    assert entry.body == case.current_revision.body

    review.decide(case=case, kind=Kind.RETRACT, by=chief(case), revision=case.current_revision, note="数字有误")

    entry.refresh_from_db()
    assert (entry.body, entry.withdrawal_note) == ("", "数字有误")
    assert not LibraryEntry.objects.public().filter(case=case).exists()
    assert case.decisions.get(kind=Kind.PUBLISH).voided_by.kind == Kind.RETRACT


def test_revise_stores_nothing_when_only_blank_space_changed():
    case = CaseFactory(state=State.FIRST_REVIEW)
    revision = case.current_revision

    same = case_actions.revise(
        case=case, title=case.title, body=revision.body.replace("\n", "  \r\n\r\n"), by=chief(case), base=revision
    )

    assert same is None
    assert case.revisions.count() == 1


def test_the_database_refuses_to_change_a_revision():
    case = CaseFactory()

    with pytest.raises(Exception, match="never changed"), transaction.atomic():
        Revision.objects.filter(case=case).update(body="改写历史")


def test_numbers_have_no_gaps_within_a_year():
    first, second = CaseFactory(), CaseFactory()

    assert (second.year, second.sequence) == (first.year, first.sequence + 1)
    assert first.number == f"案-{first.year}-{first.sequence:04d}"


def test_the_database_refuses_to_delete_what_was_decided_and_signed():
    case = CaseFactory(state=State.SECOND_REVIEW)

    for rows in (Decision.objects.filter(signature=None), Signature.objects.all()):
        with pytest.raises(Exception, match="never changed"), transaction.atomic():
            rows._raw_delete(rows.db)

    assert (case.decisions.count(), case.signatures.count()) == (3, 1)
