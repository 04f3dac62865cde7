"""The daily sweep: old files without a row go, all others stay; expired rows go."""

import os
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.actions import intake
from cases.actions.sweep import KEPT_SECONDS, sweep, sweep_daily
from cases.models import Intake
from config.management.commands.worker import plan_daily
from config.uploads import storage
from tests.factories.cases import CasePhotoFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def named():
    """The original of one case and the picture of one photo, both old."""
    official = UserFactory(role="official")
    case = intake.receive(
        data="驿站登记党员12名。\n解决难题3个。".encode(),
        filename="来稿.txt",
        door=Intake.Door.UPLOAD,
        organisation=official.organisation,
        by=official,
    )
    photo = CasePhotoFactory(case=case)
    return {aged(storage.ORIGINALS, case.intakes.get().sha256), aged(storage.PICTURES, photo.large_sha256)}


def aged(shelf, digest, seconds=KEPT_SECONDS + 60):
    path = storage.path_of(shelf, digest)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_old_files_without_a_row_go_and_all_others_stay(named):
    old = {
        aged(storage.ORIGINALS, storage.keep(b"never sent")),
        aged(storage.PICTURES, storage.keep(b"a photo rolled back", storage.PICTURES)),
    }
    young = {
        aged(storage.ORIGINALS, storage.keep(b"still being looked at"), KEPT_SECONDS - 60),
        aged(storage.PICTURES, storage.keep(b"just added", storage.PICTURES), 0),
    }
    torn = next(iter(old)).with_name(".part-abc")
    torn.write_bytes(b"half")
    os.utime(torn, (0, 0))

    counted = sweep()

    assert (counted["originals"], counted["pictures"]) == (1, 1)
    assert [path for path in old | {torn} if path.exists()] == []
    assert [path for path in named | young if not path.exists()] == []


def test_giving_an_old_file_again_keeps_it(named):
    path = aged(storage.ORIGINALS, storage.keep(b"once more"))
    storage.keep(b"once more")

    assert sweep()["originals"] == 0
    assert path.exists()


def test_a_database_without_a_row_costs_no_file():
    path = aged(storage.ORIGINALS, storage.keep(b"of a database not restored yet"))

    assert sweep()["originals"] == 0
    assert path.exists()


def test_the_command_counts_without_removing(named, capsys):
    path = aged(storage.ORIGINALS, storage.keep(b"never sent"))

    call_command("sweep", dry_run=True)

    assert capsys.readouterr().out == "originals 1\npictures 0\n"
    assert path.exists()


def test_expired_rows_go_and_current_ones_stay():
    now = timezone.now()
    for days in (1, -1):
        Session.objects.create(session_key=f"s{days}", session_data="", expire_date=now + timedelta(days=days))
    for days in (1, 60):
        attempt = AccessAttempt.objects.create(username="x", failures_since_start=1, get_data="", post_data="")
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - timedelta(days=days))
    for days in (1, 30):
        finished(now - timedelta(days=days))
    with connection.cursor() as cursor:
        cursor.execute("insert into config_hit values ('a', 1, 1, now()), ('b', 1, 1, now() - interval '2 days')")

    counted = sweep()

    kinds = ("sessions", "attempts", "tasks", "counters")
    assert {kind: counted[kind] for kind in kinds} == dict.fromkeys(kinds, 1)
    assert (Session.objects.count(), AccessAttempt.objects.count(), DBTaskResult.objects.count()) == (1, 1, 1)


def finished(at, path="x"):
    return DBTaskResult.objects.create(
        status="SUCCESSFUL", finished_at=at, args_kwargs={}, task_path=path, run_after=at, backend_name="default"
    )


def test_the_worker_queues_it_once_in_24_hours(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

    plan_daily()
    plan_daily()

    queued = sorted(DBTaskResult.objects.values_list("task_path", flat=True))
    assert queued == sorted(settings.DAILY_TASKS)
    assert sweep_daily.module_path in queued
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(hours=25))
    plan_daily()
    assert DBTaskResult.objects.count() == 2 * len(queued)
