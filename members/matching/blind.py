"""A run over two token files instead of two rosters: the same passes, the same weights, handles instead of rows (pure).

The key stays with the two departments; what is joined here can be read by nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from members.blind.tokenfile import Reader
from members.matching.model import Model, shipped
from members.matching.resolve import Pair, resolve
from members.matching.run import BATCH, Engine

Opener = Callable[[], BinaryIO]


@dataclass
class Result:
    """Pairs of places, and the handles by place of either side."""

    pairs: list[Pair]
    practitioner_handles: list[bytes]
    member_handles: list[bytes]
    token_version: str
    model: Model


def match(
    practitioners: Opener,
    members: Opener,
    engine: Engine,
    *,
    model: Model | None = None,
    progress: Callable[[str, int], None] = lambda stage, rows: None,
) -> Result:
    """Join two token files; each opener gives the file from its beginning, twice.

    `progress` as in `run.match`. Raises: Faulty, where a file is damaged.
    """
    model = model or shipped()
    openers, handles = {"p": practitioners, "m": members}, {}
    try:
        for side, stage in (("p", "practitioners"), ("m", "members")):
            handles[side], version = _load(engine, side, openers[side], lambda rows, at=stage: progress(at, rows))
        progress("join", 0)
        asked = dict(zip("pm", engine.ask(), strict=True))
        progress("closer", 0)
        for side, opener in openers.items():
            _load_closer(engine, side, opener, asked[side])
        progress("resolve", 0)
        pairs = resolve(engine.levels(), model, max(map(len, handles.values())))
    finally:
        engine.close()
    return Result(pairs, handles["p"], handles["m"], version, model)


def _load(engine: Engine, side: str, opener: Opener, progress: Callable[[int], None]) -> tuple[list[bytes], str]:
    handles: list[bytes] = []
    rows, batch, repairs = [], [], []
    with opener() as file:
        reader = Reader(file)
        for handle, core, repaired, _closer in reader.rows():
            place = len(handles)
            handles.append(handle)
            rows.append(place)
            batch.append(core)
            repairs += [(place, *repair) for repair in repaired]
            if len(rows) == BATCH:
                engine.load(side, rows, batch)
                engine.load_repairs(side, repairs)
                rows, batch, repairs = [], [], []
                progress(place + 1)
    if rows:
        engine.load(side, rows, batch)
        engine.load_repairs(side, repairs)
    progress(len(handles))
    return handles, reader.head["tokens"]


def _load_closer(engine: Engine, side: str, opener: Opener, asked: set[int]) -> None:
    """Load round-two tokens of the rows asked for; they were in the file all along."""
    if not asked:
        return
    with opener() as file:
        closer = [
            (place, *token)
            for place, (_handle, _core, _repairs, tokens) in enumerate(Reader(file).rows())
            if place in asked
            for token in tokens
        ]
    engine.load_closer(side, closer)
