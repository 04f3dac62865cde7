"""The passes in an in-memory DuckDB: tokens in, levels out. Nothing is spilled to a disk."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import duckdb

from members.digest import TOKEN_BYTES
from members.matching import passes
from members.matching.tokens import CORE

BATCH = 50_000
AHEAD = 4  # batches that may wait to be cut up while the next is prepared
NOTHING = bytes(TOKEN_BYTES)
DIGITS = 2 * TOKEN_BYTES
Closer = tuple[int, str, bytes, bool]


class Engine:
    """Holds both rolls' tokens while a run lasts. Sides are "p" (practitioners) and "m" (members)."""

    name = "duckdb"

    def __init__(self, memory_limit: str = "", threads: int = 0) -> None:
        self.db = duckdb.connect()
        self.loader = ThreadPoolExecutor(1)
        self.loading: deque[Future] = deque()
        self.repairs: dict[str, list[tuple]] = {"p": [], "m": []}
        self.db.execute("SET temp_directory = ''")
        self.db.execute("SET enable_external_access = false")
        if memory_limit:
            self.db.execute("SELECT set_config('memory_limit', ?)", [memory_limit])
        if threads:
            self.db.execute(f"SET threads = {int(threads)}")
        for side in "pm":
            self.db.execute(f"CREATE TABLE {side} (row INTEGER, {', '.join(f'{name} UUID' for name in CORE)})")
            self.db.execute(f"CREATE TABLE {side}r (row INTEGER, id UUID, id_name UUID, id_sound UUID)")
            self.db.execute(f"CREATE TABLE {side}x (row INTEGER, kind VARCHAR, token UUID, hole BOOLEAN)")

    def load(self, side: str, rows: list[int], tokens: list[tuple[bytes | None, ...]]) -> None:
        """Add a batch of round-one tokens."""
        self._insert(side, rows, tokens)

    def load_repairs(self, side: str, repairs: list[tuple[int, bytes, bytes | None, bytes | None]]) -> None:
        """Add tokens of repaired numbers; few to a batch, so they are gathered."""
        waiting = self.repairs[side]
        waiting += repairs
        if len(waiting) > BATCH:
            self._insert_repairs(side)

    def _insert_repairs(self, side: str) -> None:
        if waiting := self.repairs[side]:
            self._insert(f"{side}r", [repair[0] for repair in waiting], [repair[1:] for repair in waiting])
            self.repairs[side] = []

    def _insert(self, table: str, rows: list[int], tokens: list[tuple[bytes | None, ...]]) -> None:
        """Add rows of tokens as one text that DuckDB cuts up: five times faster than a parameter for each token."""
        flat = b"".join([token or NOTHING for row in tokens for token in row])
        wide = flat.hex(",", TOKEN_BYTES * len(tokens[0]))
        cut = ", ".join(
            f"nullif(substr(wide, {place * DIGITS + 1}, {DIGITS}), '{NOTHING.hex()}')::UUID"
            for place in range(len(tokens[0]))
        )
        statement = (
            f"INSERT INTO {table} SELECT row, {cut} FROM "  # noqa: S608 (table: our own name)
            "(SELECT unnest(string_split($1, ','))::INTEGER AS row, unnest(string_split($2, ',')) AS wide)"
        )
        self._loaded(AHEAD)
        self.loading.append(self.loader.submit(self.db.execute, statement, [",".join(map(str, rows)), wide]))

    def _loaded(self, but: int = 0) -> None:
        """Wait until at most `but` batches are under way: they are cut up while the next is prepared.

        Raises what went wrong with one.
        """
        while len(self.loading) > but:
            self.loading.popleft().result()

    def load_closer(self, side: str, closer: list[Closer]) -> None:
        """Add round-two tokens of rows that were asked for."""
        self._loaded()
        if closer:
            rows, kinds, tokens, holes = zip(*closer, strict=True)
            self.db.execute(
                f"INSERT INTO {side}x SELECT unnest($1::INTEGER[]), unnest($2::VARCHAR[]), "  # noqa: S608 (side: p or m)
                "unnest($3::BLOB[])::UUID, unnest($4::BOOLEAN[])",
                [list(rows), list(kinds), list(tokens), list(holes)],
            )

    def ask(self) -> tuple[set[int], set[int]]:
        """Run round one; return the rows of each side whose names must be looked at more closely."""
        for side in "pm":
            self._insert_repairs(side)
        self._loaded()
        self.db.execute(f"CREATE TABLE found AS {passes.FOUND}")
        self.db.execute(f"CREATE TABLE round_one AS {passes.ROUND_ONE}")
        asked = self.db.execute("SELECT p, m FROM round_one WHERE name = 'ask'").fetchall()
        return {p for p, _m in asked}, {m for _p, m in asked}

    def levels(self) -> Iterator[tuple[int, int, str, str, str, str, str]]:
        """Run round two; yield (practitioner, member, id_no, name, phone, birth, plate) of every pair found."""
        self.db.execute(f"CREATE TABLE round_two AS {passes.ROUND_TWO}")
        cursor = self.db.execute(f"{passes.LEVELS} ORDER BY r.p, r.m")
        while block := cursor.fetchmany(BATCH):
            yield from block

    def close(self) -> None:
        """Forget everything; a batch under way is waited for, whatever became of it."""
        self.loader.shutdown()
        self.db.close()
