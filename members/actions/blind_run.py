"""The worker's side of a blind match: join two token files, keep pairs of handles and counts, destroy the files.

The join holds no transaction; its result is stored at once or not at all, so a killed worker's successor starts over.
"""

from django.db import transaction

from config.vault import Vault
from members import audit
from members.actions import match_pairs
from members.actions.blind import open_tokens
from members.matching import blind, engines
from members.middleware import whole_scope
from members.models import MatchRun
from members.models.match import MatchState, Side

STAGES = {"practitioners": 0, "members": 1}


class NotAsked(Exception):
    """The run was stopped, started anew or closed meanwhile."""


def work(pk: int, attempt: int) -> None:
    """Join the token files of a run.

    Side effects in order: progress; in one transaction pairs, counts, audit row; on commit notices, and both files
    are destroyed with their key. A failure leaves only its kind.
    """
    run = _current(pk, attempt)
    if run is None:
        return
    first = next(roster.row_count for roster in run.rosters.all() if roster.side == Side.PRACTITIONERS)
    try:
        result = blind.match(
            lambda: open_tokens(run, Side.PRACTITIONERS),
            lambda: open_tokens(run, Side.MEMBERS),
            engines.make("duckdb"),
            progress=lambda stage, rows: _progress(run, first, stage, rows),
        )
        _store(run, result)
    except (NotAsked, FileNotFoundError):
        return


def fail(pk: int, attempt: int, kind: str) -> None:
    """Let a run fail that met what nobody foresaw; `kind` is the name of the exception."""
    with transaction.atomic(), whole_scope():
        run = _locked(pk, attempt)
        if run is not None:
            run.state, run.failure = MatchState.FAILED, kind[:60]
            run.save(update_fields=["state", "failure"])
            audit.record(actor=None, event="match.fail", target=run, outcome="failed", kind=kind)


def _asked(pk: int, attempt: int) -> object:
    return MatchRun.objects.filter(pk=pk, attempt=attempt, state=MatchState.RUNNING, mode=MatchRun.Mode.BROKER)


def _current(pk: int, attempt: int) -> MatchRun | None:
    """Return the run if it still waits for this attempt, its rosters with it."""
    with transaction.atomic(), whole_scope():
        return _asked(pk, attempt).prefetch_related("rosters").first()


def _locked(pk: int, attempt: int) -> MatchRun | None:
    return _asked(pk, attempt).select_for_update(of=("self",)).first()


def _progress(run: MatchRun, first: int, stage: str, rows: int) -> None:
    """Say how far it is. Raises: NotAsked."""
    done = (rows, first + rows, run.step_total)[STAGES.get(stage, 2)]
    with transaction.atomic(), whole_scope():
        if not _asked(run.pk, run.attempt).update(stage=stage, step_rows=min(done, run.step_total)):
            raise NotAsked


def _store(run: MatchRun, result: blind.Result) -> None:
    """Write the pairs, and let both files go."""
    with transaction.atomic(), whole_scope():
        run = _locked(run.pk, run.attempt)
        if run is None:
            raise NotAsked
        ours, theirs = result.practitioner_handles, result.member_handles
        handles = [(ours[pair.practitioner].hex(), theirs[pair.member].hex()) for pair in result.pairs]
        match_pairs.store(run, result.pairs, handles, result.model)
        transaction.on_commit(lambda: _forget(run))


def _forget(run: MatchRun) -> None:
    """Destroy both token files by destroying their key; an empty vault says that the run is still alive."""
    vault = Vault(run.uuid)
    vault.destroy()
    vault.create()
