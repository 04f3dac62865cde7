"""Giving cases to reviewers: the spread, the actions, then the pages."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import conflict, contact, queries, queries_assignment, workflow
from cases.actions import assignment as actions
from cases.actions import filing
from cases.conflict import Body
from cases.models import Assignment, Case, Recusal
from cases.models.assignment import UNDER_REVIEW
from cases.spread import Chair, Seat, spread
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation, Region, User
from tests.factories.cases import AssignmentFactory, CallFactory, CaseFactory, SubjectFieldFactory
from tests.factories.members import (
    OrganisationFactory,
    PersonFactory,
    RegionFactory,
    RoleAssignmentFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DUE = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-16T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def province():
    """The top of the tree, with the scope of a request that sees all of it."""
    found = OrganisationFactory(kind=Organisation.Kind.PLATFORM, region=RegionFactory(level=Region.Level.PROVINCE))
    set_scope([found.path])
    return found


@pytest.fixture
def chief(province):
    return UserFactory(organisation=OrganisationFactory(parent=province), role="chief_editor", role__over=province)


def reviewer(province, home=None, role="reviewer", **values):
    home = home or OrganisationFactory(parent=province)
    return UserFactory(organisation=home, role=role, role__over=province, **values)


def arrived(province, body=None, state=Case.State.RECEIVED, **values):
    return CaseFactory(organisation=body or OrganisationFactory(parent=province), state=state, **values)


def give(case, user, by, task="score", due_on=DUE):
    return actions.give(pairs=[(case.pk, user.pk)], task=task, due_on=due_on, by=by)[0]


# The spread and the tree, without a database


def test_spread_gives_to_whoever_has_least_and_balances():
    chairs = [Chair(1, 4), Chair(2, 0), Chair(3, 1)]

    done = spread([Seat(case, 2) for case in range(10, 16)], chairs)

    assert sorted(chair.load for chair in chairs) == [5, 6, 6]
    assert {case for case, _who in done.pairs} == set(range(10, 16))
    assert done.short == {}


def test_spread_keeps_away_whoever_is_barred_and_says_which_seats_stay_empty():
    done = spread([Seat(10, 2, barred={1}), Seat(11, 1, barred={1, 2})], [Chair(1, 0), Chair(2, 0)])

    assert done.pairs == [(10, 2)]
    assert done.short == {10: 1, 11: 1}


def test_spread_lets_the_field_decide_between_equals_alone():
    chairs = [Chair(1, 0), Chair(2, 0, fields={7}), Chair(3, 5, fields={7})]

    assert spread([Seat(10, 1, field=7)], chairs).pairs == [(10, 2)]


def test_spread_stops_at_what_one_person_takes_and_serves_the_scarce_first():
    done = spread([Seat(10, 1), Seat(11, 1, barred={2})], [Chair(1, 0, most=1), Chair(2, 0, most=1)])

    assert sorted(done.pairs) == [(10, 2), (11, 1)]


@pytest.mark.parametrize(
    ("body", "own", "is_own"),
    [
        (Body("1.5.", True), Body("1.5.", True), True),
        (Body("1.5.8.", True), Body("1.5.", True), True),
        (Body("1.5.", True), Body("1.5.8.", True), True),
        (Body("1.6.", True), Body("1.5.", True), False),
        (Body("1.50.", True), Body("1.5.", True), False),
        (Body("1.5.", True), Body("1.", False), False),
        (Body("1.", False), Body("1.5.", True), False),
        (Body("1.", False), Body("1.", False), True),
    ],
)
def test_a_conflict_follows_the_tree_below_the_province(body, own, is_own):
    assert conflict.is_own(body, [own]) is is_own


def test_what_is_under_review_is_what_the_workflow_says():
    assert set(UNDER_REVIEW) == set(workflow.HELD)


# Giving out


def test_give_enters_tells_and_leaves_one_audit_row(province, chief, django_capture_on_commit_callbacks):
    cases, person = [arrived(province), arrived(province)], reviewer(province)

    with django_capture_on_commit_callbacks(execute=True):
        actions.give(pairs=[(case.pk, person.pk) for case in cases], task="score", due_on=DUE, by=chief)

    assert set(Assignment.objects.values_list("case", "reviewer")) == {(case.pk, person.pk) for case in cases}
    event = AuditEvent.objects.order_by("number").last()
    assert (event.event, event.actor_id, event.detail) == (
        "assignment.give",
        chief.pk,
        {"task": "score", "count": 2, "cases": 2},
    )
    assert [notice.detail for notice in person.notices.all()] == [{"count": 2, "day": "2026-11-30"}]


@pytest.mark.parametrize("relation", ["same", "above", "below", "acts_for"])
def test_give_refuses_a_case_of_the_reviewers_own_side(province, chief, relation):
    body = OrganisationFactory(parent=OrganisationFactory(parent=province))
    home = {"same": body, "above": body.parent, "below": OrganisationFactory(parent=body)}.get(relation)
    person = reviewer(province, home)
    if relation == "acts_for":
        RoleAssignmentFactory(user=person, role="official", organisation=body)

    with pytest.raises(Refused) as refusal:
        give(arrived(province, body), person, chief)

    assert refusal.value.code == ("superior" if relation == "above" else "own")
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("trace", ["name", "mail", "phone", "account's mail", "account's phone"])
def test_give_refuses_the_author_or_contact_in_whatever_body_until_a_chief_lifts_it(province, chief, trace):
    holder = PersonFactory(phone="13800001234") if "phone" in trace else None
    person = reviewer(province, email="zhang@county.example", name="张敏", person=holder)
    case = arrived(province)
    if trace == "name":
        case.organisation, case.contributor_name = person.organisation, "张 敏"
    elif trace in ("mail", "phone"):
        left = {"mail": "Zhang@County.example", "phone": "138-0000-1234"}[trace]
        case.contact_cipher = contact.seal(left, case.uuid)
    else:
        case.created_by = UserFactory(email=person.email) if "mail" in trace else UserFactory(person=None)
    case.save()
    if trace == "account's phone":
        twin = PersonFactory(phone="13800001234")
        User.objects.filter(pk=case.created_by_id).update(person=twin)
    stranger = reviewer(province, email="li@county.example", name="李敏", person=PersonFactory(phone="13900001234"))

    with pytest.raises(Refused) as refusal:
        give(case, person, chief)
    give(case, stranger, chief)
    actions.lift(case=case, user=person, reason="无人可替", by=chief)
    give(case, person, chief)

    assert refusal.value.code == "contact"
    assert "作者或联系人" in str(refusal.value)
    assert AuditEvent.objects.filter(event="conflict.lift").count() == 1


def test_the_superior_of_the_author_is_told_so_and_announced_when_admitted(client, province, chief):
    bureau = OrganisationFactory(parent=province)
    case, leader = arrived(province, OrganisationFactory(parent=bureau)), reviewer(province, bureau, name="周局长")
    client.force_login(chief)
    address = reverse("cases:assignment_case", args=[case.pk])

    before = client.get(address).content.decode()
    with pytest.raises(Refused, match="上级") as refusal:
        give(case, leader, chief)
    actions.lift(case=case, user=leader, reason="仅此一人熟悉业务", by=chief)

    assert refusal.value.code == "superior"
    assert "作者的上级" in before
    assert "仅此一人熟悉业务" in client.get(case.get_absolute_url()).content.decode()


def test_give_refuses_what_is_past_or_outside(province, chief):
    person, outsider = reviewer(province), reviewer(OrganisationFactory())
    published, case = arrived(province, state=Case.State.PUBLISHED), arrived(province)

    with pytest.raises(WrongState):
        give(published, person, chief)
    with pytest.raises(Refused) as outside:
        give(case, outsider, chief)
    with pytest.raises(Refused) as past:
        give(case, person, chief, due_on=date(2026, 11, 15))

    assert (outside.value.code, past.value.code) == ("outside", "day_over")


def test_give_refuses_the_same_person_twice_and_all_of_a_list_with_one_wrong_pair(province, chief):
    case, other, person = arrived(province), arrived(province), reviewer(province)
    give(case, person, chief)

    with pytest.raises(Refused) as twice:
        actions.give(pairs=[(other.pk, person.pk), (case.pk, person.pk)], task="score", due_on=DUE, by=chief)

    assert twice.value.code == "has_it"
    assert Assignment.objects.count() == 1


def test_nobody_is_given_two_of_the_three_reviews(province, chief):
    case, editor = arrived(province), reviewer(province, role="editor")
    give(case, editor, chief, task="first")

    with pytest.raises(Refused) as refusal:
        give(case, editor, chief, task="second")
    with pytest.raises(IntegrityError), transaction.atomic():
        AssignmentFactory(case=case, reviewer=editor, task="second")

    assert refusal.value.code == "stage"


def test_whoever_signed_a_stage_is_not_given_another(province, chief):
    case = arrived(province, state=Case.State.SECOND_REVIEW)
    signer = case.signatures.get().signed_by
    RoleAssignmentFactory(user=signer, role="editor", organisation=province)
    RoleAssignmentFactory(user=chief, role="chief_editor", organisation=OrganisationFactory(parent=province))
    AssignmentFactory(case=case, reviewer=signer, is_admitted=True)  # at home with the case: admitted, for this test

    with pytest.raises(Refused) as refusal:
        give(case, signer, chief, task="second")

    assert refusal.value.code == "stage"


def test_a_case_given_out_meanwhile_is_a_conflict_not_a_fault(province, chief, monkeypatch):
    case, person = arrived(province), reviewer(province)
    give(case, person, chief)
    monkeypatch.setattr(queries_assignment.Bars, "why", lambda *_args: None)

    with pytest.raises(Conflict):
        give(case, person, chief)


def test_plan_counts_the_reviewers_a_case_has_and_says_who_was_kept_away(province, chief):
    body = OrganisationFactory(parent=province)
    cases = [arrived(province, body), arrived(province)]
    people = [reviewer(province), reviewer(province, body)]
    give(cases[1], people[0], chief)

    plan = queries_assignment.plan(
        Case.objects.filter(pk__in=[case.pk for case in cases]).order_by("pk"),
        [one for one in queries_assignment.candidates("score", chief) if one.user in people],
        "score",
        each=2,
    )

    assert sorted(plan.done.pairs) == sorted([(cases[0].pk, people[0].pk), (cases[1].pk, people[1].pk)])
    assert plan.done.short == {cases[0].pk: 1}
    assert plan.kept_away == {people[0].pk: 0, people[1].pk: 1}


def test_candidates_show_load_and_interests(province, chief):
    person, field = reviewer(province, name="孙评审"), SubjectFieldFactory(name="快递物流")
    actions.set_interests(reviewer=person, fields=[field])
    give(arrived(province), person, chief)

    found = {one.user: one for one in queries_assignment.candidates("score", chief)}

    assert (found[person].load, found[person].interests) == (1, ["快递物流"])
    assert chief in found


def test_take_back_and_decline_end_it_and_free_the_seat(province, chief):
    case, first, second = arrived(province), reviewer(province), reviewer(province)
    taken, declined = give(case, first, chief), give(case, second, chief)

    actions.take_back(assignment=taken, reason="", by=chief)
    actions.decline(assignment=declined, reason="出差", is_conflict=False, by=second)

    assert list(Assignment.objects.order_by("pk").values_list("ending", flat=True)) == ["taken_back", "declined"]
    with pytest.raises(WrongState):
        actions.take_back(assignment=taken, reason="", by=chief)
    give(case, second, chief)


def test_a_control_character_in_the_reason_stops_no_taking_back(client, province, chief):
    row = give(arrived(province), reviewer(province), chief)
    client.force_login(chief)

    answer = client.post(reverse("cases:assignment_take_back", args=[row.pk]), {"reason": "出差\x00了"})

    row.refresh_from_db()
    assert (answer.status_code, row.ending, row.ended_reason) == (302, "taken_back", "出差了")


def test_decline_asks_for_a_reason_and_its_own_reviewer(province, chief):
    row = give(arrived(province), reviewer(province), chief)

    with pytest.raises(Refused) as not_yours:
        actions.decline(assignment=row, reason="代为退回", is_conflict=False, by=chief)
    with pytest.raises(Refused) as empty:
        actions.decline(assignment=row, reason=" ", is_conflict=False, by=row.reviewer)

    assert (not_yours.value.code, empty.value.code) == ("not_yours", "reason_missing")


def test_a_declared_conflict_keeps_the_case_away_for_good(province, chief):
    row = give(arrived(province), reviewer(province), chief)

    actions.decline(assignment=row, reason="是我爱人单位", is_conflict=True, by=row.reviewer)

    with pytest.raises(Refused) as refusal:
        give(row.case, row.reviewer, chief)
    assert refusal.value.code == "declared"
    assert Assignment.objects.get().ending == "recused"


def test_lift_admits_with_a_reason_and_never_oneself(province, chief):
    body = OrganisationFactory(parent=province)
    case, person = arrived(province, body), reviewer(province, body)

    with pytest.raises(Refused) as own:
        actions.lift(case=case, user=chief, reason="人手不够", by=chief)
    with pytest.raises(Refused) as empty:
        actions.lift(case=case, user=person, reason="", by=chief)
    actions.lift(case=case, user=person, reason="人手不够，已请示", by=chief)
    give(case, person, chief)

    assert (own.value.code, empty.value.code) == ("own", "reason_missing")
    assert Recusal.objects.standing().get().made_by == chief


# Who sees what


def test_a_case_in_conflict_is_hidden_from_an_editor_who_sits_on_a_jury(province, chief):
    body = OrganisationFactory(parent=province)
    case, editor = arrived(province, body), reviewer(province, body, role="editor")
    assert case in Case.objects.visible_to(editor)

    give(arrived(province), editor, chief)

    assert case not in Case.objects.visible_to(editor)
    actions.lift(case=case, user=editor, reason="已请示", by=chief)
    assert case in Case.objects.visible_to(editor)


def test_a_declared_conflict_hides_the_case_and_its_letters_at_once(province, chief):
    case = arrived(province)

    actions.recuse(case=case, reason="亲属在该单位", by=chief)

    assert case not in Case.objects.visible_to(chief)
    assert queries.find_by_number(chief, case.number) is None


def test_an_official_who_is_a_reviewer_too_keeps_the_own_countys_cases(province, chief):
    body = OrganisationFactory(parent=province)
    case, person = arrived(province, body), reviewer(province, body)
    RoleAssignmentFactory(user=person, role="official", organisation=body)
    give(arrived(province), person, chief)

    assert case in Case.objects.visible_to(person)


def test_an_assignment_that_became_a_conflict_is_no_longer_shown(province, chief):
    body = OrganisationFactory(parent=province)
    row = give(arrived(province), reviewer(province, body), chief)
    RoleAssignmentFactory(user=chief, role="steward", organisation=province)
    steward = UserFactory(organisation=province, role="steward")

    filing.reassign(case=row.case, organisation=body, by=steward)

    assert not queries_assignment.mine(row.reviewer).exists()
    assert Assignment.objects.get().organisation_path == body.path


def test_the_database_refuses_assignments_outside_the_scope(province, chief):
    give(arrived(province), reviewer(province), chief)

    set_scope([OrganisationFactory().path])

    assert not Assignment.objects.exists()
    assert not Recusal.objects.exists()


# Pages


def spread_address(queue="received"):
    return reverse("cases:assignment_spread", args=[queue])


def test_what_is_previewed_is_what_is_entered(client, province, chief):
    cases, people = [arrived(province) for _n in range(3)], [reviewer(province) for _n in range(2)]
    client.force_login(chief)
    asked = {"task": "score", "each": "1", "due_on": "2026-11-30", "people": [str(one.pk) for one in people]}

    page = client.get(spread_address(), asked)
    assert not Assignment.objects.exists()
    query = page.wsgi_request.META["QUERY_STRING"]
    client.post(f"{spread_address()}?{query}", {"seen": page.context["seen"]})

    assert sorted(Assignment.objects.values_list("case", "reviewer")) == sorted(page.context["plan"].done.pairs)
    assert {case for case, _who in page.context["plan"].done.pairs} == {case.pk for case in cases}


def test_reviewers_outside_the_desk_are_proposed_and_the_filter_is_named(client, province, chief):
    person, case = reviewer(province), arrived(province)
    client.force_login(chief)

    page = client.get(spread_address(), {"q": case.title, "task": "score"})
    assert {one.pk for one in page.context["form"].candidates} == {person.pk, chief.pk}
    assert page.context["form"].ticked == {str(person.pk)}
    assert f"只分派符合此筛选的案例：{case.title}" in page.content.decode()

    signing = client.get(spread_address(), {"task": "first"}).context["form"]
    assert signing.ticked == {str(chief.pk)}


def test_the_day_proposed_lies_within_the_scoring_of_the_call(client, province, chief):
    call, person = CallFactory(organisation=province, by=chief, announced=True), reviewer(province)
    call.phases.filter(kind="review").delete()
    call.phases.create(position=30, kind="review", starts_on=date(2026, 11, 10), ends_on=date(2026, 11, 20))
    client.force_login(chief)
    address = reverse("cases:assignment_spread", args=["received"])

    of_call = client.get(address, {"call": call.pk}).context["form"]
    of_all = client.get(address).context["form"]

    assert person.pk in {one.pk for one in of_all.candidates}
    assert (of_call["due_on"].initial, of_all["due_on"].initial) == (date(2026, 11, 20), date(2026, 11, 30))
    assert "2026-11-20" in of_call["due_on"].help_text


def test_a_preview_overtaken_by_another_is_shown_anew(client, province, chief):
    case, person = arrived(province), reviewer(province)
    client.force_login(chief)
    address = f"{spread_address()}?task=score&each=1&due_on=2026-11-30&people={person.pk}"
    seen = client.get(address).context["seen"]
    arrived(province)

    page = client.post(address, {"seen": seen})

    assert page.status_code == 200
    assert len(page.context["plan"].done.pairs) == 2
    assert not Assignment.objects.filter(case=case).exists()


def test_the_spread_page_asks_as_many_queries_for_many_cases_as_for_one(
    client, province, chief, django_assert_max_num_queries
):
    person = reviewer(province)
    arrived(province)
    client.force_login(chief)
    address = f"{spread_address()}?task=score&each=1&due_on=2026-11-30&people={person.pk}"
    client.get(address)
    with django_assert_max_num_queries(40) as one:
        client.get(address)
    for _n in range(3):
        arrived(province)

    with django_assert_max_num_queries(len(one)):
        client.get(address)


def _queries_of(client):
    with CaptureQueriesContext(connection) as caught:
        client.get(reverse("cases:scoring_mine"))
    return caught


def test_mine_lists_what_lies_with_me_and_costs_the_same_for_many(client, province, chief):
    person = reviewer(province)
    rows = [give(arrived(province), person, chief)]
    client.force_login(person)
    client.get(reverse("cases:scoring_mine"))
    before = len(_queries_of(client))
    rows += [give(arrived(province), person, chief) for _n in range(3)]

    page = client.get(reverse("cases:scoring_mine"))

    assert [row.pk for row in page.context["page"]] == [row.pk for row in rows]
    assert len(_queries_of(client)) == before


def test_declining_by_the_page_keeps_what_was_typed_when_the_reason_is_missing(client, province, chief):
    row = give(arrived(province), reviewer(province), chief)
    client.force_login(row.reviewer)
    address = reverse("cases:scoring_decline", args=[row.pk])

    refused = client.post(address, {"is_conflict": "on", "reason": ""})
    done = client.post(address, {"reason": "下月才有空"})

    assert refused.status_code == 422
    assert refused.context["form"]["is_conflict"].value() is True
    assert done.status_code == 302
    assert Assignment.objects.get().ended_reason == "下月才有空"


def test_the_case_page_announces_who_was_admitted(client, province, chief):
    body = OrganisationFactory(parent=province)
    case, person = arrived(province, body), reviewer(province, body, name="高评审")
    client.force_login(chief)

    client.post(reverse("cases:assignment_lift", args=[case.pk]), {"person": person.pk, "reason": "已请示分管领导"})
    page = client.get(reverse("cases:review_detail", args=[case.pk])).content.decode()

    assert "高评审" in page
    assert "已请示分管领导" in page


def test_a_reviewer_reads_the_text_of_what_is_given_to_them_and_nothing_else(client, province, chief):
    row, other = give(arrived(province), reviewer(province), chief), arrived(province)
    client.force_login(row.reviewer)

    assert row.case.title in client.get(reverse("cases:scoring_sheet", args=[row.pk])).content.decode()
    assert client.get(reverse("cases:review_detail", args=[row.case_id])).status_code == 404
    assert client.get(reverse("cases:review_detail", args=[other.pk])).status_code == 404
    actions.take_back(assignment=row, reason="", by=chief)
    assert client.get(reverse("cases:scoring_sheet", args=[row.pk])).status_code == 404


def test_due_days_are_told(province, chief):
    row = give(arrived(province), reviewer(province), chief)

    assert row.days_left == 14
    assert Assignment(due_on=date(2026, 11, 16) - timedelta(days=1)).days_left == -1
