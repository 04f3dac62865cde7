"""Processes and clusters of their own, for tests of what runs outside Django."""

import os
import shutil
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from config import embedded_pg


@pytest.fixture
def manage(request):
    """Start `manage.py …` in a child that works out its own kind of process; killed with the test."""
    started = []

    def start(*arguments, **environment):
        inherited = {name: value for name, value in os.environ.items() if name != "APP_PROCESS"}
        child = subprocess.Popen(
            [sys.executable, settings.BASE_DIR / "manage.py", *arguments],
            env=inherited | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture(scope="module")
def spare_var():
    """A var/ folder of its own, inside ours: root's cluster must be reachable for the account it runs as."""
    var = settings.VAR_DIR / f"spare-{os.getpid()}"
    yield var
    embedded_pg.stop(var)
    shutil.rmtree(embedded_pg.layout(var).home.parent, ignore_errors=True)
    shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="module")
def spare_cluster(spare_var):
    """A second server that runs, as a stand-in for the one a DATABASE_URL names."""
    return embedded_pg.ensure_running(spare_var)


@pytest.fixture
def test_database_url(transactional_db):
    """The address of the database of this test run, for child processes."""
    found = connection.settings_dict
    where = quote(str(found["HOST"]), safe="")
    return f"postgres://{found['USER']}:{quote(found['PASSWORD'])}@{where}:{found['PORT']}/{found['NAME']}"


def address(place, role, name=embedded_pg.DATABASE):
    """Return the DATABASE_URL of a database in a cluster of ours."""
    return f"postgres://{role}@{quote(str(place.sockets), safe='')}:5432/{name}"
