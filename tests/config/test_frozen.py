"""A frozen database (`security.md` row 56); `make drill` freezes one under a whole site."""

import logging
import time

import psutil
import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from config import database
from config.logs import SilentWhileAway
from config.postgres import base
from tests.pages import untidiness

handler500 = "config.failures.server_error"


@login_not_required
def frozen(request):
    raise OperationalError("server closed the connection unexpectedly")


urlpatterns = [path("t/frozen/", frozen)]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(base, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(base.watch, "rest_until", 0.0)
    yield
    base.watch.rest_until = 0.0


@pytest.fixture
def wrapper(db, impatient, spare_cluster):
    """A connection as the web processes have it, to a server of its own."""
    place = {"NAME": "postgres", "USER": "postgres", "HOST": str(spare_cluster.sockets), "PORT": "5432"}
    wrapper = base.DatabaseWrapper({**connection.settings_dict, **place})
    yield wrapper
    wrapper.close()


def test_web_processes_alone_use_the_backend_that_gives_up(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    engines = {process: database.settings_for(process, tmp_path)["ENGINE"] for process in database.LIMITS}

    assert engines == {
        "web": "config.postgres",
        "worker": "django.db.backends.postgresql",
        "command": "django.db.backends.postgresql",
        "owner": "django.db.backends.postgresql",
    }


def test_a_statement_that_outlasts_the_patience_is_cut_off(wrapper):
    begun = time.monotonic()

    with pytest.raises(OperationalError), wrapper.cursor() as cursor:
        cursor.execute("select pg_sleep(20)")

    assert time.monotonic() - begun < 3


def test_long_work_between_quick_statements_is_left_alone(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("select 1")
        time.sleep(1)
        cursor.execute("select 2")
        assert cursor.fetchone() == (2,)


def test_a_frozen_server_is_given_up_not_asked_for_a_second_and_then_found_again(spare_cluster, wrapper):
    wrapper.ensure_connection()
    server = psutil.Process(int((spare_cluster.data / "postmaster.pid").read_text().split()[0]))
    stopped = [server, *server.children(recursive=True)]
    for process in stopped:
        process.suspend()
    try:
        begun = time.monotonic()
        with pytest.raises(OperationalError), wrapper.cursor() as cursor:
            cursor.execute("select 1")
        waited = time.monotonic() - begun
        wrapper.close()
        with pytest.raises(OperationalError, match="a moment ago"):
            wrapper.ensure_connection()
        refused = time.monotonic() - begun - waited
    finally:
        for process in reversed(stopped):
            process.resume()
    time.sleep(base.REST_SECONDS)

    assert (waited < 3, refused < 0.5) == (True, True)
    wrapper.ensure_connection()


@pytest.mark.django_db
def test_the_page_of_a_database_away_says_what_to_do(settings):
    settings.ROOT_URLCONF = __name__

    response = Client(raise_request_exception=False).get("/t/frozen/")

    page = response.content.decode()
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "数据库暂时没有响应" in page
    assert untidiness(page) == []


def test_only_the_first_failure_of_a_second_is_logged():
    away, other = OperationalError("a moment ago"), OperationalError("deadlock")
    away.__cause__ = base.NotAnswering()
    records = [
        logging.LogRecord("django.request", logging.ERROR, "", 1, "%s", ("/x",), (type(error), error, None))
        for error in (away, other)
    ]

    assert [SilentWhileAway().filter(record) for record in records] == [False, True]
