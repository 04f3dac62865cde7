"""A run over two token files instead of two rosters: the same passes, the same weights, handles instead of rows (pure).

The key stays with the two departments; what is joined here can be read by nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from members.blind.tokenfile import Reader
from members.matching.model import Model, shipped
from members.matching.resolve import Pair
from members.matching.run import Engine, feed, join

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
        size = max(map(len, handles.values()))
        pairs = join(engine, model, size, lambda side, asked: _closer(openers[side], asked), progress)
    finally:
        engine.close()
    return Result(pairs, handles["p"], handles["m"], version, model)


def _load(engine: Engine, side: str, opener: Opener, progress: Callable[[int], None]) -> tuple[list[bytes], str]:
    handles: list[bytes] = []
    with opener() as file:
        reader = Reader(file)

        def lines() -> Iterator[tuple]:
            for handle, core, repaired, _closer_tokens in reader.rows():
                handles.append(handle)
                yield core, repaired

        feed(engine, side, lines(), progress)
    return handles, reader.head["tokens"]


def _closer(opener: Opener, asked: set[int]) -> list[tuple]:
    """Read round-two tokens of the rows asked for; they were in the file all along."""
    with opener() as file:
        return [
            (place, *token)
            for place, (_handle, _core, _repairs, found) in enumerate(Reader(file).rows())
            if place in asked
            for token in found
        ]
