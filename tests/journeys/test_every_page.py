"""Every address that answers GET, in a real browser: accessible, fitting the phone, loading nothing from elsewhere.

The addresses come from `tests/access_table.py`, so a new page is looked at without anybody remembering to.
"""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from members.middleware import whole_scope
from members.models import Organisation
from members.permissions import ROLE_PERMISSIONS, Role
from tests.access_table import ROWS
from tests.axe import violations
from tests.factories.members import OrganisationFactory
from tests.test_access import address, county

# The account that finds something on most pages, in the order in which they are tried.
READERS = [
    *(Role.CHIEF_EDITOR, Role.OFFICIAL, Role.STEWARD, Role.SECURITY_ADMIN, Role.AUDITOR),
    *(Role.RECOMMENDER, Role.REVIEWER),
]


def reader_of(name):
    """Return the role that opens a page, None for a public page."""
    access = ROWS[name].access
    if access == "public":
        return None
    if access == "signed_in":
        return Role.OFFICIAL if ROWS[name].sees == "own" else Role.CHIEF_EDITOR
    return next(role for role in READERS if access & ROLE_PERMISSIONS[role])


PAGES = {}  # by reader
for _name in sorted(name for name in ROWS if "GET" in ROWS[name].methods):
    PAGES.setdefault(reader_of(_name), []).append(_name)


def cookie_of(user):
    """Store a session for the user and return its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


@pytest.fixture
def side(transactional_db):
    """One county with a row of everything an address may name."""
    with transaction.atomic(), whole_scope():
        return county(OrganisationFactory(kind=Organisation.Kind.PLATFORM), "甲县交通运输局")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("role", PAGES, ids=lambda role: str(role or "public"))
def test_every_page_is_accessible_and_fits_the_screen(new_page, side, live_server, role, width):
    """One test a reader and width, so that both cores share the work."""
    faults, requested = [], []
    page = new_page(width=width)
    page.on("request", lambda request: requested.append(request.url))
    if role:
        key = cookie_of(side["users"][role])
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    for name in PAGES[role]:
        path = address(name, side)
        response = page.context.request.get(live_server.url + path, max_redirects=0)
        if "text/html" not in response.headers.get("content-type", "") or response.status not in {200, 410}:
            continue
        page.goto(path)
        faults += [f"{name} at {width}: {fault}" for fault in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{name}: wider than {width} px")
    faults += [f"{role} loads {url}" for url in requested if not url.startswith(live_server.url)]

    assert faults == []
