"""The headers of every address, frozen (`security.md` row 44): for nobody, for an account, and on error pages."""

import pytest
from django.test import Client

from members.permissions import Role
from tests.access_table import ROWS
from tests.test_access import address, county, world  # noqa: F401  (fixtures)

CONTENT_SECURITY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "img-src": "'self' data:",
}
FILE_SECURITY = {"default-src": "'none'", "sandbox": ""}
FILES = {
    "cases:export_plain",
    "cases:export_word",
    "cases:call_notice",
    "cases:sheet_word",
    "cases:proof_file",
    "cases:photo_file",
    "cases:holder_photo_file",
    "cases:photo_public",
    "cases:scoring_photo",
    "cases:receipt_original",
    "cases:mail_original",
    "cases:mail_file",
    "cases:recommend_form",
    "services:attachment_file",
    "services:attachment_photo",
    "services:template_file",
}
HOLDER = ("cases:holder_", "cases:approval_page")  # addresses that are a key themselves
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DESK = ["/admin/", "/admin/cases/case/", "/admin/members/organisation/add/", "/admin/members/organisation/"]
ERRORS = ["/nowhere/", "/library/lib.js", "/desk/cases/999999/", "/account/first-password/MQ/used/"]


def policy(response):
    found = {}
    for directive in response.headers.get("Content-Security-Policy", "").split(";"):
        name, _space, value = directive.strip().partition(" ")
        found[name] = value
    return found


def faults(name, response):
    """What differs from the frozen set, one phrase each."""
    is_file = name in FILES and response.status_code == 200
    sent = {key: response.headers.get(key) for key in FIXED}
    found = [f"{key}: {sent[key]}" for key in FIXED if sent[key] != FIXED[key]]
    if policy(response) != (FILE_SECURITY if is_file else CONTENT_SECURITY):
        found.append(f"policy {policy(response)}")
    wanted = "strict-origin" if name.startswith(HOLDER) else "same-origin"
    if response.headers.get("Referrer-Policy") != wanted:
        found.append(f"referrer {response.headers.get('Referrer-Policy')}")
    return [f"{name} {response.status_code}: {fault}" for fault in found]


@pytest.mark.parametrize("role", [None, Role.OFFICIAL, Role.CHIEF_EDITOR, Role.STEWARD], ids=str)
def test_every_address_carries_the_same_headers(role, world):  # noqa: F811
    client = Client()
    if role:
        client.force_login(world["own"]["users"][role])
    differing, kept, answered = [], [], 0

    pages = [(name, address(name, world["own"])) for name in sorted(ROWS) if "GET" in ROWS[name].methods]
    for name, url in pages + [(url, url) for url in DESK + ERRORS]:
        response = client.get(url)
        answered += response.status_code == 200
        differing += faults(name, response)
        is_public_file = name == "cases:photo_public"
        if role and not is_public_file and "no-store" not in response.headers.get("Cache-Control", ""):
            kept.append((name, response.status_code, response.headers.get("Cache-Control")))

    assert answered > 10
    assert differing == []
    assert kept == []


def test_a_request_that_fails_before_any_view_is_no_less_guarded(client, db):
    forged = client.get("/", headers={"host": "elsewhere.example"})
    unsigned = Client(enforce_csrf_checks=True).post("/account/login/", {"username": "a"})
    wrong_method = client.post("/library/")

    assert [forged.status_code, unsigned.status_code, wrong_method.status_code] == [400, 403, 405]
    assert faults("forged", forged) + faults("unsigned", unsigned) + faults("wrong", wrong_method) == []


def test_nobody_but_us_may_keep_what_an_account_saw(world):  # noqa: F811
    client = Client()
    case = world["own"]["case"]
    client.force_login(world["own"]["users"][Role.EDITOR])

    assert client.get(case.get_absolute_url()).headers["Cache-Control"] == "private, no-store"
    client.logout()
    assert "no-store" not in client.get("/library/").headers.get("Cache-Control", "")
