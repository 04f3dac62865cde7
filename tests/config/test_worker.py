"""The background worker: killed workers' tasks are taken over, attempts are bounded."""

import signal
import time

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.management.commands.worker import BACKOFF_SECONDS
from tests.config import sample_tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def work():
    """Let a worker in this process do everything that is due; it leaves its signal handlers behind."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    yield lambda: call_command("worker", batch=True, startup_delay=False, reload=False)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def row(result):
    return DBTaskResult.objects.get(id=result.id)


def test_worker_does_what_is_queued(work):
    queued = sample_tasks.succeed.enqueue()

    work()

    assert (row(queued).status, row(queued).return_value) == ("SUCCESSFUL", "done")


def test_worker_tries_a_failing_task_three_times_and_later_each_time(work):
    queued = sample_tasks.fail.enqueue()
    waits = []

    for _attempt in range(2):
        work()
        found = row(queued)
        assert found.status == "READY"
        waits.append(round((found.run_after - timezone.now()).total_seconds()))
        DBTaskResult.objects.update(run_after=timezone.now())
    work()
    work()

    assert waits == [BACKOFF_SECONDS, 2 * BACKOFF_SECONDS]
    assert (row(queued).status, len(row(queued).worker_ids)) == ("FAILED", 3)


def test_worker_takes_over_the_task_of_a_killed_worker(manage, test_database_url, tmp_path, work):
    queued = sample_tasks.hang_the_first_time.enqueue(str(tmp_path / "marker"))
    first = manage("worker", "--no-startup-delay", DATABASE_URL=test_database_url)
    wait_for((tmp_path / "marker").exists)

    first.kill()
    first.wait()
    assert row(queued).status == "RUNNING"
    second = manage("worker", "--no-startup-delay", "--interval=0.1", DATABASE_URL=test_database_url)
    wait_for(lambda: row(queued).status == "SUCCESSFUL")

    assert len(row(queued).worker_ids) == 2
    second.terminate()
    assert second.wait(10) == 0


def test_worker_gives_up_a_task_that_killed_three_workers(manage, test_database_url):
    queued = sample_tasks.succeed.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now(), worker_ids=["gone", "lost", "dead"])

    manage("worker", "--no-startup-delay", DATABASE_URL=test_database_url)
    wait_for(lambda: row(queued).status == "FAILED")

    assert row(queued).exception_class_path.endswith("WorkerLost")
    assert row(queued).finished_at is not None
