"""The pages between: asked who is there before a number is shown, and for a code when signing in."""

import time

import pyotp
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from config.sealed import unseal
from members.actions import factor as factor_actions
from members.models import SecondFactor
from tests.axe import assert_accessible
from tests.factories.members import PASSWORD, OrganisationFactory, PersonFactory, UserFactory
from tests.journeys.test_every_page import cookie_of

IDENTITY = "370685198503121231"


def fits(page, width):
    return page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def official(transactional_db):
    return UserFactory(organisation=OrganisationFactory(), role="official")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_number_is_shown_after_the_password_with_the_choices_kept(new_page, live_server, official, width):
    person = PersonFactory(organisation=official.organisation, identity=IDENTITY)
    key = cookie_of(official)
    session = SessionStore(key)
    session["started_at"], session["seen_at"] = time.time() - 600, time.time()
    session.save()
    page = new_page(width=width)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])

    page.goto(person.get_absolute_url())
    page.check("[name=place][value=identity]")
    page.select_option("select[name=reason]", "verify")
    page.click("form[action$='/number/'] button")
    assert_accessible(page)
    assert fits(page, width)
    page.fill("[name=proof_password]", "wrong")
    page.click("text=确认并继续")
    assert "密码不正确" in page.inner_text("main")
    page.fill("[name=proof_password]", PASSWORD)
    page.click("text=确认并继续")

    assert page.inner_text(".revealed") == IDENTITY


@pytest.mark.parametrize("width", [1280, 390])
def test_signing_in_with_a_second_factor(new_page, live_server, official, width):
    factor_actions.begin(user=official)
    first = pyotp.TOTP(unseal(SecondFactor.objects.get(), "seed_cipher")).now()
    codes = factor_actions.confirm(user=official, code=first)
    page = new_page(width=width)

    page.goto("/account/login/?next=/people/")
    page.fill("[name=username]", official.username)
    page.fill("[name=password]", PASSWORD)
    page.click("form.narrow button")
    assert_accessible(page)
    assert fits(page, width)
    page.fill("[name=code]", codes[3])
    page.click("form.narrow button")

    assert page.url.endswith("/people/")
