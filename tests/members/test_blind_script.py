"""The stand-alone script: Python 3.8 alone, the app's own tokens, nothing given away, nothing foreign opened."""

import ast
import base64
import csv
import datetime
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path

import openpyxl
import pytest

from members.blind import build, handles, phrase, ticket, xlsx
from members.blind.roll import Roll
from members.blind.texts import Faulty
from members.blind.tokenfile import PAD, Reader
from members.matching import generate, tokens
from members.matching.prepare import Tally, clean
from members.matching.rosters import open_roster
from tests.members.roster_files import write_csv, write_xlsx

RUN = "5d3c1c52-3f0b-4f4e-9c68-0d5a4d3f1b22"
WORDS = phrase.read(
    "苹果 香蕉 葡萄 西瓜 草莓 樱桃 柠檬 石榴 芒果 "
    + phrase._last(["苹果", "香蕉", "葡萄", "西瓜", "草莓", "樱桃", "柠檬", "石榴", "芒果"])
)
OLD = [*glob.glob(os.path.expanduser("~/.pyenv/versions/3.8*/bin/python")), shutil.which("python3.8") or ""]
PYTHONS = [sys.executable, *[path for path in OLD if path and os.access(path, os.X_OK) and "shims" not in path][:1]]


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("script") / build.NAME
    path.write_bytes(build.packed())
    return path


@pytest.fixture
def run(script, tmp_path):
    def run_it(*arguments, python=sys.executable, typed=""):
        return subprocess.run(
            [python, "-I", "-S", str(script), *map(str, arguments)],
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
            cwd=tmp_path,
            timeout=120,
        )

    return run_it


def give_ticket(folder, side="members", algorithm="sm3", run=RUN):
    path = folder / f"{side}-ticket.json"
    ticket.write(path, "blind-ticket", run=run, side=side, title="春季比对", algorithm=algorithm)
    return path


def roll_file(folder, kind):
    """Write a dirty roll of 300 in one of the kinds that offices have."""
    rows = generate.generate(7, 300, 300, 90, "dirty").members
    header = {
        "rid": "rid",
        "name": "姓名",
        "id_no": "身份证号",
        "phone": "手机号码",
        "birth": "出生日期",
        "branch": "所在党支部",
    }
    names = [name for name in rows[0] if name in header]
    table = [[header[name] for name in names], *[[row[name] for name in names] for row in rows]]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        for number, cells in enumerate(table):
            phone = names.index("phone")
            if number % 3 == 1 and cells[phone].isdigit():
                cells = [*cells[:phone], int(cells[phone]), *cells[phone + 1 :]]
            sheet.append(["", *cells] if number % 50 else [None, *cells])
        book.save(folder / "名册.xlsx")
        return folder / "名册.xlsx"
    path = folder / "名册.csv"
    with path.open("w", encoding=kind, newline="") as handle:
        csv.writer(handle).writerows(table)
    return path


def apps_own(path, key):
    """Prepare a roll as the app does: (core, repairs, round two) of every row, sorted."""
    tally = Tally()
    entries = [clean(entry, tally) for entry in open_roster(path).entries()]
    made = [(tokens.core(key, one), tokens.repaired(key, one), set(tokens.closer(key, one))) for one in entries]
    return sorted(made, key=lambda row: repr(row[:2])), tally


PARTS = sorted(zipfile.ZipFile(io.BytesIO(build.packed())).namelist())


def test_the_script_without_a_network_has_no_part_of_the_one_with():
    psi = sorted(zipfile.ZipFile(io.BytesIO(build.packed("psi"))).namelist())

    assert sorted(set(psi) - set(PARTS)) == ["members/blind/psi.py"]
    assert set(PARTS) <= set(psi)


@pytest.mark.parametrize("name", PARTS)
def test_every_module_is_written_for_python_3_8(name):
    source = zipfile.ZipFile(io.BytesIO(build.packed())).read(name)

    if name.endswith(".py"):
        tree = ast.parse(source, feature_version=(3, 8))
        imported = {
            (node.module if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        foreign = imported - set(sys.stdlib_module_names) - {"members"}
        assert foreign <= ({"cryptography"} if name == "members/digest.py" else set())
        assert not imported & {"socket", "urllib", "http", "ssl", "ftplib", "smtplib"}
    else:
        assert source.decode("utf-8")


def test_the_script_is_the_same_bytes_every_time():
    first = build.packed()
    build.packed.cache_clear()

    assert build.packed() == first
    assert build.sha256() == hashlib.sha256(first).hexdigest()
    assert len(first) < 1024 * 1024


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("kind", "algorithm"), [("utf-8", "sm3"), ("gb18030", "sha256"), ("xlsx", "sm3")])
def test_its_tokens_are_the_apps_own(run, tmp_path, python, kind, algorithm):
    path = roll_file(tmp_path, kind)
    key = phrase.RunKey(WORDS, RUN, algorithm)

    done = run(
        "make",
        "--roll",
        path,
        "--ticket",
        give_ticket(tmp_path, algorithm=algorithm),
        python=python,
        typed=" ".join(WORDS),
    )

    assert done.returncode == 0, done.stderr
    reader = Reader(io.BytesIO(next(tmp_path.glob("*令牌.txt")).read_bytes()))
    made = sorted(reader.rows(), key=lambda row: repr(row[1:3]))
    expected, tally = apps_own(path, key.digest)
    assert [row[1:3] for row in made] == [row[:2] for row in expected]
    for (_handle, _core, _repairs, closer), (_c, _r, wanted) in zip(made, expected, strict=True):
        extra = set(closer) - wanted
        assert wanted <= set(closer)
        assert len(extra) < PAD
        assert {kind for kind, _token, _hole in extra} <= {"id_look"}
    assert tally.rows == 300
    assert reader.head["tokens"] == f"{algorithm}-{RUN[:8]}"
    assert reader.head["check"] == key.check
    assert key.check in done.stdout


def test_nothing_readable_is_in_the_token_file_or_the_counterfoil(run, tmp_path):
    path = roll_file(tmp_path, "utf-8")
    values = {
        cell for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row[1:5] if len(cell) > 1
    }

    run("make", "--roll", path, "--ticket", give_ticket(tmp_path), typed="".join(WORDS))

    for written in (*tmp_path.glob("*令牌.txt"), *tmp_path.glob("*存根.json")):
        text = written.read_text(encoding="utf-8")
        assert [value for value in values if value in text] == []
        assert [word for word in WORDS if word in text] == []
    assert len(values) > 600
    assert next(tmp_path.glob("*存根.json")).stat().st_mode & 0o777 == 0o600


def test_bad_rows_come_back_with_reasons_and_stay_here(run, tmp_path):
    path = write_csv(
        tmp_path / "r.csv",
        [["姓名", "身份证号", "手机号"], ["王守田", "3.70685E+17", "13805351234"], ["李大勇", "", "13900001111"]],
    )

    done = run("make", "--roll", path, "--ticket", give_ticket(tmp_path), typed=" ".join(WORDS))

    book = openpyxl.load_workbook(next(tmp_path.glob("*待更正*.xlsx")))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][:4] == ("1", "王守田", "3.70685E+17", "13805351234")
    assert "科学计数" in rows[1][-1]
    assert "共 2 行" in done.stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" ".join([*WORDS[:3], "平安", *WORDS[4:]]), "对不上"),
        (" ".join([WORDS[1], WORDS[0], *WORDS[2:]]), "对不上"),
        (" ".join([*WORDS[:3], "党建", *WORDS[4:]]), "第 4 个词（党建）"),
        (" ".join(WORDS[:9]), "这里读到 9 个"),
        ("", "这里读到 0 个"),
    ],
)
def test_a_wrong_word_is_heard_before_anything_is_written(run, tmp_path, typed, said):
    path = roll_file(tmp_path, "utf-8")

    done = run("make", "--roll", path, "--ticket", give_ticket(tmp_path), typed=f"{typed}\n")

    assert done.returncode == 1
    assert said in done.stdout
    assert not list(tmp_path.glob("*令牌*"))


@pytest.mark.parametrize(
    "typed",
    [
        "".join(WORDS),
        "、".join(f"{place}.{word}" for place, word in enumerate(WORDS, 1)),
        " ".join(phrase._sound(word) for word in WORDS),
        " ".join(["平果", *WORDS[1:]]),  # a homophone that the input method offered
    ],
)
def test_a_phrase_is_taken_however_it_is_typed(typed):
    assert phrase.read(typed) == WORDS


def test_the_words_cannot_be_taken_for_each_other():
    sounds = {re.sub("ng$", "n", phrase._sound(word)) for word in phrase.words()}

    assert len(phrase.words()) == len(set(phrase.words())) == 2**phrase.BITS
    assert len(sounds) > 1000
    assert all(re.fullmatch("[\u4e00-\u9fff]{2}", word) for word in phrase.words())
    assert phrase.read(" ".join(drawn := phrase.new())) == drawn


def test_another_phrase_or_another_run_gives_another_key():
    drawn = phrase.new()
    checks = {
        phrase.RunKey(*given).check
        for given in ((WORDS, RUN, "sm3"), (drawn, RUN, "sm3"), (WORDS, str(uuid.uuid4()), "sm3"))
    }

    assert len(checks) == 3


def test_handles_open_for_their_owner_and_run_alone():
    key, other = bytes(range(32)), bytes(32)
    handle = handles.seal(key, RUN, 41)

    assert handles.unseal(key, RUN, handle) == 41
    assert handles.unseal(other, RUN, handle) == 0
    assert handles.unseal(key, str(uuid.uuid4()), handle) == 0
    assert handles.unseal(key, RUN, handle[:-1] + bytes([handle[-1] ^ 1])) == 0
    assert handles.unseal(key, RUN, handle[:-1]) == 0


def returned(folder, stub, numbers, run=RUN, side="members"):
    key = base64.b64decode(json.loads(stub.read_text(encoding="utf-8"))["key"])
    pairs = [
        {"number": at, "handle": handles.seal(key, RUN, number).hex(), "pass": "id-name", "decide": False}
        for at, number in enumerate(numbers, 1)
    ]
    path = folder / "members-handles.json"
    ticket.write(path, "blind-return", run=run, side=side, pairs=pairs)
    return path, pairs


def test_returned_handles_open_into_the_offices_own_rows(run, tmp_path):
    path = roll_file(tmp_path, "xlsx")
    run("make", "--roll", path, "--ticket", give_ticket(tmp_path), typed=" ".join(WORDS))
    stub = next(tmp_path.glob("*存根.json"))
    named = {entry.number: entry for entry in open_roster(path).entries()}
    back, _pairs = returned(tmp_path, stub, [17, 4])

    done = run("open", "--handles", back, "--stub", stub, "--roll", path)

    assert done.returncode == 0, done.stdout
    rows = list(openpyxl.load_workbook(next(tmp_path.glob("*已打开*.xlsx"))).active.iter_rows(values_only=True))
    at = rows[0].index("姓名")
    assert [(row[0], row[1], (row[at] or "").strip()) for row in rows[1:]] == [
        ("1", "身份证号、姓名一致", named[17].name),
        ("2", "身份证号、姓名一致", named[4].name),
    ]


def test_handles_of_somebody_else_or_of_another_run_do_not_open(run, tmp_path):
    path = roll_file(tmp_path, "utf-8")
    run("make", "--roll", path, "--ticket", give_ticket(tmp_path), typed=" ".join(WORDS))
    stub = next(tmp_path.glob("*存根.json"))
    back, pairs = returned(tmp_path, stub, [17])

    ticket.write(
        back, "blind-return", run=RUN, side="members", pairs=[*pairs, {**pairs[0], "handle": "00" * 24}, {"x": 1}]
    )
    foreign = run("open", "--handles", back, "--stub", stub, "--roll", path)
    ticket.write(back, "blind-return", run=str(uuid.uuid4()), side="members", pairs=pairs)
    elsewhere = run("open", "--handles", back, "--stub", stub, "--roll", path)
    path.write_bytes(path.read_bytes() + b"\r\n")
    ticket.write(back, "blind-return", run=RUN, side="members", pairs=pairs)
    changed = run("open", "--handles", back, "--stub", stub, "--roll", path)

    assert (foreign.returncode, elsewhere.returncode, changed.returncode) == (1, 1, 1)
    assert "有 2 个编号不是本机生成的" in foreign.stdout
    assert "不属于同一次比对" in elsewhere.stdout
    assert "后来改动过" in changed.stdout


def test_the_other_departments_roll_is_refused(run, tmp_path):
    path = roll_file(tmp_path, "utf-8")

    done = run("make", "--roll", path, "--ticket", give_ticket(tmp_path, "practitioners"), typed=" ".join(WORDS))

    assert done.returncode == 1
    assert "像是对方部门的名册" in done.stdout


def test_the_menu_asks_for_files_by_number(run, tmp_path):
    roll_file(tmp_path, "utf-8")
    give_ticket(tmp_path)

    done = run(typed=f"2\n1\n1\n{' '.join(WORDS)}\n\n")

    assert done.returncode == 0, done.stdout
    assert "公民身份号码" not in done.stdout
    assert "身份证号  ←  身份证号" in done.stdout
    assert list(tmp_path.glob("*令牌.txt"))


@pytest.mark.parametrize(
    "rows",
    [
        [
            ["姓名", "身份证号", "出生日期", "手机号"],
            ["王守田", 3.70685198003051e17, datetime.date(1980, 3, 5), 13805351234.0],
        ],
        [
            ["名册"],
            [],
            ["姓名", "手机号", "出生日期"],
            [None, None, None],
            ["李大勇", 13900001111, datetime.datetime.fromisoformat("1990-12-31T08:30")],
        ],
        [["姓名", "手机号", "备注"], ["张三", "13900001111", True], ["李_x0041_四", "0.5", 0.5], ["", 1, -2.25]],
    ],
)
def test_a_workbook_is_read_as_the_app_reads_it(tmp_path, rows):
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    book.create_sheet("说明").append(["请如实填写"])
    book.save(tmp_path / "r.xlsx")

    ours, apps = Roll(tmp_path / "r.xlsx"), open_roster(tmp_path / "r.xlsx")

    assert list(ours.entries()) == list(apps.entries())
    assert (ours.fields, ours.other_sheets) == (apps.fields, apps.other_sheets)


BOMB = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData/></worksheet>'


@pytest.mark.parametrize("kind", ["entities", "broken", "text", "empty"])
def test_a_bad_workbook_is_refused_in_a_sentence(tmp_path, kind):
    path = write_xlsx(tmp_path / "r.xlsx", {"Sheet1": [["姓名", "手机号"], ["王守田", "13805351234"]]})
    if kind == "entities":
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        with zipfile.ZipFile(path, "w") as package:
            for name, data in parts.items():
                package.writestr(name, BOMB if "sheet1" in name else data)
    else:
        path.write_bytes({"broken": path.read_bytes()[:-200], "text": b"hello", "empty": b""}[kind])

    with pytest.raises(Faulty, match="cannot be read"):
        list(Roll(path).entries())


def test_a_workbook_that_unpacks_too_far_is_refused(tmp_path, monkeypatch):
    path = write_xlsx(tmp_path / "r.xlsx", {"Sheet1": [["姓名", "手机号"], ["王" * 5000, "13805351234"]]})
    monkeypatch.setattr(xlsx, "UNPACKED_BYTES", 4000)

    with pytest.raises(Faulty, match="cannot be read"):
        Roll(Path(path))
