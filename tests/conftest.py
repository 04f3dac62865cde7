"""The test run: the embedded Postgres, a database made by `owner` and used by `app`, a real browser.

Code under test connects as the role `app`, exactly as the web server does, so a test that passes only as the
tables' owner cannot pass.
"""

import contextlib
import os
import threading

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases
from django.utils.translation.reloader import translation_file_changed

from config import database, startup
from config.translations import compile_messages
from tests.browser import browser, browser_problem, new_page, page, page_phone  # noqa: F401  (fixtures)
from tests.pages import TidyClient


def pytest_configure(config):
    """Have the server, the translations and the settings of a test run ready before the first test."""
    from django.conf import settings  # noqa: PLC0415  (not before pytest-django has named the settings)

    if not hasattr(config, "workerinput"):  # not in each of xdist's workers
        try:
            startup.prepare_folder(settings.VAR_DIR)
            database.ensure_running(settings.VAR_DIR)
        except startup.CannotStart as refusal:
            pytest.exit(str(refusal), returncode=1)
        for catalog in compile_messages():
            translation_file_changed(None, catalog)  # forget what was loaded before: Django is already set up here
    # Playwright's event loop would make Django open a second connection in this thread, which nobody closes.
    connections._connections = threading.local()
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.TASKS["default"]["BACKEND"] = "django_tasks.backends.immediate.ImmediateBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items):
    """Skip browser tests with the reason where no browser is; REQUIRE_BROWSER=1 makes them fail instead."""
    journeys = [item for item in items if {"browser", "page", "page_phone"} & set(getattr(item, "fixturenames", ()))]
    for item in journeys:
        item.add_marker("browser")
    if journeys and os.environ.get("REQUIRE_BROWSER") != "1" and (problem := browser_problem()):
        for item in journeys:
            item.add_marker(pytest.mark.skip(reason=problem))


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker, django_db_modify_db_settings):
    """Create and migrate the test database as `owner`, then hand it to the tests as `app`."""
    verbosity = request.config.option.verbose
    with django_db_blocker.unblock():
        with acting_as("owner"):
            databases = setup_databases(verbosity=verbosity, interactive=False)
        connection.ops.execute_sql_flush = flush_as_owner
    yield
    with django_db_blocker.unblock(), acting_as("owner"):
        teardown_databases(databases, verbosity=verbosity)


@contextlib.contextmanager
def acting_as(process):
    """Reconnect the default connection as another of `database.LIMITS`, and back again."""
    before = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(connected_as(process))
    yield
    connection.close()
    connection.settings_dict.update({key: before[key] for key in connected_as(process)})


def connected_as(process):
    from django.conf import settings  # noqa: PLC0415  (see above)

    entry = database.settings_for(process, settings.VAR_DIR)
    return {key: entry.get(key, "") for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")}


@contextlib.contextmanager
def owner_cursor():
    """Open a cursor of the role that owns the tables, on a connection of its own."""
    owner = connection.copy()
    owner.settings_dict = {**connection.settings_dict, **connected_as("owner")}
    owner.settings_dict["OPTIONS"]["options"] = "-c lock_timeout=10000"
    try:
        with owner.cursor() as cursor:
            yield cursor
    finally:
        owner.close()


def flush_as_owner(statements):
    """Empty the tables after a transactional test, which neither `app` nor an append-only trigger would allow."""
    with owner_cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        guarded = [table for (table,) in cursor.fetchall()]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded]
        cursor.execute("; ".join(["BEGIN", *off, *(sql.rstrip("; ") for sql in statements), *on, "COMMIT"]))


@pytest.fixture
def as_owner(db):
    """Give a test a cursor of the tables' owner (outside the test's own transaction)."""
    with owner_cursor() as cursor:
        yield cursor


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright():
    # Playwright's synchronous interface keeps an event loop in this thread; Django would refuse its queries there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture
def client():
    """The client of every test: it refuses untidy pages."""
    return TidyClient()


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    """Keep the files and keys of a test in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.KEY_RING_PATH = tmp_path / "keys" / "ring.json"
    settings.VAULT_DIR = tmp_path / "vault"
