"""`manage.py match`, from files to JSON lines. None of these tests may touch the database."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.matching import engines, generate
from tests.members.roster_files import number, write_csv

ID = number()
HEADER = ["姓名", "身份证号", "手机号"]


@pytest.fixture
def rosters(tmp_path):
    ours = write_csv(tmp_path / "p.csv", [HEADER, ["王守田", ID, "13805351234"], ["李大勇", "3.7E+17", "13900001111"]])
    theirs = write_csv(
        tmp_path / "m.csv",
        [["rid", *HEADER], ["A1", "李大勇", number(sequence="345"), "13900001111"], ["A2", "王首田", ID, ""]],
        "gb18030",
    )
    return ours, theirs


def run(rosters, *options):
    out = StringIO()
    call_command("match", "--practitioners", str(rosters[0]), "--members", str(rosters[1]), *options, stdout=out)
    return out.getvalue()


def test_pairs_are_written_as_json_lines_strongest_first(rosters, tmp_path):
    run(rosters, "--json", str(tmp_path / "out.jsonl"))

    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted((line["practitioner"], line["member"], line["pass"]) for line in lines) == [
        ("1", "A2", "id-sound"),
        ("2", "A1", "phone-name"),
    ]
    assert [line["probability"] for line in lines] == sorted((line["probability"] for line in lines), reverse=True)
    assert all(line["probability"] >= 0.99 for line in lines)
    assert all(set(line) == {"practitioner", "member", "probability", "pass", "explanation"} for line in lines)
    assert all(set(item) == {"field", "level", "weight"} for line in lines for item in line["explanation"])


def test_the_summary_counts_and_never_shows_a_value(rosters):
    said = run(rosters)

    assert "共 2 对：自动确认 2 对，待人工判定 0 对。" in said
    assert "第 2 行：Excel 把身份证号变成了科学计数法" in said
    assert not any(value in said for value in (ID, "13805351234", "13900001111", "王守田", "李大勇"))


def test_an_id_on_two_rows_is_told(tmp_path):
    rows = [["rid", *HEADER], ["7", "王守田", ID, ""], ["7", "李大勇", "", "13900001111"]]
    ours = write_csv(tmp_path / "p.csv", rows)
    theirs = write_csv(tmp_path / "m.csv", [HEADER, ["王守田", ID, ""]])

    assert "1 行：该行的编号与另一行重复" in run((ours, theirs))


def test_a_dry_run_matches_and_writes_nothing(rosters, tmp_path):
    said = run(rosters, "--dry-run", "--json", str(tmp_path / "out.jsonl"))

    assert "身份证号 → id_no" in said
    assert "共" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.csv", "p.csv"]


def test_json_to_the_screen_is_nothing_but_json(rosters, capsys):
    assert run(rosters, "--json", "-") == ""
    assert [set(json.loads(line)) >= {"pass"} for line in capsys.readouterr().out.splitlines()] == [True, True]


def test_the_threshold_hides_weaker_pairs(tmp_path):
    ours = write_csv(tmp_path / "p.csv", [HEADER, ["王守田", ID, "13805351234"]])
    theirs = write_csv(tmp_path / "m.csv", [HEADER, ["李大勇", ID, "13900001111"]])

    assert "共 0 对" in run((ours, theirs))
    assert "共 1 对：自动确认 0 对，待人工判定 1 对。" in run((ours, theirs), "--threshold", "0.01")
    with pytest.raises(CommandError, match="0 到 1"):
        run((ours, theirs), "--threshold", "90")


def test_refusals_are_sentences(rosters, tmp_path):
    with pytest.raises(CommandError, match="同一个文件"):
        run((rosters[0], rosters[0]))
    with pytest.raises(CommandError, match="没有文件"):
        run((rosters[0], tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="无法写入"):
        run(rosters, "--json", str(tmp_path / "none" / "out.jsonl"))


def test_spark_without_spark_says_how_to_install_it(rosters, monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)

    with pytest.raises(CommandError, match=r"requirements-scale\.txt"):
        run(rosters, "--engine", "spark")


def test_two_runs_over_the_same_rosters_write_the_same(tmp_path):
    world = generate.generate(7, 200, 300, 60, "dirty")
    files = generate.write(world.practitioners, tmp_path / "p.csv"), generate.write(world.members, tmp_path / "m.csv")

    outs = []
    for name in ("a.jsonl", "b.jsonl"):
        run(files, "--json", str(tmp_path / name), "--threshold", "0")
        outs.append((tmp_path / name).read_bytes())

    assert outs[0] == outs[1]
    assert outs[0].count(b"\n") > 40
