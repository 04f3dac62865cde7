"""Background work of this app. A task's payload holds ids alone; it may run again from the start at any time."""

from django_tasks import task

from members.actions import batch_run


@task()
def run_import(pk: int) -> None:
    """Enter an import chunk by chunk until nothing is left."""
    while batch_run.work(pk):
        pass
