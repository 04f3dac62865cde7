"""A blind data match: open it, give out tickets, take both sides' token files, give handles back, decide, enter leads.

The app never has the key: it is spoken between the departments. Files of tokens lie sealed in the run's vault until
they are joined, then they are destroyed. Approving and closing are those of any data match.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused, Refused, WrongState
from config.vault import Vault
from members import audit
from members.actions import match as matches
from members.actions.register import OUTSIDE
from members.blind import ticket as tickets
from members.blind.texts import Faulty
from members.blind.tokenfile import Reader
from members.models import MatchApproval, MatchCandidate, MatchRoster, MatchRun, Organisation, User
from members.models.match import MatchState, PairState, Side
from members.permissions import Permission

SM3, SHA256 = tickets.ALGORITHMS
BLIND = (MatchRun.Mode.BROKER, MatchRun.Mode.PSI)
BROKER, PSI = ((mode,) for mode in BLIND)
HANDLES = {Side.PRACTITIONERS: "practitioner_handle", Side.MEMBERS: "member_handle"}
MEANWHILE = _("Somebody else has gone on with this data match meanwhile. Look at it again.")


@transaction.atomic
def create(
    *,
    organisation: Organisation,
    members_organisation: Organisation,
    purpose: str,
    basis: str,
    by: User,
    mode: MatchRun.Mode = MatchRun.Mode.BROKER,
) -> MatchRun:
    """Open a blind run between two bodies; the account keeps the people of at least one.

    Raises: Refused outside the scope, or for one body twice. Side effects in order: row, vault, audit row.
    """
    if organisation == members_organisation:
        raise Refused(_("A blind match is between two different bodies."), code="same_body")
    if not any(by.has_permission(Permission.EDIT_PEOPLE, body) for body in (organisation, members_organisation)):
        raise Refused(OUTSIDE, code="outside_scope")
    run = MatchRun(
        mode=mode,
        organisation=organisation,
        organisation_path=organisation.path,
        members_organisation=members_organisation,
        members_path=members_organisation.path,
        purpose=purpose,
        basis=basis,
        created_by=by,
    )
    run.token_version = _version(run, SM3)
    run.save()
    Vault(run.uuid).create()
    audit.record(actor=by, event="match.create", target=run, mode=str(run.mode))
    return run


def algorithm_of(run: MatchRun) -> str:
    """Return the algorithm that the run's token version names."""
    return run.token_version.partition("-")[0]


def ticket(*, run: MatchRun, side: Side) -> str:
    """Return the ticket of one side: run, side and algorithm, nothing secret."""
    return tickets.dumps(
        "blind-ticket", run=str(run.uuid), side=str(side), title=run.purpose, algorithm=algorithm_of(run)
    )


@transaction.atomic
def use_sha256(*, run: MatchRun, by: User) -> None:
    """Go over to SHA-256, since one side's computer lacks SM3; files given so far are dropped.

    Raises: WrongState once the files are being joined. Side effects in order: lock, rosters, vault, row, audit row.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED, modes=BLIND)
    run.rosters.all().delete()
    for side in Side:
        _drop(run, side)
    run.token_version = _version(run, SHA256)
    run.save(update_fields=["token_version"])
    audit.record(actor=by, event="match.algorithm", target=run, algorithm=SHA256)


@transaction.atomic
def give(*, run: MatchRun, side: Side, data: bytes, by: User, enqueue: object) -> MatchRoster:
    """Take one side's token file, in place of what it gave before; with both there the worker joins them.

    Raises: FileRefused for a file that is damaged, of another run, side, algorithm, phrase or program; Refused outside
    that side's body, or where one account gives for both. Side effects in order: lock, vault, roster, run, audit row,
    on commit `enqueue(pk, attempt)`.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    may_act(run, side, by)
    if run.rosters.exclude(side=side).filter(given_by=by).exists():
        raise Refused(
            _("You have given the other side's file. Each side's file comes from an account of its own."),
            code="same_person",
        )
    head, rows, unusable = _examined(data)
    _refuse_foreign(run, side, head)
    _drop(run, side)
    vault = Vault(run.uuid)
    vault.put_large(f"{side}-tokens-", data)
    vault.put(f"{side}-head", json.dumps(head).encode())
    roster, _is_new = MatchRoster.objects.update_or_create(
        run=run,
        side=side,
        defaults={
            "source": MatchRoster.Source.TOKENS,
            "state": MatchRoster.State.READY,
            "row_count": rows,
            "unusable_count": unusable,
            "given_at": timezone.now(),
            "given_by": by,
        },
    )
    is_complete = run.rosters.count() == len(Side)
    if is_complete:
        run.state, run.stage, run.step_rows, run.failure = MatchState.RUNNING, "", 0, ""
        run.step_total, run.attempt = sum(run.rosters.values_list("row_count", flat=True)), run.attempt + 1
        run.save(update_fields=["state", "stage", "step_rows", "step_total", "failure", "attempt"])
        transaction.on_commit(lambda: enqueue(run.pk, run.attempt))
    audit.record(actor=by, event="match.give", target=run, side=str(side), source="tokens", rows=rows)
    return roster


def fingerprint_of(run: MatchRun, side: Side) -> str:
    """Return the start of the SHA-256 of what a side gave, in fours; "" once it is destroyed."""
    try:
        sha256 = json.loads(Vault(run.uuid).get(f"{side}-head"))["sha256"]
    except FileNotFoundError:
        return ""
    return " ".join(sha256[at : at + 4] for at in range(0, 16, 4))


def open_tokens(run: MatchRun, side: Side) -> io.BytesIO:
    """Return a side's token file from its beginning. Raises: FileNotFoundError when it is destroyed."""
    return io.BytesIO(Vault(run.uuid).get_large(f"{side}-tokens-"))


@transaction.atomic
def approve(*, run: MatchRun, side: Side, by: User) -> MatchRun:
    """Give one side's leave; with the second one, by another person, the handles may be fetched.

    Raises: as `match.approve`. Side effects in order: those of `match.approve`, automatic pairs.
    """
    locked(run, by, MatchState.COUNTED, modes=BLIND)
    run = matches.approve(run=run, side=side, by=by, enqueue=lambda pk: None)
    if run.state == MatchState.OPEN and run.mode == MatchRun.Mode.BROKER:
        run.candidates.filter(state=PairState.WAITING).update(state=PairState.CONFIRMED, decided_at=run.opened_at)
        settle(run)
    return run


@transaction.atomic
def handles(*, run: MatchRun, side: Side, by: User) -> str:
    """Return a side's handles of the pairs that are or may be one person; only that side's script can open them.

    Raises: Refused outside that side's body, WrongState unless both sides approved. Side effects: lock, audit row.
    """
    run = locked(run, by, MatchState.OPEN)
    may_act(run, side, by)
    pairs = [
        {
            "number": pair.number + 1,
            "handle": getattr(pair, HANDLES[side]),
            "pass": pair.pass_code,
            "decide": pair.state != PairState.CONFIRMED,
        }
        for pair in run.candidates.exclude(state=PairState.REJECTED).order_by("number")
    ]
    audit.record(actor=by, event="match.handles", target=run, side=str(side), pairs=len(pairs))
    return tickets.dumps("blind-return", run=str(run.uuid), side=str(side), pairs=pairs)


@transaction.atomic
def decide(*, candidate: MatchCandidate, is_same: bool, by: User) -> MatchCandidate:
    """Say of a doubtful pair whether it is one person, after both departments compared their rows on the phone.

    Two yeses by two people make a pair one person; one no ends it. Raises: WrongState once it is decided or the run
    is not open; Refused for a second yes by the same person. Side effects in order: locks, row, run, audit row.
    """
    run = locked(candidate.run, by, MatchState.OPEN)
    candidate = MatchCandidate.objects.select_for_update().get(pk=candidate.pk, run=run)
    if candidate.state not in (PairState.OPEN, PairState.LATER, PairState.SECOND):
        raise WrongState(_("Somebody else has decided this pair meanwhile. What they said stands; look at it again."))
    if is_same and candidate.first_by_id == by.pk:
        raise Refused(
            _("You have said yes to this pair already. The second answer must come from another person."),
            code="same_person",
        )
    if is_same and candidate.first_by_id is None:
        candidate.state, candidate.first_by = PairState.SECOND, by
    else:
        if candidate.first_by_id == by.pk:
            candidate.first_by = None  # taking one's own yes back; the row names two different people or one
        candidate.state = PairState.CONFIRMED if is_same else PairState.REJECTED
        candidate.decided_by, candidate.decided_at = by, timezone.now()
    candidate.save(update_fields=["state", "first_by", "decided_by", "decided_at"])
    settle(run)
    answer = "yes" if is_same else "no"
    audit.record(actor=by, event="match.decide", target=candidate, run=run.pk, answer=answer, state=candidate.state)
    return candidate


def settle(run: MatchRun) -> None:
    """Note when nothing is left to decide or to enter."""
    left = run.candidates.exclude(state=PairState.REJECTED).exclude(lead__isnull=False).exists()
    settled_at = None if left else run.settled_at or timezone.now()
    if settled_at != run.settled_at:
        run.settled_at = settled_at
        run.save(update_fields=["settled_at"])


def _examined(data: bytes) -> tuple[dict, int, int]:
    """Read a token file from end to end; return its head with the sum, its rows, and how many match nothing."""
    try:
        reader = Reader(io.BytesIO(data))
        rows = unusable = 0
        for _handle, core, repairs, _closer in reader.rows():
            rows += 1
            unusable += not any(core) and not repairs
    except Faulty as faulty:
        raise FileRefused(gettext(faulty.message) % faulty.values, code="tokens") from None
    if not rows:
        raise FileRefused(_("The token file holds no row. Check the roll it was made from."), code="empty")
    return {**reader.head, "sha256": reader.sha256.hexdigest()}, rows, unusable


def _refuse_foreign(run: MatchRun, side: Side, head: dict) -> None:
    """Refuse a file that does not belong here, or not beside what the other side gave. Raises: FileRefused."""
    if head["run"] != str(run.uuid):
        raise FileRefused(
            _("This token file belongs to another data match. Make it again with the ticket of this one."), code="run"
        )
    if head["side"] != side:
        raise FileRefused(
            _("This is the other side's token file. Each side uploads the file made with its own ticket."), code="side"
        )
    if head["tokens"] != run.token_version:
        raise FileRefused(
            _("The token file was made with another algorithm than this run's. Download the ticket again."),
            code="algorithm",
        )
    try:
        other = json.loads(Vault(run.uuid).get(f"{_other(side)}-head"))
    except FileNotFoundError:
        return
    if head["release"] != other["release"]:
        raise FileRefused(
            _("The two departments used different versions of the program. Both download it anew from this page."),
            code="release",
        )
    if head["check"] != other["check"]:
        raise FileRefused(
            _(
                "The two departments did not use the same ten words: the check values differ. Read the words to each "
                "other again and make the token file anew."
            ),
            code="phrase",
        )
    if head["roll"] == other["roll"]:
        raise FileRefused(_("Both token files were made from one and the same roll."), code="twice")


@dataclass(frozen=True)
class SideRow:
    """One side as the run's page shows it to one account."""

    side: Side
    body: Organisation
    roster: MatchRoster | None
    fingerprint: str
    approval: MatchApproval | None
    is_mine: bool


def sides(run: MatchRun, user: User) -> list[SideRow]:
    """Return both sides of a run, practitioners first."""
    rosters = {roster.side: roster for roster in run.rosters.select_related("given_by")}
    approvals = {approval.side: approval for approval in run.approvals.select_related("by")}
    return [
        SideRow(
            side,
            body_of(run, side),
            rosters.get(side),
            fingerprint_of(run, side) if side in rosters else "",
            approvals.get(side),
            user.has_permission(Permission.EDIT_PEOPLE, body_of(run, side)),
        )
        for side in Side
    ]


def _other(side: Side) -> Side:
    return Side.MEMBERS if side == Side.PRACTITIONERS else Side.PRACTITIONERS


def body_of(run: MatchRun, side: Side) -> Organisation:
    """Return the body that acts for a side."""
    return run.organisation if side == Side.PRACTITIONERS else run.members_organisation


def may_act(run: MatchRun, side: Side, by: User) -> None:
    """Refuse whoever does not keep the people of the side's body. Raises: Refused."""
    if not by.has_permission(Permission.EDIT_PEOPLE, body_of(run, side)):
        raise Refused(OUTSIDE, code="outside_scope")


def _drop(run: MatchRun, side: Side) -> None:
    """Remove what a side gave; its ciphertext goes with the key at the latest."""
    vault = Vault(run.uuid)
    for kind in ("tokens-", "head"):
        vault.remove(f"{side}-{kind}")


def _version(run: MatchRun, algorithm: str) -> str:
    return f"{algorithm}-{str(run.uuid)[:8]}"


def locked(run: MatchRun, by: User, *states: MatchState, modes: Iterable[MatchRun.Mode] = BROKER) -> MatchRun:
    """Lock a blind run that the account may handle. Raises: Refused, WrongState."""
    run = MatchRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not any(by.has_permission(Permission.EDIT_PEOPLE, body_of(run, side)) for side in Side):
        raise Refused(OUTSIDE, code="outside_scope")
    if run.mode not in modes or run.state not in states:
        raise WrongState(MEANWHILE)
    return run
