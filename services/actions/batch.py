"""Importing workbooks into the ledger: what the register's mechanism asks for, said for the ledger's own rows.

History comes in silently: no duty, no reminder and no notice follows from an imported row, and one audit row stands
for the whole file.
"""

import contextlib
from collections.abc import Iterable
from functools import partial
from itertools import chain
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.imports.layout import SHOWN_FAULTS, Examined
from members.imports.subject import Entered, Subject
from members.models import ImportBatch, User
from members.permissions import Permission
from services.actions import batch_matter
from services.imports import columns, rows
from services.imports.rows import Row
from services.models import (
    Activity,
    Domain,
    Grant,
    Group,
    ImportChunk,
    Kind,
    Matter,
    Pairing,
    Participation,
    Venue,
)
from services.models.ledger import Source, VoidReason
from services.queries import named

OUTSIDE = _("This lies outside the organisations whose ledger you keep.")
EXAMINED_AT_ONCE = 5_000
MODELS: dict[str, type[models.Model]] = {
    "activity": Activity,
    "grant": Grant,
    "pairing": Pairing,
    "matter": Matter,
    "venue": Venue,
}
VOIDLESS = ("matter", "venue")  # what nothing stands on is removed, since these are never taken back


def _refusal(subject: str, batch: ImportBatch, fields: list[str]) -> Refused | None:
    known = {*fields, *batch.constants}
    if not columns.NEEDED[subject] <= known:
        return Refused(_("One column must be the date, of venues the name."), code="too_little")
    if "kind" not in known:
        return Refused(
            _("No column is the kind. Say which one is, or choose the kind that all rows have."), code="no_kind"
        )
    return None


def _examine(batch: ImportBatch, lines: Iterable[list[str]]) -> Examined:
    """Read everything without keeping anything; a row that repeats an earlier one of the file is told apart here."""
    result, seen, number, every = Examined(), set(), 0, iter(lines)
    while some := [row for _at, row in zip(range(EXAMINED_AT_ONCE), every, strict=False)]:
        for row in _read(batch, some):
            number += 1
            if not row.faults and row.key in seen:
                row.faults.append(("", "repeated", ""))
            seen.add(row.key)
            if row.faults:
                faults = rows.without_names(row.faults)
                result.bad += 1
                result.faults.update(faults)
                if len(result.first_bad) < SHOWN_FAULTS:
                    result.first_bad.append([number, faults])
    result.total = number
    return result


def _read(batch: ImportBatch, lines: list[list[str]]) -> list[Row]:
    """Read rows with every name they hold looked up in the scope of who uploaded the file."""
    texts = [rows.texts_of(cells, batch.fields, batch.constants) for cells in lines]
    names = named.load(batch.uploaded_by, Domain(batch.subject), rows.names_in(batch.subject, texts))
    today = timezone.localdate()
    return [rows.read(batch.subject, one, names, today) for one in texts]


def _enter(batch: ImportBatch, lines: list[list[str]]) -> Entered:
    """Enter the good rows that are not in the ledger yet, with a note of their ids for the undo."""
    found, entered = _read(batch, lines), Entered()
    good: dict[UUID, int] = {}
    for at, row in enumerate(found):
        if not row.faults and good.setdefault(_once(batch, row), at) != at:
            row.faults.append(("", "repeated", ""))
    if batch.subject == "grant":
        _refuse_papers(batch, [found[at] for at in good.values()])
        good = {once: at for once, at in good.items() if not found[at].faults}
    known, fresh = _told_apart(batch, found, good)
    for at, pk in known.items():
        if pk in _own(batch):
            found[at].faults.append(("", "repeated", ""))
        else:
            entered.known += 1
    made = {at: _build(batch, found[at], once) for once, at in fresh.items()}
    for at, constraint in _insert(list(made.items())):
        found[at].faults.append(("", constraint, ""))
        del made[at]
    if batch.subject == "activity":
        _attach(made, found)
    entered.created = len(made)
    entered.bad = [[cells, row.faults] for cells, row in zip(lines, found, strict=True) if row.faults]
    ids = [row.pk for row in made.values()]
    ImportChunk.objects.create(batch_id=batch.pk, first_row=batch.done_rows, row_ids=ids)
    return entered


def _once(batch: ImportBatch, row: Row) -> UUID:
    """Return what makes a second upload of the same row find the first."""
    return uuid5(NAMESPACE_OID, f"{batch.subject}|{batch.organisation_id}|{row.key}")


def _told_apart(batch: ImportBatch, found: list[Row], good: dict[UUID, int]) -> tuple[dict[int, int], dict[UUID, int]]:
    """Return which rows are there already (position to id), and under which `once` the others come in.

    A row that went with an undone import comes again under a token of its own; one that somebody took back as a
    mistake or a double stays away. A venue is there when an open one of the body bears its name.
    """
    known, fresh, asked = {}, {}, good
    if batch.subject == "venue":
        places = {_place(batch, found[at]): at for at in good.values()}
        rows = Venue._base_manager.filter(closed_on=None, name__in=[name for _body, name in places])
        there = {(body, name): pk for pk, body, name in rows.values_list("pk", "organisation", "name")}
        known = {at: there[place] for place, at in places.items() if place in there}
        return known, {once: at for once, at in good.items() if at not in known}
    manager = MODELS[batch.subject]._base_manager
    if batch.subject == "matter":
        known = {good[once]: pk for once, pk in manager.filter(once__in=good).values_list("once", "pk")}
        return known, {once: at for once, at in good.items() if at not in known}
    while asked:
        there = manager.filter(once__in=asked).values_list("once", "pk", "void_reason")
        gone = {}
        for once, pk, reason in there:
            if reason == VoidReason.BATCH:
                gone[uuid5(once, "again")] = asked[once]
            else:
                known[asked[once]] = pk
        there_again = set(known) | set(gone.values())
        fresh |= {once: at for once, at in asked.items() if at not in there_again}
        asked = gone
    return known, fresh


def _refuse_papers(batch: ImportBatch, found: list[Row]) -> None:
    """Fault certificates whose issuer gave the number to another row already, in the file or in the ledger."""
    papers = Kind.objects.filter(group=Group.CERTIFICATE).values_list("pk", flat=True)
    numbered = [row for row in found if row.values.get("serial") and row.values["kind_id"] in set(papers)]
    serials = {row.values["serial"] for row in numbered}
    rows = Grant.objects.standing().filter(kind__in=papers, serial__in=serials)
    own = {_once(batch, row) for row in numbered}
    seen = set(rows.exclude(once__in=own).values_list("issuer", "serial"))
    for row in numbered:
        paper = row.values.get("issuer", ""), row.values["serial"]
        if paper in seen:
            row.faults.append(("serial", "taken", paper[1]))
        seen.add(paper)


def _place(batch: ImportBatch, row: Row) -> tuple[int, str]:
    return row.values.get("organisation_id", batch.organisation_id), row.values["name"]


def _own(batch: ImportBatch) -> set[int]:
    """Return the ids of what this very import has entered so far."""
    if not hasattr(batch, "own_ids"):
        chunks = ImportChunk.objects.filter(batch_id=batch.pk).values_list("row_ids", flat=True)
        batch.own_ids = set(chain.from_iterable(chunks))
    return batch.own_ids


def _build(batch: ImportBatch, row: Row, once: UUID) -> models.Model:
    values = {"organisation_id": batch.organisation_id} | row.values
    if batch.subject == "venue":
        values |= {"region_id": values["region_id"] or batch.organisation.region_id}
        values |= {"created_by_id": batch.uploaded_by_id}
    elif batch.subject == "matter":
        values |= {"once": once, "logged_by_id": batch.uploaded_by_id}
        return batch_matter.build(
            values | {"organisation_path": _path(batch, values["organisation_id"])}, _kinds(batch)
        )
    else:
        values |= {"once": once, "source": Source.IMPORT, "logged_by_id": batch.uploaded_by_id}
    return MODELS[batch.subject](**values, organisation_path=_path(batch, values["organisation_id"]))


def _kinds(batch: ImportBatch) -> dict[int, Kind]:
    if not hasattr(batch, "kinds"):
        batch.kinds = Kind.objects.filter(domain=Domain.MATTER).in_bulk()
    return batch.kinds


def _path(batch: ImportBatch, organisation_id: int) -> str:
    if not hasattr(batch, "paths"):
        bodies = named.reporting_bodies(batch.uploaded_by, Permission.IMPORT_LEDGER)
        batch.paths = dict(bodies.values_list("pk", "path")) | {batch.organisation_id: batch.organisation.path}
    return batch.paths[organisation_id]


def _insert(made: list[tuple[int, models.Model]]) -> list[tuple[int, str]]:
    """Insert rows together, or one by one where the database refuses one; return the position and rule of those."""
    if not made:
        return []
    manager = type(made[0][1])._base_manager
    try:
        with transaction.atomic():
            manager.bulk_create([row for _at, row in made])
    except IntegrityError as error:
        if len(made) == 1:
            return [(made[0][0], getattr(error.__cause__.diag, "constraint_name", "") or "refused")]
        return [refused for one in made for refused in _insert([one])]
    return []


def _attach(made: dict[int, models.Model], found: list[Row]) -> None:
    """Enter who took part and which bodies joined."""
    people = [
        Participation(activity=row, person_id=pk)
        for at, row in made.items()
        for pk in found[at].lists.get("people", ())
    ]
    if people:
        Participation.objects.bulk_create(people)
    through = Activity.co_organisations.through
    joined = [
        through(activity_id=row.pk, organisation_id=pk)
        for at, row in made.items()
        for pk in found[at].lists.get("co_organisations", ())
    ]
    if joined:
        through.objects.bulk_create(joined)


def _take_back(batch: ImportBatch, by: User) -> dict[str, int]:
    """Void what the import entered; what somebody has taken back since stays as that says."""
    chunks = ImportChunk.objects.filter(batch_id=batch.pk).order_by("first_row").values_list("row_ids", flat=True)
    void = {"voided_at": timezone.now(), "voided_by": by, "void_reason": VoidReason.BATCH}
    removed = total = 0
    for ids in chunks:
        total += len(ids)
        rows = MODELS[batch.subject]._base_manager.filter(pk__in=ids)
        if batch.subject in VOIDLESS:
            removed += _remove(rows)
        elif batch.subject == "pairing":
            removed += _unused(rows).filter(voided_at=None).update(**void)
        else:
            removed += rows.filter(voided_at=None).update(**void)
    return {"removed": removed, "kept": total - removed}


def _unused(rows: models.QuerySet) -> models.QuerySet:
    """Keep pairings nothing stands on: no activity, no matter."""
    return rows.exclude(pk__in=Activity.objects.standing().filter(pairing__in=rows).values("pairing")).exclude(
        pk__in=Matter.objects.filter(pairing__in=rows).values("pairing")
    )


def _remove(rows: models.QuerySet) -> int:
    """Remove rows nothing points at, no step and no file; the others stay."""
    removed = 0
    for row in rows.order_by("pk"):
        with contextlib.suppress(models.ProtectedError):
            row.delete()
            removed += 1
    return removed


def entered_by(batch: ImportBatch) -> models.QuerySet:
    """Return what an import entered and nobody has taken back."""
    chunks = ImportChunk.objects.filter(batch_id=batch.pk)
    ids = chunks.annotate(row=models.Func("row_ids", function="unnest")).values("row")
    rows = MODELS[batch.subject].objects.filter(pk__in=ids)
    return rows.select_related("kind") if batch.subject in VOIDLESS else rows.standing().with_row()


SUBJECTS = {
    code: Subject(
        code=code,
        permission=Permission.IMPORT_LEDGER,
        outside=OUTSIDE,
        no_header=_(
            "No row of the file names its columns. Write the names of the columns above the data (date, kind …), or "
            "take the template, and upload it again."
        ),
        understand=partial(columns.understand, code),
        refusal=partial(_refusal, code),
        examine=_examine,
        enter=_enter,
        take_back=_take_back,
    )
    for code in MODELS
}
