"""The worker's side of a data match: compare the sealed rosters, count, and seal both records of every pair.

The comparison itself holds no transaction and keeps nothing on a disk; its result is stored at once or not at all.
So a killed worker's successor starts over and comes to exactly the same pairs.
"""

import json
from collections import Counter
from dataclasses import dataclass

from django.db import transaction

from config.errors import Refused
from config.vault import Vault
from members import audit
from members.actions import match_pairs
from members.actions.match import TOKEN_KEY
from members.matching import engines
from members.matching import run as matching
from members.matching.sealed import FIELDS, SealedRoster
from members.middleware import whole_scope
from members.models import MatchCandidate, MatchRun
from members.models.match import MatchState, Side
from members.permissions import Permission

BLOCK = 500  # pairs in one sealed file
STAGES = {"practitioners": 0, "members": 1, "join": 2, "closer": 2, "resolve": 2, "sealing": 2}


class NotAsked(Exception):
    """The run was stopped, started anew or closed meanwhile."""


@dataclass(frozen=True)
class Record:
    """One side of a pair as its roster has it; `person` is the register's key where it gave the rows."""

    values: dict[str, str]
    person: int | None
    namesakes: int


def work(pk: int, attempt: int) -> None:
    """Compare the rosters of a running data match.

    The rights of whoever started it are asked again (`security.md` row 14). Side effects in order: progress; then in
    one transaction pairs in vault and table, counts, audit row, notices. A failure leaves only its kind.
    """
    run = _current(pk, attempt)
    if run is None:
        return
    bodies = (run.organisation, run.members_organisation)
    if not any(run.started_by.has_permission(Permission.EDIT_PEOPLE, body) for body in bodies):
        _fail(run, "rights")
        return
    vault = Vault(run.uuid)
    try:
        rosters = [SealedRoster(vault, side) for side in Side]
        result = matching.match(
            *rosters,
            engines.make("duckdb"),
            key=vault.get(TOKEN_KEY),
            progress=lambda stage, rows: _progress(run, rosters[0].layout.rows, stage, rows),
        )
        _progress(run, rosters[0].layout.rows, "sealing", 0)
        records = _records(rosters, result)
        _store(run, vault, result, records)
    except (NotAsked, FileNotFoundError):
        return
    except Refused as refused:
        _fail(run, refused.code)


def _current(pk: int, attempt: int, *, locked: bool = False) -> MatchRun | None:
    """Return the run if it still waits for this attempt."""
    with transaction.atomic(), whole_scope():
        runs = MatchRun.objects.select_related("organisation", "members_organisation", "started_by")
        runs = runs.select_for_update(of=("self",)) if locked else runs
        return runs.filter(pk=pk, attempt=attempt, state=MatchState.RUNNING).first()


def _progress(run: MatchRun, first_rows: int, stage: str, rows: int) -> None:
    """Say how far it is. Raises: NotAsked."""
    done = min(run.step_total, (rows, first_rows + rows, run.step_total)[STAGES[stage]])
    with transaction.atomic(), whole_scope():
        asked = MatchRun.objects.filter(pk=run.pk, attempt=run.attempt, state=MatchState.RUNNING)
        if not asked.update(stage=stage, step_rows=done):
            raise NotAsked


def _fail(run: MatchRun, kind: str) -> None:
    with transaction.atomic(), whole_scope():
        run = _current(run.pk, run.attempt, locked=True)
        if run is not None:
            run.state, run.failure = MatchState.FAILED, kind[:60]
            run.save(update_fields=["state", "failure"])
            audit.record(actor=run.started_by, event="match.fail", target=run, outcome="failed", kind=kind)


def fail(pk: int, attempt: int, kind: str) -> None:
    """Let a run fail that met what nobody foresaw; `kind` is the name of the exception."""
    if run := _current(pk, attempt):
        _fail(run, kind)


def _records(rosters: list[SealedRoster], result: matching.Result) -> list[tuple[Record, Record]]:
    """Return both records of every pair, in the order of the pairs."""
    wanted = [
        {result.practitioner_ids[pair.practitioner] for pair in result.pairs},
        {result.member_ids[pair.member] for pair in result.pairs},
    ]
    sides = [_side(roster, handles) for roster, handles in zip(rosters, wanted, strict=True)]
    return [
        (sides[0][result.practitioner_ids[pair.practitioner]], sides[1][result.member_ids[pair.member]])
        for pair in result.pairs
    ]


def _side(roster: SealedRoster, handles: set[str]) -> dict[str, Record]:
    names, found = Counter(), {}
    places = [roster.layout.fields.index(name) if name in roster.layout.fields else -1 for name in FIELDS]
    for number, row in roster.rows():
        cells = [row[at].strip() if 0 <= at < len(row) else "" for at in places]
        names[cells[0]] += 1
        if str(number) in handles:
            found[str(number)] = dict(zip(FIELDS, cells, strict=True)), roster.register_id(row)
    return {handle: Record(values, person, names[values["name"]]) for handle, (values, person) in found.items()}


def _store(run: MatchRun, vault: Vault, result: matching.Result, records: list[tuple[Record, Record]]) -> None:
    """Seal the records and write the pairs."""
    with transaction.atomic(), whole_scope():
        run = _current(run.pk, run.attempt, locked=True)
        if run is None:
            raise NotAsked
        vault.remove("pairs-")
        for start in range(0, len(records), BLOCK):
            block = [[_plain(ours), _plain(theirs)] for ours, theirs in records[start : start + BLOCK]]
            vault.put(f"pairs-{start // BLOCK:06}", json.dumps(block).encode())
        run.token_version = result.token_version
        ours, theirs = result.practitioner_ids, result.member_ids
        handles = [(ours[pair.practitioner], theirs[pair.member]) for pair in result.pairs]
        match_pairs.store(run, result.pairs, handles, result.model)


def _plain(record: Record) -> dict:
    return {"values": record.values, "person": record.person, "namesakes": record.namesakes}


def records_of(candidate: MatchCandidate) -> tuple[Record, Record]:
    """Return both records of a pair, unsealed. Raises: FileNotFoundError when they are destroyed."""
    block = json.loads(Vault(candidate.run.uuid).get(f"pairs-{candidate.number // BLOCK:06}"))
    ours, theirs = block[candidate.number % BLOCK]
    return Record(**ours), Record(**theirs)
