"""Tasks for the worker's tests, importable by a worker in a process of its own."""

import time
from pathlib import Path

from django_tasks import task


@task()
def succeed():
    return "done"


@task()
def fail():
    raise ValueError("always")


@task()
def hang_the_first_time(marker):
    """Hang for a minute, unless an earlier attempt has left its marker file."""
    marker = Path(marker)
    if not marker.exists():
        marker.touch()
        time.sleep(60)
