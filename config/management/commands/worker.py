"""The background worker: django-tasks-db's, plus recovery of killed tasks and a bounded number of attempts.

While it lives, a worker's database session holds an advisory lock named after it; Postgres frees the lock the moment
the process dies, kill -9 included, so no heartbeat and no guessed time-out is needed. Tasks run at least once:
they must be idempotent. Needs a direct connection to Postgres, not one through a transaction pooler.
Could go when https://github.com/RealOrangeOne/django-tasks/issues/46 (stuck RUNNING tasks) is solved.
"""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections, transaction
from django.db.models import Q
from django.db.utils import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks.signals import task_finished
from django_tasks_db.compat import TASKS_LOGGER
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

LOCK_CLASS = 4711  # our name space among advisory locks: (LOCK_CLASS, hash of the worker's id)
MAX_ATTEMPTS = 3
BACKOFF_SECONDS = 10  # doubled with every further attempt
LOOK_EVERY_SECONDS = 2
PLAN_EVERY_SECONDS = 60
PLAN_CLASS = 4712  # the advisory lock under which one worker at a time queues what is due daily

# One worker id is appended at each attempt, so their number is the number of attempts. A RUNNING row whose last
# worker no longer holds its lock belongs to a dead process: it runs again, or has failed after the last attempt.
RECLAIM = """
WITH dead AS MATERIALIZED (
    SELECT running.id
    FROM (
        SELECT id, worker_ids FROM django_tasks_database_dbtaskresult
        WHERE status = 'RUNNING' AND worker_ids->>-1 <> %(me)s
        FOR UPDATE SKIP LOCKED
    ) running
    WHERE pg_try_advisory_xact_lock(%(lock_class)s, hashtext(running.worker_ids->>-1))
)
UPDATE django_tasks_database_dbtaskresult task SET
    status = CASE WHEN jsonb_array_length(task.worker_ids) < %(attempts)s THEN 'READY' ELSE 'FAILED' END,
    finished_at = CASE WHEN jsonb_array_length(task.worker_ids) < %(attempts)s THEN NULL ELSE now() END,
    run_after = now(),
    exception_class_path = 'config.management.commands.worker.WorkerLost'
FROM dead WHERE task.id = dead.id
"""


def plan_daily():
    """Queue each of `settings.DAILY_TASKS` that was not queued within the last 24 hours; the table is the calendar.

    It survives restarts, needs no timer of the system, and several workers queue it once.
    """
    for path in settings.DAILY_TASKS:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PLAN_CLASS, path])
            since = timezone.now() - timedelta(days=1)
            if not DBTaskResult.objects.filter(task_path=path, enqueued_at__gt=since).exists():
                import_string(path).enqueue()


def plan_frequent():
    """Queue each of `settings.FREQUENT_TASKS` that is not waiting or running and was not queued for so many seconds."""
    for path, seconds in settings.FREQUENT_TASKS.items():
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PLAN_CLASS, path])
            recent = Q(enqueued_at__gt=timezone.now() - timedelta(seconds=seconds))
            open_ = Q(status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING))
            if not DBTaskResult.objects.filter(recent | open_, task_path=path).exists():
                import_string(path).enqueue()


class WorkerLost(Exception):
    """The process that ran a task died in the middle of it."""


def retry_failed(sender, task_result, **kwargs):
    """Put a failed task back into the queue, later each time, until it has had its attempts."""
    attempts = len(task_result.worker_ids)
    if task_result.status == TaskResultStatus.FAILED and attempts < MAX_ATTEMPTS:
        again_at = timezone.now() + timedelta(seconds=BACKOFF_SECONDS * 2 ** (attempts - 1))
        DBTaskResult.objects.filter(id=task_result.id, status=TaskResultStatus.FAILED).update(
            status=TaskResultStatus.READY, finished_at=None, run_after=again_at
        )


class Command(db_worker.Command):
    help = "Run background tasks; a killed worker's tasks are taken over, a failing task has three attempts."
    requires_system_checks = []  # `make check` and migrate say what is wrong with the settings

    def handle(self, *args, **options):
        self.stopping, self.locked = threading.Event(), threading.Event()
        plans = not options["batch"]  # a worker that only empties the queue adds nothing to it
        guard = threading.Thread(target=self.guard, args=(options["worker_id"], plans), daemon=True)
        guard.start()
        if not self.locked.wait(30):
            raise CommandError("后台进程连不上数据库，请检查数据库服务后重试。")
        task_finished.connect(retry_failed)
        try:
            super().handle(*args, **options)
        finally:
            task_finished.disconnect(retry_failed)
            self.stopping.set()
            guard.join(timeout=5)

    def configure_logging(self, verbosity):
        """Say nothing while all is well: the log of a service is read when something is not."""
        super().configure_logging(verbosity)
        if verbosity == 1:
            logging.getLogger(TASKS_LOGGER).setLevel(logging.WARNING)
            db_worker.logger.setLevel(logging.ERROR)

    def guard(self, worker_id, plans):
        """Hold this worker's lock in a session of its own, take over what dead workers left, queue the daily tasks."""
        connection, look_again = connections["default"], 0
        while not self.stopping.is_set():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK_CLASS, worker_id])
                    self.locked.set()
                    while not self.stopping.is_set():
                        cursor.execute(RECLAIM, {"lock_class": LOCK_CLASS, "attempts": MAX_ATTEMPTS, "me": worker_id})
                        if plans and time.monotonic() >= look_again:
                            plan_daily()
                            plan_frequent()
                            look_again = time.monotonic() + PLAN_EVERY_SECONDS
                        self.stopping.wait(LOOK_EVERY_SECONDS)
            except (DatabaseError, InterfaceError):
                db_worker.logger.error("The worker's guard lost its database session and opens another")
                self.stopping.wait(1)
            finally:
                connection.close()
