"""One run over two rosters, from files to explained pairs. The key lives in memory and dies with the run."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from members.digest import KeyedDigest
from members.matching import tokens
from members.matching.model import Model, shipped
from members.matching.prepare import Tally, clean
from members.matching.resolve import Pair, resolve
from members.matching.rosters import Roster, refuse_mixed_up

BATCH = 20_000


class Engine(Protocol):
    """What joins tokens: DuckDB in this process, or Spark."""

    name: str

    def load(self, side: str, rows: list[int], tokens: list[tuple]) -> None: ...  # noqa: D102
    def load_repairs(self, side: str, repairs: list[tuple]) -> None: ...  # noqa: D102
    def load_closer(self, side: str, closer: list[tuple]) -> None: ...  # noqa: D102
    def ask(self) -> tuple[set[int], set[int]]: ...  # noqa: D102
    def levels(self): ...  # noqa: ANN201, D102
    def close(self) -> None: ...  # noqa: D102


@dataclass
class Result:
    """What a run found, and what its record may keep: sizes, versions and counts."""

    pairs: list[Pair]
    practitioner_ids: list[str]
    member_ids: list[str]
    practitioners: Tally
    members: Tally
    token_version: str
    model: Model

    def counts(self) -> Counter:
        """Count the pairs by pass."""
        return Counter(pair.code for pair in self.pairs)


def match(
    practitioners: Roster,
    members: Roster,
    engine: Engine,
    *,
    key: bytes = b"",
    model: Model | None = None,
    progress: Callable[[str, int], None] = lambda stage, rows: None,
) -> Result:
    """Find the members among the practitioners.

    `progress` is told the stage (practitioners, members, join, closer, resolve) and how many rows it has done; it may
    raise to cancel. Raises: Unreadable, where the rosters are one file, swapped or broken.
    """
    refuse_mixed_up(practitioners, members)
    digest = KeyedDigest(key or secrets.token_bytes(32))
    model = model or shipped()
    try:
        ids, tallies = {}, {}
        for side, roster, stage in (("p", practitioners, "practitioners"), ("m", members, "members")):
            ids[side], tallies[side] = _load(engine, side, roster, digest, lambda rows, at=stage: progress(at, rows))
        rosters = {"p": practitioners, "m": members}
        size = max(map(len, ids.values()))
        pairs = join(engine, model, size, lambda side, asked: _closer(rosters[side], digest, asked), progress)
    finally:
        engine.close()
    return Result(pairs, ids["p"], ids["m"], tallies["p"], tallies["m"], digest.version, model)


def _load(
    engine: Engine, side: str, roster: Roster, digest: KeyedDigest, progress: Callable[[int], None]
) -> tuple[list[str], Tally]:
    """Send the tokens of every entry to the engine; return the entries' ids in order, and the tally."""
    ids, tally = [], Tally()

    def lines() -> Iterator[tuple[tuple, Iterable[tuple]]]:
        for entry in roster.entries():
            values = clean(entry, tally)
            ids.append(entry.rid)
            yield tokens.core(digest, values), tokens.repaired(digest, values) if values.broken else ()

    feed(engine, side, lines(), progress)
    if repeated := len(ids) - len(set(ids)):
        tally.faults["rid", "repeated"] = repeated
    return ids, tally


def _closer(roster: Roster, digest: KeyedDigest, asked: set[int]) -> list[tuple]:
    """Make round-two tokens of the entries asked for; the file is read again, nothing was kept."""
    ignored = Tally()
    return [
        (place, *token)
        for place, entry in enumerate(roster.entries())
        if place in asked
        for token in tokens.closer(digest, clean(entry, ignored))
    ]


def feed(engine: Engine, side: str, lines: Iterable[tuple], progress: Callable[[int], None]) -> None:
    """Send core tokens and repairs of each row to the engine, a batch at a time."""
    numbered, done = enumerate(lines), 0
    while batch := list(islice(numbered, BATCH)):
        engine.load(side, [place for place, _line in batch], [core for _place, (core, _repairs) in batch])
        engine.load_repairs(side, [(place, *repair) for place, (_core, repairs) in batch for repair in repairs])
        done += len(batch)
        progress(done)
    if not done:
        progress(0)


def join(
    engine: Engine,
    model: Model,
    size: int,
    closer: Callable[[str, set[int]], list[tuple]],
    progress: Callable[[str, int], None],
) -> list[Pair]:
    """Join what was loaded, ask `closer` for round-two tokens of the rows that need them, and resolve the pairs."""
    progress("join", 0)
    asked = dict(zip("pm", engine.ask(), strict=True))
    progress("closer", 0)
    for side, rows in asked.items():
        if rows:
            engine.load_closer(side, closer(side, rows))
    progress("resolve", 0)
    return resolve(engine.levels(), model, size)
