"""The same passes in Spark, for rolls that outgrow one machine: the same SQL, the same model, equal pairs.

Needs `requirements-scale.txt` and Java 17. Thirty times slower than DuckDB on one machine and more on small rolls;
worth it only where the rolls outgrow one.
"""

import tempfile
from collections.abc import Iterator
from importlib import import_module

from members.matching import passes
from members.matching.tokens import CORE

SCHEMAS = {
    "": "row INT, " + ", ".join(f"{name} BINARY" for name in CORE),
    "r": "row INT, id BINARY, id_name BINARY, id_sound BINARY",
    "x": "row INT, kind STRING, token BINARY, hole BOOLEAN",
}


class Engine:
    """Holds both rolls' tokens as temporary views while a run lasts."""

    name = "spark"

    def __init__(self, master: str = "local[2]") -> None:
        sql = import_module("pyspark.sql")  # not installed by default
        self.scratch = tempfile.TemporaryDirectory(prefix="match-")
        self.session = (
            sql.SparkSession.builder.master(master)
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.local.dir", self.scratch.name)
            .config("spark.sql.warehouse.dir", f"{self.scratch.name}/warehouse")
            .config("spark.sql.shuffle.partitions", "8")
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        self.frames = {f"{side}{suffix}": [] for side in "pm" for suffix in SCHEMAS}

    def load(self, side: str, rows: list[int], tokens: list[tuple[bytes | None, ...]]) -> None:
        """Add a batch of round-one tokens."""
        self._add(side, [(row, *values) for row, values in zip(rows, tokens, strict=True)])

    def load_repairs(self, side: str, repairs: list[tuple]) -> None:
        """Add tokens of repaired numbers."""
        self._add(f"{side}r", repairs)

    def load_closer(self, side: str, closer: list[tuple]) -> None:
        """Add round-two tokens of rows that were asked for."""
        self._add(f"{side}x", closer)

    def _add(self, table: str, rows: list[tuple]) -> None:
        if rows:
            frame = self.session.createDataFrame([_plain(row) for row in rows], SCHEMAS[table[1:]])
            self.frames[table].append(frame)

    def _view(self, table: str) -> None:
        frames = self.frames[table] or [self.session.createDataFrame([], SCHEMAS[table[1:]])]
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionAll(frame)
        whole.createOrReplaceTempView(table)

    def _keep(self, name: str, query: str) -> None:
        frame = self.session.sql(query).cache()
        frame.createOrReplaceTempView(name)

    def ask(self) -> tuple[set[int], set[int]]:
        """Run round one; return the rows of each side whose names must be looked at more closely."""
        for table in ("p", "m", "pr", "mr"):
            self._view(table)
        self._keep("found", passes.FOUND)
        self._keep("round_one", passes.ROUND_ONE)
        asked = self.session.sql("SELECT p, m FROM round_one WHERE name = 'ask'").collect()
        return {row["p"] for row in asked}, {row["m"] for row in asked}

    def levels(self) -> Iterator[tuple[int, int, str, str, str, str, str]]:
        """Run round two; yield (practitioner, member, id_no, name, phone, birth, plate) of every pair found."""
        for table in ("px", "mx"):
            self._view(table)
        self._keep("round_two", passes.ROUND_TWO)
        for row in self.session.sql(f"{passes.LEVELS} ORDER BY r.p, r.m").collect():
            yield tuple(row)

    def close(self) -> None:
        """Forget everything."""
        self.session.stop()
        self.scratch.cleanup()


def _plain(row: tuple) -> tuple:
    return tuple(bytearray(cell) if isinstance(cell, bytes) else cell for cell in row)
