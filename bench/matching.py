"""What matching two rosters costs and finds: `python -m bench.matching [--rows N] [--counties N] [--profile real]`.

Every figure is a ratio to a peer in the same run on rows nobody else sees: splink on tokens where it is installed
(`pip install --target var/scale -r requirements-scale.txt`, or in the environment), DuckDB's bare join of one
16-byte token, a clerk's Excel (number and name equal as written). The rosters are generated from a fixed seed.
Goals G1 to G4, G6 and G7 of the members paper. --rows 1000000 takes some ten minutes.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import django

SCALE = Path(os.environ.get("APP_VAR", "var")) / "scale"
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
    marks, busy, started, begun = {}, {}, time.perf_counter(), time.thread_time()

    class Timed(engine_duckdb.Engine):
        loading = loading_busy = 0.0

        def load(self, *arguments):
            began, thread = time.perf_counter(), time.thread_time()
            super().load(*arguments)
            Timed.loading += time.perf_counter() - began
            Timed.loading_busy += time.thread_time() - thread

    def mark(stage, rows):
        marks.setdefault(stage, time.perf_counter() - started)
        busy.setdefault(stage, time.thread_time() - begun)

    result = run.match(*files, Timed(), progress=mark)
    whole = time.perf_counter() - started
    # A row's cost is this thread's own time: others may be using the cores.
    prepare = busy["join"] - Timed.loading_busy
    return result, {"whole": whole, "prepare": prepare, "engine": Timed.loading + whole - marks["join"]}


def bare_join(rows):
    """Join one loaded column of 16-byte tokens; the least any engine must do."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as db:
        for side, first in (("p", 0), ("m", rows // 10 * 9)):
            db.execute(
                f"CREATE TABLE {side} AS SELECT i, md5((i + {first})::VARCHAR)::UUID AS id FROM range({rows}) t(i)"
            )
        return timed(lambda: db.execute("CREATE TABLE j AS SELECT p.i, m.i AS o FROM p JOIN m USING (id)"))[1]


def splink_on_tokens(world):
    """Train splink on the same tokens and predict at its 0.9, one to one; return pairs and seconds (training in)."""
    import splink.comparison_level_library as levels  # noqa: PLC0415
    import splink.comparison_library as comparisons  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    def frame(rows):
        from bench.train_matcher import cleaned  # noqa: PLC0415
        from members import identity  # noqa: PLC0415
        from members.digest import KeyedDigest  # noqa: PLC0415
        from members.matching import normalise  # noqa: PLC0415

        digest = KeyedDigest(b"bench" * 8, algorithm="sha256")
        token = lambda kind, value: digest.token(kind, value).hex() if value else None  # noqa: E731
        out = []
        for rid, values in cleaned(rows).items():
            numbers = [values.number] if values.number else identity.repairs(values.broken) if values.broken else []
            masks = [token("mask", mask) for mask, _place in normalise.masks(values.name)]
            out.append(
                {
                    "unique_id": rid,
                    "ids": [token("id", number) for number in numbers] or None,
                    "id": token("id", values.number),
                    "name": token("name", values.name),
                    "sound": token("sound", values.sound),
                    "masks": masks or None,
                    "phone": token("phone", values.phone),
                    "birth": token("birth", values.birth),
                }
            )
        return out

    frames = frame(world.practitioners), frame(world.members)

    def link():
        api = DuckDBAPI()
        number = comparisons.CustomComparison(
            [
                levels.CustomLevel("ids_l IS NULL OR ids_r IS NULL").configure(is_null_level=True),
                levels.ExactMatchLevel("id").configure(u_probability=1e-9, fix_u_probability=True),
                levels.ArrayIntersectLevel("ids").configure(u_probability=1e-9, fix_u_probability=True),
                levels.ElseLevel(),
            ],
            output_column_name="number",
        )
        name = comparisons.CustomComparison(
            [
                levels.NullLevel("name"),
                levels.ExactMatchLevel("name"),
                levels.ExactMatchLevel("sound"),
                levels.ArrayIntersectLevel("masks"),
                levels.ElseLevel(),
            ],
            output_column_name="name",
        )
        phone = comparisons.CustomComparison(
            [
                levels.NullLevel("phone"),
                levels.ExactMatchLevel("phone").configure(u_probability=1e-7, fix_u_probability=True),
                levels.ElseLevel(),
            ],
            output_column_name="phone",
        )
        by_number = block_on("ids", arrays_to_explode=["ids"])
        settings = SettingsCreator(
            link_type="link_only",
            comparisons=[number, name, phone],
            blocking_rules_to_generate_predictions=[by_number, block_on("phone"), block_on("sound", "birth")],
            probability_two_random_records_match=len(world.truth) / len(frames[0]) / len(frames[1]),
        )
        linker = Linker([api.register(rows) for rows in frames], settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in (block_on("phone"), block_on("sound", "birth")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        return linker.inference.predict(threshold_match_probability=0.9).as_record_list()

    rows, seconds = timed(link)
    pairs, taken = set(), set()
    for row in sorted(rows, key=lambda row: -row["match_weight"]):
        pair = tuple(sorted((row["unique_id_l"], row["unique_id_r"]), reverse=True))  # P… before M…
        if not taken & set(pair):
            taken |= set(pair)
            pairs.add(pair)
    return pairs, seconds


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
    bare = bare_join(rows)
    yield f"{title}: passes to a bare join of one token", f"{seconds['engine'] / bare:.0f} x", "", True
    if find_spec("splink"):
        found, theirs = splink_on_tokens(world)
        splink_precision, splink_recall = shares(found, world)
        splink_f1 = 2 * splink_precision * splink_recall / (splink_precision + splink_recall)
        whole_f1 = 2 * whole_precision * whole_recall / (whole_precision + whole_recall)
        ratio = seconds["engine"] / theirs
        yield f"{title}: passes to splink on tokens ({theirs:.1f} s)", f"{ratio:.2f}", "<= 0.35", ratio <= 0.35
        # The same threshold on both sides. The automatic pairs alone leave to people what splink accepts.
        difference = whole_f1 - splink_f1
        yield f"{title}: F1 at 0.9 to splink's {splink_f1:.4f}", f"{difference:+.4f}", ">= -0.0005", difference >= -5e-4
        yield f"{title}: F1, automatic alone, to splink's", f"{f1 - splink_f1:+.4f}", "", True
        yield f"{title}: splink's precision at 0.9", f"{splink_precision:.5f}", "", True


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
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.path.append(str(SCALE.resolve()))
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        figures = [digests]
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
