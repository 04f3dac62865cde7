"""The worker's side of a roster: read the uploaded file, or copy the register, and say what was understood.

Reading happens outside any transaction; what came out is sealed under the run's lock, and only if the roster is
still the one that was given.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.cipher import Undecipherable
from config.errors import Refused
from config.sealed import unseal
from config.uploads import blocks, bounded, gate
from config.vault import Vault
from members.matching import sealed
from members.matching.sealed import LETTERS, Layout, SealedRoster, Sheet
from members.middleware import whole_scope
from members.models import ColumnName, MatchRoster, MatchRun, Organisation, Person
from members.models.batch import PEOPLE
from members.models.match import MatchState, Side

READ_SECONDS = 120
REGISTER_FIELDS = ["rid", "name", "id_no", "phone", "plate", "employer"]
State = MatchRoster.State
NO_HEADER = _(
    "No row of the file names its columns. Write the names of the columns (name, identity number, mobile number) above "
    "the data and upload it again."
)
UNFORESEEN = _("The file could not be read. Open it, save it as a new file and send that.")
EMPTY_REGISTER = _("The register holds nobody yet. Import the practitioners first, or upload their roster here.")


class NotAsked(Exception):
    """The roster has been replaced, or the run closed, meanwhile."""


def read(pk: int, attempt: int) -> None:
    """Read one side's roster and examine its rows; a file that cannot be read is refused with a sentence.

    Killed at any moment it starts over. Side effects in order: blocks and layout in the vault, row.
    """
    roster = _current(pk, attempt)
    if roster is None:
        return
    vault = Vault(roster.run.uuid)
    try:
        if vault.names(f"{LETTERS[roster.side]}-source-"):
            _read_file(vault, roster)
        elif roster.source == MatchRoster.Source.REGISTER and not SealedRoster(vault, roster.side).layout.sheets:
            _copy_register(vault, roster)
        _examine(vault, roster)
    except Refused as refused:
        _refuse(vault, roster, refused)
    except (NotAsked, FileNotFoundError):
        return


def fail(pk: int, attempt: int) -> None:
    """Refuse a roster over which something failed that nobody foresaw."""
    if roster := _current(pk, attempt):
        _refuse(Vault(roster.run.uuid), roster, Refused(UNFORESEEN, code="unforeseen"))


def _current(pk: int, attempt: int, *, locked: bool = False) -> MatchRoster | None:
    """Return the roster if it still waits for this reading; with its run locked if asked."""
    with transaction.atomic(), whole_scope():
        found = MatchRoster.objects.select_related("run__organisation", "given_by")
        roster = found.filter(pk=pk, attempt=attempt, state=State.READING).first()
        if roster is not None and locked:
            run = MatchRun.objects.select_for_update(of=("self",)).get(pk=roster.run_id)
            roster = None if run.state == MatchState.CLOSED else found.filter(pk=pk, attempt=attempt).first()
        return roster


def _kept(roster: MatchRoster) -> MatchRoster:
    """Lock the run for the rest of the transaction. Raises: NotAsked."""
    roster = _current(roster.pk, roster.attempt, locked=True)
    if roster is None:
        raise NotAsked
    return roster


def _read_file(vault: Vault, roster: MatchRoster) -> None:
    """Take the file through the gate and out of its format; from then on only its rows are kept."""
    filename = SealedRoster(vault, roster.side).layout.filename
    data = vault.get_large(f"{LETTERS[roster.side]}-source-")
    gate.admit("roster", filename, data)
    head, packed = bounded.run("config.uploads.blocks:blocks", data, wall=READ_SECONDS)
    sheets, at = [], 0
    for name, rows, count in head:
        sheets.append(Sheet(name, rows, packed[at : at + count]))
        at += count
    found = sealed.find_table(sheets, filename, _remembered(roster))
    if found is None:
        raise Refused(NO_HEADER, code="no_header")
    with transaction.atomic(), whole_scope():
        _kept(roster)
        sealed.store(vault, roster.side, *found)


def _remembered(roster: MatchRoster) -> dict[str, str]:
    """Return what the columns of that side's workbooks mean, as somebody there once said."""
    body = roster.run.organisation if roster.side == Side.PRACTITIONERS else roster.run.members_organisation
    with transaction.atomic(), whole_scope():
        return dict(ColumnName.objects.filter(organisation=body, subject=PEOPLE).values_list("header", "field"))


def _copy_register(vault: Vault, roster: MatchRoster) -> None:
    """Copy the people the organisation keeps, in blocks."""
    packed, count, block = [], 0, []
    for row in _people(roster.run.organisation):
        block.append(row)
        count += 1
        if len(block) == blocks.ROWS:
            packed.append(blocks.pack(block))
            block = []
    if block:
        packed.append(blocks.pack(block))
    if not count:
        raise Refused(EMPTY_REGISTER, code="empty_register")
    layout = Layout("", from_register=True, sheets=[["", 0, []]], headers=[*REGISTER_FIELDS], fields=[*REGISTER_FIELDS])
    with transaction.atomic(), whole_scope():
        _kept(roster)
        sealed.store(vault, roster.side, layout, [Sheet("", count, packed)])


def _people(organisation: Organisation) -> Iterator[list[str]]:
    """Yield a row for everybody registered with the organisation or below it, a chunk at a time."""
    last = 0
    while True:
        with transaction.atomic(), whole_scope():
            people = Person.objects.filter(organisation_path__under=organisation.path, pk__gt=last)
            chunk = list(
                people.select_related("employer").prefetch_related("vehicles_driven").order_by("pk")[: blocks.ROWS]
            )
        for person in chunk:
            plates = sorted(vehicle.plate for vehicle in person.vehicles_driven.all())
            numbers = [_number(person, "identity_cipher"), _number(person, "phone_cipher")]
            employer = person.employer.name if person.employer else ""
            yield [str(person.pk), person.name, *numbers, plates[0] if plates else "", employer]
        if len(chunk) < blocks.ROWS:
            return
        last = chunk[-1].pk


def _number(person: Person, column: str) -> str:
    try:
        return unseal(person, column)
    except Undecipherable:
        return ""


def _examine(vault: Vault, roster: MatchRoster) -> None:
    found = SealedRoster(vault, roster.side)

    def alive() -> None:
        if _current(roster.pk, roster.attempt) is None:
            raise NotAsked

    layout, bad = sealed.examine(found, alive)
    with transaction.atomic(), whole_scope():
        roster = _kept(roster)
        found.save(bad)
        roster.state, roster.row_count, roster.unusable_count = State.READY, layout.rows, layout.unusable
        roster.save(update_fields=["state", "row_count", "unusable_count"])


def _refuse(vault: Vault, roster: MatchRoster, refused: Refused) -> None:
    """Keep the sentence sealed: it may name the file."""
    with transaction.atomic(), whole_scope():
        roster = _current(roster.pk, roster.attempt, locked=True)
        if roster is None:
            return
        filename = SealedRoster(vault, roster.side).layout.filename
        sealed.store(vault, roster.side, Layout(filename, refusal=str(refused)), [])
        roster.state, roster.fault = State.REFUSED, refused.code[:40]
        roster.save(update_fields=["state", "fault"])
