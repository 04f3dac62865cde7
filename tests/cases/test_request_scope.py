"""What row-level security shows of what was asked of a unit: its case's body, its author, the holder of its link."""

import uuid

import pytest
from django.db import connection
from django.urls import reverse

from cases.actions import link as links
from cases.actions import question as questions
from cases.actions import returns, review
from cases.evidence import verdicts
from cases.models import Case, Decision, FigureQuestion, RequestItem, RequestReminder, RevisionRequest
from members.middleware import open_case, set_scope
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
ASKED = (FigureQuestion, RevisionRequest, RequestItem, RequestReminder)


@pytest.fixture
def editor():
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(editor):
    """A case that was asked about one figure, returned with one item, and reminded of."""
    set_scope(["*"])
    author = UserFactory(organisation=editor.organisation, role="contributor")
    made = CaseFactory(
        organisation=editor.organisation,
        by=author,
        state=Case.State.FIRST_REVIEW,
        body="一年来走访企业30家，解决难题12个。\n\n成效明显。",
    )
    figure = verdicts.lines_of(made, made.current_revision)[0].context
    questions.ask(case=made, context=figure, text="何时的数？", by=editor)
    review.decide(
        case=made, kind=Decision.Kind.RETURN, by=editor, revision=made.current_revision, note="改", items=["写明期间"]
    )
    request = made.requests.get()
    RequestReminder.objects.create(request=request, days=-7, due_on=request.due_on)
    return Case.objects.get(pk=made.pk)


def counts():
    return [model.objects.count() for model in ASKED]


def test_only_the_cases_own_side_and_its_desk_read_what_was_asked(case, editor):
    stranger = OrganisationFactory()

    seen = {}
    for name, paths in {"desk": editor.paths(), "stranger": [stranger.path], "nobody": []}.items():
        set_scope(paths)
        seen[name] = counts()

    assert seen == {"desk": [1] * 4, "stranger": [0] * 4, "nobody": [0] * 4}


def test_an_author_keeps_the_own_case_wherever_roles_reach(case):
    set_scope([], person=case.created_by_id + 1)
    strange = counts()
    set_scope([], person=case.created_by_id)

    assert (strange, counts()) == ([0] * 4, [1] * 4)


def test_the_holder_of_a_link_reads_that_case_alone(case, editor):
    other = CaseFactory(organisation=editor.organisation)
    set_scope([])
    open_case(other.pk)
    strange = counts()
    open_case(case.pk)

    assert (strange, counts()) == ([0] * 4, [1] * 4)


def test_a_stranger_can_put_nothing_into_anothers_case(case):
    set_scope([OrganisationFactory().path])

    with pytest.raises(Exception, match="row-level security"), connection.cursor() as cursor:
        cursor.execute(
            "insert into cases_requestitem (case_id, position, text, quote, figure, asked_at, answer, answer_note,"
            " verdict) values (%s, 1, 'x', '', '', now(), '', '', '')",
            [case.pk],
        )


def test_the_holders_page_shows_the_list_and_takes_the_answers(client, case):
    token = links.open_case_page(case=case, once_token=uuid.uuid4())
    item = case.request_items.get()
    set_scope([])
    address = reverse("cases:holder_page", args=[token])

    page = client.get(address)

    assert "写明期间" in page.content.decode()
    assert "何时的数？" in page.content.decode()
    form = page.context["resubmit"]
    sent = {"title": form["title"].value(), "body": form["body"].value(), "base": form["base"].value()}
    sent["once_token"] = str(form["once_token"].value())
    choice, said = next((choice, said) for row, choice, said in page.context["answers"].rows if row.pk == item.pk)

    refused = client.post(reverse("cases:holder_resubmit", args=[token]), sent)
    assert refused.status_code == 200
    assert Case.objects.get(pk=case.pk).state == Case.State.RETURNED

    sent |= {choice.html_name: "done", said.html_name: "已写明", "body": sent["body"] + "（2025年）"}
    client.post(reverse("cases:holder_resubmit", args=[token]), sent)

    set_scope(["*"])
    assert Case.objects.get(pk=case.pk).state != Case.State.RETURNED
    assert RequestItem.objects.get(pk=item.pk).answer_note == "已写明"
    with pytest.raises(Exception, match="no longer lies|不在您|已不"):
        returns.answer(case=case, answers={item.pk: ("done", "再答")}, by=None)
