"""The worker's side of an import: one chunk of rows, with the checkpoint, in one transaction."""

import json
from dataclasses import dataclass, field

from django.db import transaction

from config.sealed import key_ring, seal
from config.vault import Vault
from members import audit, queries
from members.imports import people
from members.middleware import whole_scope
from members.models import ImportBatch, ImportRow, Person, Vehicle
from members.models.batch import BatchState
from members.permissions import Permission

NUMBERS = {"id_no": "identity", "phone": "phone"}


@dataclass
class Chunk:
    """What one chunk's rows come to, before it is written."""

    batch: ImportBatch
    start: int
    places: dict[str, dict]
    new: list[Person] = field(default_factory=list)
    changed: dict[int, tuple[Person, set]] = field(default_factory=dict)
    plates: dict[str, tuple[Person, ImportRow]] = field(default_factory=dict)
    rows: list[tuple[ImportRow, Person]] = field(default_factory=list)
    bad: list = field(default_factory=list)


@transaction.atomic
def work(pk: int) -> bool:
    """Enter the next chunk of a running import; return whether there is more to do.

    Killed before the commit, nothing of the chunk is there; killed after it, the checkpoint has moved: no row is lost
    and none comes twice. The account's rights are asked again for each chunk (`security.md` row 14). Every row counts
    when doubles are looked for, so the scope is lifted.
    Side effects in order: lock, people, vehicles, rows, file of bad rows, counts; audit row with the last chunk.
    """
    with whole_scope():
        return _work(pk)


def _work(pk: int) -> bool:
    batch = ImportBatch.objects.select_for_update().select_related("organisation", "uploaded_by").get(pk=pk)
    if batch.state != BatchState.RUNNING:
        return False
    if not batch.uploaded_by.has_permission(Permission.EDIT_PEOPLE, batch.organisation):
        batch.state = BatchState.STOPPED
        batch.save(update_fields=["state"])
        audit.record(actor=batch.uploaded_by, event="batch.stop", target=batch, outcome="refused")
        return False
    vault = Vault(batch.uuid)
    name = f"{batch.done_rows:08}"
    cells = json.loads(vault.get(f"rows-{name}"))
    chunk = _sorted_out(batch, cells)
    _write(chunk)
    if chunk.bad:
        vault.put(f"bad-{name}", json.dumps(chunk.bad).encode())
    batch.done_rows += len(cells)
    batch.bad_count += len(chunk.bad)
    batch.created_count += len(chunk.new)
    filled = sum(1 for row, _person in chunk.rows if row.filled and not row.is_new_person)
    batch.filled_count += filled
    batch.known_count += len(chunk.rows) - len(chunk.new) - filled
    if batch.done_rows >= batch.total_rows:
        batch.state = BatchState.DONE
        counts = {"created": batch.created_count, "filled": batch.filled_count, "bad": batch.bad_count}
        audit.record(actor=batch.uploaded_by, event="batch.done", target=batch, **counts)
    batch.save()
    return batch.state == BatchState.RUNNING


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
        number = chunk.start + offset + 1
        if person is None:
            person = _new(batch, found.values)
            chunk.new.append(person)
            entry = ImportRow(batch=batch, number=number, is_new_person=True)
            _fill(chunk, person, found.values)
        else:
            entry = ImportRow(batch=batch, number=number, filled=_fill(chunk, person, found.values))
        known[found.values.get("id_no")] = by_phone[found.values.get("phone"), person.name] = person
        chunk.rows.append((entry, person))
        if "plate" in found.values:
            chunk.plates.setdefault(found.values["plate"], (person, entry))
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
    Person.objects.bulk_create(chunk.new)
    for person, names in chunk.changed.values():
        columns = [column for name in names for column in _columns(name)]
        person.save(update_fields=columns)
    vehicles = {row.plate: row for row in Vehicle.objects.filter(plate__in=list(chunk.plates))}
    fresh = [
        Vehicle(
            plate=plate,
            organisation=chunk.batch.organisation,
            organisation_path=chunk.batch.organisation_path,
            driver=person,
        )
        for plate, (person, _entry) in chunk.plates.items()
        if plate not in vehicles
    ]
    for vehicle in Vehicle.objects.bulk_create(fresh):
        entry = chunk.plates[vehicle.plate][1]
        entry.vehicle, entry.is_new_vehicle = vehicle, True
    for plate, vehicle in vehicles.items():
        person, entry = chunk.plates[plate]
        if vehicle.driver_id is None and vehicle.organisation_path.startswith(_county(chunk.batch)):
            Vehicle.objects.filter(pk=vehicle.pk).update(driver=person)
            entry.vehicle, entry.filled = vehicle, [*entry.filled, "driver"]
    for entry, person in chunk.rows:
        entry.person = person
    ImportRow.objects.bulk_create([entry for entry, _person in chunk.rows])


def _columns(name: str) -> list[str]:
    return [f"{name}_cipher", f"{name}_digest"] if name in NUMBERS.values() else [name]
