"""Importing a bureau's workbook: receive it, correct what was understood, run it, give bad rows back, undo, forget."""

import json
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.uploads import bounded, gate
from config.vault import Vault
from members import audit
from members.actions.register import OUTSIDE
from members.imports import people
from members.middleware import whole_scope
from members.models import ColumnName, ImportBatch, ImportRow, Merge, Organisation, Person, User, Vehicle
from members.models.batch import BatchState
from members.permissions import Permission

CHUNK = 500
READ_SECONDS = 60
STALE_DAYS = 7


def receive(*, filename: str, data: bytes, organisation: Organisation, by: User) -> ImportBatch:
    """Take a workbook through the gate, find its table, and keep its rows sealed until somebody confirms.

    Raises: FileRefused from the gate; Refused outside the scope, for a file without a usable table, or for the very
    file of a batch that is not finished with. Side effects in order: row, vault, audit row.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    admitted = gate.admit("roster", filename, data)
    named, blobs = bounded.run("config.uploads.tables:sheets", data, wall=READ_SECONDS)
    remembered = dict(ColumnName.objects.filter(organisation=organisation).values_list("header", "field"))
    position, rows, layout = _largest_table(blobs, remembered)
    body = [row for row in rows[layout.first_row :] if any(row)]
    if not body:
        raise Refused(
            _("The file names its columns, but no row stands below them. Fill in the rows and upload it again."),
            code="no_rows",
        )
    with transaction.atomic():
        waiting = ImportBatch.objects.filter(organisation=organisation, sha256=admitted.sha256, closed_at=None)
        if waiting.exclude(state=BatchState.UNDONE).exists():
            raise Refused(
                _("This very file has been uploaded already and is still open. Finish that import first."),
                code="uploaded_already",
            )
        batch = ImportBatch.objects.create(
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
        _examine(batch)
        audit.record(actor=by, event="batch.receive", target=batch, rows=batch.total_rows, bad=batch.bad_count)
    return batch


def _largest_table(blobs: list[bytes], remembered: dict) -> tuple[int, list, people.Layout]:
    """Return the sheet with the most rows among those with a header we understand. Raises: Refused."""
    found = []
    for position, blob in enumerate(blobs):
        rows = json.loads(blob)
        if layout := people.understand(rows, remembered):
            found.append((len(rows), -position, rows, layout))
    if not found:
        raise Refused(
            _(
                "No row of the file names its columns. Write the names of the columns (name, identity number, mobile "
                "number) above the data and upload it again."
            ),
            code="no_header",
        )
    _length, position, rows, layout = max(found, key=lambda entry: entry[:2])
    return -position, rows, layout


@transaction.atomic
def map_columns(*, batch: ImportBatch, fields: list[str], by: User) -> ImportBatch:
    """Say what each column means; the organisation's later workbooks are read the same way.

    Raises: Refused when two columns mean the same, or none a name; WrongState once it runs.
    Side effects in order: lock, row with new counts, remembered names, audit row.
    """
    batch = _locked(batch, by, BatchState.READY)
    used = [name for name in fields if name]
    if len(set(used)) != len(used):
        raise Refused(_("Two columns have the same meaning. Choose each meaning once."), code="same_meaning")
    if "name" not in used or not {"id_no", "phone"} & set(used):
        raise Refused(
            _("One column must be the name, and one the identity number or the mobile number."), code="too_little"
        )
    batch.fields = fields
    _examine(batch)
    for header, meaning in zip(batch.headers, fields, strict=True):
        if header:
            ColumnName.objects.update_or_create(
                organisation=batch.organisation, header=header[:200], defaults={"field": meaning}
            )
    audit.record(actor=by, event="batch.map", target=batch, fields=sorted(used))
    return batch


@transaction.atomic
def start(*, batch: ImportBatch, by: User, enqueue: object) -> None:
    """Let the worker enter the good rows; `enqueue(pk)` is called on commit.

    Raises: WrongState when it was started before. Side effects in order: lock, row, audit row, on commit the task.
    """
    batch = _locked(batch, by, BatchState.READY)
    batch.state, batch.bad_count = BatchState.RUNNING, 0
    batch.uploaded_by = by
    batch.save(update_fields=["state", "bad_count", "uploaded_by"])
    audit.record(actor=by, event="batch.start", target=batch, rows=batch.total_rows)
    transaction.on_commit(lambda: enqueue(batch.pk))


def bad_rows(*, batch: ImportBatch, by: User) -> list[tuple[list[str], list]]:
    """Return the rows that were not taken, each with its faults, for the workbook that goes back.

    Raises: Refused when the file is destroyed. Side effects: audit row.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, batch.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
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
def undo(*, batch: ImportBatch, by: User) -> dict[str, int]:
    """Take back what an import entered: new vehicles and people go, filled fields become empty again.

    Whoever something else points at by now (a post, a lead, an account) stays; the counts say how many.
    Raises: WrongState unless it has finished. Side effects in order: lock, rows, audit row, on commit the vault.
    """
    batch = _locked(batch, by, BatchState.DONE, BatchState.STOPPED)
    with whole_scope():
        for row in batch.rows.exclude(filled=[]).select_related("person", "vehicle"):
            _empty(row.person, [name for name in row.filled if name != "driver"])
            if "driver" in row.filled and row.vehicle is not None and row.vehicle.driver_id == row.person_id:
                Vehicle.objects.filter(pk=row.vehicle_id).update(driver=None)
        _remove_vehicles(batch)
        new = batch.rows.filter(is_new_person=True, person__isnull=False)
        kept = in_use(new.values("person"))
        gone = list(new.exclude(person__in=kept).values_list("person", flat=True))
        ImportRow.objects.filter(person__in=gone).update(person=None)
        Person.objects.filter(pk__in=gone)._raw_delete(using="default")  # what pointed there is known: `in_use`
    batch.state, batch.closed_at = BatchState.UNDONE, batch.closed_at or timezone.now()
    batch.save(update_fields=["state", "closed_at"])
    counts = {"removed": len(gone), "kept": len(kept)}
    audit.record(actor=by, event="batch.undo", target=batch, **counts)
    transaction.on_commit(Vault(batch.uuid).destroy)
    return counts


def _remove_vehicles(batch: ImportBatch) -> None:
    """Remove the vehicles an import brought, unless somebody else keeps or drives one by now."""
    drivers = batch.rows.values("person")
    brought = batch.rows.filter(is_new_vehicle=True, vehicle__isnull=False).values("vehicle")
    gone = list(Vehicle.objects.filter(pk__in=brought, keeper=None, driver__in=drivers).values_list("pk", flat=True))
    ImportRow.objects.filter(vehicle__in=gone).update(vehicle=None)
    Vehicle.objects.filter(pk__in=gone)._raw_delete(using="default")


def in_use(people_ids: QuerySet) -> set[int]:
    """Return those of the people that some row of any app points at, the import's own rows apart, or a merge knows."""
    merges = Merge.objects.filter(model=Person._meta.label_lower, undone_at=None)
    used = {pk for pair in merges.values_list("kept_id", "absorbed_id") for pk in pair}
    used &= {pk for row in people_ids for pk in row.values()}
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model is not ImportRow:
            column = relation.field.attname
            rows = relation.related_model._base_manager.filter(**{f"{column}__in": people_ids})
            used |= set(rows.values_list(column, flat=True))
    return used


def _empty(person: Person | None, names: list[str]) -> None:
    if person is None or not names:
        return
    columns = []
    for name in names:
        if name in ("identity", "phone"):
            setattr(person, f"{name}_cipher", b"")
            setattr(person, f"{name}_digest", None)
            columns += [f"{name}_cipher", f"{name}_digest"]
        else:
            setattr(person, name, None)
            columns.append(name)
    person.save(update_fields=columns)


def _examine(batch: ImportBatch) -> None:
    vault = Vault(batch.uuid)
    rows = (row for name in vault.names("rows-") for row in json.loads(vault.get(name)))
    found = people.examine(rows, batch.fields)
    batch.total_rows, batch.bad_count, batch.first_bad = found.total, found.bad, found.first_bad
    batch.faults = [[*fault, count] for fault, count in found.faults.most_common()]
    batch.save(update_fields=["fields", "total_rows", "bad_count", "faults", "first_bad"])


def _locked(batch: ImportBatch, by: User, *states: BatchState) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, batch.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if batch.state not in states:
        raise WrongState(_("Somebody else has gone on with this import meanwhile. Look at it again."))
    return batch
