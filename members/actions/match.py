"""Data match: open a run, give it rosters, correct what was understood, start, stop, approve, close.

What a roster says lies only in the run's vault; rows and audit rows hold counts. Whoever acts locks the run first.
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from config.errors import FileRefused, Refused, WrongState
from config.uploads.gate import DOORS
from config.vault import Vault, all_names
from members import audit, queries_match, workflow
from members.actions import batch
from members.actions.match_notice import ask_approval
from members.actions.register import OUTSIDE
from members.matching.rosters import refuse_mixed_up
from members.matching.sealed import LETTERS, TOO_LARGE, Layout, SealedRoster, store
from members.middleware import whole_scope
from members.models import ImportBatch, MatchApproval, MatchRoster, MatchRun, Organisation, User
from members.models.match import MatchState, PairState, Side
from members.permissions import Permission

OPEN_DAYS = 30  # a run is closed a month after it was opened, whatever became of it (security.md row 21)
SETTLED_DAYS = 7  # and a week after its last pair was decided
TOKEN_KEY = "token-key"
TASKS = (
    "members.tasks.read_roster",
    "members.tasks.run_match",
    "members.tasks.open_leads",
    "members.tasks.join_tokens",
)
Source = MatchRoster.Source
KEY_GONE = _(
    "The key of this data match is gone, as after restoring a backup, so nobody can read its rosters any more. Close "
    "it and open a new one."
)


@transaction.atomic
def create(
    *, organisation: Organisation, members_organisation: Organisation, purpose: str, basis: str, by: User
) -> MatchRun:
    """Open a run with a vault and a key of its own.

    Raises: Refused unless the account keeps the people of either side. Side effects in order: row, vault, audit row.
    """
    if not any(by.has_permission(Permission.EDIT_PEOPLE, side) for side in (organisation, members_organisation)):
        raise Refused(OUTSIDE, code="outside_scope")
    run = MatchRun.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        members_organisation=members_organisation,
        members_path=members_organisation.path,
        purpose=purpose,
        basis=basis,
        created_by=by,
    )
    vault = Vault(run.uuid)
    vault.create()
    vault.put(TOKEN_KEY, secrets.token_bytes(32))
    audit.record(actor=by, event="match.create", target=run)
    return run


@transaction.atomic
def give(*, run: MatchRun, side: Side, filename: str, data: bytes, by: User, enqueue: object) -> MatchRoster:
    """Take one side's file, sealed at once, in place of what it gave before; the worker reads it.

    Raises: FileRefused for an empty or too large file, WrongState once the run has started.
    Side effects in order: lock, vault, row, audit row, on commit `enqueue(pk, attempt)`.
    """
    if not data:
        raise FileRefused(_("The file is empty. Check that it was saved, then choose it again."), code="empty")
    if len(data) > DOORS["roster"].limit_bytes:
        raise FileRefused(TOO_LARGE, code="too_large")
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    vault = Vault(run.uuid)
    store(vault, side, Layout(Path(filename).name[:200]), [])
    vault.put_large(f"{LETTERS[side]}-source-", data)
    return _given(run, side, Source.UPLOAD, by, enqueue)


@transaction.atomic
def take_register(*, run: MatchRun, by: User, enqueue: object) -> MatchRoster:
    """Let the register be the practitioners' roster, as it stands when the worker copies it, sealed.

    Raises: WrongState once the run has started. Side effects as `give`.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    store(Vault(run.uuid), Side.PRACTITIONERS, Layout("", from_register=True), [])
    return _given(run, Side.PRACTITIONERS, Source.REGISTER, by, enqueue)


def _given(run: MatchRun, side: Side, source: Source, by: User, enqueue: object) -> MatchRoster:
    roster = run.rosters.filter(side=side).first() or MatchRoster(run=run, side=side)
    roster.source, roster.given_by, roster.given_at = source, by, timezone.now()
    roster.row_count = roster.unusable_count = 0
    audit.record(actor=by, event="match.give", target=run, side=str(side), source=str(source))
    return _to_read(roster, enqueue)


def _to_read(roster: MatchRoster, enqueue: object) -> MatchRoster:
    """Let the worker read a roster (again)."""
    roster.state, roster.fault, roster.attempt = MatchRoster.State.READING, "", roster.attempt + 1
    roster.save()
    transaction.on_commit(lambda: enqueue(roster.pk, roster.attempt))
    return roster


@transaction.atomic
def map_columns(*, run: MatchRun, side: Side, fields: list[str], by: User, enqueue: object) -> None:
    """Say what each column of a roster means; the worker examines its rows anew, and reads that body's next roster so.

    Raises: Refused when two columns mean the same, or nobody could be told apart; WrongState once it runs.
    Side effects in order: lock, vault, remembered names where the account keeps that body's people, row, audit row,
    on commit `enqueue(pk, attempt)`.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    used = [name for name in fields if name]
    if len(set(used)) != len(used):
        raise Refused(_("Two columns have the same meaning. Choose each meaning once."), code="same_meaning")
    if "id_no" not in used and not ("name" in used and {"phone", "plate"} & set(used)):
        raise Refused(
            _("One column must be the identity number, or two the name and the mobile number."), code="too_little"
        )
    sealed = SealedRoster(Vault(run.uuid), side)
    sealed.layout.fields = fields
    sealed.save()
    body = run.organisation if side == Side.PRACTITIONERS else run.members_organisation
    if by.has_permission(Permission.EDIT_PEOPLE, body):
        batch.remember(body, sealed.layout.headers, fields)
    audit.record(actor=by, event="match.map", target=run, side=str(side), fields=sorted(used))
    _to_read(run.rosters.get(side=side), enqueue)


def bad_rows(*, run: MatchRun, side: Side, by: User) -> tuple[list[str], list]:
    """Return a roster's headers and its bad rows (number, cells, faults), for the workbook that goes back.

    Raises: Refused when they are destroyed, or the register gave the rows. Side effects: audit row.
    """
    if not _keeps_a_side(run, by):
        raise Refused(OUTSIDE, code="outside_scope")
    vault = Vault(run.uuid)
    if not vault.names(f"{LETTERS[side]}-layout"):
        raise Refused(_("There are no rows to give back: they are destroyed, or nothing was given yet."), code="gone")
    roster = SealedRoster(vault, side)
    if roster.layout.from_register:
        raise Refused(_("These rows come from the register. Correct them there."), code="register")
    rows = roster.bad_rows()
    audit.record(actor=by, event="match.bad_rows", target=run, side=str(side), rows=len(rows))
    return roster.layout.headers, rows


@transaction.atomic
def swap(*, run: MatchRun, by: User, enqueue: object) -> None:
    """Exchange two uploaded rosters. Raises: Refused unless both are uploads; WrongState once it runs.

    Side effects in order: lock, vault, rows, audit row, on commit `enqueue(pk, attempt)` for each.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    uploads = run.rosters.filter(source=Source.UPLOAD, state=MatchRoster.State.READY)
    if uploads.count() != len(Side):
        raise Refused(_("Both rosters must have been uploaded and read before they can be exchanged."), code="swap")
    SealedRoster(Vault(run.uuid), Side.PRACTITIONERS).exchange(SealedRoster(Vault(run.uuid), Side.MEMBERS))
    audit.record(actor=by, event="match.swap", target=run)
    for roster in run.rosters.all():
        _to_read(roster, enqueue)


@transaction.atomic
def start(*, run: MatchRun, by: User, enqueue: object) -> None:
    """Let the worker compare the two rosters.

    Raises: Refused where one is missing, or they are the same or swapped; WrongState when it was started before.
    Side effects in order: lock, row, audit row, on commit `enqueue(pk, attempt)`.
    """
    run = locked(run, by, MatchState.PREPARING, MatchState.FAILED)
    if run.rosters.filter(state=MatchRoster.State.READY).count() != len(Side):
        raise Refused(_("Both rosters must have been given and read before they can be compared."), code="unready")
    vault = Vault(run.uuid)
    refuse_mixed_up(SealedRoster(vault, Side.PRACTITIONERS), SealedRoster(vault, Side.MEMBERS))
    run.state, run.stage, run.step_rows, run.failure = MatchState.RUNNING, "", 0, ""
    run.step_total = sum(run.rosters.values_list("row_count", flat=True))
    run.started_by, run.attempt = by, run.attempt + 1
    run.save(update_fields=["state", "stage", "step_rows", "step_total", "failure", "started_by", "attempt"])
    audit.record(actor=by, event="match.start", target=run, rows=run.step_total)
    transaction.on_commit(lambda: enqueue(run.pk, run.attempt))


@transaction.atomic
def stop(*, run: MatchRun, by: User) -> None:
    """Stop a running comparison; its rosters stay, nothing else does.

    Raises: WrongState unless it runs. Side effects in order: lock, row, audit row.
    """
    run = locked(run, by, MatchState.RUNNING)
    run.state, run.attempt = MatchState.PREPARING, run.attempt + 1
    run.save(update_fields=["state", "attempt"])
    audit.record(actor=by, event="match.stop", target=run)


@transaction.atomic
def approve(*, run: MatchRun, side: Side, by: User, enqueue: object) -> MatchRun:
    """Give one side's leave to open the names; with the second one the pairs open and automatic ones become leads.

    Raises: Refused without the right over that side's body, or for a second approval by the same person; WrongState
    unless the counts are there. Side effects in order: lock, approval, audit row, row, on commit `enqueue(pk)` or a
    notice to the other side.
    """
    run = locked(run, by, MatchState.COUNTED)
    body = run.organisation if side == Side.PRACTITIONERS else run.members_organisation
    if not by.has_permission(Permission.EDIT_PEOPLE, body):
        raise Refused(OUTSIDE, code="outside_scope")
    if run.approvals.filter(side=side).exists():
        raise WrongState(_("This side has approved already."))
    if run.approvals.filter(by=by).exists():
        raise Refused(
            _("You have approved for the other side. The second approval must come from another person."),
            code="same_person",
        )
    MatchApproval.objects.create(run=run, side=side, by=by)
    audit.record(actor=by, event="match.approve", target=run, side=str(side))
    if run.approvals.count() == len(Side):
        run.state, run.opened_at = MatchState.OPEN, timezone.now()
        run.save(update_fields=["state", "opened_at"])
        settle(run)
        transaction.on_commit(lambda: enqueue(run.pk))
    else:
        ask_approval(run)
    return run


def settle(run: MatchRun) -> None:
    """Note when nothing is left to decide, or that something is again."""
    if run.mode == MatchRun.Mode.PSI:
        return  # its pairs lie on the departments' computers; nobody here knows when they are done
    undecided = run.candidates.filter(state__in=[*workflow.TO_DECIDE, PairState.WAITING]).exists()
    settled_at = None if undecided else run.settled_at or timezone.now()
    if settled_at != run.settled_at:
        run.settled_at = settled_at
        run.save(update_fields=["settled_at"])


@transaction.atomic
def close(*, run: MatchRun, by: User | None) -> MatchRun:
    """End a run in any state: rosters, pairs and tasks go, the key is destroyed; leads and counts stay.

    Raises: WrongState when it is closed. Side effects in order: lock, counts, pairs, tasks, audit row, on commit the
    vault.
    """
    run = MatchRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if by is not None and not _keeps_a_side(run, by):
        raise Refused(OUTSIDE, code="outside_scope")
    if not workflow.match_may_follow(run.state, MatchState.CLOSED):
        raise WrongState(_("This data match is closed already."))
    by_state = dict(run.candidates.values_list("state").annotate(count=Count("pk")))
    run.confirmed_count = by_state.get(PairState.CONFIRMED, 0)
    run.rejected_count = by_state.get(PairState.REJECTED, 0)
    run.pass_counts = counts_by_pass(run) or run.pass_counts
    run.decisions = queries_match.decisions(run)
    run.candidates.all()._raw_delete(using="default")  # nothing points at a pair
    run.state, run.closed_at, run.attempt = MatchState.CLOSED, timezone.now(), run.attempt + 1
    run.save()
    rosters = list(run.rosters.values_list("pk", flat=True))
    _tasks_of(run.pk, rosters).delete()
    audit.record(actor=by, event="match.close", target=run, confirmed=run.confirmed_count, found=run.pair_count)
    transaction.on_commit(Vault(run.uuid).destroy)
    return run


def counts_by_pass(run: MatchRun) -> dict[str, list[int]]:
    """Count the pairs of each pass: found, confirmed, rejected."""
    rows = run.candidates.values("pass_code").annotate(
        found=Count("pk"),
        confirmed=Count("pk", filter=Q(state=PairState.CONFIRMED)),
        rejected=Count("pk", filter=Q(state=PairState.REJECTED)),
    )
    return {row["pass_code"]: [row["found"], row["confirmed"], row["rejected"]] for row in rows}


def close_stale(now: datetime | None = None) -> int:
    """Close runs whose time is up, and destroy vaults that no open run or import owns; return how many runs.

    Side effects as `close`, each in a transaction of its own.
    """
    now = now or timezone.now()
    due = Q(created_at__lt=now - timedelta(days=OPEN_DAYS)) | Q(settled_at__lt=now - timedelta(days=SETTLED_DAYS))
    with transaction.atomic(), whole_scope():
        found = list(MatchRun.objects.exclude(state=MatchState.CLOSED).filter(due).order_by("pk"))
    for run in found:
        with transaction.atomic(), whole_scope():
            close(run=run, by=None)
    with transaction.atomic(), whole_scope():
        owned = {str(name) for name in MatchRun.objects.filter(closed_at=None).values_list("uuid", flat=True)}
        owned |= {str(name) for name in ImportBatch.objects.filter(closed_at=None).values_list("uuid", flat=True)}
        gone = {str(name) for name in MatchRun.objects.exclude(closed_at=None).values_list("uuid", flat=True)}
    for name in sorted((set(all_names()) & gone) - owned):
        Vault(name).destroy()  # a process died between the commit and the destroying
    return len(found)


def closes_on(run: MatchRun) -> datetime:
    """Return when the run is closed by itself."""
    last = run.created_at + timedelta(days=OPEN_DAYS)
    return min(last, run.settled_at + timedelta(days=SETTLED_DAYS)) if run.settled_at else last


def _tasks_of(run_pk: int, roster_pks: list[int]) -> object:
    """Return the queue's rows about a run: their payloads are ids, but they go all the same.

    Not the one a worker is writing to: it ends by itself, and its row goes with the daily sweep.
    """
    of_run = Q(task_path__in=TASKS[1:], args_kwargs__args__0=run_pk)
    of_rosters = Q(task_path=TASKS[0], args_kwargs__args__0__in=roster_pks)
    return DBTaskResult.objects.filter(of_run | of_rosters).exclude(status=TaskResultStatus.RUNNING)


def _keeps_a_side(run: MatchRun, by: User) -> bool:
    return any(by.has_permission(Permission.EDIT_PEOPLE, body) for body in (run.organisation, run.members_organisation))


def locked(run: MatchRun, by: User, *states: MatchState) -> MatchRun:
    """Lock a run that the account may handle. Raises: Refused, WrongState."""
    run = MatchRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not _keeps_a_side(run, by):
        raise Refused(OUTSIDE, code="outside_scope")
    if run.state not in states:
        raise WrongState(_("Somebody else has gone on with this data match meanwhile. Look at it again."))
    if not Vault(run.uuid).is_open:
        raise Refused(KEY_GONE, code="key_gone")
    return run
