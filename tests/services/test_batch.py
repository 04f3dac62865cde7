"""Importing workbooks into the ledger: understanding, names, doubles, killed workers, bad rows back, undo, template."""

import datetime
from io import BytesIO

import pytest
import python_calamine
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Refused
from config.vault import Vault
from members.actions import batch as batches
from members.actions import batch_run
from members.middleware import set_scope
from members.models import Notice, Organisation
from services.actions import activity as activities
from services.actions import batch as ledger
from services.models import Activity, Duty, Kind, LedgerImport, Participation
from services.models.ledger import VoidReason
from services.queries import today
from tests.factories.members import OrganisationFactory, PersonFactory, RegionFactory, UserFactory
from tests.factories.services import CampaignFactory, PairingFactory, VenueFactory
from tests.members.test_batch import csv, xlsx

pytestmark = pytest.mark.django_db
HEAD = ["类别", "活动时间", "走访企业", "活动内容", "参加人数"]
ROWS = [
    ["走访慰问", "2024-05-20", "", "看望一线司机", "35人"],
    ["入企走访", "2024年5月21日", "顺达运输", "入企了解用工", ""],
    ["不存在的类别", "2024-05-22", "", "", ""],
]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 3, 4, 10, tzinfo=datetime.UTC), tick=True):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def firm(bureau):
    return OrganisationFactory(name="顺达运输", parent=bureau, kind=Organisation.Kind.ENTERPRISE, region=bureau.region)


@pytest.fixture
def official(bureau, kinds):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def receive(bureau, official):
    def run(data, filename="台账.xlsx", subject="activity"):
        received = batches.receive(
            filename=filename, data=data, organisation=bureau, by=official, subject=ledger.SUBJECTS[subject]
        )
        return LedgerImport.objects.get(pk=received.pk)

    return run


@pytest.fixture
def work(official):
    """Let the worker enter everything."""

    def run(batch):
        subject = ledger.SUBJECTS[batch.subject]
        batches.start(batch=batch, by=official, enqueue=lambda pk: None, subject=subject)
        while batch_run.work(batch.pk, subject):
            pass
        return LedgerImport.objects.get(pk=batch.pk)

    return run


@pytest.fixture
def enter(receive, work):
    return lambda data, **options: work(receive(data, **options))


def counts(batch):
    return (batch.total_rows, batch.created_count, batch.known_count, batch.bad_count)


def undo(batch, by):
    return batches.undo(batch=batch, by=by, subject=ledger.SUBJECTS[batch.subject])


def faults(batch):
    return [fault[:3] for fault in batch.faults]


def standing():
    return Activity.objects.standing()


# Understanding and entering


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (xlsx([HEAD, *ROWS]), "台账.xlsx"),
        (csv([HEAD, *ROWS]), "台账.csv"),
        (csv([HEAD, *ROWS], "gb18030"), "台账.csv"),
    ],
    ids=["xlsx", "utf-8", "gb18030"],
)
def test_good_rows_enter_and_bad_ones_wait(enter, bureau, official, firm, data, filename):
    batch = enter(data, filename=filename)

    assert (batch.state, counts(batch)) == ("done", (3, 2, 0, 1))
    rows = (
        standing()
        .order_by("happened_on")
        .values_list(
            "kind__code", "happened_on", "body__name", "line", "headcount", "organisation", "source", "logged_by"
        )
    )
    assert list(rows) == [
        ("condolence", datetime.date(2024, 5, 20), None, "看望一线司机", 35, bureau.pk, "import", official.pk),
        (
            "enterprise-visit",
            datetime.date(2024, 5, 21),
            "顺达运输",
            "入企了解用工",
            None,
            bureau.pk,
            "import",
            official.pk,
        ),
    ]


def test_what_cannot_be_taken_is_told_before_anything_is_entered(receive, firm):
    batch = receive(xlsx([HEAD, *ROWS]))

    assert (batch.state, batch.total_rows, batch.bad_count) == ("ready", 3, 1)
    assert faults(batch) == [["kind", "unknown", "不存在的类别"]]
    assert batch.first_bad == [[3, [["kind", "unknown", "不存在的类别"]]]]
    assert not standing().exists()


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "missing"),
        ("2099-01-01", "ahead"),
        ("1900-01-01", "long_ago"),
        ("5月20日", "no_year"),
        ("2024年5月", "no_day"),
        ("2024年5月20日-22日", "range"),
        ("2024-05-20至2024-05-22", "range"),
        ("2024-02-30", "unreadable"),
        ("去年", "unreadable"),
    ],
)
def test_a_day_that_cannot_be_taken_is_named(receive, cell, fault):
    batch = receive(xlsx([HEAD, ["走访慰问", cell, "", "", ""]]))

    assert [found[:2] for found in batch.faults] == [["happened_on", fault]]


@pytest.mark.parametrize(
    "cell",
    ["2024-05-20", "2024/5/20", "2024.5.20", "2024年5月20日", "20240520", "45432", "24.5.20", "2024-05-20 09:30"],
)
def test_days_are_read_as_people_write_them(enter, cell):
    enter(xlsx([HEAD, ["走访慰问", cell, "", "", ""]]))

    assert standing().get().happened_on == datetime.date(2024, 5, 20)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [("-3", "negative"), ("30余人", "vague"), ("约30", "vague"), ("3.5", "not_whole"), ("甲", "no_number")],
)
def test_a_number_that_is_none_is_named(receive, cell, fault):
    batch = receive(xlsx([HEAD, ["走访慰问", "2024-05-20", "", "", cell]]))

    assert [found[:2] for found in batch.faults] == [["headcount", fault]]


def test_names_of_every_sort_are_found_within_the_scope(enter, bureau, firm):
    branch = OrganisationFactory(
        name="一支部", parent=bureau, kind=Organisation.Kind.PARTY_BRANCH, region=bureau.region
    )
    town = RegionFactory(code="370685101", name="东镇", level="township", parent=bureau.region, path="370685.101.")
    venue = VenueFactory(organisation=bureau, name="东站司机之家", region=town)
    campaign = CampaignFactory(organisation=bureau, name="安家工程")
    people = [PersonFactory(organisation=bureau, name=name) for name in ("张三", "李四")]
    head = ["类别", "日期", "填报单位", "阵地", "所属行动", "参加人员姓名", "协办单位", "方式"]

    batch = enter(
        xlsx([head, ["阵地接待", "2024-05-20", "一支部", "东站司机之家", "安家工程", "张三、李四", "顺达运输", "线上"]])
    )

    assert counts(batch) == (1, 1, 0, 0)
    row = standing().get()
    assert (row.organisation, row.organisation_path) == (branch, branch.path)
    assert (row.venue, row.region, row.campaign, row.channel) == (venue, town, campaign, "online")
    assert sorted(row.people.values_list("pk", flat=True)) == sorted(one.pk for one in people)
    assert list(row.co_organisations.all()) == [firm]


def test_namesakes_and_strangers_are_named_in_the_row_alone(receive, bureau):
    for _time in range(2):
        PersonFactory(organisation=bureau, name="张三")
    batch = receive(xlsx([["类别", "日期", "参加人员姓名"], ["走访慰问", "2024-05-20", "张三、王五"]]))

    assert sorted(faults(batch)) == [["people", "several", ""], ["people", "unknown", ""]]


def test_a_number_in_the_wrong_column_is_not_kept(receive):
    batch = receive(xlsx([HEAD, ["走访慰问", "37068519850312123X", "138 6453 0017", "", ""]]))

    assert sorted(faults(batch)) == [["body", "unknown", ""], ["happened_on", "unreadable", ""]]


def test_marks_nobody_sees_are_left_out(receive, work):
    batch = receive(
        csv([["类别", "日期", "活\x02动内容"], ["走访\u200b慰问", "2024-05-20", "看\x01望\u202e司机"]]), "台账.csv"
    )

    assert counts(work(batch)) == (1, 1, 0, 0)
    assert standing().get().line == "看望司机"


def test_bodies_of_another_county_are_not_known(receive):
    other = OrganisationFactory(region=RegionFactory(code="371329", name="乙县"))
    OrganisationFactory(name="外县运输", parent=other, kind=Organisation.Kind.ENTERPRISE, region=other.region)

    batch = receive(xlsx([[*HEAD, "填报单位"], ["走访慰问", "2024-05-20", "外县运输", "", "", other.name]]))

    assert sorted(faults(batch)) == [["body", "unknown", "外县运输"], ["organisation", "unknown", other.name]]


def test_a_contact_finds_its_pairing_and_fulfils_its_duty(enter, bureau, official, kinds):
    helper = PersonFactory(organisation=bureau, name="张工")
    helped = PersonFactory(organisation=bureau, name="王司机")
    started = datetime.date(2024, 1, 1)
    pairing = PairingFactory(
        organisation=bureau, kind=kinds["three-ones"], helper=helper, helped=helped, started_on=started
    )

    batch = enter(
        xlsx([["类别", "联系日期", "帮扶对象", "帮扶人", "方式"], ["电话联系", "2026-03-03", "王司机", "张工", "电话"]])
    )

    assert counts(batch) == (1, 1, 0, 0)
    assert standing().get().pairing == pairing
    week = next(answer for answer in today.duties_of(pairing, datetime.date(2026, 3, 4)) if answer[0].every == "week")
    assert week[1] == datetime.date(2026, 3, 3)


def test_one_kind_and_one_year_may_hold_for_all_rows(receive, work, official):
    batch = receive(xlsx([["关爱活动台账"], ["日期", "活动内容"], ["5月20日", "看望司机"], ["6.1", "看望快递员"]]))
    assert batch.bad_count == 2
    with pytest.raises(Refused) as refused:
        batches.start(batch=batch, by=official, enqueue=lambda pk: None, subject=ledger.SUBJECTS["activity"])
    assert refused.value.code == "no_kind"

    batches.map_columns(
        batch=batch,
        fields=batch.fields,
        constants={"kind": "condolence", "year": "2024"},
        by=official,
        subject=ledger.SUBJECTS["activity"],
    )
    done = work(LedgerImport.objects.get(pk=batch.pk))

    assert counts(done) == (2, 2, 0, 0)
    assert sorted(standing().values_list("kind__code", "happened_on")) == [
        ("condolence", datetime.date(2024, 5, 20)),
        ("condolence", datetime.date(2024, 6, 1)),
    ]


def test_corrected_columns_are_remembered_for_this_subject(receive, official):
    rows = [["项目", "哪天"], ["走访慰问", "2024-05-20"]]
    with pytest.raises(Refused) as refused:
        receive(xlsx(rows))
    assert refused.value.code == "no_header"
    first = receive(xlsx([["项目", "日期"], ["走访慰问", "2024-05-20"]]))
    assert first.fields == ["", "happened_on"]

    batches.map_columns(batch=first, fields=["kind", "happened_on"], by=official, subject=ledger.SUBJECTS["activity"])
    second = receive(xlsx([["项目", "日期"], ["走访慰问", "2024-05-21"]]))

    assert (second.fields, second.bad_count) == (["kind", "happened_on"], 0)


def test_a_row_of_totals_and_the_templates_sample_are_no_entries(receive):
    batch = receive(
        xlsx([HEAD, ["走访慰问", "2024-05-20", "", "示例：看望司机", "35"], ROWS[0], ["合 计", "", "", "", 35]])
    )

    assert (batch.total_rows, faults(batch)) == (2, [["", "total", ""]])


# Never twice


def test_a_second_upload_doubles_nothing(enter, firm):
    enter(xlsx([HEAD, *ROWS[:2]]))

    again = enter(xlsx([HEAD, *ROWS[:2], ["走访慰问", "2024-05-23", "", "", ""]]))

    assert (counts(again), standing().count()) == ((3, 1, 2, 0), 3)


def test_the_same_row_in_another_spelling_is_the_same(enter, firm):
    enter(xlsx([HEAD, ROWS[1]]))

    again = enter(xlsx([HEAD, ["入企走访", "2024/5/21", " 顺达运输 ", "入企了解用工", "0"]]))

    assert (counts(again)[1:], standing().count()) == ((0, 1, 0), 1)


def test_a_row_that_stands_twice_in_one_file_comes_back(receive, work, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    batch = receive(xlsx([HEAD, ROWS[0], ROWS[0], ["电话联系", "2024-05-20", "", "", ""], ROWS[0]]))
    assert (batch.bad_count, faults(batch)) == (2, [["", "repeated", ""]])

    done = work(batch)

    assert (counts(done), standing().count()) == ((4, 2, 0, 2), 2)


def test_what_somebody_took_back_does_not_come_again_but_an_undone_import_does(enter, official):
    first = enter(xlsx([HEAD, ROWS[0], ["电话联系", "2024-05-20", "", "", ""]]))
    gone = Activity.objects.get(kind__code="contact")
    activities.void(activity=gone, reason=VoidReason.MISTAKE, by=official)

    assert undo(first, official) == {"removed": 1, "kept": 1}
    again = enter(xlsx([HEAD, ROWS[0], ["电话联系", "2024-05-20", "", "", ""], ["清雪保畅", "2024-01-05", "", "", ""]]))
    third = enter(xlsx([HEAD, ROWS[0]]), filename="三.xlsx")

    assert (counts(again), counts(third)) == ((3, 2, 1, 0), (1, 0, 1, 0))
    assert sorted(standing().values_list("kind__code", flat=True)) == ["condolence", "snow"]


def test_a_chunk_lost_with_its_worker_is_worked_again_exactly_once(receive, official, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    batch = receive(xlsx([HEAD, *(["走访慰问", f"2024-05-{day:02}", "", "", ""] for day in range(1, 6))]))
    subject = ledger.SUBJECTS["activity"]
    batches.start(batch=batch, by=official, enqueue=lambda pk: None, subject=subject)
    batch_run.work(batch.pk, subject)

    def die(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as context, pytest.raises(RuntimeError), transaction.atomic():
        context.setattr(ledger.ImportChunk.objects, "create", die)
        batch_run.work(batch.pk, subject)
    after_death = standing().count()
    while batch_run.work(batch.pk, subject):
        pass

    batch.refresh_from_db()
    assert (after_death, standing().count(), counts(batch)) == (2, 5, (5, 5, 0, 0))


def test_history_makes_no_duty_and_no_notice(enter, firm):
    duties = Duty.objects.count()

    enter(xlsx([HEAD, *ROWS[:2]]))

    assert (Duty.objects.count(), Notice.objects.count(), Participation.objects.count()) == (duties, 0, 0)


def test_an_import_of_the_ledger_is_none_of_the_registers(receive, official):
    batch = receive(xlsx([HEAD, *ROWS]))

    with pytest.raises(Refused) as refused:
        batches.start(batch=batch, by=official, enqueue=lambda pk: None)

    assert refused.value.code == "outside_scope"


# Pages


def test_from_the_file_to_the_ledger_and_the_rows_back(
    client, official, bureau, firm, django_capture_on_commit_callbacks
):
    client.force_login(official)
    file = SimpleUploadedFile("台账.xlsx", xlsx([HEAD, *ROWS]))

    client.post(reverse("services:batch_upload"), {"file": file, "organisation": bureau.pk, "subject": "activity"})
    batch = LedgerImport.objects.get()
    page = client.get(batch.get_absolute_url()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("services:batch_start", args=[batch.pk]))
    done = client.get(batch.get_absolute_url()).content.decode()
    back = client.post(reverse("services:batch_bad_rows", args=[batch.pk]))
    listed = client.get(reverse("services:batch_list")).content.decode()

    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert "没有“不存在的类别”这个类别" in page
    assert "看望一线司机" in done
    assert rows[0] == [*HEAD, "原因"]
    assert rows[1][:2] == ["不存在的类别", "2024-05-22"]
    assert "没有“不存在的类别”这个类别" in rows[1][-1]
    assert standing().count() == 2
    assert "台账.xlsx" in listed


def test_columns_are_corrected_on_the_page_and_mistakes_are_told_there(client, official, receive):
    batch = receive(xlsx([["项目", "日期"], ["走访慰问", "2024-05-20"]]))
    client.force_login(official)
    url = reverse("services:batch_columns", args=[batch.pk])

    wrong = client.post(url, {"column_0": "", "column_1": "happened_on", "kind": "", "year": ""})
    right = client.post(url, {"column_0": "", "column_1": "happened_on", "kind": "snow", "year": "2024"})

    assert "没有哪一列是类别" in wrong.content.decode()
    assert right.status_code == 302
    batch.refresh_from_db()
    assert (batch.constants, batch.bad_count) == ({"kind": "snow", "year": "2024"}, 0)


def test_the_template_offers_what_may_be_chosen_and_reads_back(client, official, bureau, firm, receive):
    client.force_login(official)

    sent = client.get(reverse("services:batch_template", args=["activity"]))

    book = load_workbook(BytesIO(sent.content))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    words = {cell.value for column in book["选项"].iter_cols() for cell in column}
    assert head[:3] == ["活动类别", "日期", "填报单位"]
    assert rules["A2"] == "'选项'!$A$2:$A$34"
    assert {"走访慰问", "顺达运输", "甲县交通运输局"} <= words
    assert Kind.objects.of("activity").count() == 33
    sheet.append(["走访慰问", "2024-05-20", None, None, "看望司机"])
    out = BytesIO()
    book.save(out)
    batch = receive(out.getvalue())
    assert (batch.total_rows, batch.bad_count, batch.fields[0]) == (1, 0, "kind")
    assert client.get(reverse("services:batch_template", args=["nothing"])).status_code == 404


def test_undoing_on_the_page_takes_everything_back_and_destroys_the_file(
    client, official, enter, firm, django_capture_on_commit_callbacks
):
    batch = enter(xlsx([HEAD, *ROWS]))
    client.force_login(official)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("services:batch_undo", args=[batch.pk]))

    assert not standing().exists()
    assert set(Activity.objects.values_list("void_reason", flat=True)) == {"batch"}
    assert not Vault(batch.uuid).is_open
