"""Filling the list of a public notice from the scores: the cut, then the page."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from cases import queries_notice
from cases.actions import assignment as assignments
from cases.actions import notice, scoring
from cases.cut import OUT, Entrant, Share, cut
from cases.models import Assignment, Case
from members.middleware import set_scope
from members.models import Organisation, Region
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-16T12:00:00+08:00", tick=False):
        yield


# The cut, without a database


def placed(means, shares, answers=None):
    entrants = [Entrant(case, mean) for case, mean in means.items()]
    return cut(entrants, [Share(places) for places in shares], answers or {})


def test_cut_fills_the_shares_in_turn_best_first():
    found = placed({1: 70, 2: 90, 3: 80, 4: 60}, [1, 2])

    assert found.placed == [(2, 1), (3, 2), (1, 2)]
    assert not found.ties


def test_cut_names_who_is_level_and_places_nothing_behind():
    found = placed({1: 90, 2: 80, 3: 80.04, 4: 80, 5: 70}, [2, 2])

    assert found.placed == [(1, 1)]
    assert found.is_open
    assert [(tie.share, tie.places, sorted(tie.cases)) for tie in found.ties] == [(1, 1, [2, 3, 4])]


def test_cut_within_a_share_is_no_tie():
    assert not placed({1: 80, 2: 80, 3: 70}, [2]).ties


def test_cut_follows_the_answers_and_may_hold_more_than_its_places():
    means = {1: 90, 2: 80, 3: 80, 4: 80, 5: 70}

    all_in = placed(means, [2, 1], {2: 1, 3: 1, 4: 1})
    split = placed(means, [2, 1], {2: 1, 3: 2, 4: OUT})

    assert all_in.placed == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2)]
    assert split.placed == [(1, 1), (2, 1), (3, 2)]
    assert not (all_in.is_open or split.is_open)


def test_cut_asks_again_while_an_answer_is_missing_or_means_an_earlier_share():
    means = {1: 90, 2: 80, 3: 80, 4: 70, 5: 70}

    assert placed(means, [2], {2: 1}).is_open
    second = placed(means, [2, 2], {2: 1, 3: 2, 4: 1, 5: 1})
    assert [(tie.share, tie.is_settled) for tie in second.ties] == [(1, True), (2, False)]


# The page


class World:
    """A call with three scored cases, one that fails the gate and one nobody scored."""

    def __init__(self):
        region = RegionFactory(code="370000", name="山东省", level=Region.Level.PROVINCE)
        self.province = OrganisationFactory(kind=Organisation.Kind.PLATFORM, region=region)
        set_scope([self.province.path])
        home = OrganisationFactory(parent=self.province)
        self.chief = UserFactory(organisation=home, role="chief_editor", role__over=self.province)
        self.reviewer = UserFactory(
            organisation=OrganisationFactory(parent=self.province), role="reviewer", role__over=self.province
        )
        self.call = CallFactory(organisation=self.province, by=self.chief, announced=True)
        self.call.phases.filter(kind="review").delete()
        self.best, self.level, self.other, self.false, self.bare = (
            self._case(title) for title in ("最好的一篇", "并列甲篇", "并列乙篇", "不实的一篇", "没打分的一篇")
        )
        for case, answers in ((self.best, {}), (self.level, {2: "一般"}), (self.other, {2: "一般"})):
            self._score(case, answers)
        self._score(self.false, {1: "不实"})
        self.address = reverse("cases:pick_page", args=[self.call.pk])

    def _case(self, title):
        body = OrganisationFactory(parent=self.province)
        case = CaseFactory(organisation=body, state=Case.State.RECEIVED, title=title)
        Case.objects.filter(pk=case.pk).update(call=self.call)
        return Case.objects.get(pk=case.pk)

    def _score(self, case, answers):
        row = assignments.give(
            pairs=[(case.pk, self.reviewer.pk)], task="score", due_on=date(2026, 12, 1), by=self.chief
        )[0]
        said = {1: "属实", 2: "突出", 3: "首创", 4: "可推广", 5: "规范"} | answers
        row = Assignment.objects.select_related("case__current_revision", "reviewer").get(pk=row.pk)
        revision = row.case.current_revision
        scoring.give(assignment=row, revision=revision, answers=said, comment="好", confidence=2, by=self.reviewer)

    def listed(self):
        set_scope(["*"])
        return [(row.case, row.honour) for row in queries_notice.standing(self.call)]


@pytest.fixture
def world():
    return World()


def propose(client, world, **asked):
    client.force_login(world.chief)
    return client.get(world.address, {"by": "raw"} | asked)


def enter(client, world, answer):
    asked = answer.request["QUERY_STRING"]
    return client.post(f"{world.address}?{asked}", {"seen": answer.context["seen"]})


def test_first_places_are_entered_as_they_were_shown(client, world):
    answer = propose(client, world, places_1=1, honour_1="最佳案例", places_2=2, honour_2="优秀案例")

    assert [line.honour for line in answer.context["plan"].lines] == ["最佳案例", "优秀案例", "优秀案例"]
    assert world.listed() == []
    assert enter(client, world, answer).status_code == 302
    assert world.listed() == [(world.best, "最佳案例"), (world.level, "优秀案例"), (world.other, "优秀案例")]


def test_cases_that_fail_the_gate_or_have_no_score_are_named_and_not_ranked(client, world):
    answer = propose(client, world, places_1=5)

    left = {str(why): [row.case for row in rows] for why, rows, _count in answer.context["left_out"]}
    assert left == {"gate": [world.false.pk], "unscored": [world.bare.pk]}
    assert "不实的一篇" in answer.content.decode()
    assert len(answer.context["plan"].lines) == 3


def test_a_tie_at_the_cut_is_asked_and_never_entered_open(client, world):
    answer = propose(client, world, places_1=2, honour_1="最佳案例")
    page = answer.content.decode()

    assert answer.context["plan"].is_open
    assert "并列甲篇" in page and "并列乙篇" in page
    enter(client, world, answer)
    assert world.listed() == []

    said = {f"tie_{world.level.pk}": 0, f"tie_{world.other.pk}": 1}
    settled = propose(client, world, places_1=2, honour_1="最佳案例", **said)
    enter(client, world, settled)
    assert world.listed() == [(world.best, "最佳案例"), (world.other, "最佳案例")]


def test_ticked_cases_come_behind_the_list_and_a_doubt_is_said(client, world):
    notice.set_list(call=world.call, rows=[(world.other, "优秀案例")], by=world.chief)

    answer = propose(client, world, case=[world.best.pk, world.false.pk], honour="提名", keeps="on")

    assert [str(line.doubt or "") for line in answer.context["plan"].lines] == ["", "", "gate"]
    enter(client, world, answer)
    assert world.listed() == [(world.other, "优秀案例"), (world.best, "提名"), (world.false, "提名")]


def test_what_falls_off_is_shown_and_the_first_of_the_rest_come_behind_what_is_kept(client, world):
    notice.set_list(call=world.call, rows=[(world.bare, "特别奖")], by=world.chief)

    anew = propose(client, world, places_1=1).context["plan"]
    behind = propose(client, world, places_1=1, keeps="on").context["plan"]

    assert [line.case for line in anew.falls_off] == [world.bare.pk]
    assert [line.case for line in behind.lines] == [world.bare.pk, world.best.pk]
    assert not behind.falls_off


def test_a_list_changed_since_the_look_is_proposed_anew(client, world):
    answer = propose(client, world, places_1=1, keeps="on")
    notice.set_list(call=world.call, rows=[(world.bare, "")], by=world.chief)

    again = enter(client, world, answer)

    assert again.status_code == 200
    assert world.listed() == [(world.bare, "")]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"places_1": "0"},
        {"places_1": "x"},
        {"honour_1": "最佳"},
        {"by": "sum", "places_1": 1},
        {"honour": "长" * 21},
    ],
)
def test_bad_answers_are_told_and_kept(client, world, asked):
    answer = propose(client, world, **asked)

    assert answer.context["form"].errors
    assert answer.context["plan"] is None


def test_scores_page_offers_ticks_to_who_runs_the_call_alone(client, world):
    address = reverse("cases:scores_list", args=[world.call.pk])
    client.force_login(world.chief)
    assert f'name="case" value="{world.best.pk}"' in client.get(address).content.decode()

    editor = UserFactory(
        organisation=OrganisationFactory(parent=world.province), role="editor", role__over=world.province
    )
    client.force_login(editor)
    page = client.get(address).content.decode()
    assert "最好的一篇" in page
    assert 'name="case"' not in page
    assert client.get(world.address).status_code == 403
