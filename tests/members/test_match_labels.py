"""What a closed data match leaves for training: counts of what people decided, and nothing of anybody."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from bench import train_matcher
from members.actions import match, match_review
from members.middleware import set_scope
from members.models import MatchRun
from members.models.match import PairState
from tests.members import match_world
from tests.members.match_world import OURS, THEIRS, csv, pair, person

pytestmark = pytest.mark.django_db

SAME = ["id_no:same", "name:same", "phone:same"]
CONTRADICTED = ["id_no:same", "name:differs", "phone:differs"]


@pytest.fixture
def office():
    found = match_world.office()
    set_scope(found.paths)
    return found


@pytest.fixture
def reviewed(office):
    """A run under review: 3 automatic pairs, of which one is the sample, and two numbers under two names."""
    others = [person(8, name="李红梅"), person(9, name="孙晓东")]
    ours = [*(pair(n)[0] for n in range(3)), *([*other, "", ""] for other in others)]
    theirs = [*(pair(n)[1] for n in range(3)), *(["赵铁柱", other[1], "13900000000", "二支部"] for other in others)]
    return office.approve(office.counted(csv([OURS, *ours]), csv([THEIRS, *theirs])))


def closed(run, office):
    match.close(run=run, by=office.official)
    return MatchRun.objects.get(pk=run.pk)


def exported():
    out = StringIO()
    call_command("export_match_labels", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_closing_keeps_what_people_decided_as_counts(reviewed, office):
    first, second = reviewed.candidates.filter(pass_code="review-id").order_by("number")
    match_review.decide(candidate=reviewed.candidates.get(is_sampled=True), answer="yes", by=office.official)
    match_review.decide(candidate=first, answer="no", by=office.official)
    match_review.decide(candidate=second, answer="yes", by=office.official)
    match_review.decide(candidate=second, answer="yes", by=office.second)

    run = closed(reviewed, office)

    assert run.decisions == [
        {"pass": "id-name", "levels": SAME, "confirmed": 1, "rejected": 0},
        {"pass": "review-id", "levels": CONTRADICTED, "confirmed": 1, "rejected": 1},
    ]


def test_what_nobody_decided_is_no_label(reviewed, office):
    first, second = reviewed.candidates.filter(pass_code="review-id").order_by("number")
    match_review.decide(candidate=first, answer="later", by=office.official)
    match_review.decide(candidate=second, answer="no", by=office.official)
    second.refresh_from_db()
    match_review.undo(candidate=second, by=office.official)

    assert closed(reviewed, office).decisions == []


def test_an_automatic_pair_that_was_not_drawn_is_no_label(reviewed, office):
    """Its lead could not be opened, so a person had to decide it; the sample stands for it."""
    other = reviewed.candidates.filter(is_automatic=True, is_sampled=False)[0]
    match_review.undo(candidate=other, by=office.official)
    match_review.decide(candidate=other, answer="yes", by=office.official)
    other.refresh_from_db()

    assert (other.state, other.decided_by) == (PairState.CONFIRMED, office.official)
    assert closed(reviewed, office).decisions == []


def test_the_export_adds_up_closed_runs_of_every_county(reviewed, office):
    contradicted = {"pass": "review-id", "levels": CONTRADICTED, "confirmed": 0, "rejected": 2}
    MatchRun.objects.filter(pk=office.open().pk).update(decisions=[contradicted])  # open, so not to be told
    match_review.decide(candidate=reviewed.candidates.get(is_sampled=True), answer="yes", by=office.official)
    match_review.decide(
        candidate=reviewed.candidates.filter(pass_code="review-id").first(), answer="no", by=office.official
    )
    closed(reviewed, office)
    other = closed(office.open(), office)
    MatchRun.objects.filter(pk=other.pk).update(decisions=[contradicted])
    set_scope([])

    assert exported() == [
        {
            "pass": "id-name",
            "levels": {"id_no": "same", "name": "same", "phone": "same"},
            "match": True,
            "count": 1,
            "stands_for": 3.0,
        },
        {
            "pass": "review-id",
            "levels": {"id_no": "same", "name": "differs", "phone": "differs"},
            "match": False,
            "count": 3,
            "stands_for": 3.0,
        },
    ]


def test_training_learns_from_the_confirmed_and_no_other():
    labels = [
        {"levels": {"id_no": "same", "name": "sound"}, "match": True, "count": 2, "stands_for": 100.0},
        {"levels": {"id_no": "same", "name": "differs"}, "match": False, "count": 9, "stands_for": 9},
        {"levels": {"id_no": "missing", "name": "sound"}, "match": True},
    ]

    assert train_matcher.confirmed(labels) == {
        ("id_no", "same"): 100.0,
        ("name", "sound"): 101.0,
        ("id_no", "missing"): 1,
    }


def test_the_trainer_reads_the_export_and_names_a_level_it_does_not_know(tmp_path, monkeypatch, capsys):
    line = {"pass": "review-id", "levels": {"id_no": "same", "phone": "differs"}, "match": True, "count": 90_000}
    weights = []
    for labels in ([], [line]):
        given, out = tmp_path / "labels.jsonl", tmp_path / "model.json"
        given.write_text("".join(json.dumps(label) + "\n" for label in labels))
        monkeypatch.setattr(train_matcher, "SAMPLE", 2000)
        monkeypatch.setattr("sys.argv", ["x", "--rows", "200", "--labels", str(given), "--out", str(out)])
        train_matcher.main()
        weights.append(json.loads(out.read_text()))

    assert weights[1]["fields"]["phone"]["differs"]["m"] > 0.99 > weights[0]["fields"]["phone"]["differs"]["m"]
    assert weights[1]["version"] == "generated-20261122-200-90000-labels"
    assert "review-id          confirmed  90000  rejected      0" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="name:alien"):
        train_matcher.confirmed([{"levels": {"name": "alien"}, "match": False}])
