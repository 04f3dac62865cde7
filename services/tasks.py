"""Background work of the ledger. A task's payload holds ids and codes alone; it may run again at any time."""

from django_tasks import task

from members.actions import batch_run
from members.tasks import discreet
from services.actions import tally
from services.actions.batch import SUBJECTS


@task()
@discreet
def run_import(pk: int, subject: str) -> None:
    """Enter a workbook chunk by chunk until nothing is left."""
    while batch_run.work(pk, SUBJECTS[subject]):
        pass


@task()
def compact_tallies() -> int:
    """Put the day's additions to the tallies together. Queued by the worker once a day."""
    return tally.compact()
