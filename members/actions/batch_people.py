"""People out of a bureau's workbook: who a row means, what the register lacks, and taking it all back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from config import bulk
from config.errors import Refused
from config.sealed import key_ring, seal
from members import queries
from members.actions.register import OUTSIDE
from members.imports import people
from members.imports.layout import Examined
from members.imports.subject import Entered, Subject
from members.models import ImportBatch, ImportRow, Merge, Person, User, Vehicle
from members.permissions import Permission

NUMBERS = {"id_no": "identity", "phone": "phone"}
OWN_COLUMNS = (
    "uuid",
    "name",
    *(f"{place}_{kind}" for place in NUMBERS.values() for kind in ("cipher", "digest")),
    *(f"{link}_id" for link in people.LINKS.values()),
)


@dataclass
class Chunk:
    """What one chunk's rows come to, before it is written."""

    batch: ImportBatch
    start: int
    places: dict[str, dict]
    new: list[Person] = field(default_factory=list)
    changed: dict[int, tuple[Person, set]] = field(default_factory=dict)
    plates: dict[str, "Line"] = field(default_factory=dict)
    lines: list["Line"] = field(default_factory=list)
    bad: list = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """One good row: whom it means and what it led to. It becomes an `ImportRow`."""

    number: int
    person: Person
    is_new: bool
    filled: list[str]
    vehicle_id: int | None = None
    is_new_vehicle: bool = False


def _enter(batch: ImportBatch, cells: list[list[str]]) -> Entered:
    chunk = _sorted_out(batch, cells)
    _write(chunk)
    filled = sum(1 for line in chunk.lines if line.filled and not line.is_new)
    known = len(chunk.lines) - len(chunk.new) - filled
    return Entered(created=len(chunk.new), filled=filled, known=known, bad=chunk.bad)


def _sorted_out(batch: ImportBatch, cells: list[list[str]]) -> Chunk:
    """Read the rows and match them with who is registered, and with each other."""
    read = [people.read(row, batch.fields) for row in cells]
    known, by_phone = _registered(read)
    chunk = Chunk(batch, batch.done_rows, _places(batch))
    for offset, (row, found) in enumerate(zip(cells, read, strict=True)):
        faults = [list(fault) for fault in found.faults]
        person = None
        if not faults:
            person = _who(found.values, known, by_phone)
            if person is not None and not person.organisation_path.startswith(_county(batch)):
                faults, person = [["id_no", "elsewhere"]], None
        if faults:
            chunk.bad.append([row, faults])
            continue
        is_new = person is None
        if is_new:
            person = _new(batch, found.values)
            chunk.new.append(person)
        filled = _fill(chunk, person, found.values)
        line = Line(chunk.start + offset + 1, person, is_new, [] if is_new else filled)
        known[found.values.get("id_no")] = by_phone[found.values.get("phone"), person.name] = person
        chunk.lines.append(line)
        if "plate" in found.values:
            chunk.plates.setdefault(found.values["plate"], line)
    return chunk


def _county(batch: ImportBatch) -> str:
    """Return the path above which a registered person counts as another organisation's."""
    paths = batch.uploaded_by.paths(Permission.EDIT_PEOPLE)
    return next(path for path in paths if batch.organisation_path.startswith(path))


def _registered(read: list[people.Row]) -> tuple[dict, dict]:
    """Find who of the chunk is registered: by identity number, and by phone with name, in two queries."""
    ring = key_ring()
    wanted = {"identity": {}, "phone": {}}
    for row in read:
        for key, place in NUMBERS.items():
            if key in row.values and not row.faults:
                for digest in ring.digests(place, row.values[key]):
                    wanted[place][digest] = row.values[key]
    known = {
        wanted["identity"][bytes(person.identity_digest)]: person
        for person in Person.objects.filter(identity_digest__in=list(wanted["identity"]))
    }
    by_phone = {
        (wanted["phone"][bytes(person.phone_digest)], person.name): person
        for person in Person.objects.filter(phone_digest__in=list(wanted["phone"])).order_by("-pk")
    }
    return known, by_phone


def _who(values: dict, known: dict, by_phone: dict) -> Person | None:
    """Return the person a row means: the one with its number, or with its phone and name and no other number."""
    number, phone = values.get("id_no"), values.get("phone")
    if number and number in known:
        return known[number]
    person = by_phone.get((phone, values["name"])) if phone else None
    if person is not None and number and person.identity_digest:
        return None  # the same phone and name, but two valid numbers: two people
    return person


def _places(batch: ImportBatch) -> dict[str, dict]:
    """Return, per kind of link, the bodies by name and short name."""
    places = {}
    for key, link in people.LINKS.items():
        if key in batch.fields:
            found = list(queries.link_choices(batch.uploaded_by, link))
            places[key] = {row.short_name: row for row in found if row.short_name} | {row.name: row for row in found}
    return places


def _new(batch: ImportBatch, values: dict) -> Person:
    person = Person(name=values["name"], organisation=batch.organisation, organisation_path=batch.organisation_path)
    for key, place in NUMBERS.items():
        seal(person, f"{place}_cipher", values.get(key, ""))
    return person


def _fill(chunk: Chunk, person: Person, values: dict) -> list[str]:
    """Give a person what the register lacks; never overwrite. Return the names of what was filled in."""
    filled = []
    for key, place in NUMBERS.items():
        if key in values and not getattr(person, f"{place}_cipher"):
            seal(person, f"{place}_cipher", values[key])
            filled.append(place)
    for key, link in people.LINKS.items():
        body = chunk.places.get(key, {}).get(values.get(key))
        if body is not None and getattr(person, f"{link}_id") is None:
            setattr(person, link, body)
            filled.append(link)
    if filled and person.pk:
        chunk.changed[person.pk] = (person, chunk.changed.get(person.pk, (person, set()))[1] | set(filled))
    return filled


def _write(chunk: Chunk) -> None:
    """Write people, vehicles and what each row led to, in this order."""
    _insert_people(chunk)
    for person, names in chunk.changed.values():
        person.save(update_fields=[column for name in names for column in _columns(name)])
    _write_vehicles(chunk)
    _write_rows(chunk)


def _write_rows(chunk: Chunk) -> None:
    """Keep what each row led to, for undoing it."""
    for filled, lines in groupby(sorted(chunk.lines, key=_filled), key=_filled):
        rows = list(lines)
        columns = {
            "number": [line.number for line in rows],
            "person_id": [line.person.pk for line in rows],
            "vehicle_id": [line.vehicle_id for line in rows],
            "is_new_person": [line.is_new for line in rows],
            "is_new_vehicle": [line.is_new_vehicle for line in rows],
        }
        bulk.insert(ImportRow, columns, batch_id=chunk.batch.pk, filled=filled)


def _insert_people(chunk: Chunk) -> None:
    batch = chunk.batch
    columns = {name: [getattr(person, name) for person in chunk.new] for name in OWN_COLUMNS}
    found = bulk.insert(
        Person, columns, organisation_id=batch.organisation_id, organisation_path=batch.organisation_path
    )
    for person, pk in zip(chunk.new, found, strict=True):
        person.pk = pk


def _write_vehicles(chunk: Chunk) -> None:
    """Enter new vehicles; a known one of the county without a driver gets the row's person."""
    batch, known = chunk.batch, {row.plate: row for row in Vehicle.objects.filter(plate__in=list(chunk.plates))}
    fresh = {plate: line for plate, line in chunk.plates.items() if plate not in known}
    columns = {"plate": list(fresh), "driver_id": [line.person.pk for line in fresh.values()]}
    found = bulk.insert(
        Vehicle, columns, organisation_id=batch.organisation_id, organisation_path=batch.organisation_path
    )
    for line, pk in zip(fresh.values(), found, strict=True):
        line.vehicle_id, line.is_new_vehicle = pk, True
    for plate, vehicle in known.items():
        line = chunk.plates[plate]
        if vehicle.driver_id is None and vehicle.organisation_path.startswith(_county(batch)):
            Vehicle.objects.filter(pk=vehicle.pk).update(driver=line.person)
            line.vehicle_id, line.filled = vehicle.pk, [*line.filled, "driver"]


def _filled(line: Line) -> list[str]:
    return line.filled


def _columns(name: str) -> list[str]:
    return [f"{name}_cipher", f"{name}_digest"] if name in NUMBERS.values() else [name]


def _examine(batch: ImportBatch, rows: Iterable[list[str]]) -> Examined:
    return people.examine(rows, batch.fields)


def _refusal(batch: ImportBatch, fields: list[str]) -> Refused | None:
    if "name" in fields and {"id_no", "phone"} & set(fields):
        return None
    return Refused(
        _("One column must be the name, and one the identity number or the mobile number."), code="too_little"
    )


def _take_back(batch: ImportBatch, by: User) -> dict[str, int]:
    """Remove new people and vehicles, empty what was filled in; who is needed elsewhere by now stays."""
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
    return {"removed": len(gone), "kept": len(kept)}


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


PEOPLE = Subject(
    code="people",
    permission=Permission.EDIT_PEOPLE,
    outside=OUTSIDE,
    no_header=_(
        "No row of the file names its columns. Write the names of the columns (name, identity number, mobile "
        "number) above the data and upload it again."
    ),
    understand=people.understand,
    refusal=_refusal,
    examine=_examine,
    enter=_enter,
    take_back=_take_back,
)
