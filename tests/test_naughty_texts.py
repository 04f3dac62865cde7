"""Any text anywhere: no error page; what is stored is what was sent, or it is refused (`security.md` row 42).

The strings are our own, after what is known to break programs: NUL and control characters, marks nobody sees,
other scripts' digits, markup, templates, formulas, paths, numbers longer than any.
"""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from lxml import html

from cases.actions import case as case_actions
from cases.models import Case, Comment, LibraryEntry
from config import limits
from members.models import Organisation
from members.permissions import Role
from tests.access_table import ROWS
from tests.factories.cases import CaseFactory
from tests.test_access import address, county, world  # noqa: F401  (fixtures)

LONG = "9" * 5000
TEXTS = [
    "\x00",
    "响\x08铃\x1f",
    "\ufffe\uffff",
    "\u202e反写\u202c",
    "\u200b\ufeff",
    "\u2028行\u2029段",
    "👩‍👩‍👧‍👦𠮷",
    "ﷺ²٣",
    "'\"><script>alert(1)</script>",
    "{{ 7|add:7 }}{% now %}%s%(a)d{0}",
    "=1+1\t@SUM(A1)",
    "..\\../etc/passwd\r\nSet-Cookie: a=b",
    "\\%_'; drop table cases_case; --",
    "長" * 3000,
]
VALUES = ["\x00", LONG, "9" * 25, "-1", "²'"]
PARAMETERS = (
    *("page", "sort", "q", "city", "year", "field", "kind", "intake", "case", "state", "from", "to", "redo", "name"),
    *("organisation", "missing", "account", "event", "object_type", "object_id", "first_on", "last_on", "before"),
    *("next", "sent", "plate"),
)
DESK = [
    "/admin/cases/case/{case.pk}/change/",
    "/admin/cases/subjectfield/add/",
    "/admin/members/organisation/add/",
    "/admin/members/organisation/{organisation.pk}/change/",
    "/admin/members/user/add/",
    "/admin/members/user/{account.pk}/change/",
    "/admin/members/user/{account.pk}/grant/",
]
ROLES = [None, Role.OFFICIAL, Role.CHIEF_EDITOR, Role.STEWARD, Role.SECURITY_ADMIN]


@pytest.fixture
def unlimited(monkeypatch):
    """Let the limits on strangers count, and let everybody pass."""
    monkeypatch.setattr("cases.views.comment.hit", lambda key, **window: limits.hit(key, **window) or True)
    monkeypatch.setattr("cases.views.holder.hit", lambda key, **window: limits.hit(key, **window) or True)


def signed_in(world, role):  # noqa: F811
    client = Client(raise_request_exception=False)
    if role:
        client.force_login(world["own"]["users"][role])
    return client


def pages(world, role):  # noqa: F811
    side = world["own"]
    names = [name for name in sorted(ROWS) if "GET" in ROWS[name].methods]
    found = [address(name, side) for name in names if (ROWS[name].access == "public") == (role is None)]
    named = {"case": side["case"], "organisation": side["organisation"], "account": side["users"][Role.EDITOR]}
    return found + ([page.format(**named) for page in DESK] if role in {Role.STEWARD, Role.SECURITY_ADMIN} else [])


def forms_on(client, page):
    """Yield (address, data as the page gives it, names of text fields, names of the others) of each form that posts."""
    response = client.get(page)
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return
    for form in html.document_fromstring(response.content.decode()).forms:
        target = form.action or page
        if form.method == "POST" and target not in {reverse("set_language"), reverse("members:account_logout")}:
            yield target, *fields_of(form)


def fields_of(form):
    data = {name: value or "" for name, value in form.form_values() if name != "csrfmiddlewaretoken"}
    written = ".//textarea/@name | .//input[not(@type) or @type='text' or @type='search' or @type='email']/@name"
    texts = set(form.xpath(written))
    button = next(iter(form.xpath(".//button[@name]")), None)
    if button is not None:
        data[button.get("name")] = button.get("value", "")
    return data, texts, set(data) - texts


def answer(client, target, data):
    """Post and roll back; return the status."""
    with transaction.atomic():
        status = client.post(target, data).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_no_form_answers_any_text_with_an_error(role, world, unlimited):  # noqa: F811
    client, seen, broken = signed_in(world, role), set(), []
    for page in pages(world, role):
        for target, data, texts, others in forms_on(client, page):
            if (target, *sorted(data)) in seen:
                continue
            seen.add((target, *sorted(data)))
            for text in TEXTS if texts else ():
                if answer(client, target, {**data, **dict.fromkeys(texts, text)}) >= 500:
                    broken.append((target, sorted(texts), text[:20]))
            for name in others:
                for value in VALUES:
                    if answer(client, target, {**data, **dict.fromkeys(texts, "文字"), name: value}) >= 500:
                        broken.append((target, name, value[:20]))

    assert seen
    assert broken == []


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_no_page_answers_any_parameter_with_an_error(role, world):  # noqa: F811
    client, asked, broken = signed_in(world, role), 0, []
    for page in pages(world, role):
        if client.get(page).status_code != 200:
            continue
        for value in VALUES:
            asked += 1
            if client.get(page, dict.fromkeys(PARAMETERS, value)).status_code >= 500:
                broken.append((page, value[:20]))

    assert asked
    assert broken == []


@pytest.mark.parametrize("number", ["0", "2", "9" * 18, "9" * 40])
def test_a_part_of_the_sitemap_that_is_not_there_is_not_found(client, db, number):
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_stored_as_it_was_written_or_refused(client, world, text):  # noqa: F811
    case, editor = world["own"]["case"], world["own"]["users"][Role.EDITOR]
    case_actions.take(case=case, by=editor)
    client.force_login(editor)
    base = case.current_revision

    response = client.post(
        reverse("cases:revision_edit", args=[case.pk]),
        {"base": base.pk, "title": "驿站", "body": f"甲{text}乙", "note": ""},
    )

    case.refresh_from_db()
    if response.status_code == 302:
        assert case.current_revision.body == f"甲{text}乙".replace("\r\n", "\n")
    else:
        assert response.status_code == 422
        assert case.current_revision == base


@pytest.mark.parametrize("text", TEXTS)
def test_a_comment_is_stored_as_it_was_written_or_refused(client, world, text):  # noqa: F811
    target = reverse("cases:comment_leave", args=[world["own"]["slug"]])

    response = client.post(target, {"name": "读者", "body": f"甲{text}乙"})

    stored = Comment.objects.order_by("-pk").first()
    if response.status_code == 302:
        assert stored.body == f"甲{text}乙".replace("\r\n", "\n")
    else:
        assert response.status_code == 422
        assert stored == world["other"]["public_comment"]


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u202c", "\ufeff \u2060"])
def test_a_name_nobody_sees_is_no_name(client, world, name):  # noqa: F811
    before = Comment.objects.count()

    response = client.post(reverse("cases:comment_leave", args=[world["own"]["slug"]]), {"name": name, "body": "好"})

    assert response.status_code == 422
    assert Comment.objects.count() == before


@pytest.mark.parametrize("name", ["编\u200b辑部", "管\u2060理\u00ad员", "编\u3000辑 部"])
def test_unseen_marks_do_not_hide_the_desks_name(client, world, name):  # noqa: F811
    response = client.post(reverse("cases:comment_leave", args=[world["own"]["slug"]]), {"name": name, "body": "好"})

    assert response.status_code == 409


def test_one_text_does_not_take_the_feed_from_its_readers(client, db):
    case = CaseFactory(state=Case.State.PUBLISHED)
    Organisation.objects.filter(pk=case.organisation_id).update(name="某\x1b局")
    LibraryEntry.objects.filter(case=case).update(title="响\x08铃", summary="一\x02二", organisation_name="某\x1b局")

    response = client.get(reverse("cases:library_feed"))

    assert response.status_code == 200
    assert "响铃" in response.content.decode()
