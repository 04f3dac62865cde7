"""Importing a bureau's book of appeals and tasks: what became of them is taken over, what nobody said is not."""

import datetime

import pytest
import time_machine
from django.db import ProgrammingError, transaction

from config.sealed import unseal
from members.actions import batch as batches
from members.actions import batch_run
from members.middleware import set_scope
from members.models import Organisation
from services.actions import batch as ledger
from services.actions import matter as matters
from services.models import LedgerImport, Matter
from tests.factories.members import OrganisationFactory, PersonFactory, RegionFactory, UserFactory
from tests.members.test_batch import xlsx

pytestmark = pytest.mark.django_db
HEAD = ["类别", "登记日期", "反映问题", "反映人", "联系电话", "涉及企业", "来源", "办结日期", "是否解决", "满意度"]
OPEN = ["追讨运费与工资", "2024-05-20", "跑了三趟没结运费", "王师傅", "13864530017", "顺达运输", "电话", "", "", ""]
SOLVED = ["追讨运费与工资", "2024-05-21", "运费一直没有结", "李红", "", "", "来访", "2024-05-30", "已解决", "满意"]
SILENT = ["追讨运费与工资", "2024-05-22", "尾款没有付", "", "", "", "", "2024-06-01", "已解决", ""]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2024, 7, 4, 10, tzinfo=datetime.UTC), tick=True):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau, kinds):
    OrganisationFactory(name="顺达运输", parent=bureau, kind=Organisation.Kind.ENTERPRISE, region=bureau.region)
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def receive(bureau, official):
    subject = ledger.SUBJECTS["matter"]
    return lambda rows: batches.receive(
        filename="诉求.xlsx", data=xlsx([HEAD, *rows]), organisation=bureau, by=official, subject=subject
    )


@pytest.fixture
def enter(receive, official):
    def run(rows):
        subject = ledger.SUBJECTS["matter"]
        batch = receive(rows)
        batches.start(batch=batch, by=official, enqueue=lambda pk: None, subject=subject)
        while batch_run.work(batch.pk, subject):
            pass
        return LedgerImport.objects.get(pk=batch.pk)

    return run


def undo(batch, by):
    with transaction.atomic():
        return batches.undo(batch=batch, by=by, subject=ledger.SUBJECTS["matter"])


def test_an_open_matter_waits_with_its_phone_sealed(enter, official):
    enter([OPEN])

    matter = Matter.objects.get()
    assert (matter.state, matter.way, matter.requester_name, matter.body.name) == (
        "received", "phone", "王师傅", "顺达运输",
    )  # fmt: skip
    assert unseal(matter, "phone_cipher") == "13864530017"
    assert matter.due_on > matter.received_on
    assert matters.take(matter=matter, by=official).state == "handling"


def test_only_a_call_back_makes_an_appeal_solved(enter):
    enter([SOLVED, SILENT])

    heard, silent = Matter.objects.order_by("received_on")
    assert (heard.state, heard.outcome, heard.satisfaction, heard.is_solved) == ("settled", "solved", "satisfied", True)
    assert (silent.state, silent.outcome, silent.satisfaction, silent.is_solved) == ("settled", "solved", "", False)


def test_a_registered_person_is_found_and_the_phone_kept_once(enter, official, bureau):
    person = PersonFactory(name="王师傅", organisation=bureau)

    enter([OPEN])

    matter = Matter.objects.get()
    assert (matter.requester, matter.requester_name, bytes(matter.phone_cipher)) == (person, "", b"")


def test_a_long_text_becomes_the_detail_and_loses_nothing(enter):
    said = "下雪天高速封路，" * 30
    enter([[*OPEN[:2], said, *OPEN[3:]]])

    matter = Matter.objects.get()
    assert (len(matter.title), matter.detail) == (120, said)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({7: "2024-05-30"}, ["outcome", "no_outcome", ""]),
        ({8: "已解决"}, ["closed_on", "not_closed", ""]),
        ({7: "2024-05-01", 8: "已解决"}, ["closed_on", "before", "2024-05-01"]),
        ({4: "1386453"}, ["phone", "no_phone", ""]),
        ({6: "飞鸽传书"}, ["way", "no_choice", "飞鸽传书"]),
        ({2: ""}, ["title", "missing", ""]),
    ],
)
def test_what_does_not_fit_together_is_said(receive, changes, fault):
    row = [changes.get(place, cell) for place, cell in enumerate(OPEN)]

    assert [one[:3] for one in receive([row]).faults] == [fault]


def test_a_second_upload_doubles_nothing(enter):
    enter([OPEN, SOLVED])

    again = enter([OPEN, SOLVED, SILENT])

    assert (again.created_count, again.known_count, Matter.objects.count()) == (1, 2, 3)


def test_undoing_takes_away_what_nobody_has_worked_on(enter, official):
    batch = enter([OPEN, SOLVED])
    matters.take(matter=Matter.objects.get(state="received"), by=official)

    counts = undo(batch, official)

    assert counts == {"removed": 1, "kept": 1}
    assert Matter.objects.get().state == "handling"


def test_the_database_keeps_a_matter_once_a_step_was_made(enter, official):
    enter([OPEN])
    matter = matters.take(matter=Matter.objects.get(), by=official)

    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic():
        Matter.objects.filter(pk=matter.pk)._raw_delete(using="default")
