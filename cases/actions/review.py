"""The one action through which every case moves."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries, workflow
from cases.actions import library
from cases.actions.case import locked
from cases.models import Case, Decision, Revision, Signature
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.models import User

Kind = Decision.Kind


@transaction.atomic
def decide(
    *,
    case: Case,
    kind: str,
    by: User | None,
    revision: Revision,
    note: str = "",
    duplicate_of: Case | None = None,
) -> Decision:
    """Move a case by one decision, pinned to the revision that was read.

    `by=None` is the holder of the case's own link, who stands on the submitting side.
    Raises: WrongState when the table has no such move for this person now; Conflict when the text has changed since
    `revision`; Refused when a note or the other case is missing.
    Side effects in order: lock; check; void what the move goes back on; store decision and signature; change the
    state and the library; audit row; notices after commit.
    """
    case = locked(case.pk)
    _check(case, Kind(kind), by, revision, note, duplicate_of)
    row = workflow.TRANSITIONS[Kind(kind)]
    now = timezone.now()
    source, target = Case.State(case.state), row.moves[Case.State(case.state)]
    decision = Decision.objects.create(
        case=case,
        revision=revision,
        kind=kind,
        from_state=source,
        to_state=target,
        note=note,
        decided_by=by,
        decided_at=now,
    )
    voided = _void_later(case, decision, target)
    if row.stage is not None:
        Signature.objects.create(case=case, stage=row.stage, decision=decision, signed_by=by, signed_at=now)
    _change(case, decision, target, duplicate_of)
    audit.record(
        actor=by,
        event="case.decide",
        target=case,
        kind=kind,
        decision=decision.pk,
        revision=revision.number,
        from_state=str(source),
        to_state=str(target),
        voided=voided,
    )
    _tell(case, decision)
    return decision


def _check(case: Case, kind: Kind, by: User | None, revision: Revision, note: str, duplicate_of: Case | None) -> None:
    person = (
        queries.standing(case, by)
        if by is not None
        else {"has_permission": lambda _permission: False, "is_author": True}
    )
    if not workflow.allows(kind, Case.State(case.state), **person):
        raise WrongState(
            _("“%(decision)s” is not possible now: the case is %(state)s. Reload the page to see what is.")
            % {"decision": kind.label, "state": case.get_state_display()}
        )
    if revision.pk != case.current_revision_id:
        raise Conflict(_("The text has changed since you read it. Read the new revision, then decide."))
    if workflow.TRANSITIONS[kind].needs_note and not note.strip():
        raise Refused(_("Write a reason: the other side will read it."), code="note_missing")
    if kind == Kind.RESUBMIT and not _changed_since_return(case, revision):
        raise Refused(
            _("The text is the same as when it was returned. Change it as asked, then resubmit."), code="unchanged"
        )
    if kind == Kind.MERGE and (duplicate_of is None or duplicate_of.pk == case.pk):
        raise Refused(_("Choose the other case this one duplicates."), code="duplicate_missing")
    if kind == Kind.PUBLISH and not _final_signature_fits(case, revision):
        raise WrongState(_("The final signature was given on another revision. Send it back for the final review."))


def _changed_since_return(case: Case, revision: Revision) -> bool:
    returned = case.decisions.filter(kind=Kind.RETURN, voided_by=None).order_by("-pk").first()
    return returned is None or returned.revision.digest != revision.digest


def _final_signature_fits(case: Case, revision: Revision) -> bool:
    return case.signatures.filter(
        stage=Signature.Stage.FINAL, voided_at=None, decision__revision__digest=revision.digest
    ).exists()


def _void_later(case: Case, decision: Decision, target: Case.State) -> int:
    """Void the standing decisions this one goes back on, and their signatures; return how many."""
    earlier = case.decisions.filter(voided_by=None).exclude(pk=decision.pk).values_list("pk", "kind", "to_state")
    ids = [pk for pk, kind, state in earlier if workflow.voids((kind, state), Kind(decision.kind), target)]
    Decision.objects.filter(pk__in=ids).update(voided_by=decision)
    Signature.objects.filter(decision__in=ids, voided_at=None).update(voided_at=decision.decided_at)
    return len(ids)


def _change(case: Case, decision: Decision, target: Case.State, duplicate_of: Case | None) -> None:
    case.state, case.state_since = target, decision.decided_at
    case.duplicate_of = duplicate_of if decision.kind == Kind.MERGE else None
    if decision.kind == Kind.SUBMIT:
        case.received_at = decision.decided_at
    if decision.kind == Kind.PUBLISH:
        case.published_at = decision.decided_at
    if target in workflow.ENDED or target in {Case.State.RETURNED, Case.State.PUBLISHED}:
        case.held_by, case.held_at = None, None
    case.save(
        update_fields=["state", "state_since", "duplicate_of", "received_at", "published_at", "held_by", "held_at"]
    )
    if decision.kind == Kind.PUBLISH:
        library.put_in(case=case, at=decision.decided_at)
    if decision.kind == Kind.RETRACT:
        library.take_out(case=case, at=decision.decided_at, note=decision.note)


def _tell(case: Case, decision: Decision) -> None:
    """Tell the submitting side, whoever has the case, and whoever made a decision this one voids."""
    concerned = [case.created_by, case.held_by, *(voided.decided_by for voided in decision.voids.all())]
    tell(
        [user for user in concerned if user != decision.decided_by],
        gettext_noop("%(number)s: %(decision)s"),
        case.get_absolute_url(),
        number=case.number,
        decision=Kind(decision.kind).name,
    )
