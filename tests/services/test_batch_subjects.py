"""Workbooks of grants, pairings and venues: the same mechanism, what differs for each."""

import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from services.models import Grant, Pairing, Venue
from services.queries import today
from tests.factories.members import PersonFactory, RegionFactory
from tests.factories.services import ActivityFactory
from tests.members.test_batch import xlsx
from tests.services.test_batch import bureau, clock, counts, enter, faults, firm, official, receive, undo, work  # noqa: F401

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 5, 20)
GRANTS = ["发放类别", "名称", "发放时间", "份数", "姓名", "工作单位", "获得单位", "金额（万元）", "级别", "证书编号"]
PAIRS = ["类别", "帮扶人", "帮扶对象", "工作单位", "结对时间", "结束时间", "结束原因"]
VENUES = ["类别", "阵地名称", "启用时间", "床位", "地址", "镇街"]


def test_grants_go_to_people_bodies_or_to_nobody_by_name(enter, bureau, firm):  # noqa: F811
    person = PersonFactory(organisation=bureau, name="王司机", employer=firm)
    PersonFactory(organisation=bureau, name="王司机")

    batch = enter(
        xlsx(
            [
                GRANTS,
                ["关爱大礼包", "", "2024-05-20", "40份", "", "", "", "", "", ""],
                ["职业技能等级证书", "高级工", "2024-05-20", "", "王司机", "顺达运输", "", "", "", "A-1"],
                ["党建专项经费", "示范点经费", "2024-05-20", "", "", "", "顺达运输", "20", "县级", ""],
            ]
        ),
        subject="grant",
    )

    assert counts(batch) == (3, 3, 0, 0)
    rows = Grant.objects.order_by("pk").values_list(
        "name", "quantity", "person", "body", "amount_fen", "level", "serial"
    )
    assert list(rows) == [
        ("关爱大礼包", 40, None, None, None, "", ""),
        ("高级工", 1, person.pk, None, None, "", "A-1"),
        ("示范点经费", 1, None, firm.pk, 20_000_000, "county", ""),
    ]


def test_a_number_on_paper_counts_once_and_other_rows_still_come_in(enter, bureau):  # noqa: F811
    PersonFactory(organisation=bureau, name="王司机")
    PersonFactory(organisation=bureau, name="李司机")

    def row(name, serial):
        return ["职业技能等级证书", "高级工", "2024-05-20", "", name, "", "", "", "", serial]

    batch = enter(xlsx([GRANTS, row("王司机", "A-1"), row("李司机", "A-1"), row("李司机", "A-2")]), subject="grant")

    assert counts(batch) == (3, 2, 0, 1)
    assert sorted(Grant.objects.values_list("serial", flat=True)) == ["A-1", "A-2"]


def test_a_certificate_of_a_stranger_waits_for_the_register(receive, firm):  # noqa: F811
    batch = receive(
        xlsx(
            [
                GRANTS,
                ["职业技能等级证书", "", "2024-05-20", "", "赵六", "", "", "", "", ""],
                ["职业技能等级证书", "", "2024-05-20", "-2", "", "", "顺达运输", "", "特级", ""],
            ]
        ),
        subject="grant",
    )

    assert sorted(faults(batch)) == [
        ["level", "no_choice", "特级"],
        ["person", "unknown", ""],
        ["quantity", "negative", "-2"],
    ]


@pytest.fixture
def couple(bureau):  # noqa: F811
    return [PersonFactory(organisation=bureau, name=name) for name in ("张工", "王司机")]


def test_pairings_come_in_and_owe_nothing_for_the_days_before(enter, couple):  # noqa: F811
    batch = enter(xlsx([PAIRS, ["三个一帮扶", "张工", "王司机", "", "2022-01-01", "", ""]]), subject="pairing")

    assert counts(batch) == (1, 1, 0, 0)
    made = Pairing.objects.get()
    assert (made.helper, made.helped, made.started_on) == (*couple, datetime.date(2022, 1, 1))
    now = datetime.date(2026, 3, 4)
    assert [one for one in today.owed([made], [], now) if one.due.is_overdue(now)] == []
    week = next(due for duty, _last, due in today.duties_of(made, now) if duty.every == "week")
    assert week.first_on >= datetime.date(2026, 3, 2)


def test_pairings_the_ledger_has_already_or_that_end_wrongly_come_back(enter, couple):  # noqa: F811
    rows = [
        ["三个一帮扶", "张工", "王司机", "", "2022-01-01", "2023-01-01", "完成"],
        ["三个一帮扶", "张工", "王司机", "", "2022-06-01", "", ""],
        ["三个一帮扶", "张工", "张工", "", "2022-06-01", "", ""],
        ["三个一帮扶", "张工", "", "", "2022-06-01", "", ""],
        ["三个一帮扶", "张工", "王司机", "", "2024-06-01", "2024-01-01", "完成"],
        ["三个一帮扶", "张工", "王司机", "", "2024-06-01", "2025-01-01", ""],
    ]

    batch = enter(xlsx([PAIRS, *rows]), subject="pairing")

    assert counts(batch) == (6, 1, 0, 5)
    assert Pairing.objects.get().end_reason == "done"


def test_undoing_leaves_pairings_somebody_has_worked_with(enter, official, couple):  # noqa: F811
    other = PersonFactory(organisation=official.organisation, name="赵司机")
    rows = [["三个一帮扶", "张工", name, "", "2022-01-01", "", ""] for name in ("王司机", other.name)]
    batch = enter(xlsx([PAIRS, *rows]), subject="pairing")
    used = Pairing.objects.get(helped=other)
    ActivityFactory(organisation=official.organisation, pairing=used, happened_on=DAY)

    assert undo(batch, official) == {"removed": 1, "kept": 1}
    assert list(Pairing.objects.standing()) == [used]


def test_venues_come_in_once_and_go_again_unless_they_are_used(enter, official, bureau):  # noqa: F811
    town = RegionFactory(code="370685101", name="东镇", level="township", parent=bureau.region, path="370685.101.")
    rows = [
        ["司机之家", "东站司机之家", "2024-05-20", "28张", "东站路 1 号", "东镇"],
        ["红色驿站", "西站", "2024-05-20", "", "", ""],
    ]

    first = enter(xlsx([VENUES, *rows]), subject="venue")
    second = enter(xlsx([VENUES, *rows, ["红色驿站", "南站", "2024-05-20", "", "", ""]]), subject="venue")
    ActivityFactory(organisation=bureau, venue=Venue.objects.get(name="西站"), happened_on=DAY)

    assert (counts(first), counts(second)) == ((2, 2, 0, 0), (3, 1, 2, 0))
    place = Venue.objects.get(name="东站司机之家")
    assert (place.beds, place.address, place.region, place.organisation) == (28, "东站路 1 号", town, bureau)
    assert Venue.objects.get(name="西站").region == bureau.region
    assert undo(first, official) == {"removed": 1, "kept": 1}
    assert sorted(Venue.objects.values_list("name", flat=True)) == ["南站", "西站"]


@pytest.mark.parametrize("subject", ["grant", "pairing", "venue"])
def test_every_template_reads_back_without_its_sample(client, official, receive, subject, firm):  # noqa: F811
    client.force_login(official)

    sent = client.get(f"/ledger-imports/template/{subject}.xlsx")

    book = load_workbook(BytesIO(sent.content))
    sheet = book.worksheets[0]
    sheet.append([sheet.cell(2, 1).value, *("甲" for _column in range(1, sheet.max_column))])
    out = BytesIO()
    book.save(out)
    batch = receive(out.getvalue(), subject=subject)
    assert batch.total_rows == 1
    assert all(batch.fields)
