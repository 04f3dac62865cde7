"""Another text from the submitting side: free until the review begins, told to the editors once it has begun."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.actions import case as case_actions
from cases.actions import link as link_actions
from cases.models import Case, Revision
from config.errors import WrongState
from members.middleware import set_scope
from tests.cases.test_returns import BETTER, send_back
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
State = Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


def editor_of(case):
    return UserFactory(organisation=case.organisation, role="editor")


def put(client, case, text=BETTER, **more):
    values = {"base": case.current_revision_id, "once_token": uuid.uuid4()}
    upload = SimpleUploadedFile("改稿.txt", text.encode())
    return client.post(reverse("cases:revision_replace", args=[case.pk]), values | {"file": upload} | more)


@pytest.mark.parametrize("state", [State.DRAFT, State.RECEIVED])
def test_the_unit_replaces_its_file_before_the_review_begins(client, state):
    case = CaseFactory(state=state)
    client.force_login(case.created_by)

    response = put(client, case)

    case.refresh_from_db()
    assert response.url == reverse("cases:review_detail", args=[case.pk])
    assert (case.state, case.current_revision.number, case.intakes.count()) == (state, 2, 1)
    assert "投诉比上年下降三成" in case.current_revision.body


def test_a_file_sent_during_the_first_review_is_a_new_revision_its_editor_hears_of(
    client, django_capture_on_commit_callbacks
):
    case = CaseFactory(state=State.FIRST_REVIEW)
    took_up = case.decisions.get(kind="take_up").decided_by
    client.force_login(case.created_by)

    with django_capture_on_commit_callbacks(execute=True):
        put(client, case)

    case.refresh_from_db()
    assert (case.state, case.current_revision.source) == (State.FIRST_REVIEW, Revision.Source.RESUBMISSION)
    assert "另送改稿" in took_up.notices.order_by("-pk").first().sentence


@pytest.mark.parametrize("state", [State.SECOND_REVIEW, State.READY, State.PUBLISHED])
def test_once_somebody_signed_no_other_text_is_taken(client, state):
    case = CaseFactory(state=state)
    client.force_login(case.created_by)

    response = put(client, case)
    with pytest.raises(WrongState):
        case_actions.revise(
            case=case,
            title=case.title,
            body=BETTER,
            by=None,
            base=case.current_revision,
            source=Revision.Source.RESUBMISSION,
        )

    assert response.status_code == 302
    assert case.revisions.count() == 1


def test_an_editor_does_not_send_for_the_unit(client):
    case = CaseFactory(state=State.FIRST_REVIEW)
    client.force_login(editor_of(case))

    put(client, case)

    assert case.revisions.count() == 1


def test_a_returned_case_goes_on_to_the_list_after_its_file(client):
    case = CaseFactory(state=State.FIRST_REVIEW)
    send_back(case, editor_of(case), "补充成效")
    client.force_login(case.created_by)

    response = put(client, case)

    assert response.url == reverse("cases:revision_edit", args=[case.pk])
    assert "补充成效" in client.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"file": ""}, "file"),
        ({"file": SimpleUploadedFile("表.exe", b"MZ\x00")}, "file"),
        ({"base": "99999999"}, "base"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_beside_the_field(client, wrong, field):
    case = CaseFactory(state=State.RECEIVED)
    client.force_login(case.created_by)

    response = put(client, case, **wrong)

    assert response.status_code == 422
    assert response.context["form"].has_error(field)
    assert case.revisions.count() == 1


def test_a_file_over_a_text_saved_meanwhile_is_refused(client):
    case = CaseFactory(state=State.RECEIVED)
    client.force_login(case.created_by)
    read = case.current_revision_id
    put(client, case)

    late = put(client, case, text="另一份。", base=read)

    assert late.context["form"].has_error("file")
    assert case.revisions.count() == 2


def test_the_holder_of_a_link_sends_another_text_during_the_first_review(client):
    case = CaseFactory(state=State.FIRST_REVIEW)
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())
    values = {"title": case.title, "body": BETTER, "base": case.current_revision_id, "once_token": uuid.uuid4()}

    page = client.get(reverse("cases:holder_page", args=[token])).content.decode()
    client.post(reverse("cases:holder_resubmit", args=[token]), values)

    case.refresh_from_db()
    assert "另送改稿" in page
    assert (case.state, case.current_revision.number) == (State.FIRST_REVIEW, 2)
