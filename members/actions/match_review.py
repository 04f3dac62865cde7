"""Reviewing pairs: a person says yes, no or later; a yes opens one lead; every decision can be taken back."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.vault import Vault
from members import audit, identity, workflow
from members.actions import discovery, register
from members.actions.batch_people import in_use
from members.actions.match import KEY_GONE, settle
from members.actions.match_run import Record, records_of
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import Lead, LeadEvidence, MatchCandidate, MatchRun, Person, User
from members.models.discovery import Channel, LeadState
from members.models.match import MatchState, PairState, Side
from members.permissions import Permission

CHUNK = 25  # automatic pairs in one transaction: the audit log is locked for everybody until it ends
ANSWERS = {"yes": PairState.CONFIRMED, "no": PairState.REJECTED, "later": PairState.LATER}
MEANWHILE = _("Somebody else has decided this pair meanwhile. What they said stands; look at it again.")


@transaction.atomic
def decide(*, candidate: MatchCandidate, answer: str, by: User) -> MatchCandidate:
    """Answer yes, no or later for a pair; a yes in the doubtful band waits for a second person's yes.

    Raises: WrongState when somebody else decided meanwhile, Refused outside the scope or for the same person twice.
    Side effects in order: lock, person and lead for a confirmed pair, row, audit row.
    """
    candidate = _locked(candidate, by)
    to = ANSWERS[answer]
    if candidate.state not in workflow.TO_DECIDE:
        raise WrongState(MEANWHILE)
    if candidate.first_by_id == by.pk and to != PairState.LATER:
        raise Refused(
            _("You have said yes to this pair already. The second answer must come from another person."),
            code="same_person",
        )
    is_doubtful = workflow.needs_second(candidate.pass_code, candidate.probability)
    if to == PairState.CONFIRMED and candidate.first_by_id is None and is_doubtful:
        to = PairState.SECOND
    if not workflow.pair_may_follow(candidate.state, to):
        raise WrongState(MEANWHILE)
    if to == PairState.CONFIRMED:
        _open(candidate, by)
    candidate.state = to
    if to == PairState.SECOND:
        candidate.first_by = by
    elif to != PairState.LATER:
        candidate.decided_by, candidate.decided_at = by, timezone.now()
    candidate.save()
    audit.record(actor=by, event="match.decide", target=candidate, run=candidate.run_id, answer=answer, state=str(to))
    settle(candidate.run)
    return candidate


@transaction.atomic
def undo(*, candidate: MatchCandidate, by: User) -> MatchCandidate:
    """Take a decision back: the pair is open again, and what its confirmation opened is gone.

    Raises: WrongState when nothing is decided; Refused when the lead has moved on meanwhile.
    Side effects in order: lock, lead and person, row, audit row.
    """
    candidate = _locked(candidate, by)
    if not workflow.pair_may_follow(candidate.state, PairState.OPEN):
        raise WrongState(_("There is no decision on this pair to take back."))
    if candidate.state == PairState.CONFIRMED:
        with whole_scope():
            _take_back(candidate)
    candidate.state, candidate.first_by = PairState.OPEN, None
    candidate.decided_by = candidate.decided_at = candidate.lead = None
    candidate.opened = []
    candidate.save()
    audit.record(actor=by, event="match.undo", target=candidate, run=candidate.run_id)
    settle(candidate.run)
    return candidate


def open_leads(pk: int) -> bool:
    """Let the next automatic pairs of an approved run become leads; return whether there is more to do.

    They are opened in the name of whoever approved for the practitioners' side, with the rights that account has now.
    A pair that cannot be opened goes to the queue. Side effects in order: lock of the run, people, leads, rows, audit.
    """
    with transaction.atomic(), whole_scope():
        run = MatchRun.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
        approval = run.approvals.select_related("by").filter(side=Side.PRACTITIONERS).first()
        if run.state != MatchState.OPEN or approval is None or not Vault(run.uuid).is_open:
            return False
        waiting = run.candidates.select_for_update().filter(state=PairState.WAITING).order_by("number")[:CHUNK]
        for candidate in waiting:
            candidate.run = run
            try:
                with transaction.atomic():
                    _open(candidate, approval.by)
                candidate.state, candidate.decided_at = PairState.CONFIRMED, timezone.now()
            except Refused:
                candidate.state, candidate.lead, candidate.opened = PairState.OPEN, None, []
            candidate.save()
        settle(run)
        return run.candidates.filter(state=PairState.WAITING).exists()


def _locked(candidate: MatchCandidate, by: User) -> MatchCandidate:
    """Lock a pair whose run is open, the run first. Raises: Refused, WrongState."""
    run = MatchRun.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=candidate.run_id)
    if not by.has_permission(Permission.EDIT_PEOPLE, run.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if run.state != MatchState.OPEN:
        raise WrongState(_("This data match is not under review. Look at it again."))
    if not Vault(run.uuid).is_open:
        raise Refused(KEY_GONE, code="key_gone")
    candidate = MatchCandidate.objects.select_for_update().get(pk=candidate.pk)
    candidate.run = run
    return candidate


def _open(candidate: MatchCandidate, by: User) -> None:
    """Open the lead of a confirmed pair, or fold it into the one there is; note what is new."""
    ours, _theirs = records_of(candidate)
    with whole_scope():
        person, is_new = _person(candidate.run, ours, by)
        had_lead = Lead.objects.filter(person=person).exists()
        had_evidence = LeadEvidence.objects.filter(lead__person=person, channel=Channel.DATA_MATCH).exists()
        lead = discovery.open_lead(person=person, channel=Channel.DATA_MATCH, by=by)
        if not had_evidence:
            LeadEvidence.objects.filter(lead=lead, channel=Channel.DATA_MATCH).update(
                match_run=candidate.run, pass_code=candidate.pass_code, levels=candidate.levels
            )
    made = {"person": is_new, "lead": not had_lead, "evidence": not had_evidence}
    candidate.lead, candidate.opened = lead, [name for name, is_made in made.items() if is_made]


def _person(run: MatchRun, record: Record, by: User) -> tuple[Person, bool]:
    """Return the register's person of a practitioner's record, and whether it had to be entered.

    Raises: Refused when another organisation has registered the number.
    """
    if record.person is not None and (person := Person.objects.filter(pk=record.person).first()):
        return person, False
    number, phone = identity.read_id(record.values["id_no"]), identity.read_phone(record.values["phone"])
    identity_number = number.value if number.is_usable else ""
    name = "".join(record.values["name"].split())[:60]
    known = Person.objects.with_number("identity", identity_number).first() if identity_number else None
    if known is None and phone.value:
        people = Person.objects.filter(organisation_path__under=run.organisation_path, name=name)
        same = people.with_number("phone", phone.value).order_by("pk").first()
        known = same if same is not None and not (identity_number and same.identity_digest) else None
    if known is not None:
        return known, False
    entered = register.create(
        name=name, organisation=run.organisation, by=by, identity=identity_number, phone=phone.value
    )
    return entered, True


def _take_back(candidate: MatchCandidate) -> None:
    """Remove what the confirmation opened, and nothing else. Raises: Refused when others have built on it."""
    lead = candidate.lead
    if lead is None:
        return
    person = lead.person
    if "evidence" in candidate.opened:
        lead.evidence.filter(channel=Channel.DATA_MATCH).delete()
    if "lead" in candidate.opened:
        is_touched = lead.state != LeadState.FOUND or lead.touched_at - lead.found_at > timedelta(seconds=1)
        if is_touched or lead.evidence.exists():
            raise Refused(
                _("The lead of this pair has moved on meanwhile. End it there as a mistake instead."), code="moved_on"
            )
        MatchCandidate.objects.filter(lead=lead).update(lead=None)
        lead.delete()
        if "person" in candidate.opened and not in_use(Person.objects.filter(pk=person.pk).values("pk")):
            Person.objects.filter(pk=person.pk)._raw_delete(using="default")
