"""The named lists: what each holds, for whom, counted by one query."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import queries, queues
from cases.actions import case as case_actions
from cases.actions import review
from cases.models import Case, Decision
from members.middleware import set_scope
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

Kind, State = Decision.Kind, Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


def names_holding(case, user):
    """List the queues in which the user finds the case."""
    return [queue.name for queue, _count in queues.counts(user) if case in queues.rows(queue, user)]


@pytest.fixture
def editor():
    return UserFactory(role="editor")


def arrived(editor, state=State.RECEIVED):
    return CaseFactory(organisation=editor.organisation, state=state, body="县里为货车司机建起驿站，热水常有。")


@pytest.mark.parametrize(
    ("state", "queue"),
    [
        (State.RECEIVED, "received"),
        (State.FIRST_REVIEW, "first_review"),
        (State.SECOND_REVIEW, "second_review"),
        (State.FINAL_REVIEW, "final_review"),
        (State.READY, "ready"),
    ],
)
def test_an_open_case_stands_in_the_queue_of_its_state_and_with_nobody(state, queue, editor):
    case = arrived(editor, state)

    assert names_holding(case, editor) == ["unheld", queue, "all"]


def test_a_published_case_is_with_nobody_and_missed_by_nobody(editor):
    assert names_holding(arrived(editor, State.PUBLISHED), editor) == ["published", "all"]


def test_a_taken_case_is_with_me_and_no_longer_with_nobody(editor):
    case = arrived(editor)

    case_actions.take(case=case, by=editor)

    assert names_holding(case, editor) == ["held", "received", "all"]


def test_a_resubmitted_case_is_back_from_changes_until_it_moves_on(editor):
    case = arrived(editor, State.FIRST_REVIEW)
    author = case.created_by
    review.decide(case=case, kind=Kind.RETURN, by=editor, revision=case.current_revision, note="补成效")
    assert names_holding(case, editor) == ["returned", "all"]
    case_actions.revise(case=case, title=case.title, body="补过成效。", by=author, base=case.current_revision)
    case.refresh_from_db()
    review.decide(case=case, kind=Kind.RESUBMIT, by=author, revision=case.current_revision)

    assert names_holding(case, editor) == ["resubmitted", "unheld", "first_review", "all"]

    review.decide(case=case, kind=Kind.PASS_FIRST, by=editor, revision=case.current_revision)
    assert names_holding(case, editor) == ["unheld", "second_review", "all"]


def test_a_case_is_long_unmoved_after_seven_days_and_not_before(editor):
    case, younger = arrived(editor), arrived(editor)
    long_ago = timezone.now() - timedelta(days=7, minutes=1)
    Case.objects.filter(pk=case.pk).update(state_since=long_ago)
    Case.objects.filter(pk=younger.pk).update(state_since=long_ago + timedelta(hours=1))

    assert list(queues.rows(queues.BY_NAME["stale"], editor)) == [case]


def test_a_case_that_ended_is_only_among_the_ended(editor):
    case = arrived(editor)
    review.decide(case=case, kind=Kind.DECLINE, by=editor, revision=case.current_revision, note="不是案例")

    assert names_holding(case, editor) == ["ended", "all"]


def test_drafts_are_nobodys_but_their_authors(editor):
    draft = arrived(editor, State.DRAFT)

    assert names_holding(draft, editor) == []
    assert names_holding(draft, draft.created_by) == ["asked"]


def test_the_submitting_side_finds_its_cases_and_the_desks_queues_are_closed_to_it(editor):
    case = arrived(editor, State.SECOND_REVIEW)
    colleague = UserFactory(organisation=case.organisation, role="official")

    assert names_holding(case, colleague) == ["sent"]


def test_an_overseer_reads_the_queues_of_the_own_subtree_alone(editor):
    elsewhere = CaseFactory(organisation=OrganisationFactory(), state=State.RECEIVED)
    case = arrived(editor)
    overseer = UserFactory(organisation=editor.organisation, role="overseer")

    assert names_holding(case, overseer) == ["unheld", "received", "all"]
    assert names_holding(elsewhere, overseer) == []


def test_every_count_is_the_number_of_its_rows_by_two_queries(editor, django_assert_num_queries):
    for state in (State.DRAFT, State.RECEIVED, State.RECEIVED, State.SECOND_REVIEW, State.PUBLISHED):
        arrived(editor, state)
    editor.has_permission("edit_case")  # the roles are read once a request

    with django_assert_num_queries(2):  # whom the account keeps away from, and all counts
        counts = queues.counts(editor)

    assert {queue.name: count for queue, count in counts if count} == {
        "unheld": 3,
        "received": 2,
        "second_review": 1,
        "published": 1,
        "all": 4,
    }
    assert all(count == queues.rows(queue, editor).count() for queue, count in counts)


def test_an_account_without_cases_to_read_has_no_queues():
    assert queues.counts(UserFactory(role="auditor")) == []


@pytest.mark.parametrize("spelling", ["案-{year}-{sequence:04d}", "{year}-{sequence}", " {year}－{sequence:04d} "])
def test_search_finds_a_number_however_it_is_written(spelling, editor):
    case, _other = arrived(editor), arrived(editor)

    found = queries.search(Case.objects.all(), spelling.format(year=case.year, sequence=case.sequence))

    assert list(found) == [case]


def test_search_finds_titles_and_organisations(editor):
    case = CaseFactory(title="桥下的理发摊", organisation=OrganisationFactory(name="岭上镇"), state=State.RECEIVED)
    arrived(editor)

    assert list(queries.search(Case.objects.all(), "理发")) == [case]
    assert list(queries.search(Case.objects.all(), "岭上")) == [case]
    assert list(queries.search(Case.objects.all(), "没有的词")) == []
