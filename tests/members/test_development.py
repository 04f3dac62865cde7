"""Developments: two sides, clocks kept, quotas, undo within rules, scope, and never a word of political review."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from config.errors import Conflict, Refused, WrongState
from members import queries_development, workflow
from members.actions import development as developments
from members.actions import development_step
from members.middleware import set_scope, whole_scope
from members.models import AuditEvent, Development, DevelopmentQuota, DevelopmentStep, StepDefinition, User
from members.models.development import EndReason, Side, Stage, WayIn
from tests.factories.members import DevelopmentFactory, OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
# A way in on which every clock is kept.
DAYS = {
    "apply": date(2024, 1, 31),
    "talk": date(2024, 2, 29),
    "activist": date(2024, 5, 10),
    "contacts": date(2024, 5, 20),
    "candidate": date(2025, 5, 10),
    "training": date(2025, 6, 1),
    "admission": date(2025, 6, 20),
    "approval": date(2025, 8, 1),
    "oath": date(2025, 9, 1),
    "full": date(2026, 6, 20),
    "full-approval": date(2026, 7, 1),
}
REVIEWS = (date(2024, 11, 10), date(2025, 5, 10))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(f"{TODAY} 10:00+08:00", tick=False):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局")


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def steward(bureau):
    return UserFactory(organisation=bureau, role="steward")


@pytest.fixture
def steps(db):
    development_step.load_samples()
    return {definition.code: definition for definition in StepDefinition.objects.in_use()}


@pytest.fixture
def development(bureau, official, steps):
    person = PersonFactory(organisation=bureau, name="王建国")
    return developments.open_development(person=person, way_in=WayIn.ENTERPRISE, by=official)


def walk(development, steps, to, by):
    """Record all steps and move on until the stage is reached."""
    while development.stage != to:
        for code, definition in steps.items():
            if definition.stage == development.stage:
                for occasion, day in enumerate(REVIEWS if definition.every_months else (DAYS[code],), start=1):
                    for side in Side:
                        record(development, definition, by, side=side, occasion=occasion, done_on=day)
        next_stage = workflow.STAGES[workflow.rank(development.stage) + 1]
        development = developments.move(development=development, to=next_stage, by=by)
    return development


def record(development, definition, by, **values):
    """Record a step; the home place by an account of its own, unless `own` says otherwise."""
    if values.get("side") == Side.HOME and not values.pop("own", False):
        by = User.objects.filter(username="home").first() or UserFactory(
            username="home", organisation=development.organisation, role="official"
        )
    wanted = {"side": Side.ENTERPRISE, "done_on": DAYS.get(definition.code), "hours": definition.at_least_hours}
    return developments.record(development=development, definition=definition, by=by, **{**wanted, **values})


def test_a_person_walks_the_whole_way_on_both_sides(development, steps, official):
    done = walk(development, steps, Stage.FULL, official)

    assert (done.stage, done.admitted_on) == ("full", DAYS["admission"])
    assert [line.faults for line in queries_development.lines_of(done)] == [[]] * 13
    events = AuditEvent.objects.filter(object_type="members.development").values_list("event", flat=True)
    counts = {event: list(events).count(event) for event in set(events)}
    assert counts == {"development.open": 1, "development.record": 26, "development.move": 4}


def test_a_stage_is_left_only_when_both_sides_have_recorded(development, steps, official):
    for code in ("apply", "talk", "activist"):
        record(development, steps[code], official)

    with pytest.raises(Refused) as refused:
        developments.move(development=development, to=Stage.ACTIVIST, by=official)

    assert refused.value.code == "incomplete"
    assert all(steps[code].name in str(refused.value) for code in ("apply", "talk", "activist"))


def test_one_account_records_one_side_of_a_step(development, steps, official):
    mine = record(development, steps["apply"], official)

    with pytest.raises(Refused) as refused:
        record(development, steps["apply"], official, side=Side.HOME, own=True)
    developments.take_back(step=mine, by=official)
    other = record(development, steps["apply"], official, side=Side.HOME, own=True)

    assert refused.value.code == "same_person"
    assert other.recorded_by == official


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("apply", {"done_on": date(2026, 11, 23)}, "future"),
        ("talk", {"done_on": date(2024, 1, 30)}, "before_start"),
        ("contacts", {}, "later_stage"),
        ("talk", {"occasion": 2}, "out_of_turn"),
    ],
)
def test_a_step_out_of_order_is_refused_with_its_reason(development, steps, official, code, values, expected):
    for side in Side:
        if code != "apply":
            record(development, steps["apply"], official, side=side)

    with pytest.raises(Refused) as refused:
        record(development, steps[code], official, **values)

    assert refused.value.code == expected


def test_a_step_before_its_start_a_year_too_early_or_too_short_is_refused(development, steps, official):
    with pytest.raises(Refused) as no_start:
        record(development, steps["talk"], official)
    activist = walk(development, steps, Stage.ACTIVIST, official)
    with pytest.raises(Refused) as too_early:
        record(activist, steps["candidate"], official, done_on=date(2025, 5, 9))
    candidate = walk(activist, steps, Stage.CANDIDATE, official)
    with pytest.raises(Refused) as too_short:
        record(candidate, steps["training"], official, hours=23)

    assert [error.value.code for error in (no_start, too_early, too_short)] == ["no_start", "too_early", "too_short"]
    assert "2025-05-10" in str(too_early.value)


@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("to", Stage)
def test_only_moves_of_the_table_are_made(development, before, to):
    reachable = {
        Stage.APPLICANT: {Stage.ACTIVIST, Stage.ENDED},
        Stage.ACTIVIST: {Stage.CANDIDATE, Stage.APPLICANT, Stage.ENDED},
        Stage.CANDIDATE: {Stage.PROBATIONARY, Stage.ACTIVIST, Stage.ENDED},
        Stage.PROBATIONARY: {Stage.FULL, Stage.CANDIDATE, Stage.ENDED},
        Stage.FULL: {Stage.PROBATIONARY},
        Stage.ENDED: {Stage.ACTIVIST},
    }

    assert workflow.may_move(before, to, ended_from="activist") is (to in reachable[before])


def test_a_move_that_does_not_follow_is_refused(development, official):
    with pytest.raises(WrongState):
        developments.move(development=development, to=Stage.CANDIDATE, by=official)


def test_the_quota_counts_rows_and_its_sentence_says_what_to_do(development, steps, official, steward, bureau):
    development_step.set_quota(organisation=bureau, year=2025, places=1, by=steward)
    first = walk(development, steps, Stage.PROBATIONARY, official)
    other = developments.open_development(person=PersonFactory(organisation=bureau), way_in=WayIn.HOME, by=official)

    with pytest.raises(Refused) as refused:
        walk(other, steps, Stage.PROBATIONARY, official)

    assert (refused.value.code, Development.objects.get(pk=other.pk).stage) == ("quota", "candidate")
    assert all(word in str(refused.value) for word in ("甲县交通运输局", "2025", "1"))
    (line,) = queries_development.quota_lines(DevelopmentQuota.objects.all())
    assert (line.taken, line.free) == (1, 0)
    counted = queries_development.narrowed(
        Development.objects.visible_to(official), {"organisation": bureau, "year": 2025}, TODAY
    )
    assert list(counted) == [first]

    developments.move(development=first, to=Stage.CANDIDATE, by=official)
    other = developments.move(development=other, to=Stage.PROBATIONARY, by=official)
    assert other.admitted_on == DAYS["admission"]


def test_a_quota_above_counts_too_and_stewards_alone_set_it(development, steps, official, bureau):
    with whole_scope():
        above = OrganisationFactory()
        DevelopmentQuota.objects.create(
            organisation=above, organisation_path=bureau.path[:-1], year=2025, places=0
        )  # a path above the bureau's, as an organisation above has

    with pytest.raises(Refused) as refused:
        walk(development, steps, Stage.PROBATIONARY, official)
    with pytest.raises(Refused) as outside:
        development_step.set_quota(organisation=bureau, year=2025, places=9, by=official)

    assert (refused.value.code, outside.value.code) == ("quota", "outside_scope")


def test_a_step_is_taken_back_within_rules(development, steps, official):
    step = record(development, steps["apply"], official)
    talk = record(development, steps["talk"], official)

    with pytest.raises(Refused) as counted:
        developments.take_back(step=step, by=official)
    developments.take_back(step=talk, by=official)
    developments.take_back(step=step, by=official)
    again = record(development, steps["apply"], official, done_on=date(2024, 1, 30))
    with pytest.raises(WrongState):
        developments.take_back(step=step, by=official)

    assert counted.value.code == "counted_from"
    assert list(development.steps.filter(taken_back_at=None)) == [again]
    assert development.steps.exclude(taken_back_by=None).count() == 2


def test_a_step_of_a_stage_left_behind_stays_until_one_goes_back(development, steps, official):
    activist = walk(development, steps, Stage.ACTIVIST, official)
    talk = activist.steps.filter(definition=steps["talk"]).first()

    with pytest.raises(Refused) as refused:
        developments.take_back(step=talk, by=official)
    developments.move(development=activist, to=Stage.APPLICANT, by=official)
    developments.take_back(step=talk, by=official)

    assert refused.value.code == "stage_left"


def test_breaking_off_wants_a_reason_and_is_taken_up_where_it_was(development, steps, official):
    activist = walk(development, steps, Stage.ACTIVIST, official)

    with pytest.raises(Refused):
        developments.move(development=activist, to=Stage.ENDED, by=official)
    ended = developments.move(development=activist, to=Stage.ENDED, reason=EndReason.MOVED, by=official)
    with pytest.raises(WrongState):
        record(ended, steps["contacts"], official)
    with pytest.raises(WrongState):
        developments.move(development=ended, to=Stage.APPLICANT, by=official)
    back = developments.move(development=ended, to=Stage.ACTIVIST, by=official)

    assert (back.stage, back.ended_from, back.ended_on, back.end_reason) == ("activist", "", None, "")


def test_one_development_of_a_person_at_a_time(development, official):
    with pytest.raises(Refused) as second:
        developments.open_development(person=development.person, way_in=WayIn.HOME, by=official)
    ended = developments.move(development=development, to=Stage.ENDED, reason=EndReason.MISTAKE, by=official)
    developments.open_development(person=development.person, way_in=WayIn.HOME, by=official)
    with pytest.raises(Refused) as taken_up:
        developments.move(development=ended, to=Stage.APPLICANT, by=official)

    assert (second.value.code, taken_up.value.code) == ("kept_already", "kept_already")


def test_nobody_of_another_county_records_and_the_database_hides_it(development, steps, official):
    stranger = UserFactory(role="official")
    step = record(development, steps["apply"], official)

    for act in (
        lambda: record(development, steps["apply"], stranger, side=Side.HOME, own=True),
        lambda: developments.take_back(step=step, by=stranger),
        lambda: developments.move(development=development, to=Stage.ENDED, reason=EndReason.MOVED, by=stranger),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "outside_scope"
    set_scope([stranger.organisation.path])
    assert (Development.objects.count(), DevelopmentStep.objects.count()) == (0, 0)


def test_the_database_refuses_halves_and_doubles(development, steps, official):
    step = record(development, steps["apply"], official)

    for change in ({"stage": "ended"}, {"stage": "full"}, {"stage": "elsewhere"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Development.objects.filter(pk=development.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        DevelopmentStep.objects.filter(pk=step.pk).update(taken_back_by=official)


@pytest.mark.django_db(transaction=True)
def test_two_recorders_of_one_side_at_once_make_one_record(steps, bureau):
    official, second = (UserFactory(organisation=bureau, role="official") for _number in range(2))
    development = DevelopmentFactory(person=PersonFactory(organisation=bureau), opened_by=official)

    def recorded(account):
        try:
            with transaction.atomic():
                set_scope(["*"])
                record(development, steps["apply"], account)
            return "done"
        except Conflict:
            return "conflict"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(recorded, [official, second]))

    with transaction.atomic():
        set_scope(["*"])
        assert (outcomes, DevelopmentStep.objects.count()) == (["conflict", "done"], 1)


# The list of steps


def test_samples_load_once_and_keep_what_a_steward_changed(steps, steward):
    development_step.change(definition=steps["talk"], by=steward, at_most_months=2, is_sample=False)

    assert development_step.load_samples() == 0
    assert StepDefinition.objects.get(code="talk").at_most_months == 2
    assert StepDefinition.objects.filter(is_sample=True).count() == 11


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "政审函调"}, "never_kept"),
        ({"name": "政治审查结论"}, "never_kept"),
        ({"at_most_months": 1}, "no_start"),
        ({"is_admission": True}, "admission"),
    ],
)
def test_a_step_that_cannot_be_is_refused(steps, steward, values, code):
    with pytest.raises(Refused) as refused:
        development_step.add(by=steward, **{"code": "new", "name": "新步骤", "position": 99, "stage": "full", **values})

    assert refused.value.code == code


def test_a_step_others_are_counted_from_is_not_retired(steps, steward):
    with pytest.raises(Refused):
        development_step.retire(definition=steps["apply"], by=steward)
    development_step.retire(definition=steps["oath"], by=steward)
    assert not StepDefinition.objects.in_use().filter(code="oath").exists()
    development_step.restore(definition=steps["oath"], by=steward)
    assert StepDefinition.objects.in_use().filter(code="oath").exists()


# Pages


@pytest.fixture
def as_official(client, official):
    client.force_login(official)
    return client


def test_a_step_is_recorded_on_its_page_by_both_sides(as_official, development, steps, bureau):
    url = reverse("members:development_record", args=[development.pk])
    data = {"step": f"{steps['apply'].pk}-1", "side": "enterprise", "done_on": "2024-01-31"}

    refused = as_official.post(url, data | {"done_on": "2027-01-01"})
    first = as_official.post(url, data)
    alone = as_official.post(url, data | {"side": "home"})
    hint = as_official.get(development.get_absolute_url()).content.decode()
    as_official.force_login(UserFactory(organisation=bureau, role="official"))
    second = as_official.post(url, data | {"side": "home"})
    page = as_official.get(development.get_absolute_url()).content.decode()

    assert (refused.status_code, first.status_code, alone.status_code, second.status_code) == (200, 302, 200, 302)
    assert "每一方由各自的账号记录" in alone.content.decode()
    assert "由另一账号记录" in hint
    assert page.count("2024-01-31") == 2
    assert "2024-02-29" in page  # the talk is due within a month
    assert "示例" in page


def test_the_page_opens_a_development_moves_it_and_takes_a_step_back(as_official, bureau, steps, official):
    person = PersonFactory(organisation=bureau)

    opened = as_official.post(reverse("members:development_open", args=[person.pk]), {"way_in": "home"})
    found = Development.objects.get()
    step = record(found, steps["apply"], official)
    as_official.post(reverse("members:development_take_back", args=[found.pk, step.pk]))
    as_official.post(reverse("members:development_move", args=[found.pk]), {"to": "ended", "reason": "moved"})

    found.refresh_from_db()
    assert opened.url == found.get_absolute_url()
    assert (found.stage, found.steps.filter(taken_back_at=None).count()) == ("ended", 0)


def test_counts_of_the_list_open_exactly_their_rows(as_official, development, steps, official, bureau):
    walk(development, steps, Stage.ACTIVIST, official)
    late = developments.open_development(person=PersonFactory(organisation=bureau), way_in=WayIn.HOME, by=official)
    record(late, steps["apply"], official)
    visible = Development.objects.visible_to(official)

    for rows in queries_development.tallies(visible).values():
        for row in rows:
            assert queries_development.narrowed(visible, row.wanted, TODAY).count() == row.found
    keys = queries_development.open_keys(visible, TODAY)
    assert keys == {"overdue": [late.pk, development.pk], "one_sided": [late.pk]} or keys == {
        "overdue": [development.pk, late.pk],
        "one_sided": [late.pk],
    }
    for name in keys:
        page = as_official.get(reverse("members:development_list"), {name: "on"}).content.decode()
        assert late.person.name in page


def test_the_list_costs_the_same_with_one_and_three_rows(as_official, bureau, development, official):
    as_official.get(reverse("members:development_list"))
    counts = []
    for _round in range(2):
        statements = []
        with connection.execute_wrapper(lambda run, sql, *rest: statements.append(sql) or run(sql, *rest)):  # noqa: B023
            as_official.get(reverse("members:development_list"))
        counts.append(len(statements))
        for _more in range(2):
            person = PersonFactory(organisation=bureau)
            developments.open_development(person=person, way_in=WayIn.HOME, by=official)

    assert counts[0] == counts[1]


def test_the_steward_edits_steps_and_quotas_on_the_desk(client, steward, steps, bureau):
    set_scope([bureau.path])
    client.force_login(steward)
    talk = steps["talk"]
    fields = {
        "name": talk.name,
        "position": talk.position,
        "stage": talk.stage,
        "clock_from": talk.clock_from_id,
        "at_most_months": 2,
    }

    changed = client.post(reverse("admin:members_stepdefinition_change", args=[talk.pk]), fields)
    client.post(reverse("admin:members_developmentquota_add"), {"organisation": bureau.pk, "year": 2026, "places": 4})

    assert changed.status_code == 302
    talk.refresh_from_db()
    assert (talk.at_most_months, talk.is_sample) == (2, False)
    assert DevelopmentQuota.objects.get().places == 4
    assert client.get(reverse("admin:members_developmentquota_changelist")).status_code == 200
    assert client.get(reverse("admin:members_stepdefinition_changelist")).status_code == 200
