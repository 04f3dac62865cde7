"""A session that ends while somebody writes: the words come along through the sign-in."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from lxml import html

from cases.models import Case
from members.actions import factor
from tests.factories.cases import CaseFactory
from tests.factories.members import PASSWORD, UserFactory
from tests.members.test_factor import START, code_of

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"
BODY = "写了一下午的正文。\r\n第二段。"


@pytest.fixture
def editor():
    return UserFactory(username="bianji", role="chief_editor")


@pytest.fixture
def case(editor):
    return CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED)


def fields(response, action):
    """Return the values of the form with this action, as a browser would send them."""
    page = html.document_fromstring(response.content.decode())
    (form,) = page.xpath(f"//main//form[@action='{action}']")
    return {entry.name: entry.value or "" for entry in form.xpath(".//input[@name]")}


def sent_without_session(client, case):
    sent = {"base": case.current_revision_id, "title": case.title, "body": BODY, "note": ""}
    address = f"{reverse('cases:revision_edit', args=[case.pk])}?queue=received"
    return address, client.post(address, sent)


def test_what_was_written_is_saved_after_signing_in_again(client, case, editor):
    address, refused = sent_without_session(client, case)
    wrong = client.post(LOGIN, {**fields(refused, LOGIN), "username": "bianji", "password": "falsch"})
    resumed = client.post(LOGIN, {**fields(wrong, LOGIN), "username": "bianji", "password": PASSWORD})
    again = fields(resumed, address)
    saved = client.post(address, again)

    assert refused.status_code == 401
    assert "登录已过期" in refused.content.decode()
    assert "写了一下午的正文。" in resumed.content.decode()
    assert saved.status_code == 302
    case.refresh_from_db()
    assert case.current_revision.body == BODY.replace("\r\n", "\n")


def test_what_was_written_survives_the_second_step_of_signing_in(client, case, editor):
    with time_machine.travel(START, tick=False) as clock:
        factor.begin(user=editor)
        factor.confirm(user=editor, code=code_of(editor))
        clock.shift(datetime.timedelta(minutes=1))
        address, refused = sent_without_session(client, case)

        client.post(LOGIN, {**fields(refused, LOGIN), "username": "bianji", "password": PASSWORD})
        resumed = client.post(reverse("members:factor_sign_in"), {"code": code_of(editor)})

    assert fields(resumed, address)["body"].split() == BODY.split()


def test_a_press_without_words_goes_to_the_page_it_was_made_on(client, case):
    address = reverse("cases:review_take", args=[case.pk])
    page = reverse("cases:review_detail", args=[case.pk])

    near = client.post(address, {}, headers={"Referer": f"http://testserver{page}?queue=received"})
    far = client.post(address, {}, headers={"Referer": "https://elsewhere.example/"})

    assert near["Location"] == f"{LOGIN}?next={page}%3Fqueue%3Dreceived"
    assert far["Location"] == f"{LOGIN}?next=/desk/"


def test_numbers_of_people_are_never_carried(client):
    response = client.post(reverse("members:register_find"), {"text": "张三"})

    assert response.status_code == 302


def test_a_token_of_somebody_else_carries_nothing(client, editor):
    response = client.post(LOGIN, {"username": "bianji", "password": PASSWORD, "kept": "eyJhIjoxfQ:abc:def"})

    assert response.status_code == 302


def test_a_post_from_another_site_is_refused_before_its_words_are_read(case):
    door = Client(enforce_csrf_checks=True)

    response = door.post(reverse("cases:revision_edit", args=[case.pk]), {"body": BODY})

    assert response.status_code == 403
    assert "写了一下午" not in response.content.decode()
