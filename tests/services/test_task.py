"""Task lists: a table pasted as it stands, deadlines as offices write them, working days late, progress of many."""

import uuid
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Refused
from members.middleware import set_scope
from members.models import Organisation
from services import pasted
from services.actions import matter as matters
from services.actions import task as actions
from services.models import Matter, MatterStep
from services.queries import task as queries
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory
from tests.factories.services import CampaignFactory, CampaignMemberFactory, KindFactory, MatterFactory

HEADED = (
    "序号\t工作任务\t牵头单位\t配合单位\t完成时限\t交付成果\r\n"
    "1\t健全行业党委班子\t县司法局\t县总工会、县妇联\t6月底\t班子配齐\r\n"
    '2\t"改造\n红色驿站"\t县总工会\t\t2030年9月15日\t\r\n'
    "3\t常态化开展走访\t县妇联\t\t长期坚持\t走访记录\r\n"
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-06-30", date(2025, 6, 30)),
        ("2025.6.3", date(2025, 6, 3)),
        ("2025年6月3日前", date(2025, 6, 3)),
        ("２０２５年２月底", date(2025, 2, 28)),
        ("6月30日", date(2024, 6, 30)),
        ("2月底前", date(2024, 2, 29)),
        ("二季度", date(2024, 6, 30)),
        ("第4季度末", date(2024, 12, 31)),
        ("年底", date(2024, 12, 31)),
        ("全年", date(2024, 12, 31)),
        ("2026年底", date(2026, 12, 31)),
        ("长期坚持", None),
        ("持续推进", None),
        ("", None),
    ],
)
def test_deadlines_as_offices_write_them(text, day):
    assert pasted.deadline(text, 2024) == day


@pytest.mark.parametrize("text", ["尽快", "2月30日", "13月底", "2025-13-01", "0月"])
def test_what_is_no_deadline_is_refused(text):
    with pytest.raises(ValueError):
        pasted.deadline(text, 2024)


def test_columns_are_found_by_their_heads_in_any_order():
    rows = pasted.read("责任单位\t任务内容\t成果\t时限\n县司法局\t建机制\t办法\t年底\n", 2024)
    assert [(row.line, row.title, row.lead, row.deliverable, row.due_on, row.faults) for row in rows] == [
        (2, "建机制", "县司法局", "办法", date(2024, 12, 31), [])
    ]


def test_without_heads_the_usual_order_holds():
    numbered = pasted.read("1\t建机制\t县司法局\t县妇联\t年底\n2、\t建阵地\t县总工会\n", 2024)
    assert [(row.number, row.title, row.lead, row.units) for row in numbered] == [
        (1, "建机制", "县司法局", "县妇联"),
        (2, "建阵地", "县总工会", ""),
    ]
    bare = pasted.read("建机制\t县司法局", 2024)
    assert [(row.number, row.title, row.lead) for row in bare] == [(None, "建机制", "县司法局")]


def test_a_cell_may_hold_a_line_break_and_a_table_may_come_from_markdown():
    assert pasted.read(HEADED, 2024)[1].title == "改造 红色驿站"
    marked = "| 序号 | 任务 | 牵头单位 |\n| --- | --- | --- |\n| 1 | 建机制 | 县司法局 |"
    assert [(row.number, row.title, row.lead) for row in pasted.read(marked, 2024)] == [(1, "建机制", "县司法局")]


def test_faults_are_said_by_row():
    rows = pasted.read("序号\t任务\t时限\n一百\t建机制\t尽快\n2\t\t年底\n", 2024)
    assert [len(row.faults) for row in rows] == [2, 1]
    assert pasted.read(" \n\t\n", 2024) == []


@pytest.fixture
def bureau(db):
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official", name="李办")
    set_scope([bureau.path])
    return found


@pytest.fixture
def units(bureau):
    return {name: OrganisationFactory(parent=bureau, name=name) for name in ("县司法局", "县总工会", "县妇联")}


@pytest.fixture
def tasks(bureau):
    return CampaignFactory(organisation=bureau, form="task_list", name="年度任务清单")


@pytest.fixture
def kind(db):
    return KindFactory(domain="matter", group="task", label="年度任务")


def sent(kind, **typed):
    return {"once": str(uuid.uuid4()), "kind": kind.pk, "received_on": "2024-01-08", "is_mine": "on", **typed}


def test_a_table_is_looked_at_and_then_entered_once(tasks, units, kind, official, client):
    client.force_login(official)
    address = reverse("services:task_paste", args=[tasks.pk])
    form = sent(kind, table=HEADED)

    page = client.post(address, form)
    assert page.status_code == 200 and page.context["is_right"] and not Matter.objects.exists()
    for _twice in range(2):
        assert client.post(address, {**form, "enter": "1"}).url == reverse("services:task_list", args=[tasks.pk])

    rows = list(Matter.objects.order_by("number"))
    assert [(row.number, row.title, row.lead_body, row.due_on, row.state) for row in rows] == [
        (1, "健全行业党委班子", units["县司法局"], date(2024, 6, 30), "handling"),
        (2, "改造 红色驿站", units["县总工会"], date(2030, 9, 15), "handling"),
        (3, "常态化开展走访", units["县妇联"], None, "handling"),
    ]
    assert set(rows[0].co_bodies.all()) == {units["县总工会"], units["县妇联"]}
    assert rows[0].deliverable == "班子配齐" and rows[0].campaign == tasks


def test_nothing_is_entered_while_a_row_is_wrong(tasks, units, kind, official, client):
    MatterFactory(organisation=tasks.organisation, kind=kind, campaign=tasks, number=1)
    client.force_login(official)
    table = "1\t建机制\t县司法局\n2\t建阵地\t没有的局\n2\t建队伍\t县妇联\n3\t补课\t县妇联\t\t2023-12-31\n"
    page = client.post(reverse("services:task_paste", args=[tasks.pk]), sent(kind, table=table, enter="1"))
    assert page.status_code == 422 and Matter.objects.count() == 1
    faults = [len(row.faults) for row, _lead, _units in page.context["form"].tasks]
    assert faults == [1, 1, 1, 1] and "没有的局" in page.content.decode()


def test_a_task_without_a_number_gets_the_next_one(tasks, kind, official):
    made = actions.enter(
        campaign=tasks,
        tasks=[
            actions.Task(title, number, None, (), None, "") for title, number in (("甲", None), ("乙", 7), ("丙", None))
        ],
        kind=kind,
        received_on=date(2024, 1, 8),
        once=uuid.uuid4(),
        by=official,
    )
    assert [task.number for task in made] == [8, 7, 9]
    outsider = UserFactory(role="official")
    with pytest.raises(Refused):
        actions.enter(campaign=tasks, tasks=[], kind=kind, received_on=date(2024, 1, 8), once=uuid.uuid4(), by=outsider)


def test_the_list_says_how_many_working_days_a_task_is_late(tasks, units, kind, official, bureau, client):
    due_on = date(2024, 9, 27)  # a Friday before the National Day
    late = MatterFactory(
        organisation=bureau,
        kind=kind,
        campaign=tasks,
        number=1,
        state="handling",
        due_on=due_on,
        lead_body=units["县司法局"],
    )
    late.co_bodies.add(units["县妇联"], units["县总工会"])
    matters.note_progress(matter=late, note="已开两次会", by=official)
    matters.note_progress(matter=late, note="方案已印发", by=official)
    done = MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=2, settled=True, due_on=due_on)

    first, second = queries.lines([late, done], date(2024, 10, 8))
    assert (first.late_days, second.late_days) == (3, 0)  # the 29th and 30th of September were worked, the 8th counts
    assert (first.progress.note, second.progress) == ("方案已印发", None)
    assert first.units == sorted(first.units, key=lambda body: body.name) and len(first.units) == 2
    client.force_login(official)
    page = client.get(reverse("services:task_list", args=[tasks.pk]), {"unit": units["县妇联"].pk})
    assert [line.matter for line in page.context["lines"]] == [late]
    assert [reading.value for reading in page.context["counts"]] == [2, 3, 1, 1]
    page = client.get(reverse("services:task_list", args=[tasks.pk]), {"which": "done"})
    assert [line.matter for line in page.context["lines"]] == [done]


def test_the_list_costs_the_same_for_many(tasks, kind, official, bureau, units, client, django_assert_max_num_queries):
    client.force_login(official)
    costs = []
    for number in range(2):
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("services:task_list", args=[tasks.pk]))
        costs.append(len(captured))
        for more in range(5):
            task = MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=number * 5 + more + 1)
            task.co_bodies.add(*units.values())
    assert costs[0] + 3 >= costs[1], costs  # the first page has no lines to look anything up for


def test_the_word_on_many_tasks_is_noted_at_once(tasks, kind, official, bureau, client):
    received, handled, silent = (
        MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=number, state=state)
        for number, state in ((1, "received"), (2, "handling"), (3, "handling"))
    )
    client.force_login(official)
    assert f'name="note_{silent.pk}"' in client.get(reverse("services:task_note", args=[tasks.pk])).content.decode()
    typed = {f"note_{received.pk}": "已启动", f"note_{handled.pk}": "过半", f"note_{silent.pk}": " "}
    client.post(reverse("services:task_note", args=[tasks.pk]), typed)
    steps = MatterStep.objects.filter(kind="progress").order_by("matter__number").values_list("matter", "note")
    assert list(steps) == [(received.pk, "已启动"), (handled.pk, "过半")]
    other = CampaignFactory(organisation=bureau)
    with pytest.raises(Refused):
        actions.note(campaign=other, notes={silent: "错的清单"}, by=official)


def test_the_export_holds_what_the_list_shows(tasks, kind, official, bureau, units, client):
    task = MatterFactory(
        organisation=bureau,
        kind=kind,
        campaign=tasks,
        number=4,
        state="handling",
        title="建机制",
        lead_body=units["县司法局"],
    )
    task.co_bodies.add(units["县妇联"])
    MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=5, settled=True)
    client.force_login(official)
    data = client.post(reverse("services:task_export", args=[tasks.pk]), {"which": "open"}).content
    head, row = load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True))["牵头单位"] == "县司法局"
    assert (row[0], row[1], row[3]) == (4, "建机制", "县妇联")


def test_one_task_is_entered_with_the_next_number_and_its_units(tasks, kind, official, bureau, units, client):
    MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=17)
    client.force_login(official)
    address = f"{reverse('services:matter_receive')}?group=task&campaign={tasks.pk}"
    form = client.get(address).context["form"]
    assert form["number"].value() == 18
    typed = {"once": str(uuid.uuid4()), "title": "补一项", "kind": kind.pk, "organisation": bureau.pk, "way": "order"}
    typed |= {"campaign": tasks.pk, "number": 18, "lead_body": "县司法局", "co_bodies": "县妇联、县总工会"}
    wrong = client.post(address, {**typed, "co_bodies": "没有的局"})
    assert wrong.context["form"].errors["co_bodies"]
    client.post(address, typed)
    made = Matter.objects.get(number=18)
    assert made.lead_body == units["县司法局"] and made.co_bodies.count() == 2


def test_members_of_the_conference_may_claim_from_its_list(tasks, kind, official, bureau):
    conference = CampaignFactory(organisation=bureau, form="conference")
    member = CampaignMemberFactory(campaign=conference, body__parent=bureau, body__kind=Organisation.Kind.AGENCY).body
    tasks.parent = conference
    tasks.save()
    task = MatterFactory(organisation=bureau, kind=kind, campaign=tasks)
    assert matters.claim(matter=task, body=member, by=official).lead_body == member


@pytest.mark.parametrize("day", ["2099-01-01", "1900-01-01"])
def test_a_slip_in_the_day_is_answered(tasks, kind, official, client, day):
    client.force_login(official)
    page = client.post(reverse("services:task_paste", args=[tasks.pk]), sent(kind, table="建机制", received_on=day))
    assert page.status_code == 422 and page.context["form"].errors["received_on"]
