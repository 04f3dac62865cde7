"""The data desk in a real browser: nothing the content security policy blocks, accessible, usable on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.models import Case
from members.models import AuditEvent
from tests.axe import assert_accessible
from tests.factories.cases import CaseFactory, SubjectFieldFactory
from tests.factories.members import PASSWORD, OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page, user):
    page.goto(reverse("members:account_login"))
    page.locator("[name=username]").fill(user.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main .btn-primary").first.click()
    page.wait_for_url(lambda url: "login" not in url)


@pytest.fixture
def world(transactional_db):
    root = OrganisationFactory(name="甲县县委组织部")
    bodies = [OrganisationFactory(parent=root, name=name) for name in ("甲县交通运输局", "甲县交通局")]
    case = CaseFactory(organisation=bodies[1], field=SubjectFieldFactory(), state=Case.State.PUBLISHED)
    user = UserFactory(organisation=root, role="steward")
    RoleAssignmentFactory(user=user, role="security_admin")
    return {"root": root, "kept": bodies[0], "absorbed": bodies[1], "case": case, "user": user}


@pytest.mark.parametrize("width", [1280, 390])
def test_every_kind_of_page_is_accessible_and_obeys_the_policy(new_page, world, width):
    page = new_page(width=width)
    blocked = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    sign_in(page, world["user"])
    organisation = f"/admin/members/organisation/{world['kept'].pk}/"
    merge = f"?kept={world['kept'].pk}&absorbed={world['absorbed'].pk}"

    for address in (
        "/admin/",
        "/admin/cases/case/",
        f"{organisation}change/",
        f"{organisation}history/",
        "/admin/members/organisation/add/",
        f"/admin/members/organisation/merge/{merge}",
        f"/admin/members/user/{world['case'].created_by_id}/change/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert blocked == [], address  # before axe, which adds styles of its own
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        blocked.clear()


def test_cases_get_another_organisation_after_a_preview(page, world):
    sign_in(page, world["user"])
    page.goto("/admin/cases/case/")

    page.locator(".action-select").first.check()
    page.locator("select[name=action]").select_option("set_organisation")
    page.locator("button[name=index]").click()
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("运输局")
    page.locator(".select2-results__option", has_text="甲县交通运输局").click()
    page.locator("button[name=preview]").click()
    expect(page.locator("ins")).to_have_text("甲县交通运输局")
    assert Case.objects.get().organisation == world["absorbed"]
    page.locator("button[name=confirm]").click()

    expect(page.locator(".messagelist")).to_contain_text("已更改 1 条")
    assert Case.objects.get().organisation == world["kept"]
    assert AuditEvent.objects.filter(event="case.reassign").count() == 1
