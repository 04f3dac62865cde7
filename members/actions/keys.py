"""Rotating the keys of sealed columns, while everybody goes on working (`security.md` row 17)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from config import cipher
from config.errors import Refused
from config.sealed import SealedField, key_ring, sealed_fields
from members import audit
from members.middleware import whole_scope


@dataclass(frozen=True)
class Resealed:
    """What one run did to one table: rows sealed anew, and rows whose blob no key opens."""

    table: str
    done: int
    unreadable: int


def add() -> cipher.KeyRing:
    """Add a key of each kind and make them current. Side effects in order: key file, audit row.

    Raises: Refused while an earlier rotation is unfinished, so that keys do not pile up.
    """
    if any(stale_counts().values()):
        raise Refused(
            _("An earlier rotation is unfinished. Run rotate_keys without --new first."), code="unfinished_rotation"
        )
    ring = cipher.add_keys(settings.KEY_RING_PATH)
    with transaction.atomic():
        audit.record(actor=None, event="keys.add", key=ring.current, digest_key=ring.current_digest)
    return ring


def reseal(batch: int = 1000, report: Callable[[str, int], None] | None = None) -> list[Resealed]:
    """Seal every value anew that is not under the current keys; safe to kill and to start again at any moment.

    A blob names its key, so each row is its own checkpoint, written in the transaction that re-seals it: a run after
    a kill finds exactly what is left. Rows no key opens are left as they are and counted.
    Side effects in order, per batch: locks, rows; at the end one audit row.
    """
    results = []
    for model, fields in sealed_fields():
        done = unreadable = 0
        for changed, lost in _batches(model, fields, batch):
            done, unreadable = done + changed, unreadable + lost
            if report:
                report(model._meta.db_table, done)
        results.append(Resealed(model._meta.db_table, done, unreadable))
    if any(result.done for result in results):
        with transaction.atomic():
            audit.record(
                actor=None,
                event="keys.reseal",
                key=key_ring().current,
                rows=sum(result.done for result in results),
                unreadable=sum(result.unreadable for result in results),
            )
    return results


def stale_counts() -> dict[str, int]:
    """Count, per table, the rows that still use a key other than the current ones."""
    with transaction.atomic(), whole_scope(), connection.cursor() as cursor:
        counts = {}
        for model, fields in sealed_fields():
            condition, values = _stale(fields)
            cursor.execute(f"select count(*) from {model._meta.db_table} where {condition}", values)  # noqa: S608
            counts[model._meta.db_table] = cursor.fetchone()[0]
    return counts


@transaction.atomic
def retire(number: int) -> None:
    """Throw an old key away for good, of both kinds where both have that number.

    Raises: Refused for the current key, an unknown one, or one that a row still needs.
    Side effects in order: locks that keep writers out, key file, audit row.
    """
    ring = key_ring()
    if number in (ring.current, ring.current_digest):
        raise Refused(_("This key is the current one. Add a new key first."), code="current_key")
    if number not in ring.keys and number not in ring.digest_keys:
        raise Refused(_("There is no key with this number."), code="no_key")
    with whole_scope(), connection.cursor() as cursor:
        for model, fields in sealed_fields():
            cursor.execute(f"lock table {model._meta.db_table} in share mode")
            columns = [column for field in fields for column in (field.column, field.digest) if column]
            condition = " or ".join(f"substr({column}, 3, 4) = %s" for column in columns)
            cursor.execute(
                f"select count(*) from {model._meta.db_table} where {condition}",  # noqa: S608
                [number.to_bytes(4, "big")] * len(columns),
            )
            if left := cursor.fetchone()[0]:
                raise Refused(
                    _("%(count)d rows of %(table)s still need this key. Run rotate_keys first.")
                    % {"count": left, "table": model._meta.db_table},
                    code="key_in_use",
                )
    audit.record(actor=None, event="keys.retire", key=number)
    cipher.drop_keys(settings.KEY_RING_PATH, number, number)


def _batches(model: type[models.Model], fields: list[SealedField], size: int) -> Iterator[tuple[int, int]]:
    """Re-seal a table in batches, each a transaction; yield how many rows each changed and could not open."""
    last = 0
    while True:
        with transaction.atomic(), whole_scope(), connection.cursor() as cursor:
            columns = ", ".join(field.column for field in fields)
            condition, values = _stale(fields)
            cursor.execute(
                f"select id, uuid, {columns} from {model._meta.db_table}"  # noqa: S608
                f" where id > %s and ({condition}) order by id limit %s for update",
                [last, *values, size],
            )
            found = cursor.fetchall()
            renewed = [row for row in (_renew(fields, pk, mark, blobs) for pk, mark, *blobs in found) if row]
            _write(cursor, model, fields, renewed)
        if not found:
            return
        last = found[-1][0]
        yield len(renewed), len(found) - len(renewed)


def _stale(fields: list[SealedField]) -> tuple[str, list[bytes]]:
    """Return the SQL condition for rows not wholly under the current keys, and its values."""
    ring = key_ring()
    parts, values = [], []
    for field in fields:
        for column, head in ((field.column, ring.head), (field.digest, ring.digest_head)):
            if column:
                parts.append(f"(length({column}) > 0 and substr({column}, 1, {cipher.HEADER_BYTES}) <> %s)")
                values.append(head)
    return " or ".join(parts), values


def _renew(fields: list[SealedField], pk: int, mark: object, blobs: list) -> list | None:
    """Return one row's new columns behind its key; None where a blob does not open."""
    ring = key_ring()
    row = [pk]
    for field, blob in zip(fields, blobs, strict=True):
        try:
            text = ring.decrypt(blob, field.bound_to(mark)) if blob else ""
        except cipher.Undecipherable:
            return None
        row.append(ring.encrypt(text, field.bound_to(mark)) if text else b"")
        if field.digest:
            row.append(ring.digest(field.place, text) if text else None)
    return row


def _write(cursor: object, model: type[models.Model], fields: list[SealedField], rows: list[list]) -> None:
    if not rows:
        return
    columns = [column for field in fields for column in (field.column, field.digest) if column]
    setting = ", ".join(f"{column} = new.{column}" for column in columns)
    places = ", ".join(["(" + ", ".join(["%s"] * (len(columns) + 1)) + ")"] * len(rows))
    cursor.execute(
        f"update {model._meta.db_table} as old set {setting}"  # noqa: S608
        f" from (values {places}) as new (id, {', '.join(columns)}) where old.id = new.id",
        [value for row in rows for value in row],
    )
