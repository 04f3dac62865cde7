import pytest
from playwright.sync_api import expect

from tests.axe import assert_accessible


@pytest.mark.parametrize("width", [1280, 390])
def test_entrance_is_accessible_and_fits_the_screen(new_page, width):
    page = new_page(width=width)
    requested = []
    page.on("request", lambda request: requested.append(request.url))

    for address in ("/account/login/", "/there-is-no-such-page/"):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    site = page.url.split("/there")[0]
    assert [url for url in requested if not url.startswith(site)] == []


def test_language_switch_works_without_a_script(new_page):
    page = new_page(java_script_enabled=False)
    page.goto("/account/login/")

    page.get_by_role("button", name="English").click()

    expect(page.locator("h1")).to_have_text("Sign in")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("登录")
