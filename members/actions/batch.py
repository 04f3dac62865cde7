"""Importing a bureau's workbook: receive it, correct what was understood, run it, give bad rows back, undo, forget."""

import json
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.uploads import bounded, gate
from config.vault import Vault
from members import audit
from members.actions.batch_people import PEOPLE
from members.imports.layout import SHOWN_FAULTS, Layout
from members.imports.subject import Subject
from members.middleware import whole_scope
from members.models import ColumnName, ImportBatch, Organisation, User
from members.models.batch import BatchState

CHUNK = 2000
READ_SECONDS = 60
STALE_DAYS = 7


def receive(
    *, filename: str, data: bytes, organisation: Organisation, by: User, subject: Subject = PEOPLE
) -> ImportBatch:
    """Take a workbook through the gate, find its table, and keep its rows sealed until somebody confirms.

    Raises: FileRefused from the gate; Refused outside the scope, for a file without a usable table, or for the very
    file of a batch that is not finished with. Side effects in order: row, vault, audit row.
    """
    if not by.has_permission(subject.permission, organisation):
        raise Refused(subject.outside, code="outside_scope")
    admitted = gate.admit("roster", filename, data)
    named, blobs = bounded.run("config.uploads.tables:sheets", data, wall=READ_SECONDS)
    names = ColumnName.objects.filter(organisation=organisation, subject=subject.code)
    position, rows, layout = _largest_table(blobs, subject, dict(names.values_list("header", "field")))
    body = [row for row in rows[layout.first_row :] if any(row)]
    if not body:
        raise Refused(
            _("The file names its columns, but no row stands below them. Fill in the rows and upload it again."),
            code="no_rows",
        )
    with transaction.atomic():
        waiting = ImportBatch.objects.filter(organisation=organisation, subject=subject.code, closed_at=None)
        if waiting.filter(sha256=admitted.sha256).exclude(state=BatchState.UNDONE).exists():
            raise Refused(
                _("This very file has been uploaded already and is still open. Finish that import first."),
                code="uploaded_already",
            )
        batch = ImportBatch.objects.create(
            subject=subject.code,
            organisation=organisation,
            organisation_path=organisation.path,
            filename=admitted.shown_name[:200],
            sha256=admitted.sha256,
            sheet=named[position][0],
            other_sheets=[name for number, (name, _rows) in enumerate(named) if number != position],
            headers=layout.headers,
            fields=layout.fields,
            uploaded_by=by,
        )
        vault = Vault(batch.uuid)
        vault.create()
        for start in range(0, len(body), CHUNK):
            vault.put(f"rows-{start:08}", json.dumps(body[start : start + CHUNK]).encode())
        _examine(batch, subject)
        audit.record(actor=by, event="batch.receive", target=batch, rows=batch.total_rows, bad=batch.bad_count)
    return batch


def _largest_table(blobs: list[bytes], subject: Subject, remembered: dict) -> tuple[int, list, Layout]:
    """Return the sheet with the most rows among those with a header we understand. Raises: Refused."""
    found = []
    for position, blob in enumerate(blobs):
        rows = json.loads(blob)
        if layout := subject.understand(rows, remembered):
            found.append((len(rows), -position, rows, layout))
    if not found:
        raise Refused(subject.no_header, code="no_header")
    _length, position, rows, layout = max(found, key=lambda entry: entry[:2])
    return -position, rows, layout


@transaction.atomic
def map_columns(
    *, batch: ImportBatch, fields: list[str], by: User, constants: dict | None = None, subject: Subject = PEOPLE
) -> ImportBatch:
    """Say what each column means; the organisation's later workbooks are read the same way.

    `constants` hold what no column says and every row shares.
    Raises: Refused when two columns mean the same, or too little is known; WrongState once it runs.
    Side effects in order: lock, row with new counts, remembered names, audit row.
    """
    batch = _locked(batch, by, subject, BatchState.READY)
    used = [name for name in fields if name]
    if len(set(used)) != len(used):
        raise Refused(_("Two columns have the same meaning. Choose each meaning once."), code="same_meaning")
    batch.fields, batch.constants = fields, constants or {}
    if reason := subject.refusal(batch, used):
        raise reason
    _examine(batch, subject)
    remember(batch.organisation, batch.headers, fields, subject)
    audit.record(actor=by, event="batch.map", target=batch, fields=sorted(used))
    return batch


def remember(organisation: Organisation, headers: list[str], fields: list[str], subject: Subject = PEOPLE) -> None:
    """Remember what the columns of an organisation's workbooks mean, in the caller's transaction."""
    for header, meaning in zip(headers, fields, strict=True):
        if header:
            ColumnName.objects.update_or_create(
                organisation=organisation, subject=subject.code, header=header[:200], defaults={"field": meaning}
            )


@transaction.atomic
def start(*, batch: ImportBatch, by: User, enqueue: object, subject: Subject = PEOPLE) -> None:
    """Let the worker enter the good rows; `enqueue(pk)` is called on commit.

    Raises: Refused when the columns do not say enough; WrongState when it was started before.
    Side effects in order: lock, row, audit row, on commit the task.
    """
    batch = _locked(batch, by, subject, BatchState.READY)
    if reason := subject.refusal(batch, batch.fields):
        raise reason
    batch.state, batch.bad_count = BatchState.RUNNING, 0
    batch.uploaded_by = by
    batch.save(update_fields=["state", "bad_count", "uploaded_by"])
    audit.record(actor=by, event="batch.start", target=batch, rows=batch.total_rows)
    transaction.on_commit(lambda: enqueue(batch.pk))


def bad_rows(*, batch: ImportBatch, by: User, subject: Subject = PEOPLE) -> list[tuple[list[str], list]]:
    """Return the rows that were not taken, each with its faults, for the workbook that goes back.

    Raises: Refused when the file is destroyed. Side effects: audit row.
    """
    if batch.subject != subject.code or not by.has_permission(subject.permission, batch.organisation):
        raise Refused(subject.outside, code="outside_scope")
    vault = Vault(batch.uuid)
    if not vault.is_open:
        raise Refused(_("The file of this import has been destroyed."), code="destroyed")
    found = [row for name in vault.names("bad-") for row in json.loads(vault.get(name))]
    audit.record(actor=by, event="batch.bad_rows", target=batch, rows=len(found))
    return found


@transaction.atomic
def close(*, batch: ImportBatch, by: User | None) -> None:
    """Destroy the file with all its rows; who was entered stays, and the import can still be undone.

    Raises: WrongState while it runs. Side effects in order: lock, row, audit row, on commit the vault.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state == BatchState.RUNNING:
        raise WrongState(_("The import is running. Wait until it has finished."))
    if batch.closed_at is None:
        batch.closed_at = timezone.now()
        batch.save(update_fields=["closed_at"])
        audit.record(actor=by, event="batch.close", target=batch)
    transaction.on_commit(Vault(batch.uuid).destroy)


def close_stale() -> int:
    """Destroy the files of imports uploaded more than a week ago, whatever became of them; return how many.

    A running one is left to its worker. Side effects as `close`, each in a transaction of its own.
    """
    before = timezone.now() - timedelta(days=STALE_DAYS)
    with transaction.atomic(), whole_scope():
        stale = ImportBatch.objects.filter(closed_at=None, uploaded_at__lt=before).exclude(state=BatchState.RUNNING)
        found = list(stale.order_by("pk"))
    for batch in found:
        with transaction.atomic(), whole_scope():
            close(batch=batch, by=None)
    return len(found)


@transaction.atomic
def undo(*, batch: ImportBatch, by: User, subject: Subject = PEOPLE) -> dict[str, int]:
    """Take back what an import entered; what something else stands on by now stays, and the counts say how many.

    Raises: WrongState unless it has finished. Side effects in order: lock, rows, audit row, on commit the vault.
    """
    batch = _locked(batch, by, subject, BatchState.DONE, BatchState.STOPPED)
    with whole_scope():
        counts = subject.take_back(batch, by)
    batch.state, batch.closed_at = BatchState.UNDONE, batch.closed_at or timezone.now()
    batch.save(update_fields=["state", "closed_at"])
    audit.record(actor=by, event="batch.undo", target=batch, **counts)
    transaction.on_commit(Vault(batch.uuid).destroy)
    return counts


def _examine(batch: ImportBatch, subject: Subject) -> None:
    vault = Vault(batch.uuid)
    rows = (row for name in vault.names("rows-") for row in json.loads(vault.get(name)))
    found = subject.examine(batch, rows)
    batch.total_rows, batch.bad_count, batch.first_bad = found.total, found.bad, found.first_bad
    batch.faults = [[*fault, count] for fault, count in found.faults.most_common(SHOWN_FAULTS)]
    batch.save(update_fields=["fields", "constants", "total_rows", "bad_count", "faults", "first_bad"])


def _locked(batch: ImportBatch, by: User, subject: Subject, *states: BatchState) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.subject != subject.code or not by.has_permission(subject.permission, batch.organisation):
        raise Refused(subject.outside, code="outside_scope")
    if batch.state not in states:
        raise WrongState(_("Somebody else has gone on with this import meanwhile. Look at it again."))
    return batch
