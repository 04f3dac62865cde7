"""Opinions of reviewers: calibration, the action, hiding names, then the pages."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cases import blind, queries_blind, queries_scoring
from cases.actions import assignment as assignments
from cases.actions import assignment_reminder, scoring
from cases.actions import case as case_actions
from cases.blind import PERSON, PLACE, UNIT, Known
from cases.calibration import Score, calibrated, measures, results
from cases.models import Assignment, Case, Mark, Review, Rubric
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation, Region
from tests.factories.cases import CallFactory, CaseFactory, CasePhotoFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db

BEST = {1: "属实", 2: "突出", 3: "首创", 4: "可推广", 5: "规范"}
TODAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-16T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def province():
    region = RegionFactory(code="370000", name="山东省", level=Region.Level.PROVINCE)
    found = OrganisationFactory(kind=Organisation.Kind.PLATFORM, region=region)
    set_scope([found.path])
    return found


@pytest.fixture
def chief(province):
    return UserFactory(organisation=OrganisationFactory(parent=province), role="chief_editor", role__over=province)


@pytest.fixture
def call(province, chief):
    """A call whose first review phase, a blind one, is on."""
    found = CallFactory(organisation=province, by=chief, announced=True)
    today = timezone.localdate()
    found.phases.all().delete()
    days = {"starts_on": today - timedelta(days=1), "ends_on": today + timedelta(days=5)}
    found.phases.create(position=1, kind="review", name="初评", is_blind=True, **days)
    return found


def reviewer(province, role="reviewer", **values):
    home = OrganisationFactory(parent=province)
    return UserFactory(organisation=home, role=role, role__over=province, **values)


def arrived(province, call=None, **values):
    body = values.pop("organisation", None) or OrganisationFactory(parent=province)
    case = CaseFactory(organisation=body, state=Case.State.RECEIVED, **values)
    if call is not None:
        Case.objects.filter(pk=case.pk).update(call=call)
    return Case.objects.get(pk=case.pk)


def given(case, user, by, due_on=TODAY + timedelta(days=10)):
    return assignments.give(pairs=[(case.pk, user.pk)], task="score", due_on=due_on, by=by)[0]


def opinion(row, answers=None, comment="做法扎实，成效要补数字。", confidence=2):
    said = {"answers": BEST | (answers or {}), "comment": comment, "confidence": confidence}
    case = Case.objects.select_related("current_revision").get(pk=row.case_id)
    return scoring.give(assignment=row, revision=case.current_revision, by=row.reviewer, **said)


# Calibration, without a database


def test_calibration_brings_a_harsh_and_a_lenient_reviewer_to_one_measure():
    harsh = [Score(case, 1, 40 + 5 * case) for case in range(5)]
    lenient = [Score(case, 2, 70 + 5 * case) for case in range(5)]

    found = calibrated(harsh + lenient)

    assert [round(found[case, 1], 6) for case in range(5)] == [round(found[case, 2], 6) for case in range(5)]
    assert found[0, 1] < found[4, 1]


def test_calibration_says_nothing_of_a_reviewer_with_fewer_than_five():
    scores = [Score(case, 1, 60 + case) for case in range(5)] + [Score(0, 2, 90)]

    found = results(scores)

    assert (0, 2) not in calibrated(scores)
    assert (found[0].uncalibrated, found[1].uncalibrated) == (1, 0)
    assert results([Score(0, 2, 90)])[0].calibrated is None


def test_a_reviewer_who_gives_everybody_the_same_stands_at_the_mean_of_all():
    scores = [Score(case, 1, 80) for case in range(5)] + [Score(case, 2, 50 + case) for case in range(5)]

    found = calibrated(scores)

    assert {round(found[case, 1], 6) for case in range(5)} == {66.0}


def test_measures_say_who_is_harsh_and_who_has_given_too_few():
    scores = [Score(case, 1, 60) for case in range(5)] + [Score(case, 2, 80) for case in range(4)] + [Score(9, 2, 80)]

    found = measures([*scores, Score(1, 3, 70)])

    assert {who: (row.count, round(row.shift, 6), row.is_enough) for who, row in found.items()} == {
        1: (5, -10.0, True),
        2: (5, 10.0, True),
        3: (1, 0.0, False),
    }
    assert measures([]) == {}


@pytest.mark.parametrize(
    ("totals", "is_disputed"),
    [([(80, True), (61, True)], False), ([(80, True), (60, True)], True), ([(80, True), (80, False)], True)],
)
def test_disagreement_is_far_apart_or_divided_on_the_gate(totals, is_disputed):
    scores = [Score(1, who, total, passes) for who, (total, passes) in enumerate(totals)]

    assert results(scores)[1].is_disputed is is_disputed


# Hiding names, without a database

NAMES = Known(
    [(form, PLACE) for form in blind.forms_of_place("招远市")]
    + [(form, UNIT) for form in blind.forms_of_unit("中共招远市委组织部", "安达货运有限公司")]
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("中共招远市委组织部牵头", "某单位牵头"),
        ("招远市委组织部牵头", "某单位牵头"),
        ("招远的货车司机", "某地的货车司机"),
        ("安达货运的车队", "某单位的车队"),
        ("通讯员 周敏 赵丽\n党建引领", f"通讯员 {PERSON}\n党建引领"),
        ("党支部书记王建军说", f"党支部书记{PERSON}说"),
        ("习近平总书记指出", "习近平总书记指出"),
        ("联系电话0535-8213456", "联系电话某号"),
        ("司机师傅走进社区", "司机师傅走进社区"),
    ],
)
def test_units_places_and_people_are_hidden_and_ordinary_words_are_not(text, shown):
    assert blind.hide(text, NAMES) == shown


# Giving an opinion


def test_give_weighs_the_levels_and_keeps_the_questions(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)

    made = opinion(row, {2: "一般"})

    assert made.total == Decimal("78.00")  # 40 % of 60 and 60 % of 90
    assert made.passes_gate
    first = made.marks.get(position=2)
    assert (first.name, first.weight_percent, first.level, first.points) == ("实效性", 40, "一般", 60)
    assert first.levels == "突出 90、明显 75、一般 60、不足 30"
    assert Rubric.objects.get(call=call).is_frozen
    assert Assignment.objects.get(pk=row.pk).done_at is not None
    assert AuditEvent.objects.filter(event="review.give", object_id=row.case_id).count() == 1


def test_a_gate_not_passed_fails_the_case_whatever_the_sum(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)

    made = opinion(row, {1: "不实"})

    assert (made.total, made.passes_gate) == (Decimal("90.00"), False)


def test_a_change_is_a_new_version_and_the_same_again_is_none(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)
    first = opinion(row)

    again = opinion(row)
    second = opinion(row, {3: "改进"}, comment="做法扎实，成效要补前后对比。")

    assert again == first
    assert [review.is_current for review in queries_scoring.versions(row)] == [False, True]
    change = queries_scoring.changes(queries_scoring.versions(row))[0]
    assert (change.newer, change.marks, change.has_new_comment) == (second, [("创新性", "首创", "改进")], True)


def test_give_refuses_others_an_open_question_no_words_and_what_has_ended(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)
    revision = row.case.current_revision
    said = {"assignment": row, "revision": revision, "comment": "好", "confidence": 2}

    with pytest.raises(Refused) as others:
        scoring.give(**said, answers=BEST, by=chief)
    with pytest.raises(Refused) as question:
        scoring.give(**said, answers={1: "属实"}, by=row.reviewer)
    with pytest.raises(Refused) as words:
        scoring.give(**said | {"comment": " "}, answers=BEST, by=row.reviewer)
    assignments.take_back(assignment=row, reason="", by=chief)
    with pytest.raises(WrongState):
        scoring.give(**said, answers=BEST, by=row.reviewer)

    assert [each.value.code for each in (others, question, words)] == ["not_yours", "open_question", "comment_missing"]
    assert not Review.objects.exists()


def test_give_is_bound_to_the_text_that_was_read(province, chief):
    row = given(arrived(province), reviewer(province), chief)
    old = row.case.current_revision
    case_actions.revise(case=row.case, title="新题目", body="改过的正文。", by=row.case.created_by, base=old)

    with pytest.raises(Conflict):
        scoring.give(assignment=row, revision=old, answers=BEST, comment="好", confidence=2, by=row.reviewer)


def test_scoring_waits_for_its_phase(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)
    call.phases.update(starts_on=TODAY + timedelta(days=2))

    with pytest.raises(WrongState, match="2026-11-18"):
        opinion(row)


def test_an_opinion_moves_nothing(province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)

    opinion(row, {1: "不实"})

    case = Case.objects.get(pk=row.case_id)
    assert (case.state, case.decisions.count()) == (Case.State.RECEIVED, 1)


def test_the_database_refuses_opinions_outside_the_scope(province, chief, call):
    opinion(given(arrived(province, call), reviewer(province), chief))

    set_scope([OrganisationFactory().path])

    assert not Review.objects.exists()
    assert not Mark.objects.exists()


# A blind call


@pytest.fixture
def named(province, call):
    """A case of a county that its text, title and photo name."""
    county = OrganisationFactory(
        parent=province, name="招远市交通运输局", region=RegionFactory(code="370685", name="招远市")
    )
    return arrived(
        province,
        call,
        organisation=county,
        title="招远：驿站里的支部",
        body="招远市交通运输局建起驿站。\n党支部书记王建军说，登记党员12名。",
        contributor_name="周敏",
    )


def test_a_blind_jury_finds_no_desk_page_of_the_call(client, province, chief, call, named):
    editor = reviewer(province, role="editor")
    assert named in Case.objects.visible_to(editor)

    given(arrived(province, call), editor, chief)

    assert named not in Case.objects.visible_to(editor)
    call.phases.update(starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1))
    assert named in Case.objects.visible_to(editor)


def test_the_sheet_hides_every_name_in_text_title_and_captions(client, province, chief, named):
    CasePhotoFactory(case=named, caption="招远市的驿站")
    row = given(named, reviewer(province), chief)
    client.force_login(row.reviewer)

    page = client.get(row.get_absolute_url()).content.decode()

    assert "登记党员12名" in page
    assert "某地的驿站" in page
    assert [word for word in ("招远", "交通运输局", "王建军", "周敏") if word in page] == []


@pytest.mark.parametrize(("words", "count"), [("招远", 0), ("招远市", 0), ("王建军", 0), ("驿站", 1), ("登记党员", 1)])
def test_searching_the_own_list_neither_finds_nor_shows_a_name(client, province, chief, named, words, count):
    row = given(named, reviewer(province), chief)
    client.force_login(row.reviewer)

    page = client.get(reverse("cases:scoring_mine"), {"q": words})

    lines = page.context["lines"]
    assert len(lines) == count
    assert "招远" not in " ".join(line.title + line.snippet for line in lines)


def test_after_the_blind_phase_the_names_are_there(client, province, chief, call, named):
    row = given(named, reviewer(province), chief)
    call.phases.create(
        position=2, kind="review", name="终评", starts_on=TODAY + timedelta(days=6), ends_on=TODAY + timedelta(days=9)
    )

    with time_machine.travel("2026-11-23T12:00:00+08:00", tick=False):
        assert not queries_blind.hides(row)
    assert queries_blind.hides(row)


def test_peeking_needs_a_reason_and_is_on_record(client, province, chief, named):
    row = given(named, reviewer(province), chief)
    client.force_login(row.reviewer)
    address = reverse("cases:scoring_peek", args=[row.pk])

    client.post(address, {"peek-reason": ""})
    assert queries_blind.hides(Assignment.objects.select_related("case").get(pk=row.pk))
    client.post(address, {"peek-reason": "需核对台账"})

    assert "招远" in client.get(row.get_absolute_url()).content.decode()
    assert AuditEvent.objects.filter(event="review.peek", object_id=named.pk).count() == 1


def test_an_editor_outside_the_jury_sees_the_names_and_leaves_a_trace(
    client, chief, named, django_capture_on_commit_callbacks
):
    client.force_login(chief)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.get(named.get_absolute_url()).content.decode()

    assert "招远市交通运输局" in page
    assert AuditEvent.objects.filter(event="review.look", object_id=named.pk, actor_id=chief.pk).count() == 1


# Pages


def test_others_opinions_are_hidden_until_one_has_given_the_own(client, province, chief, call):
    case, editor = arrived(province, call), reviewer(province, role="editor")
    opinion(given(case, reviewer(province), chief), comment="材料单薄，建议补充。")
    call.phases.update(is_blind=False)
    row = given(case, editor, chief)
    client.force_login(editor)
    addresses = [
        row.get_absolute_url(),
        reverse("cases:scores_case", args=[case.pk]),
        reverse("cases:scores_list", args=[call.pk]),
    ]
    before = [client.get(address).content.decode() for address in addresses]
    listed = client.get(addresses[2]).context["page"][0]

    opinion(row)

    assert (listed.is_hidden, listed.result) == (True, None)
    assert not any("材料单薄" in page for page in before)
    assert all("材料单薄" in client.get(address).content.decode() for address in addresses[:2])
    assert client.get(addresses[2]).context["page"][0].result.count == 2


def test_an_opinion_given_by_the_page_keeps_what_was_typed_when_a_level_is_missing(client, province, chief, call):
    row = given(arrived(province, call), reviewer(province), chief)
    client.force_login(row.reviewer)
    typed = {f"level_{number}": level for number, level in BEST.items()} | {
        "revision": row.case.current_revision_id,
        "comment": "可推广，补数字。",
        "confidence": "3",
    }

    refused = client.post(row.get_absolute_url(), typed | {"level_3": ""})
    done = client.post(row.get_absolute_url(), typed)

    assert refused.status_code == 422
    assert "可推广，补数字。" in refused.content.decode()
    assert done.status_code == 302
    assert Review.objects.get().comment == "可推广，补数字。"


def test_the_list_sorts_puts_failed_cases_last_and_exports_what_it_shows(client, province, chief, call):
    cases = [arrived(province, call) for _n in range(3)]
    people = [reviewer(province) for _n in range(2)]
    for case, level in zip(cases, ("突出", "一般", "突出"), strict=True):
        for person in people:
            gate = "不实" if case == cases[2] and person == people[0] else "属实"
            opinion(given(case, person, chief), {1: gate, 2: level})
    client.force_login(chief)
    address = reverse("cases:scores_list", args=[call.pk])

    page = client.get(address, {"sort": "-raw"})
    book = client.post(reverse("cases:scores_export", args=[call.pk]) + "?sort=-raw")

    assert [row.case for row in page.context["page"]] == [cases[0].pk, cases[1].pk, cases[2].pk]
    assert (page.context["failed"], page.context["disputed"]) == (1, 1)
    sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [case.number for case in cases]


def test_the_list_costs_the_same_for_one_case_as_for_four(client, province, chief, call):
    opinion(given(arrived(province, call), reviewer(province), chief))
    client.force_login(chief)
    address = reverse("cases:scores_list", args=[call.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _n in range(3):
        opinion(given(arrived(province, call), reviewer(province), chief))

    with CaptureQueriesContext(connection) as four:
        client.get(address)

    assert len(four) == len(one)


def test_scores_of_another_call_and_by_other_questions_count_for_nothing(client, province, chief, call):
    person, other = reviewer(province, name="周严"), CallFactory(organisation=province, by=chief, announced=True)
    other.phases.all().delete()
    for _n in range(4):
        opinion(given(arrived(province, call), person, chief))
    opinion(given(arrived(province, other), person, chief), {2: "一般"})
    early = arrived(province)
    opinion(given(early, person, chief), {2: "一般"})
    Case.objects.filter(pk=early.pk).update(call=call)  # scored by the house's questions, entered into the call later
    client.force_login(chief)
    address = reverse("cases:scores_list", args=[call.pk])

    before = client.get(address)
    opinion(given(arrived(province, call), person, chief))
    after = client.get(address)

    assert [(row.name, row.measure.count, row.measure.shift) for row in before.context["reviewers"]] == [("周严", 4, 0)]
    assert {row.result.calibrated for row in before.context["page"] if row.result} == {None}
    assert {row.result.calibrated for row in after.context["page"] if row.result} == {
        float(Review.objects.first().total)
    }
    assert [row.case for row in after.context["page"] if row.result is None] == [early.pk]


def test_the_numbers_are_the_same_for_a_city_that_sees_a_part(client, province, chief, call):
    city = OrganisationFactory(parent=province)
    person = reviewer(province)
    here = arrived(province, call, organisation=city)
    for case, level in [(here, "突出"), *((arrived(province, call), "一般") for _n in range(4))]:
        opinion(given(case, person, chief), {2: level})
    local = UserFactory(organisation=OrganisationFactory(parent=province), role="editor", role__over=city)
    address = reverse("cases:scores_list", args=[call.pk])

    seen = {}
    for user in (chief, local):
        client.force_login(user)
        seen[user] = {row.case: row.result.calibrated for row in client.get(address).context["page"]}

    assert seen[local] == {here.pk: seen[chief][here.pk]}
    assert seen[chief][here.pk] is not None


def test_the_page_of_a_case_shows_both_numbers_of_each_opinion(client, province, chief, call):
    person = reviewer(province)
    rows = [given(arrived(province, call), person, chief) for _n in range(5)]
    for row in rows[:4]:
        opinion(row)
    client.force_login(chief)
    address = reverse("cases:scores_case", args=[rows[0].case_id])

    few = client.get(address).content.decode()
    opinion(rows[4])
    enough = client.get(address).content.decode()

    assert ("未满 5 件" in few, "校准后" in enough) == (True, True)


def test_a_new_revision_says_which_text_the_opinion_is_on(client, province, chief):
    row = given(arrived(province), reviewer(province), chief)
    opinion(row)
    base = row.case.current_revision
    case_actions.revise(case=row.case, title="新题目", body="改过的正文。", by=row.case.created_by, base=base)
    client.force_login(chief)

    page = client.get(reverse("cases:scores_case", args=[row.case_id])).content.decode()

    assert "此意见针对第 1 稿" in page
    assert "稿件此后有修改" in page


# Reminders


@pytest.mark.parametrize(
    ("today", "count"), [("2026-11-18", 0), ("2026-11-19", 1), ("2026-11-25", 1), ("2026-11-28", 0), ("2026-11-29", 1)]
)
def test_reviewers_are_reminded_once_a_mark(province, chief, today, count, django_capture_on_commit_callbacks):
    person = reviewer(province)
    for _n in range(2):
        given(arrived(province), person, chief)  # due on 26 November
    day = date.fromisoformat(today)
    if today == "2026-11-28":
        assignment_reminder.remind_all(date(2026, 11, 25))

    with django_capture_on_commit_callbacks(execute=True):
        assignment_reminder.remind_all(day)
        assignment_reminder.remind_all(day)

    told = [notice.detail for notice in person.notices.filter(text__contains="due for review")]
    assert told == [{"count": 2, "day": "2026-11-26"}] * count
    assert chief.notices.filter(text=assignment_reminder.GIVER).count() == (today == "2026-11-29")


def test_what_is_done_is_not_reminded_of(province, chief):
    opinion(given(arrived(province), reviewer(province), chief))

    assert assignment_reminder.remind_all(date(2026, 11, 25)) == 0
