"""Rows of the frameworks below us that nobody needs any more: sessions, counters, attempts, finished tasks."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

ATTEMPT_DAYS = 30  # our choice: a lock lasts minutes; what a month later still looks odd is in the audit log
SIGN_IN_DAYS = 180  # Source: Cybersecurity Law, article 21: logs are kept for at least six months
TASK_DAYS = 14


def prune():
    """Delete what has expired and return how many rows of each kind, by name."""
    now = timezone.now()
    finished = DBTaskResult.objects.finished().filter(finished_at__lt=now - timedelta(days=TASK_DAYS))
    return {
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now - timedelta(days=ATTEMPT_DAYS)).delete()[0],
        "sign_ins": AccessLog.objects.filter(attempt_time__lt=now - timedelta(days=SIGN_IN_DAYS)).delete()[0],
        "tasks": finished.delete()[0],
        "counters": _prune_counters(),
    }


def _prune_counters():
    with connection.cursor() as cursor:
        cursor.execute("delete from config_hit where ends_at < now() - interval '1 hour'")
        hits = cursor.rowcount
        cursor.execute("delete from config_bucket where ends_at < now()")  # full again: as if it were not there
        return hits + cursor.rowcount
