"""Importing a bureau's workbook: understanding, entering, killed workers, bad rows back, undo, forgetting."""

from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import python_calamine
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from config.errors import FileRefused, Refused
from config.uploads.handlers import LARGEST_BYTES
from config.vault import Vault
from members.actions import batch as batches
from members.actions import batch_people, batch_run, register
from members.identity import check_character
from members.middleware import set_scope
from members.models import ImportBatch, ImportRow, Organisation, Person, Vehicle
from tests.factories.members import OrganisationFactory, PersonFactory, PostFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db


def number(n):
    """A valid identity number of its own for each n."""
    first = f"37068519850{n // 900 % 9 + 1}{n % 18 + 10}{n % 1000:03d}"
    return first + check_character(first)


ROWS = [
    ["王建国", number(1), "13864530017", "鲁F12345", "顺达运输"],
    ["李红", number(2), "13864530018", "", "顺达运输"],
    ["赵强", "370685198503121232", "13864530019", "", ""],
]
HEAD = ["姓名", "身份证号", "手机号", "车牌号", "工作单位"]


def xlsx(*sheets):
    book = Workbook()
    book.remove(book.active)
    for position, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{position}")
        for row in rows:
            sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows, encoding="utf-8"):
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def receive(bureau, official):
    def run(data, filename="名册.xlsx"):
        return batches.receive(filename=filename, data=data, organisation=bureau, by=official)

    return run


@pytest.fixture
def enter(receive, official):
    """Upload and enter everything; return the batch as it then stands."""

    def run(data, filename="名册.xlsx"):
        batch = receive(data, filename)
        batches.start(batch=batch, by=official, enqueue=lambda pk: None)
        while batch_run.work(batch.pk):
            pass
        return ImportBatch.objects.get(pk=batch.pk)

    return run


def counts(batch):
    return (batch.total_rows, batch.created_count, batch.filled_count, batch.known_count, batch.bad_count)


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (xlsx([HEAD, *ROWS]), "名册.xlsx"),
        (csv([HEAD, *ROWS]), "名册.csv"),
        (csv([HEAD, *ROWS], "gb18030"), "名册.csv"),
    ],
    ids=["xlsx", "utf-8", "gb18030"],
)
def test_good_rows_enter_and_bad_ones_wait(enter, bureau, data, filename):
    firm = OrganisationFactory(name="顺达运输", parent=bureau, kind=Organisation.Kind.ENTERPRISE)

    batch = enter(data, filename)

    assert (batch.state, counts(batch)) == ("done", (3, 2, 0, 0, 1))
    assert sorted(Person.objects.values_list("name", "employer")) == [("李红", firm.pk), ("王建国", firm.pk)]
    assert list(Vehicle.objects.values_list("plate", "driver__name")) == [("鲁F12345", "王建国")]


def test_what_was_understood_is_told_before_anything_is_entered(receive):
    batch = receive(xlsx([HEAD, *ROWS]))
    batch.refresh_from_db()

    assert (batch.state, batch.total_rows, batch.bad_count) == ("ready", 3, 1)
    assert batch.fields == ["name", "id_no", "phone", "plate", "employer"]
    assert (batch.faults, batch.first_bad) == ([["id_no", "check", 1]], [[3, [["id_no", "check"]]]])
    assert Person.objects.count() == 0


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (3.70685e17, "scientific"),
        ("3.70685E+17", "scientific"),
        ("3706851985", "length"),
        ("370685********1231", "masked"),
    ],
)
def test_a_number_that_cannot_be_read_is_named(receive, cell, fault):
    batch = receive(xlsx([HEAD, ["王建国", cell, "", "", ""]]))

    assert batch.faults == [["id_no", fault, 1]]


def test_fifteen_digits_and_full_width_are_understood(enter):
    batch = enter(
        xlsx([HEAD, ["王建国", "370685850312123", "", "", ""], ["李　红", "", "１３８６４５３００１８", "", ""]])
    )

    assert counts(batch)[1] == 2
    assert sorted(p.identity_masked or p.phone_masked for p in Person.objects.all()) == [
        "138******18",
        "3****************" + check_character("37068519850312123"),
    ]


def test_titles_merged_heads_two_sheets_and_an_empty_column_are_no_obstacle(receive):
    rows = [
        ["甲县货车驾驶员名册", "", "", ""],
        ["基本信息", "", "", "车辆"],
        ["姓名", "身份证号码", "", "车牌号码"],
        *([name, cell, "", plate] for name, cell, _phone, plate, _firm in ROWS),
    ]

    batch = receive(xlsx([["填表说明"], ["请勿改动"]], rows))

    assert (batch.sheet, batch.other_sheets, batch.total_rows) == ("表1", ["表0"], 3)
    assert batch.fields == ["name", "id_no", "", "plate"]


def test_a_file_without_heads_is_refused_with_a_sentence(receive):
    with pytest.raises(Refused) as refused:
        receive(xlsx([["甲", "乙"], ["1", "2"]]))

    assert refused.value.code == "no_header"


def test_a_file_with_heads_and_nothing_below_is_refused_with_a_sentence(receive):
    with pytest.raises(Refused) as refused:
        receive(xlsx([HEAD, ["", "", "", "", ""]]))

    assert refused.value.code == "no_rows"


def test_a_row_of_totals_is_nobody(receive):
    batch = receive(xlsx([HEAD, *ROWS[:2], ["合 计", "", 2, "", ""]]))

    assert (batch.total_rows, batch.faults) == (3, [["name", "total", 1]])


def test_a_file_that_is_none_is_refused(receive):
    with pytest.raises(FileRefused):
        receive(b"\x00\x01", "名册.xls")


def test_the_same_file_is_not_taken_twice_while_open(receive):
    data = xlsx([HEAD, *ROWS])
    receive(data)

    with pytest.raises(Refused) as refused:
        receive(data)

    assert refused.value.code == "uploaded_already"


def test_a_second_upload_doubles_nobody_and_fills_gaps(enter, bureau):
    enter(xlsx([HEAD, ["王建国", number(1), "", "", ""], ["李红", "", "13864530018", "", ""]]))
    OrganisationFactory(name="顺达运输", parent=bureau, kind=Organisation.Kind.ENTERPRISE)

    again = enter(xlsx([HEAD, *ROWS, ["李红", number(2), "13864530018", "", ""]]))

    assert counts(again) == (4, 0, 2, 1, 1)
    assert Person.objects.count() == 2


def test_one_phone_and_name_with_two_numbers_are_two_people(enter):
    enter(xlsx([HEAD, ["王建国", number(1), "13864530017", "", ""]]))

    batch = enter(xlsx([HEAD, ["王建国", number(2), "13864530017", "", ""]]))

    assert counts(batch)[1] == 1
    assert Person.objects.count() == 2


def test_somebody_of_another_county_is_not_touched(enter):
    other = PersonFactory(identity=number(1))

    batch = enter(xlsx([HEAD, ROWS[0]]))

    assert counts(batch) == (1, 0, 0, 0, 1)
    set_scope(["*"])
    assert Person.objects.get(pk=other.pk).phone_masked == ""


def test_corrected_columns_are_remembered_for_the_organisation(receive, official):
    rows = [["姓名", "证号", "电话"], ["王建国", number(1), "13864530017"]]
    first = receive(xlsx(rows))
    assert first.fields == ["name", "", "phone"]

    batches.map_columns(batch=first, fields=["name", "id_no", "phone"], by=official)
    second = receive(xlsx([*rows, ["李红", number(2), ""]]))

    assert second.fields == ["name", "id_no", "phone"]


def test_two_columns_may_not_mean_the_same(receive, official):
    batch = receive(xlsx([HEAD, *ROWS]))

    with pytest.raises(Refused) as refused:
        batches.map_columns(batch=batch, fields=["name", "id_no", "id_no", "", ""], by=official)

    assert refused.value.code == "same_meaning"


def test_a_chunk_lost_with_its_worker_is_worked_again_exactly_once(receive, official, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    batch = receive(xlsx([HEAD, *([f"王{n}", number(n), "", "", ""] for n in range(5))]))
    batches.start(batch=batch, by=official, enqueue=lambda pk: None)
    batch_run.work(batch.pk)

    def die(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as context, pytest.raises(RuntimeError):
        context.setattr(batch_people, "_write_rows", die)
        batch_run.work(batch.pk)
    after_death = Person.objects.count()
    while batch_run.work(batch.pk):
        pass

    batch.refresh_from_db()
    assert (after_death, Person.objects.count(), counts(batch)) == (2, 5, (5, 5, 0, 0, 0))
    assert list(ImportRow.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_a_worker_has_no_scope_and_needs_none(receive, official):
    batch = receive(xlsx([HEAD, *ROWS]))
    batches.start(batch=batch, by=official, enqueue=lambda pk: None)
    set_scope([])

    assert batch_run.work(batch.pk) is False

    set_scope(official.paths())
    batch.refresh_from_db()
    assert (batch.state, batch.created_count) == ("done", 2)


def test_a_job_acts_with_the_rights_its_account_has_now(receive, official):
    batch = receive(xlsx([HEAD, *ROWS]))
    batches.start(batch=batch, by=official, enqueue=lambda pk: None)
    type(official).objects.filter(pk=official.pk).update(is_active=False)

    assert batch_run.work(batch.pk) is False

    batch.refresh_from_db()
    assert (batch.state, Person.objects.count()) == ("stopped", 0)


def test_undo_takes_back_what_came_in_and_keeps_who_is_needed(enter, official, bureau):
    known = PersonFactory(name="李红", organisation=bureau, identity=number(2))
    batch = enter(xlsx([HEAD, *ROWS, ["孙明", number(4), "", "鲁F54321", ""]]))
    PostFactory(person=Person.objects.get(name="孙明"))

    told = batches.undo(batch=batch, by=official)

    assert told == {"removed": 1, "kept": 1}
    assert sorted(Person.objects.values_list("name", flat=True)) == ["孙明", "李红"]
    known.refresh_from_db()
    assert (known.phone_masked, Vehicle.objects.count()) == ("", 0)
    with pytest.raises(Refused):
        batches.undo(batch=batch, by=official)


def test_rows_lie_sealed_and_are_gone_when_the_import_is_closed(
    enter, official, tmp_path, django_capture_on_commit_callbacks
):
    batch = enter(xlsx([HEAD, *ROWS]))
    stored = b"".join(path.read_bytes() for path in (tmp_path / "vault").rglob("*") if path.is_file())
    assert stored
    assert number(1).encode() not in stored

    with django_capture_on_commit_callbacks(execute=True):
        batches.close(batch=batch, by=official)

    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []
    assert not Vault(batch.uuid).is_open


def test_files_nobody_closed_are_destroyed_after_a_week(receive, tmp_path, django_capture_on_commit_callbacks):
    batch = receive(xlsx([HEAD, *ROWS]))
    set_scope([])

    with django_capture_on_commit_callbacks(execute=True):
        call_command("retention", stdout=StringIO())
    young = Vault(batch.uuid).is_open
    with time_machine.travel(timezone.now() + timedelta(days=8)), django_capture_on_commit_callbacks(execute=True):
        call_command("retention", stdout=StringIO())

    assert (young, Vault(batch.uuid).is_open) == (True, False)


# Pages


def test_from_the_file_to_the_register_and_the_rows_back(client, official, bureau, django_capture_on_commit_callbacks):
    client.force_login(official)
    file = SimpleUploadedFile("名册.xlsx", xlsx([HEAD, *ROWS]))

    client.post(reverse("members:batch_upload"), {"file": file, "organisation": bureau.pk})
    batch = ImportBatch.objects.get()
    page = client.get(batch.get_absolute_url()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("members:batch_start", args=[batch.pk]))
    done = client.get(batch.get_absolute_url()).content.decode()
    back = client.post(reverse("members:batch_bad_rows", args=[batch.pk]))

    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert "校验" in page
    assert [number(1) in text for text in (page, done)] == [False, False]
    assert rows[0] == [*HEAD, "原因"]
    assert rows[1][:3] == ["赵强", "370685198503121232", "13864530019"]
    assert "校验" in rows[1][-1]
    assert Person.objects.count() == 2


def test_a_large_workbook_never_lies_in_a_file_in_the_clear(client, official, bureau, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")  # a temporary file would be an error
    wide = "x" * 15_000  # so that the file is larger than what Django would keep in memory by itself
    data = csv([[*HEAD, "备注"], *([f"王{'建国强'[n % 3]}", number(n), "", "", "", wide] for n in range(200))])
    client.force_login(official)

    client.post(
        reverse("members:batch_upload"), {"file": SimpleUploadedFile("名册.csv", data), "organisation": bureau.pk}
    )

    assert len(data) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert ImportBatch.objects.get().total_rows == 200


def test_a_formula_in_a_bad_row_comes_back_as_text(client, official, bureau, receive):
    batch = receive(xlsx([HEAD, ["李红", number(2), "", "", ""]]))
    Vault(batch.uuid).put("bad-00000000", b'[[["=1+1", "x", "", "", ""], [["id_no", "length"]]]]')
    client.force_login(official)

    back = client.post(reverse("members:batch_bad_rows", args=[batch.pk]))

    assert b"<f>" not in back.content
    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "=1+1"


def test_numbers_entered_by_import_are_found(enter, official):
    enter(xlsx([HEAD, *ROWS]))

    with pytest.raises(Refused) as refused:
        register.create(name="王建国", organisation=official.organisation, by=official, identity=number(1))

    assert refused.value.code == "registered"


def test_a_file_too_large_or_empty_is_answered_with_what_to_do(client, official, bureau):
    client.force_login(official)
    url = reverse("members:batch_upload")
    large = SimpleUploadedFile("名册.csv", b"x" * (LARGEST_BYTES + 1))

    too_large = client.post(url, {"file": large, "organisation": bureau.pk}).content.decode()
    empty = client.post(url, {"file": SimpleUploadedFile("名册.csv", b""), "organisation": bureau.pk}).content.decode()

    assert "20 MB" in too_large
    assert "文件是空的" in empty


def test_firms_and_villages_are_offered_as_links_and_not_as_keepers(client, official, bureau):
    firm = OrganisationFactory(name="顺达运输", parent=bureau, kind=Organisation.Kind.ENTERPRISE, region=bureau.region)
    client.force_login(official)

    form = client.get(reverse("members:register_create")).context["form"]

    assert list(form.fields["organisation"].queryset) == [bureau]
    assert form["organisation"].value() == bureau.pk
    assert firm in form.fields["employer"].queryset
