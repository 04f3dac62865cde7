"""Fixtures for journeys in a real Chromium: one browser a session, one context a test, no request to the outside."""

import functools
import os
import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]


def find_browser():
    """Return the path of a Chromium, or None."""
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


@functools.cache
def browser_problem():
    """Say why journeys cannot run here and what to do about it; None when they can."""
    if find_browser() is None:
        return "no Chromium: apt-get install chromium fonts-wqy-zenhei libatomic1, or set CHROMIUM_PATH"
    from playwright._impl._driver import compute_driver_executable  # noqa: PLC0415  (slow to import)

    try:
        subprocess.run([*compute_driver_executable(), "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return f"Playwright does not start: apt-get install libatomic1 ({error})"
    return None


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for the whole session."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where a journey runs)

    problem = browser_problem()
    assert problem is None, problem
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root with its sandbox on
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS + as_root)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser, live_server):
    """Open pages of contexts (so: people) of their own, at a width in CSS pixels; links are relative to the site."""
    contexts = []

    def open_page(width=1280, height=900, **options):
        context = browser.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    """A page on a desktop screen."""
    return new_page()


@pytest.fixture
def page_phone(new_page):
    """A page on a phone, 390 pixels wide."""
    return new_page(width=390, height=844, is_mobile=True, has_touch=True)


if __name__ == "__main__" and (problem := browser_problem()):
    print(f"浏览器测试将跳过。Browser journeys will be skipped: {problem}")  # noqa: T201
