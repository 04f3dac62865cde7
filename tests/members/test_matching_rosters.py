"""Roster files as offices send them: what is understood, what is refused and why."""

import duckdb
import pytest

from config.errors import Unreadable
from members.matching import columns
from members.matching.prepare import Tally, clean
from members.matching.rosters import Entry, open_roster, refuse_mixed_up
from tests.members.roster_files import number, write_csv, write_xlsx

ID = number()
HEADER = ["姓名", "身份证号", "手机号"]
ROW = ["王守田", ID, "13805351234"]


def entries(path):
    return list(open_roster(path).entries())


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("gb18030", ","), ("gb18030", "\t"), ("utf-16", "\t"), ("utf-8", ";")],
)
def test_csv_is_read_in_the_encodings_offices_use(tmp_path, encoding, delimiter):
    path = write_csv(tmp_path / "roll.csv", [HEADER, ROW], encoding, delimiter)

    assert entries(path) == [Entry(1, "1", "王守田", ID, "13805351234")]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("姓 名", "name"),
        ("*驾驶员姓名", "name"),
        ("公民身份号码", "id_no"),
        ("身份证号（必填，18位）", "id_no"),
        ("ID_No", "id_no"),
        ("党员身份证号", "id_no"),
        ("联系电话", "phone"),
        ("手机号码（本人）", "phone"),
        ("Mobile", "phone"),
        ("车牌号", "plate"),
        ("所属企业", "employer"),
        ("所在党支部", "branch"),
        ("rid", "rid"),
        ("紧急联系人手机", ""),
        ("配偶身份证号", ""),
        ("身份证复印件", ""),
        ("序号", ""),
        ("车牌颜色", ""),
        ("备注", ""),
    ],
)
def test_a_header_cell_names_its_field_and_no_other(header, field):
    assert columns.field_of(header)[0] == field


@pytest.mark.parametrize(
    ("headers", "positions"),
    [
        (["车主姓名", "驾驶员姓名", "驾驶员身份证号"], {"name": 1, "id_no": 2}),
        (
            ["驾驶员姓名", "驾驶员手机", "车主姓名", "车主身份证号", "车牌号"],
            {"name": 2, "id_no": 3, "plate": 4},
        ),
        (["姓名", "驾驶员身份证号"], {"name": 0, "id_no": 1}),
        (["电话", "联系电话", "姓名"], {"name": 2, "phone": 0}),
    ],
)
def test_a_keepers_name_never_gets_the_drivers_number(headers, positions):
    assert columns.understand(headers) == positions


def test_titles_and_two_header_rows_are_passed_over(tmp_path):
    rows = [
        ["某县货车司机名册", "", "", ""],
        ["序号", "姓名", "证件信息", "联系方式"],
        ["", "", "身份证号", "手机号"],
        ["1", *ROW],
        ["", "", "", ""],
        ["2", "李守礼", "", "13900001111"],
    ]
    path = write_xlsx(tmp_path / "roll.xlsx", {"名册": rows}, merged=["A1:D1", "C2:C2"])

    assert entries(path) == [
        Entry(1, "1", "王守田", ID, "13805351234"),
        Entry(3, "3", "李守礼", "", "13900001111"),
    ]


def test_every_sheet_with_people_is_read_and_the_others_are_named(tmp_path):
    sheets = {"一支部": [HEADER, ROW], "填表说明": [["请如实填写"]], "二支部": [HEADER, ["李守礼", "", "13900001111"]]}
    roster = open_roster(write_xlsx(tmp_path / "roll.xlsx", sheets))

    assert [(entry.number, entry.name) for entry in roster.entries()] == [(1, "王守田"), (2, "李守礼")]
    assert roster.other_sheets == ["填表说明"]


def test_numbers_stored_as_numbers_are_noticed_where_digits_are_lost(tmp_path):
    rows = [HEADER, ["王守田", 3.70685198003051e17, 13805351234.0], ["李守礼", 370685800305123, 13900001111]]
    tally = Tally()

    values = [clean(entry, tally) for entry in entries(write_xlsx(tmp_path / "roll.xlsx", {"Sheet1": rows}))]

    assert [(value.number, value.phone) for value in values] == [("", "13805351234"), (ID, "13900001111")]
    assert tally.examples == [(1, "id_no", "scientific")]


def test_an_empty_column_is_counted_not_listed(tmp_path):
    tally = Tally()
    path = write_csv(tmp_path / "roll.csv", [HEADER, ["王守田", "", "13805351234"], ["", "", ""], ["李守礼", "", ""]])

    for entry in entries(path):
        clean(entry, tally)

    assert (tally.rows, tally.is_empty("id_no"), tally.is_empty("phone")) == (2, True, False)
    assert (tally.examples, tally.unusable) == ([], 1)


def test_parquet_and_an_id_column(tmp_path):
    path = tmp_path / "roll.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'A7' AS rid, '王守田' AS name, '{ID}' AS id_no, 13805351234 AS phone) TO '{path}'"
        )

    assert entries(path) == [Entry(1, "A7", "王守田", ID, "13805351234")]


def test_remembered_headers_are_understood(tmp_path):
    path = write_csv(tmp_path / "roll.csv", [["称呼", "号码一", "号码二"], ROW])
    remembered = {"称呼": "name", "号码一": "id_no", "号码二": "phone"}

    with pytest.raises(Unreadable, match="表头"):
        open_roster(path)
    assert next(open_roster(path, remembered).entries()).id_no == ID


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", "备注,序号\n好,1\n".encode(), "header"),
        ("a.csv", "姓名,备注\n王守田,好\n".encode(), "header"),
        ("a.csv", b"", "header"),
        ("a.csv", b"\xff\xff\x80\x00name", "encoding"),
        ("a.xlsx", b"not a workbook", "broken"),
        ("a.parquet", b"not parquet", "broken"),
    ],
)
def test_a_useless_file_is_refused_with_a_sentence(tmp_path, name, data, code):
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(Unreadable) as refused:
        open_roster(path)

    assert refused.value.code == code
    assert str(refused.value).endswith("。")


def test_a_file_that_breaks_in_the_middle_is_refused_too(tmp_path):
    rows = [HEADER, *[ROW] * 40, ["王守田", ID, "1" * 200_000]]

    roster = open_roster(write_csv(tmp_path / "roll.csv", rows))

    with pytest.raises(Unreadable, match="无法读取"):
        list(roster.entries())


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Unreadable, match="没有文件"):
        open_roster(tmp_path / "none.csv")


def test_the_same_file_twice_and_swapped_rosters_are_refused(tmp_path):
    drivers = write_csv(tmp_path / "p.csv", [[*HEADER, "车牌号"], [*ROW, "鲁F12345"]])
    again = write_csv(tmp_path / "p2.csv", [[*HEADER, "车牌号"], [*ROW, "鲁F12345"]])
    party = write_csv(tmp_path / "m.csv", [[*HEADER, "党支部"], [*ROW, "一支部"]])

    refuse_mixed_up(open_roster(drivers), open_roster(party))
    with pytest.raises(Unreadable, match="同一个文件"):
        refuse_mixed_up(open_roster(drivers), open_roster(again))
    with pytest.raises(Unreadable, match="放反"):
        refuse_mixed_up(open_roster(party), open_roster(drivers))
