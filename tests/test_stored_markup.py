"""Markup in any text is text on every page: written through the forms, then looked for everywhere (row 39)."""

import pytest
from django.db import transaction
from django.test import Client

from cases.actions import comment as comment_actions
from cases.models import Comment
from members.middleware import whole_scope
from members.models import Organisation
from members.permissions import Role
from tests.access_table import ROWS
from tests.factories.members import OrganisationFactory
from tests.pages import TidyClient
from tests.test_access import address, county
from tests.test_naughty_texts import forms_on, unlimited  # noqa: F401  (fixture)

MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><b>粗"
WRITERS = [None, Role.OFFICIAL, Role.EDITOR, Role.CHIEF_EDITOR, Role.STEWARD, Role.SECURITY_ADMIN]
DESK = [
    "/admin/members/organisation/{organisation}/change/",
    "/admin/members/organisation/",
    "/admin/members/user/{account}/change/",
    "/admin/members/user/",
    "/admin/cases/case/{case}/change/",
    "/admin/cases/case/",
]


@pytest.fixture
def side(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with transaction.atomic(), whole_scope():
        return county(OrganisationFactory(kind=Organisation.Kind.PLATFORM), "甲县交通运输局")


def as_role(client, side, role):
    if role:
        client.force_login(side["users"][role])
    return client


def pages(side, role):
    names = [name for name in sorted(ROWS) if "GET" in ROWS[name].methods]
    found = [address(name, side) for name in names if (ROWS[name].access == "public") == (role is None)]
    named = {"case": side["case"].pk, "organisation": side["organisation"].pk, "account": side["users"][Role.EDITOR].pk}
    return found + ([page.format(**named) for page in DESK] if role in {Role.STEWARD, Role.SECURITY_ADMIN} else [])


def test_markup_stored_through_any_form_stays_text(side, unlimited):  # noqa: F811
    stored = 0
    for role in WRITERS:
        client = as_role(Client(), side, role)
        for page in pages(side, role):
            for target, data, texts, _others in forms_on(client, page):
                # One field at a time too: a name may refuse what the sentence below it takes.
                for names in [texts, *({name} for name in texts if len(texts) > 1)]:
                    sent = {name: "文字" for name in texts if not data.get(name)} if len(names) == 1 else {}
                    response = client.post(target, {**data, **sent, **dict.fromkeys(names, MARKUP)})
                    stored += response.status_code == 302
    for comment in Comment.objects.filter(state="pending"):
        comment_actions.decide_each(
            by=side["users"][Role.CHIEF_EDITOR], comments=[comment], state=Comment.State.APPROVED
        )

    alive, asked, shown = [], 0, 0
    for role in [None, *Role]:
        client = as_role(TidyClient(), side, role)  # refuses a page with an inline script or a handler
        for page in pages(side, role):
            response = client.get(page)
            if response.streaming or response.headers["Content-Type"].startswith("text/plain"):
                continue  # nothing a browser reads as a page: `nosniff` stands on every answer (tests/test_headers.py)
            body = response.content.decode(errors="replace")
            asked += 1
            shown += "&lt;script&gt;alert(1)" in body
            if "<script>alert(1)" in body or "<img src=x" in body:
                alive.append((role, page))

    assert stored > 20
    assert asked > 100
    assert shown > 10
    assert alive == []
