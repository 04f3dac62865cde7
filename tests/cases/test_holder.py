"""The page of a case for who sent it in by a link: where it stands, what was decided, letters, photos, its call."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cases.actions import letter, review
from cases.actions import link as link_actions
from cases.models import Case, Decision, Letter
from cases.models.letter import LetterKind, LetterState
from members.middleware import whole_scope
from tests.factories.cases import CallFactory, CaseFactory, CasePhotoFactory, walk
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
Kind = Decision.Kind


@pytest.fixture
def case():
    return CaseFactory(state=Case.State.FIRST_REVIEW)


@pytest.fixture
def editor(case):
    return UserFactory(organisation=case.organisation, role="editor")


def look(client, case):
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())
    response = client.get(reverse("cases:holder_page", args=[token]))
    return response, response.content.decode()


def write(case, editor, text, state=LetterState.HANDED, **more):
    """Write a letter to who sent the case in, and let it have left."""
    to = letter.Recipient("王文书", "wang@example.org")
    drafted = letter.draft(kind=LetterKind.OTHER, to=to, case=case, text=text, by=editor, **more)
    with transaction.atomic(), whole_scope():
        Letter.objects.filter(pk=drafted.pk).update(state=state, sent_at=timezone.now())
    return drafted


def test_holder_reads_why_a_case_was_declined(client, case, editor):
    review.decide(
        case=case, kind=Kind.DECLINE, by=editor, revision=case.current_revision, note="与征集方向不符，请改投。"
    )

    response, page = look(client, case)

    assert response.context["standing"].closing.note == "与征集方向不符，请改投。"
    assert page.count("与征集方向不符，请改投。") == 2  # above, and in the record below
    assert editor.name not in page


def test_holder_is_led_to_the_published_page_and_sees_no_inner_step(client):
    case = CaseFactory(state=Case.State.PUBLISHED)

    response, page = look(client, case)

    assert f'href="{case.library_entry.get_absolute_url()}"' in page
    kinds = [step.label for step in response.context["standing"].steps]
    assert kinds == [Kind.PUBLISH.label, Kind.TAKE_UP.label, Kind.SUBMIT.label]


def test_holder_sees_the_photos_while_the_text_is_under_review(client, case):
    photo = CasePhotoFactory(case=case, caption="驿站开张")

    response, page = look(client, case)

    assert response.context["standing"].photos == [photo]
    assert "驿站开张" in page


def test_holder_reads_letters_that_left_about_this_case_alone(client, case, editor):
    other = CaseFactory(organisation=case.organisation, state=Case.State.FIRST_REVIEW)
    write(case, editor, f"请在〔{case.number}网页链接〕上补充照片。")
    write(case, editor, "这封还没有发出。", state=LetterState.DRAFT)
    both = write(case, editor, "这封还谈到另一个案例。")
    second = write(other, editor, "另一个案例的事。")
    with transaction.atomic(), whole_scope():
        second.items.update(letter=both, position=2)

    response, page = look(client, case)

    assert [each.body.count("（本页）") for each in response.context["standing"].letters] == [1]
    assert "还没有发出" not in page
    assert "另一个案例" not in page


def test_holder_is_told_what_the_call_still_lacks(client):
    call = CallFactory(announced=True, least_photos=2)
    case = CaseFactory(organisation=call.organisation)
    Case.objects.filter(pk=case.pk).update(call=call)
    walk(case, Case.State.RECEIVED)
    case.refresh_from_db()

    response, page = look(client, case)

    assert [finding.code for finding in response.context["standing"].findings if not finding.is_met] == [
        "parts",
        "photos_few",
    ]
    assert call.name in page


def test_holder_of_a_case_whose_call_closed_is_not_invited_to_change_it(client):
    call = CallFactory(announced=True)
    case = CaseFactory(organisation=call.organisation)
    Case.objects.filter(pk=case.pk).update(call=call)
    walk(case, Case.State.RECEIVED)
    call.closes_at = timezone.now() - timedelta(hours=1)
    call.save(update_fields=["closes_at"])

    response, page = look(client, Case.objects.get(pk=case.pk))

    assert response.context["resubmit"] is None
    assert "征集已截止，文稿以报送时为准" in page
