"""Figures out of a text: our own sentences, our annotation of the real write-ups, and anything at all."""

import hashlib
import json
import time
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bench.text import matched
from cases.evidence.figures import extract
from cases.evidence.numerals import number
from cases.intake.cleaning import clean
from cases.intake.reading import read
from tests.cases.figure_cases import CLAIMS, NO_CLAIMS

SUBMISSIONS = settings.BASE_DIR.parent / "shared" / "submissions"
# Offsets and values only, made by reading every number in the cleaned texts; the sha256 is of the body they fit.
GOLD = json.loads(Path(__file__).with_name("figure_gold.json").read_text(encoding="utf-8"))
real = pytest.mark.skipif(not SUBMISSIONS.exists(), reason="the real write-ups are not on this machine")


@pytest.mark.parametrize(("text", "figures"), CLAIMS, ids=[text for text, _figures in CLAIMS])
def test_figure_is_found_as_written(text, figures):
    found = [(figure.mention, figure.value, figure.unit, figure.approx, figure.kind) for figure in extract(text)]

    assert found == figures


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_name_date_ordinal_or_structure_is_no_figure(text):
    assert extract(text) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("30", 30),
        ("1.20", 1.2),
        ("12,345", 12345),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("三千五百", 3500),
        ("一万亿", 10**12),
        ("一亿两千万", 120_000_000),
        ("三点一四", 3.14),
        ("两三", [2, 3]),
        ("七八十", [70, 80]),
        ("二〇二四", None),
        ("千百", None),
    ],
)
def test_numeral_says_its_number(written, value):
    assert number(written) == value


def test_spans_are_code_points_also_after_characters_outside_the_first_plane():
    body = "𠮷镇新建驿站12处"

    (figure,) = extract(body)

    assert (figure.start, figure.end, body[figure.start : figure.end]) == (6, 9, "12处")


@hypothesis_settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("三五十百万两一第约近余多个名元%年月-至到点.,12 09大“”《》对次分之上以\n后"),
        max_size=60,
    )
)
def test_any_text_gives_well_formed_figures(body):
    end = 0
    for figure in extract(body):
        assert end <= figure.start < figure.end
        assert body[figure.start : figure.end] == figure.mention == figure.mention.strip(" ")
        low_high = figure.value if isinstance(figure.value, list) else [figure.value, figure.value]
        assert low_high == sorted(low_high)
        end = figure.end


@pytest.mark.parametrize(
    "unit", ["1", "一", "1至0", "3-", "第3次", "两三", "百分之", "约", "1,", "1.", "12处", "“", "3个到2个", "《1个"]
)
def test_a_hundred_thousand_characters_of_anything_take_seconds_at_most(unit):
    started = time.process_time()

    extract(unit * (100_000 // len(unit)))

    assert time.process_time() - started < 8


# Real write-ups, where they are present


@real
@pytest.mark.parametrize("name", sorted(GOLD))
def test_real_write_up_gives_the_figures_we_annotated(name):
    body = clean(read((SUBMISSIONS / f"{name}.txt").read_bytes(), f"{name}.txt")).body
    assert hashlib.sha256(body.encode()).hexdigest() == GOLD[name]["sha256"]

    gold = {tuple(row[:2]): row[2:] for row in GOLD[name]["figures"]}
    found = {(f.start, f.end): [f.value, f.unit, f.approx, f.kind] for f in extract(body)}

    precision, recall = matched(found, gold)
    assert precision >= 0.97 and recall >= 0.97


@real
def test_further_real_texts_give_the_figures_their_readers_annotated():
    rows = [json.loads(line) for line in (SUBMISSIONS / "more" / "figures.jsonl").read_text().splitlines()]
    gold, found = {}, {}
    for doc, suffix in (("007", ".txt"), ("012", ".clean.txt"), ("041", ".txt")):
        body = (SUBMISSIONS / "more" / f"{doc}{suffix}").read_text()
        found |= {(doc, f.start, f.end): [f.value, f.unit, f.approx, f.kind] for f in extract(body)}
    for row in rows:
        if row["value"] is not None:
            gold[row["doc"], row["start"], row["end"]] = [row["value"], row["unit"], row["approx"], row["kind"]]

    precision, recall = matched(found, gold)
    assert precision >= 0.97 and recall >= 0.97
