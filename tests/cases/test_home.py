"""The page after signing in."""

import pytest
from django.urls import reverse
from lxml import html

from cases.actions import case as case_actions
from cases.actions import review
from cases.models import Case, Decision
from members.middleware import set_scope
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

State = Case.State
HOME = "/desk/"


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


def text_of(response):
    return " ".join(html.document_fromstring(response.content.decode()).find(".//main").text_content().split())


def tiles(response):
    """Read the numbers of the page with the addresses behind them."""
    found = html.document_fromstring(response.content.decode()).xpath("//ul[@class='queue-tiles']//a")
    return {link.get("href"): int(link.xpath(".//span")[0].text_content()) for link in found}


def test_every_number_opens_exactly_the_rows_it_counts(client):
    editor = UserFactory(role="editor")
    for state in (State.RECEIVED, State.RECEIVED, State.FIRST_REVIEW, State.PUBLISHED):
        CaseFactory(organisation=editor.organisation, state=state)
    client.force_login(editor)

    numbers = tiles(client.get(HOME))

    assert numbers[reverse("cases:review_queue", args=["received"])] == 2
    for address, number in numbers.items():
        assert client.get(address).context["page"].paginator.count == number, address


def test_an_editor_finds_the_cases_on_the_own_table(client):
    editor = UserFactory(role="editor")
    case = CaseFactory(organisation=editor.organisation, state=State.RECEIVED, title="我手上的一篇")
    client.force_login(editor)
    assert "您手上没有案例" in text_of(client.get(HOME))

    case_actions.take(case=case, by=editor)

    response = client.get(HOME)
    assert "我手上的一篇" in text_of(response)
    assert "您手上没有案例" not in text_of(response)


def test_an_official_reads_what_is_asked_and_one_word_for_the_reviews(client):
    official = UserFactory(role="official")
    CaseFactory(organisation=official.organisation, by=official, title="还没交的草稿")
    CaseFactory(organisation=official.organisation, by=official, title="在复审的", state=State.SECOND_REVIEW)
    client.force_login(official)

    words = text_of(client.get(HOME))

    assert "还没交的草稿" in words and "草稿只有您能看到" in words
    assert "在复审的" in words and "审稿中" in words
    assert "复审中" not in words


def test_an_overseer_reads_along_and_an_auditor_has_no_queues(client):
    overseer = UserFactory(role="overseer")
    client.force_login(overseer)
    assert tiles(client.get(HOME))[reverse("cases:review_queue", args=["received"])] == 0

    client.force_login(UserFactory(role="auditor"))
    response = client.get(HOME)
    assert tiles(response) == {}
    assert "常用工具" in text_of(response)


def test_notices_stand_unread_first_and_the_bell_counts_them(client, django_capture_on_commit_callbacks):
    official = UserFactory(role="official")
    with django_capture_on_commit_callbacks(execute=True):
        for _n in range(2):
            case = CaseFactory(organisation=official.organisation, by=official, state=State.FIRST_REVIEW)
    read = official.notices.order_by("-pk").first()
    client.force_login(official)
    client.post(reverse("members:account_open_notice", args=[read.pk]))

    response = client.get(HOME)

    assert [notice.read_at is None for notice in response.context["notices"]] == [True, False]
    bell = html.document_fromstring(response.content.decode()).xpath("//*[@class='bell-count']")[0]
    assert bell.text == "1"
    assert case.number in read.sentence


def test_a_notice_says_in_chinese_what_was_decided(django_capture_on_commit_callbacks):
    case = CaseFactory(state=State.FIRST_REVIEW, title="一盏灯")
    editor = UserFactory(organisation=case.organisation, role="editor")

    with django_capture_on_commit_callbacks(execute=True):
        review.decide(case=case, kind=Decision.Kind.RETURN, by=editor, revision=case.current_revision, note="写明期间")

    sentences = [notice.sentence for notice in case.created_by.notices.all()]
    due_on = case.requests.get().due_on
    assert sentences == [f"【需办理】{case.number}《一盏灯》已退改，请逐条答复清单，并于 {due_on} 前重新提交"]


def test_what_the_desk_settles_within_itself_is_not_told_to_the_author(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        case = CaseFactory(state=State.PUBLISHED)

    assert [notice.detail["decision"] for notice in case.created_by.notices.order_by("pk")] == ["TAKE_UP", "PUBLISH"]


def test_the_editor_who_returned_a_case_hears_that_it_came_back(django_capture_on_commit_callbacks):
    case = CaseFactory(state=State.FIRST_REVIEW)
    editor = UserFactory(organisation=case.organisation, role="editor")
    review.decide(case=case, kind=Decision.Kind.RETURN, by=editor, revision=case.current_revision, note="改")
    case_actions.revise(case=case, title="改过", body="改过。", by=case.created_by, base=case.current_revision)
    case.refresh_from_db()

    with django_capture_on_commit_callbacks(execute=True):
        review.decide(case=case, kind=Decision.Kind.RESUBMIT, by=case.created_by, revision=case.current_revision)

    assert [notice.detail["decision"] for notice in editor.notices.all()] == ["RESUBMIT"]


def test_home_costs_the_same_for_one_case_and_for_three(client, django_assert_max_num_queries):
    editor = UserFactory(role="editor")
    client.force_login(editor)
    client.get(HOME)  # the first page of a session also stores when it began
    counted = []
    for total in (1, 3):
        while Case.objects.count() < total:
            case_actions.take(case=CaseFactory(organisation=editor.organisation, state=State.RECEIVED), by=editor)
        with django_assert_max_num_queries(20) as queries:
            client.get(HOME)
        counted.append(len(queries))

    assert counted[0] == counted[1]
