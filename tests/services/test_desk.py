"""The matter desk by group: what stands beside a problem, a project, an errand; merging many, putting right."""

import uuid
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import matter as actions
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Matter
from services.queries import desk
from tests.factories.members import OrganisationFactory, PersonFactory, RegionFactory, UserFactory
from tests.factories.services import (
    ActivityFactory,
    CampaignFactory,
    GrantFactory,
    KindFactory,
    MatterFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2024, 6, 28)


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official", name="李办")
    set_scope([bureau.path])
    return found


@pytest.fixture
def firm(bureau):
    return OrganisationFactory(parent=bureau, name="顺达运输公司", kind=Organisation.Kind.ENTERPRISE)


@pytest.fixture
def project(bureau, firm):
    return MatterFactory(
        organisation=bureau, kind__group="project", title="冷链园区", stage="applied", body=firm, state="handling"
    )


def test_a_problem_says_how_many_were_merged_into_it(bureau, official):
    problem, alone = (MatterFactory(organisation=bureau, kind__group="problem") for _ in range(2))
    MatterFactory.create_batch(3, organisation=bureau, state="merged", parent=problem)
    lines = desk.lines([problem, alone], "problem", official, TODAY)
    assert [line.parts for line in lines] == [3, 0]


def test_a_project_says_what_it_won_and_the_number_opens_its_rows(bureau, official, project, client):
    fund = KindFactory(domain="grant", group="fund")
    GrantFactory(organisation=bureau, kind=fund, matter=project, amount_fen=1_250_050, given_on=date(2024, 5, 1))
    GrantFactory(organisation=bureau, kind=fund, matter=project, amount_fen=100, given_on=date(2024, 5, 2))
    GrantFactory(organisation=bureau, kind=fund, amount_fen=777, given_on=date(2024, 5, 2))
    won = desk.lines([project], "project", official, TODAY)[0].won
    assert (won.text, won.rows) == ("12501.5", 2)
    client.force_login(official)
    rows = client.get(won.url)
    assert rows.context["reading"].rows == 2 and "冷链园区" in rows.content.decode()
    page = client.get(project.get_absolute_url())
    assert page.context["won"].value == won.value and "已申报" in page.content.decode()


@pytest.mark.parametrize("group", ["appeal", "problem", "task", "suggestion", "project", "errand", "clue"])
def test_every_group_has_a_list_with_filters_and_an_export(bureau, official, firm, group, client):
    kind = KindFactory(domain="matter", group=group, label="某类")
    shown = MatterFactory(
        organisation=bureau, kind=kind, title="要找的", body=firm, lead_body=firm, state="handling", due_on=TODAY
    )
    MatterFactory(organisation=bureau, kind=kind, title="另一件")
    client.force_login(official)
    page = client.get(reverse("services:matter_list"), {"group": group, "text": "要找", "tab": "overdue"})
    assert [line.matter for line in page.context["lines"]] == [shown]
    assert "个工作日" in page.content.decode()
    answer = client.post(reverse("services:matter_export"), {"group": group, "text": "要找", "tab": "overdue"})
    rows = list(load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["要找的"]
    assert AuditEvent.objects.get(event="ledger.export").detail["count"] == 1


def test_filters_of_a_group_narrow_it(bureau, official, project, firm):
    cadre = PersonFactory(organisation=bureau, name="周包服")
    done = MatterFactory(organisation=bureau, kind__group="project", stage="started", guide=cadre)
    free = MatterFactory(organisation=bureau, kind__group="problem")
    MatterFactory(organisation=bureau, kind__group="problem", lead_body=firm)
    adopted = MatterFactory(organisation=bureau, kind__group="suggestion", closed=True)
    MatterFactory(organisation=bureau, kind__group="suggestion")

    def found(group, **wanted):
        return list(desk.listed(official, group, wanted))

    assert found("project", stage="started") == found("project", guide=cadre) == [done]
    assert found("project", body=firm) == [project]
    assert found("problem", unclaimed=True) == [free]
    assert found("suggestion", outcome="solved") == [adopted]


def test_the_list_of_projects_costs_the_same_for_many(bureau, official, client, django_assert_max_num_queries):
    client.force_login(official)
    costs = []
    for _round in range(2):
        with django_assert_max_num_queries(45) as captured:
            client.get(reverse("services:matter_list"), {"group": "project"})
        costs.append(len(captured))
        for _number in range(4):
            matter = MatterFactory(organisation=bureau, kind__group="project", guide=PersonFactory(organisation=bureau))
            GrantFactory(organisation=bureau, matter=matter, amount_fen=500)
    assert costs[0] + 2 >= costs[1], costs  # the first page has nothing to sum up


def test_a_suggestion_is_adopted_in_its_own_words(bureau, official, client):
    meeting = ActivityFactory(organisation=bureau, kind__group="meeting", campaign=None)
    idea = MatterFactory(organisation=bureau, kind__group="suggestion", state="handling", meeting=meeting)
    client.force_login(official)
    page = client.get(idea.get_absolute_url())
    labels = [str(label) for _value, label in dict(page.context["forms"])["close"].fields["outcome"].choices]
    assert labels == ["采纳", "部分采纳", "未采纳，已说明"]
    closed = actions.close(matter=idea, outcome="partly", answer="先在两条线试行", by=official)
    assert closed.outcome_label == "部分采纳"
    this_year = periods.this_year(closed.closed_on)
    assert registry.read("suggestion.adopted", Scope(bureau), this_year).value == 1
    appeal = MatterFactory(organisation=bureau, closed=True)
    assert appeal.outcome_label == "已解决"


def test_many_complaints_are_gathered_into_one_problem(bureau, official, client):
    problem = MatterFactory(organisation=bureau, kind__group="problem", title="停车难")
    parts = [MatterFactory(organisation=bureau, title=f"没处停车{number}") for number in range(3)]
    MatterFactory(organisation=bureau, title="运费拖欠")
    elsewhere = MatterFactory(title="没处停车，外县")
    client.force_login(official)
    address = reverse("services:matter_gather", args=[problem.pk])
    page = client.get(address, {"text": "停车"})
    assert set(page.context["offered"]) == set(parts)
    assert client.post(address, {"parts": [elsewhere.pk]}).status_code == 422
    assert client.post(address, {}).status_code == 422
    answer = client.post(f"{address}?text=停车", {"parts": [parts[0].pk, parts[2].pk]})
    assert answer.url == problem.get_absolute_url()
    assert list(problem.children.order_by("pk").values_list("pk", "state")) == [
        (parts[0].pk, "merged"),
        (parts[2].pk, "merged"),
    ]


def test_gathering_is_all_or_nothing(bureau, official):
    problem = MatterFactory(organisation=bureau, kind__group="problem")
    open_one, ended = MatterFactory(organisation=bureau), MatterFactory(organisation=bureau, settled=True)
    with pytest.raises(WrongState):
        actions.gather(problem=problem, parts=[open_one, ended], by=official)
    open_one.refresh_from_db()
    assert open_one.state == "received"


def test_what_was_entered_is_put_right_while_it_is_open(bureau, official, project):
    firm = project.body
    actions.change(matter=project, by=official, title="冷链物流园", body=firm, co_bodies=[firm])
    assert AuditEvent.objects.get(event="matter.change").detail["fields"] == "title,co_bodies"
    with pytest.raises(Refused):
        actions.change(matter=project, by=official, kind=KindFactory(domain="matter", group="task"))
    with pytest.raises(Refused):
        actions.change(matter=project, by=UserFactory(organisation=bureau, role="contributor"), title="无权")
    with pytest.raises(WrongState):
        actions.change(matter=MatterFactory(organisation=bureau, settled=True), by=official, title="已了结")


def test_a_number_of_the_list_stays_once(bureau, official):
    tasks = CampaignFactory(organisation=bureau, form="task_list")
    kind = KindFactory(domain="matter", group="task")
    MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=1)
    second = MatterFactory(organisation=bureau, kind=kind, campaign=tasks, number=2)
    with pytest.raises(Refused, match="序号"):
        actions.change(matter=second, by=official, number=1)


def test_a_project_is_taken_in_with_its_cadre(bureau, official, firm, client):
    kind = KindFactory(domain="matter", group="project", label="包服申报项目")
    cadre = PersonFactory(organisation=bureau, name="周包服")
    client.force_login(official)
    address = f"{reverse('services:matter_receive')}?group=project"
    form = client.get(address).context["form"]
    assert [field.name for field in form.first] == ["title", "kind", "body", "stage", "cadre"]
    sent = {"once": str(uuid.uuid4()), "title": "冷链园区", "kind": kind.pk, "organisation": bureau.pk, "way": "order"}
    sent |= {"body": "顺达运输公司", "stage": "applied", "is_mine": "on", "planned_on": "2027-06-30"}
    wrong = client.post(address, {**sent, "cadre": "没登记的人"})
    assert wrong.context["form"].errors["cadre"] and not Matter.objects.exists()
    client.post(address, {**sent, "cadre": "周包服"})
    made = Matter.objects.get()
    assert (made.guide, made.body, made.stage, made.planned_on) == (cadre, firm, "applied", date(2027, 6, 30))

    edit = reverse("services:matter_edit", args=[made.pk])
    assert client.get(edit).context["form"]["cadre"].value() == "周包服"
    client.post(edit, {"title": "冷链物流园", "kind": kind.pk, "body": firm.pk, "cadre": ""})
    made.refresh_from_db()
    assert (made.title, made.guide, made.planned_on) == ("冷链物流园", None, None)


def test_a_suggestion_names_the_meeting_it_was_raised_at(bureau, official, client):
    kind = KindFactory(domain="matter", group="suggestion", label="金点子")
    meeting = ActivityFactory(organisation=bureau, kind__group="meeting", happened_on=timezone.localdate())
    ActivityFactory(organisation=bureau, kind__group="care", happened_on=timezone.localdate())
    client.force_login(official)
    address = f"{reverse('services:matter_receive')}?group=suggestion&meeting={meeting.pk}"
    form = client.get(address).context["form"]
    assert list(form.fields["meeting"].queryset) == [meeting]
    sent = {"once": str(uuid.uuid4()), "title": "增设夜间泊位", "kind": kind.pk, "organisation": bureau.pk}
    client.post(address, {**sent, "way": "meeting", "meeting": meeting.pk})
    assert Matter.objects.get().meeting == meeting
