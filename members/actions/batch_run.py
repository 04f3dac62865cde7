"""The worker's side of an import: one chunk of rows, with the checkpoint, in one transaction."""

import contextlib
import gc
import json
from collections.abc import Iterator

from django.db import transaction

from config.vault import Vault
from members import audit
from members.actions.batch_people import PEOPLE
from members.imports.subject import Subject
from members.middleware import whole_scope
from members.models import ImportBatch
from members.models.batch import BatchState


@transaction.atomic
def work(pk: int, subject: Subject = PEOPLE) -> bool:
    """Enter the next chunk of a running import; return whether there is more to do.

    Killed before the commit, nothing of the chunk is there; killed after it, the checkpoint has moved: no row is lost
    and none comes twice. The account's rights are asked again for each chunk (`security.md` row 14). Every row counts
    when doubles are looked for, so the scope is lifted.
    Side effects in order: lock, the subject's rows, file of bad rows, counts; audit row with the last chunk.
    """
    with whole_scope(), _uncollected():
        return _work(pk, subject)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Let the garbage collector wait for the end of a chunk, whose rows all live until then: a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _work(pk: int, subject: Subject) -> bool:
    rows = ImportBatch.objects.select_for_update().filter(subject=subject.code)
    batch = rows.select_related("organisation", "uploaded_by").get(pk=pk)
    if batch.state != BatchState.RUNNING:
        return False
    if not batch.uploaded_by.has_permission(subject.permission, batch.organisation):
        batch.state = BatchState.STOPPED
        batch.save(update_fields=["state"])
        audit.record(actor=batch.uploaded_by, event="batch.stop", target=batch, outcome="refused")
        return False
    vault = Vault(batch.uuid)
    name = f"{batch.done_rows:08}"
    cells = json.loads(vault.get(f"rows-{name}"))
    entered = subject.enter(batch, cells)
    if entered.bad:
        vault.put(f"bad-{name}", json.dumps(entered.bad).encode())
    batch.done_rows += len(cells)
    batch.bad_count += len(entered.bad)
    batch.created_count += entered.created
    batch.filled_count += entered.filled
    batch.known_count += entered.known
    if batch.done_rows >= batch.total_rows:
        batch.state = BatchState.DONE
        counts = {"created": batch.created_count, "filled": batch.filled_count, "bad": batch.bad_count}
        audit.record(actor=batch.uploaded_by, event="batch.done", target=batch, **counts)
    batch.save()
    return batch.state == BatchState.RUNNING
