"""Assessment: sheets of criteria, points counted from figures or given for an outcome, confirmed by a second person."""

import datetime
import io
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services import scoring, workflow
from services.actions import assessment as actions
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Assessment, AssessmentState, AssessmentStep, Score, Sheet
from services.queries import assessment as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
D = datetime.date
STEP = AssessmentStep
BOARD = "班子健全，按期换届"


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel("2024-07-10T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope(["*"])
    return user


@pytest.fixture
def colleague(official):
    return UserFactory(role="official", organisation=official.organisation)


@pytest.fixture
def branch(official):
    return OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH, name="货运一支部")


@pytest.fixture
def sheet(official):
    return adopt(official, "branch")


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def adopt(official, key):
    template = next(one for one in queries.templates() if one["key"] == key)
    plain = {"organisation": official.organisation, "starts_on": D(2024, 1, 1), "by": official}
    return actions.adopt(template=template, name=template["name"], **plain)


def begin(sheet, subject, by, year=2024):
    return actions.open_(sheet=sheet, subject=subject, from_on=D(year, 1, 1), to_on=D(year, 12, 31), by=by)


def lines(assessment):
    return {line.criterion.text: line for line in queries.lines_of(assessment, D(2024, 7, 10))}


def give(assessment, by, points):
    given = {}
    for line in lines(assessment).values():
        if line.criterion.text in points:
            given[line.criterion] = (Decimal(points[line.criterion.text]), "有实绩", line.counted)
    return actions.save(assessment=assessment, given=given, by=by)


@pytest.mark.parametrize(
    ("measure", "value", "points", "step", "worth"),
    [
        ("each", 3, 5, "0.5", "1.5"),
        ("each", 30, 5, "0.5", "5"),
        ("each", 0, 5, "1", "0"),
        ("each", 2, -3, "1", "-2"),
        ("each", 9, -3, "1", "-3"),
        ("threshold", 4, 5, "4", "5"),
        ("threshold", 3, 5, "4", "0"),
        ("threshold", Decimal("90.1"), 5, "90", "5"),
        ("each", None, 5, "1", None),
        ("", 9, 5, None, None),
    ],
)
def test_points_come_of_a_value(measure, value, points, step, worth):
    found = scoring.points_of(measure, value, Decimal(points), Decimal(step) if step else None)

    assert found == (Decimal(worth) if worth is not None else None)


def test_the_sheets_we_ship_have_four_categories_twenty_criteria_and_three_lists(official):
    branch, member = adopt(official, "branch"), adopt(official, "member")

    assert branch.criteria.count() == 20
    assert branch.criteria.values("category").distinct().count() == 4
    assert sorted(member.criteria.values_list("category", flat=True).distinct()) == ["义务清单", "奉献清单", "负面清单"]
    assert all(one.points < 0 for one in member.criteria.filter(category="负面清单"))


def test_every_figure_of_the_sheets_we_ship_can_be_read(official, branch):
    person = PersonFactory(organisation=official.organisation, party_branch=branch)
    for key, subject in (("branch", branch), ("member", person)):
        found = lines(begin(adopt(official, key), subject, official))

        counted = [line for line in found.values() if line.criterion.indicator]
        assert len(counted) >= 2
        assert [line.criterion.text for line in counted if line.reading is None] == []


def test_what_a_figure_counts_is_that_of_this_branch_and_period(official, branch, sheet, kinds):
    other = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH)
    for body, year in ((branch, 2024), (branch, 2024), (branch, 2023), (other, 2024)):
        rows.ActivityFactory(
            organisation=official.organisation, kind=kinds["party-day"], body=body, happened_on=D(year, 3, 1)
        )

    line = lines(begin(sheet, branch, official))["按月开展主题党日"]

    assert (line.reading.value, line.counted) == (2, Decimal("1.0"))


def test_what_a_member_took_part_in_is_counted(official, branch, kinds):
    person = PersonFactory(organisation=official.organisation, party_branch=branch)
    for state in ("present", "present", "absent"):
        meeting = rows.ActivityFactory(
            organisation=official.organisation, kind=kinds["party-day"], happened_on=D(2024, 3, 1)
        )
        rows.ParticipationFactory(activity=meeting, person=person, state=state)

    line = lines(begin(adopt(official, "member"), person, official))["按时参加组织生活"]

    assert (line.reading.value, line.counted) == (2, Decimal("1.0"))


def test_points_count_once_somebody_else_confirmed_them(official, colleague, branch, sheet):
    made = give(begin(sheet, branch, official), official, {BOARD: "4"})

    def counted():
        year = periods.parse("2024", D(2024, 12, 31))
        return registry.read("criterion.score", Scope(official.organisation), year, sheet=sheet.pk).value

    actions.step(assessment=made, kind=STEP.SUBMIT, by=official)
    assert counted() == 0
    with pytest.raises(Refused, match="他人确认"):
        actions.step(assessment=made, kind=STEP.CONFIRM, by=official)
    actions.step(assessment=made, kind=STEP.CONFIRM, by=colleague)
    assert counted() == 4
    actions.step(assessment=made, kind=STEP.REOPEN, by=official, note="核实换届时间")
    assert counted() == 0


def test_the_database_knows_no_confirmation_by_one_person(official, branch, sheet):
    made = begin(sheet, branch, official)
    now = datetime.datetime(2024, 7, 1, tzinfo=datetime.UTC)
    signed = {"submitted_by": official, "submitted_at": now, "confirmed_by": official, "confirmed_at": now}

    with pytest.raises(IntegrityError, match="assessment_by_two_people"), transaction.atomic():
        Assessment.objects.filter(pk=made.pk).update(state="confirmed", **signed)
    with pytest.raises(IntegrityError, match="assessment_signed"), transaction.atomic():
        Assessment.objects.filter(pk=made.pk).update(state="submitted")


@pytest.mark.parametrize("state", list(AssessmentState))
@pytest.mark.parametrize("kind", list(STEP))
def test_every_step_from_every_state(official, colleague, branch, sheet, state, kind):
    made = give(begin(sheet, branch, official), official, {BOARD: "4"})
    now = datetime.datetime(2024, 7, 1, tzinfo=datetime.UTC)
    signed = {"submitted_by": official, "submitted_at": now} if state != "draft" else {}
    if state == "confirmed":
        signed |= {"confirmed_by": colleague, "confirmed_at": now}
    Assessment.objects.filter(pk=made.pk).update(state=state, **signed)
    before, after, _is_sheets = workflow.ASSESSMENT_MOVES[kind]

    if state == before:
        assert actions.step(assessment=made, kind=kind, by=colleague, note="说明").state == after
        assert AuditEvent.objects.filter(event=f"assessment.{kind}").count() == 1
    else:
        with pytest.raises(WrongState):
            actions.step(assessment=made, kind=kind, by=colleague, note="说明")


def test_what_goes_back_says_why_and_what_is_empty_is_not_submitted(official, branch, sheet):
    made = begin(sheet, branch, official)

    with pytest.raises(Refused, match="先保存得分"):
        actions.step(assessment=made, kind=STEP.SUBMIT, by=official)
    give(made, official, {BOARD: "4"})
    actions.step(assessment=made, kind=STEP.SUBMIT, by=official)
    with pytest.raises(Refused, match="退回原因"):
        actions.step(assessment=made, kind=STEP.RETURN, by=official)
    with pytest.raises(WrongState):
        give(made, official, {BOARD: "5"})


def test_a_branch_assesses_itself_and_the_county_confirms(client, official, branch, sheet):
    secretary = UserFactory(role="official", organisation=branch)
    made = give(begin(sheet, branch, secretary), secretary, {BOARD: "4"})
    client.force_login(secretary)

    page = client.get(made.get_absolute_url())
    actions.step(assessment=made, kind=STEP.SUBMIT, by=secretary)

    assert "班子健全，按期换届" in page.content.decode()
    with pytest.raises(Refused):
        actions.step(assessment=made, kind=STEP.RETURN, by=secretary, note="改")
    assert actions.step(assessment=made, kind=STEP.CONFIRM, by=official).state == "confirmed"


def test_nobody_reads_or_scores_another_branch(client, official, branch, sheet):
    other = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH)
    neighbour = UserFactory(role="official", organisation=other)
    made = begin(sheet, branch, official)
    client.force_login(neighbour)

    assert client.get(made.get_absolute_url()).status_code == 404
    assert branch.name not in client.get(reverse("services:assessment_board", args=[sheet.pk])).content.decode()
    set_scope(["*"])
    with pytest.raises(Refused):
        begin(sheet, branch, neighbour, 2023)
    with pytest.raises(Refused):
        give(made, neighbour, {BOARD: "4"})
    with pytest.raises(Refused):
        actions.put_criterion(sheet=sheet, criterion=None, by=neighbour, category="新", text="新", points=1)


def filled(form):
    """What the form would send unchanged."""
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else getattr(value, "pk", value) for name, value in values.items()}


def test_the_page_fills_in_what_is_counted_and_keeps_what_is_given(signed_in, official, branch, sheet, kinds):
    rows.ActivityFactory(organisation=official.organisation, kind=kinds["snow"], body=branch, happened_on=D(2024, 3, 1))
    signed_in.post(reverse("services:assessment_open", args=[sheet.pk]), {"subject": branch.pk, "period": "2024"})
    made = Assessment.objects.get()
    found = {line.criterion.text: line.criterion.pk for line in queries.lines_of(made, D(2024, 7, 10))}
    help_, by_hand = found["参加应急支援和志愿服务"], found["班子健全，按期换届"]
    form = signed_in.get(made.get_absolute_url()).context["form"]
    sent = filled(form) | {f"points_{by_hand}": "4.5", f"reason_{by_hand}": "六月按期换届"}

    response = signed_in.post(made.get_absolute_url(), sent)

    assert response.status_code == 302
    score = Score.objects.get(criterion=help_, voided_at=None)
    assert (score.points, score.counted, score.organisation) == (Decimal("1.0"), Decimal("1.0"), branch)
    assert Score.objects.get(criterion=by_hand, voided_at=None).reason == "六月按期换届"
    again = signed_in.get(made.get_absolute_url()).context["form"]
    assert again[f"points_{by_hand}"].value() == Decimal("4.5")


@pytest.mark.parametrize(
    ("text", "points", "reason", "words"),
    [
        ("班子健全，按期换届", "4", "", "写明得分对应的实绩"),
        ("按月开展主题党日", "5", "", "改动请写明理由"),
        ("班子健全，按期换届", "6", "多给", "5"),
        ("班子健全，按期换届", "-1", "少给", "0"),
        ("班子健全，按期换届", "很多", "好", "数字"),
    ],
)
def test_points_that_make_no_sense_are_said(signed_in, official, branch, sheet, text, points, reason, words):
    made = begin(sheet, branch, official)
    key = lines(made)[text].criterion.pk
    form = signed_in.get(made.get_absolute_url()).context["form"]
    sent = filled(form) | {f"points_{key}": points, f"reason_{key}": reason}

    response = signed_in.post(made.get_absolute_url(), sent)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Score.objects.exists()


def test_points_changed_are_kept_beside_those_before(official, branch, sheet):
    made = give(begin(sheet, branch, official), official, {BOARD: "4", "党员名册准确": "5"})
    give(made, official, {BOARD: "3"})

    standing = made.scores.filter(voided_at=None)
    assert [score.points for score in standing] == [Decimal(3)]
    assert made.scores.exclude(voided_at=None).count() == 2


def test_a_criterion_is_changed_until_it_was_used(signed_in, official, branch, sheet):
    criterion = sheet.criteria.get(text="班子健全，按期换届")
    address = reverse("services:assessment_change", args=[sheet.pk, criterion.pk])
    sent = filled(signed_in.get(address).context["form"])

    signed_in.post(address, sent | {"text": "班子健全", "points": "6"})
    criterion.refresh_from_db()
    assert (criterion.text, criterion.points) == ("班子健全", 6)
    give(begin(sheet, branch, official), official, {"班子健全": "4"})
    refused = signed_in.post(address, sent)
    signed_in.post(reverse("services:assessment_remove", args=[sheet.pk, criterion.pk]))

    assert "另启用一张考评表" in refused.content.decode()
    assert sheet.criteria.filter(pk=criterion.pk).exists()


def test_an_unused_criterion_is_added_and_taken_off(signed_in, sheet):
    sent = {
        "category": "组织建设", "text": "新标准", "points": "2", "indicator": "activity.count", "measure": "each",
        "step": "1", "narrowed": "body=@，kind=snow", "rule": "",
    }  # fmt: skip

    signed_in.post(reverse("services:assessment_add", args=[sheet.pk]), sent)
    made = sheet.criteria.get(text="新标准")
    signed_in.post(reverse("services:assessment_remove", args=[sheet.pk, made.pk]))

    assert (made.filters, made.step, made.position) == ({"body": "@", "kind": "snow"}, 1, 21)
    assert not sheet.criteria.filter(text="新标准").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"points": "0"}, "不能为零"),
        ({"measure": ""}, "计分方式"),
        ({"step": ""}, "计分方式"),
        ({"narrowed": "kind"}, "名称=值"),
        ({"narrowed": "colour=red"}, "colour"),
        ({"indicator": "nothing"}, "选择"),
    ],
)
def test_a_criterion_that_makes_no_sense_is_said(signed_in, sheet, values, words):
    sent = {"category": "甲", "text": "乙", "points": "2"}
    sent |= {"indicator": "activity.count", "measure": "each", "step": "1"}

    response = signed_in.post(reverse("services:assessment_add", args=[sheet.pk]), sent | values)

    assert words in response.content.decode()
    assert sheet.criteria.count() == 20


def test_a_sheet_is_begun_once_under_a_name(signed_in, official, sheet):
    sent = {
        "template": "branch", "name": sheet.name, "organisation": official.organisation.pk, "starts_on": "2024-01-01",
    }  # fmt: skip

    response = signed_in.post(reverse("services:assessment_adopt"), sent)
    signed_in.post(reverse("services:assessment_adopt"), sent | {"name": "新考评细则"})

    assert "同名" in response.content.decode()
    assert Sheet.objects.count() == 2
    with pytest.raises(Conflict):
        adopt(official, "branch")


def test_the_board_lists_by_name_and_the_export_says_the_same(signed_in, official, sheet, branch):
    second = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH)
    for body, points in ((branch, "2"), (second, "5")):
        give(begin(sheet, body, official), official, {BOARD: points})

    page = signed_in.get(reverse("services:assessment_board", args=[sheet.pk]), {"period": "2024"})
    response = signed_in.post(reverse("services:assessment_export", args=[sheet.pk]), {"period": "2024"})

    assert [subject for subject, _made in page.context["rows"]] == [branch, second]
    table = load_workbook(io.BytesIO(response.content)).worksheets[0]
    head, *lines_ = [[cell.value for cell in row] for row in table.iter_rows()]
    assert [(line[0], line[-1]) for line in lines_] == [(branch.name, 2), (second.name, 5)]
    assert head[3] == "班子健全，按期换届"


@pytest.mark.parametrize("count", [1, 8])
def test_the_board_costs_the_same_for_one_branch_and_for_many(
    signed_in, official, sheet, count, django_assert_max_num_queries
):
    for _times in range(count):
        body = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.PARTY_BRANCH)
        begin(sheet, body, official)

    with django_assert_max_num_queries(22):
        page = signed_in.get(reverse("services:assessment_board", args=[sheet.pk]), {"period": "2024"})

    assert len(page.context["rows"]) == count


@pytest.mark.parametrize("period", ["春天", "asof:2024-05-01"])
def test_a_period_without_a_first_day_is_said(signed_in, sheet, period):
    page = signed_in.get(reverse("services:assessment_board", args=[sheet.pk]), {"period": period})

    assert page.status_code == 422


def test_a_sheet_ends_on_a_day_no_earlier_than_it_was_used(signed_in, official, branch, sheet):
    begin(sheet, branch, official)
    address = reverse("services:assessment_end", args=[sheet.pk])

    early = signed_in.post(address, {"ends_on": "2024-12-30"})
    right = signed_in.post(address, {"ends_on": "2024-12-31"})

    assert (early.status_code, right.status_code) == (422, 302)
    assert "2024-12-31" in early.content.decode()
    sheet.refresh_from_db()
    assert sheet.ends_on == D(2024, 12, 31)
    assert "至 2024-12-31" in signed_in.get(reverse("services:assessment_sheet", args=[sheet.pk])).content.decode()
    signed_in.post(address, {"ends_on": ""})
    sheet.refresh_from_db()
    assert sheet.ends_on is None


def test_a_control_character_in_a_reason_is_left_out(official, colleague, branch, sheet, client):
    made = give(begin(sheet, branch, official), official, {BOARD: "4"})
    actions.step(assessment=made, kind=AssessmentStep.SUBMIT, by=official)
    client.force_login(colleague)

    answer = client.post(reverse("services:assessment_step", args=[made.pk, "return"]), {"note": "请\x00核对"})

    assert answer.status_code == 302
