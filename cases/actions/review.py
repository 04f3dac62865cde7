"""The one action through which every case moves."""

import re
from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries, workflow
from cases.actions import call_entry, evidence, letter_result, library, returns
from cases.actions.case import locked
from cases.models import Case, Decision, ExternalSigner, Revision, Signature
from cases.models.review import Stage
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.models import User
from members.permissions import Permission

Kind = Decision.Kind
LENT = frozenset({Permission.SIGN_FINAL, Permission.EDIT_CASE})  # to a leader's link, for the two moves it offers

# What those concerned read, as message ids: the submitting side, the holder, whoever is gone back on.
TOLD: dict[Kind, str] = {
    Kind.SUBMIT: gettext_noop("%(number)s “%(title)s” was submitted"),
    Kind.TAKE_UP: gettext_noop("%(number)s “%(title)s” is under review now"),
    Kind.PASS_FIRST: gettext_noop("%(number)s “%(title)s” passed the first review"),
    Kind.PASS_SECOND: gettext_noop("%(number)s “%(title)s” passed the second review"),
    Kind.PASS_FINAL: gettext_noop("%(number)s “%(title)s” passed the final review"),
    Kind.PUBLISH: gettext_noop("%(number)s “%(title)s” is published"),
    Kind.RETURN: gettext_noop("%(number)s “%(title)s” was returned: change it as asked, then resubmit"),
    Kind.RESUBMIT: gettext_noop("%(number)s “%(title)s” was changed and resubmitted"),
    Kind.RECALL: gettext_noop("%(number)s “%(title)s”: the return was recalled, the review goes on"),
    Kind.SEND_BACK: gettext_noop("%(number)s “%(title)s” was sent back one stage"),
    Kind.DECLINE: gettext_noop("%(number)s “%(title)s” was declined; the reason stands on its page"),
    Kind.MERGE: gettext_noop("%(number)s “%(title)s” was merged into another case"),
    Kind.RETRACT: gettext_noop("%(number)s “%(title)s” was withdrawn from the library"),
    Kind.WITHDRAW: gettext_noop("%(number)s “%(title)s” was withdrawn by the submitting side"),
    Kind.REOPEN: gettext_noop("%(number)s “%(title)s” was reopened"),
}


# What the submitting side reads instead, where it has to act.
TOLD_UNIT: dict[Kind, str] = {
    Kind.RETURN: gettext_noop(
        "Action needed: %(number)s “%(title)s” was returned. Answer the list and resubmit it by %(day)s"
    ),
}


@transaction.atomic
def decide(
    *,
    case: Case,
    kind: str,
    by: User | None,
    revision: Revision,
    note: str = "",
    duplicate_of: Case | None = None,
    seen_state: str | None = None,
    items: Sequence[str] = (),
    due_on: date | None = None,
    signer: ExternalSigner | None = None,
) -> Decision:
    """Move a case by one decision, pinned to the revision that was read.

    `by=None` is the holder of the case's own link, who stands on the submitting side; with a `signer` it is a leader
    who signs, or sends back, by a one-time link (`actions.approval` holds that link to account).
    `seen_state` is the state the person saw when deciding: some moves fit two states, yet nobody decides on a case
    that moved under their hands.
    `items` and `due_on` are of a return: what is asked beside what was collected, and until when.
    Raises: WrongState when the table has no such move for this person now; Conflict when the case has moved since
    `seen_state` or the text has changed since `revision`; Refused when a note or the other case is missing, or the
    call of a draft takes no more cases.
    Side effects in order: lock; check; void what the move goes back on; store decision and signature; change the
    state and the library; send or close the request; audit row; letter of a result drafted; notices after commit.
    """
    case = locked(case.pk)
    check(
        case=case,
        kind=kind,
        by=by,
        revision=revision,
        note=note,
        duplicate_of=duplicate_of,
        seen_state=seen_state,
        signer=signer,
    )
    target = workflow.TRANSITIONS[Kind(kind)].moves[Case.State(case.state)]
    concerned = _concerned(case, Kind(kind))
    decision = _put_down(case, kind, target, revision, note, by, signer)
    voided = _void_later(case, decision, target)
    _sign(decision)
    _change(case, decision, target, duplicate_of)
    returns.follow(case=case, decision=decision, due_on=due_on, texts=items)
    audit.record(
        actor=by,
        event="case.decide",
        target=case,
        kind=kind,
        decision=decision.pk,
        revision=revision.number,
        from_state=str(decision.from_state),
        to_state=str(target),
        voided=voided,
    )
    letter_result.draft_for(case, decision)
    _tell(case, decision, concerned)
    return decision


def _put_down(
    case: Case,
    kind: str,
    target: Case.State,
    revision: Revision,
    note: str,
    by: User | None,
    signer: ExternalSigner | None,
) -> Decision:
    return Decision.objects.create(
        case=case,
        revision=revision,
        kind=kind,
        from_state=Case.State(case.state),
        to_state=target,
        note=note,
        decided_by=by,
        signer=signer,
        decided_at=timezone.now(),
        since=case.state_since,
    )


def _sign(decision: Decision) -> None:
    """Put the decider's name under the stage that the decision passes, if it passes one."""
    stage = workflow.TRANSITIONS[Kind(decision.kind)].stage
    if stage is not None:
        Signature.objects.create(
            case=decision.case,
            stage=stage,
            decision=decision,
            signed_by=decision.decided_by,
            signer=decision.signer,
            signed_at=decision.decided_at,
        )


def check(
    *,
    case: Case,
    kind: str,
    by: User | None,
    revision: Revision,
    note: str,
    duplicate_of: Case | None,
    seen_state: str | None = None,
    signer: ExternalSigner | None = None,
) -> None:
    """Refuse what `decide` would refuse, of a locked case. Raises: as `decide`."""
    if seen_state is not None and seen_state != case.state:
        raise Conflict(_moved_meanwhile(case))
    kind = Kind(kind)
    person = _person(case, by, signer)
    _refuse_second_stage(case, kind, person.get("signed_stages", ()))
    if (stage := workflow.TRANSITIONS[kind].stage) is not None and (signer or by) is not None:
        refuse_namesake(case, stage, signer or by)
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
    if kind == Kind.RESUBMIT:
        returns.refuse_unanswered(case)
    if kind == Kind.SUBMIT:
        call_entry.recheck(case, timezone.now())
    if kind == Kind.MERGE and (duplicate_of is None or duplicate_of.pk == case.pk):
        raise Refused(_("Choose the other case this one duplicates."), code="duplicate_missing")
    if kind == Kind.MERGE and duplicate_of.state in workflow.ENDED:
        raise Refused(_("The other case has ended. Merge into one that is open or published."), code="duplicate_ended")
    if kind == Kind.PUBLISH and not _final_signature_fits(case, revision):
        raise WrongState(_("The final signature was given on another revision. Send it back for the final review."))


def _person(case: Case, by: User | None, signer: ExternalSigner | None) -> dict:
    """Return what `workflow.allows` asks about who decides: an account, a leader by a link, a holder of a link."""
    if by is not None:
        return queries.standing(case, by)
    if signer is None:
        return {"has_permission": lambda _permission: False, "is_author": True}
    return {
        "has_permission": lambda permission: permission in LENT,
        "is_author": False,
        "signed_stages": set(case.signatures.filter(signer=signer).values_list("stage", flat=True)),
    }


def _moved_meanwhile(case: Case) -> str:
    latest = case.decisions.select_related("decided_by", "signer").order_by("-pk").first()
    return _("%(name)s decided a moment before you: “%(decision)s”. Look at the case again, then decide.") % {
        "name": latest.decided_by or latest.signer or _("The submitting side"),
        "decision": latest.get_kind_display(),
    }


def _refuse_second_stage(case: Case, kind: Kind, signed_stages: Collection[str]) -> None:
    """Say it in words before the exclusion constraint does. Raises: WrongState."""
    barring = workflow.barring_stage(kind, signed_stages)
    if barring is not None and Case.State(case.state) in workflow.TRANSITIONS[kind].moves:
        raise WrongState(
            _("You signed “%(stage)s” of this case. Three reviews need three people: leave this one to a colleague.")
            % {"stage": barring.label},
            code="signed_another_stage",
        )


def refuse_namesake(case: Case, stage: Stage, person: User | ExternalSigner) -> None:
    """Refuse whose name stands under another stage, where one of the two is a leader without an account.

    Of accounts the exclusion constraint knows who is who; of a leader only the name is known. Raises: Refused.
    """
    others = case.signatures.exclude(stage=stage).select_related("signed_by", "signer")
    if isinstance(person, User):
        others = others.exclude(signer=None)
    if _plain(person.name) in {_plain((each.signed_by or each.signer).name) for each in others}:
        raise Refused(
            _("%(name)s signed another stage of this case. Three reviews need three people: ask somebody else.")
            % {"name": person.name},
            code="signed_another_stage",
        )


def _plain(name: str) -> str:
    return re.sub(r"\s", "", name).casefold()


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
        evidence.record(case=case, by=decision.decided_by)
    if decision.kind == Kind.RETRACT:
        library.take_out(case=case, at=decision.decided_at, note=decision.note)


def _concerned(case: Case, kind: Kind) -> list[User | None]:
    """Return who is to hear of a move, as things stand before it.

    The submitting side, unless the desk settles it within itself; whoever has the case; and, when the submitting
    side moves it, whoever decided last at the desk, who waits for it.
    """
    concerned = [case.held_by]
    if kind not in workflow.INTERNAL:
        concerned.append(case.created_by)
    if workflow.TRANSITIONS[kind].by_author:
        latest = case.decisions.filter(voided_by=None).select_related("decided_by").order_by("-pk").first()
        concerned.append(latest.decided_by if latest else None)
    return concerned


def _tell(case: Case, decision: Decision, concerned: list[User | None]) -> None:
    """Tell those concerned, and whoever made a decision this one voids; the unit in its own words where it must act."""
    kind = Kind(decision.kind)
    gone_back_on = [voided.decided_by for voided in decision.voids.select_related("decided_by")]
    told = {user for user in [*concerned, *gone_back_on] if user is not None and user != decision.decided_by}
    words = {"number": case.number, "title": case.title, "decision": kind.name}
    if kind in TOLD_UNIT and case.created_by in told:
        told.discard(case.created_by)
        due_on = case.requests.standing().values_list("due_on", flat=True).get()
        tell([case.created_by], TOLD_UNIT[kind], case.get_absolute_url(), day=due_on.isoformat(), **words)
    tell(told, TOLD[kind], case.get_absolute_url(), **words)
