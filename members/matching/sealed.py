"""A roster in a run's vault: its rows in sealed blocks, and what was understood of it. Nothing lies in the clear.

Files of one side, `p` or `m`: `p-source-` the file as uploaded, until it has been read; `p-layout` what was
understood, with the names of its blocks of rows; `p-bad` the bad rows with their faults.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from config.uploads import blocks
from config.vault import Vault
from members import identity
from members.matching import columns
from members.matching.prepare import Tally, clean
from members.matching.rosters import Entry

LETTERS = {"practitioners": "p", "members": "m"}
FIELDS = ("name", "id_no", "phone", "plate", "birth", "employer", "branch")
TOO_LARGE = _(
    "A roster of more than 200 MB is not taken here. On the server this command matches rosters of any size: "
    "manage.py match --practitioners FILE --members FILE"
)
SHOWN_ROWS = 5
KEPT_BAD = 5_000  # bad rows that can be given back; beyond that only counts


@dataclass
class Layout:
    """What was understood of a roster. `fields` has one entry a column, "" for columns left out.

    `sheets` are [name, number of the first data row, names of its blocks]; all of them have the same headers.
    """

    filename: str
    from_register: bool = False
    sha256: str = ""
    sheets: list = field(default_factory=list)
    other_sheets: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    fields: list = field(default_factory=list)
    header_row: int = 0
    rows: int = 0
    unusable: int = 0
    bad: int = 0
    faults: list = field(default_factory=list)
    examples: list = field(default_factory=list)
    empty: list = field(default_factory=list)
    sample: list = field(default_factory=list)
    refusal: str = ""


class Sheet(NamedTuple):
    """A sheet as read, in packed blocks."""

    name: str
    rows: int
    blocks: list[bytes]


class SealedRoster:
    """One side's roster, as `run.match` takes it: `sha256`, `fields`, `entries()`."""

    def __init__(self, vault: Vault, side: str) -> None:
        self.vault, self.letter = vault, LETTERS[side]
        self.layout = Layout(**json.loads(vault.get(f"{self.letter}-layout")))
        self.sha256 = self.layout.sha256

    @property
    def fields(self) -> dict[str, str]:
        """Map each understood field to the header it stands under."""
        return {name: header for name, header in zip(self.layout.fields, self.layout.headers, strict=True) if name}

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read every row below the headers; the number counts from 1 over all sheets, empty rows included."""
        number = 0
        for _sheet, first, names in self.layout.sheets:
            index = 0
            for name in names:
                for row in blocks.unpack(self.vault.get(name)):
                    if index >= first:
                        number += 1
                        yield number, row
                    index += 1

    def entries(self) -> Iterator[Entry]:
        """Read every row that says anything; its handle is its number."""
        places = _places(self.layout.fields)
        for number, row in self.rows():
            if cells := _cells(row, places):
                yield Entry(number, str(number), *cells)

    def register_id(self, row: list[str]) -> int | None:
        """Return the register's key of the person in a row, where the register gave the rows."""
        return int(row[self.layout.fields.index("rid")]) if self.layout.from_register else None

    def bad_rows(self) -> list:
        """Return the bad rows that were kept: [number, cells, faults]."""
        name = f"{self.letter}-bad"
        return json.loads(self.vault.get(name)) if name in self.vault.names(name) else []

    def save(self, bad: list | None = None) -> None:
        """Seal what was understood, and the bad rows where they are given."""
        if bad is not None:
            self.vault.put(f"{self.letter}-bad", json.dumps(bad).encode())
        self.vault.put(f"{self.letter}-layout", json.dumps(asdict(self.layout)).encode())

    def exchange(self, other: "SealedRoster") -> None:
        """Let each side have the other's rows; their examinations must follow."""
        self.layout, other.layout = other.layout, self.layout
        self.save([])
        other.save([])

    def forget(self) -> None:
        """Remove everything this side gave."""
        for _sheet, _first, names in self.layout.sheets:
            for name in names:
                self.vault.remove(name)
        self.vault.remove(f"{self.letter}-")


def _places(fields: list[str]) -> list[int]:
    return [fields.index(name) if name in fields else -1 for name in FIELDS]


def _cells(row: list[str], places: list[int]) -> list[str]:
    """Return the cells in the order of FIELDS, or nothing where all are empty."""
    width = len(row)
    cells = [row[at].strip() if 0 <= at < width else "" for at in places]
    return cells if any(cells) else []


def find_table(
    sheets: list[Sheet], filename: str, remembered: Mapping[str, str] | None = None
) -> tuple[Layout, list[Sheet]] | None:
    """Find the people: the largest sheet with a header we understand, and every sheet with that same header.

    `remembered` (header to field, "" for a column left out on purpose) overrules what the words suggest.
    Returns the layout and the sheets it takes; None where no row names a name or a number.
    """
    found, remembered = [], remembered or {}
    wanted = {header: name for header, name in remembered.items() if name in FIELDS}
    for sheet in sheets:
        top = blocks.unpack(sheet.blocks[0])[: columns.HEADER_ROWS + 1]
        if header := columns.find_header(top, wanted):
            found.append((sheet, *header))
    if not found:
        return None
    _sheet, positions, headers, first_row = max(found, key=lambda entry: entry[0].rows)
    taken = [(sheet, first) for sheet, _positions, other, first in found if _plain(other) == _plain(headers)]
    fields = [""] * len(headers)
    for name, position in positions.items():
        if name in FIELDS and remembered.get(headers[position], name) == name:
            fields[position] = name
    layout = Layout(
        filename,
        sheets=[[sheet.name, first, []] for sheet, first in taken],
        other_sheets=[sheet.name for sheet in sheets if sheet.name not in {kept.name for kept, _first in taken}],
        headers=[" ".join(header.split()) for header in headers],
        fields=fields,
        header_row=first_row,
    )
    return layout, [sheet for sheet, _first in taken]


def _plain(headers: Iterable[str]) -> list[str]:
    return [" ".join(header.split()) for header in headers]


def forget(vault: Vault, side: str) -> None:
    """Remove everything a side gave, if it gave anything."""
    if vault.names(f"{LETTERS[side]}-layout"):
        SealedRoster(vault, side).forget()


def store(vault: Vault, side: str, layout: Layout, sheets: list[Sheet]) -> SealedRoster:
    """Seal the sheets' blocks with their layout, in place of whatever this side had given."""
    forget(vault, side)
    digest, name = sha256(), f"rows-{secrets.token_hex(6)}"
    for place, (entry, sheet) in enumerate(zip(layout.sheets, sheets, strict=True)):
        entry[2] = [f"{name}-{place}-{number:05}" for number in range(len(sheet.blocks))]
        for block_name, block in zip(entry[2], sheet.blocks, strict=True):
            vault.put(block_name, block, is_durable=False)
            digest.update(block)
    layout.sha256 = digest.hexdigest()
    vault.put(f"{LETTERS[side]}-layout", json.dumps(asdict(layout)).encode())
    return SealedRoster(vault, side)


class _Noting(Tally):
    """A tally that also remembers the faults of the row at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.current: list[list[str]] = []

    def note(self, entry: Entry, name: str, fault: str) -> None:
        super().note(entry, name, fault)
        if fault != "missing" or name == "name":
            self.current.append([name, fault])


def examine(roster: SealedRoster, alive: Callable[[], None] = lambda: None) -> tuple[Layout, list]:
    """Read everything once: counts, faults, a masked sample; return the layout with them, and the bad rows.

    A bad row is [number, cells, faults]; at most KEPT_BAD are returned. `alive` may raise to stop.
    """
    layout, tally, bad = roster.layout, _Noting(), []
    layout.sample, layout.bad = [], 0
    places = _places(layout.fields)
    for number, row in roster.rows():
        cells = _cells(row, places)
        if not cells:
            continue
        if number % blocks.ROWS == 0:
            alive()
        entry, tally.current, before = Entry(number, str(number), *cells), [], tally.unusable
        clean(entry, tally)
        faults = tally.current or ([["id_no", "missing"]] if tally.unusable > before else [])
        if faults:
            layout.bad += 1
            if len(bad) < KEPT_BAD:
                bad.append([number, row, faults])
        if len(layout.sample) < SHOWN_ROWS:
            layout.sample.append(masked(entry._asdict()) | {"name": entry.name[:1] + "*" * (len(entry.name) - 1)})
    layout.rows, layout.unusable = tally.rows, tally.unusable
    known = {name for name in layout.fields if name}
    layout.empty = sorted(name for name in known if name in ("id_no", "phone", "plate") and tally.is_empty(name))
    layout.faults = [
        [name, fault, count]
        for (name, fault), count in tally.faults.most_common()
        if name in known and (fault != "missing" or name != "plate")
    ]
    layout.examples = [list(example) for example in tally.examples[:20]]
    return layout, bad


def masked(record: dict) -> dict:
    """Return a record as a page may show it: the name, numbers with their first and last characters (decision 4)."""
    id_no, phone = identity.read_id(record["id_no"]), identity.read_phone(record["phone"])
    return {
        "name": record["name"],
        "id_no": identity.mask_id(id_no.value or record["id_no"]),
        "phone": identity.mask_phone(phone.value or record["phone"]),
        "plate": record["plate"],
        "birth": record["birth"][:4],
        "employer": record["employer"],
        "branch": record["branch"],
    }
