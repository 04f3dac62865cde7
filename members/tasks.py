"""Background work of this app. A task's payload holds ids alone; it may run again from the start at any time."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django_tasks import task

from members.actions import batch_run, blind_run, match_read, match_review
from members.actions import match_run as match_runs

_logger = logging.getLogger(__name__)


class Discreet(Exception):
    """Something failed over a roster: its kind and place, since a message might quote a cell."""


def discreet(work: Callable) -> Callable:
    """Let no text of an exception out of a task that handles rosters: the queue's table would keep it."""

    @wraps(work)
    def guarded(*args: int) -> None:
        try:
            work(*args)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        else:
            return
        _logger.error("%s%s: %s", work.__name__, args, told)
        raise Discreet(told)

    return guarded


@task()
def run_import(pk: int) -> None:
    """Enter an import chunk by chunk until nothing is left."""
    while batch_run.work(pk):
        pass


@task()
@discreet
def read_roster(pk: int, attempt: int) -> None:
    """Read one side's roster of a data match."""
    try:
        match_read.read(pk, attempt)
    except Exception:
        match_read.fail(pk, attempt)
        raise


@task()
@discreet
def run_match(pk: int, attempt: int) -> None:
    """Compare the two rosters of a data match."""
    try:
        match_runs.work(pk, attempt)
    except Exception as error:
        match_runs.fail(pk, attempt, type(error).__name__)
        raise


@task()
@discreet
def open_leads(pk: int) -> None:
    """Let the automatic pairs of an approved data match become leads."""
    while match_review.open_leads(pk):
        pass


@task()
@discreet
def join_tokens(pk: int, attempt: int) -> None:
    """Join the two token files of a blind match."""
    try:
        blind_run.work(pk, attempt)
    except Exception as error:
        blind_run.fail(pk, attempt, type(error).__name__)
        raise
