"""A roster file, read: csv (UTF-8, UTF-16 or GB18030), xlsx, xls or parquet, into entries with reasons for bad cells.

Nothing is kept: `entries` reads the file again each time, so a big roll never stands in memory in the clear.
"""

import codecs
import csv
import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import python_calamine
from django.utils.translation import gettext as _

from config.errors import Unreadable
from members.matching import columns

SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}
EXACT_DIGITS = 10**15  # a spreadsheet's numbers are exact below this


class Entry(NamedTuple):
    """One row as written: `number` counts from 1 without the header, `rid` is the owner's id or that number."""

    number: int
    rid: str
    name: str = ""
    id_no: str = ""
    phone: str = ""
    plate: str = ""
    birth: str = ""
    employer: str = ""
    branch: str = ""


@dataclass
class Sheet:
    """One sheet that holds people: where each field stands and where the data begin."""

    name: str
    positions: dict[str, int]
    headers: list[str]
    first_row: int


@dataclass
class Roster:
    """A file and what was understood of it."""

    path: Path
    kind: str
    sha256: str
    sheets: list[Sheet]
    other_sheets: list[str] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ","

    @property
    def fields(self) -> dict[str, str]:
        """Map each understood field to the header it stands under."""
        return {name: sheet.headers[at] for sheet in reversed(self.sheets) for name, at in sheet.positions.items()}

    @property
    def not_understood(self) -> list[str]:
        """List headers that no field was found for."""
        return [
            header
            for sheet in self.sheets
            for at, header in enumerate(sheet.headers)
            if header.strip() and at not in sheet.positions.values()
        ]

    def entries(self) -> Iterator[Entry]:
        """Read every row that says anything; the number goes on over the sheets."""
        number = 0
        by_name = {sheet.name: sheet for sheet in self.sheets}
        for name, rows in _tables(self):
            if not (sheet := by_name.get(name)):
                continue
            places = [sheet.positions.get(name, -1) for name in ("rid", *Entry._fields[2:])]
            for index, row in enumerate(rows):
                if index < sheet.first_row:
                    continue
                number += 1
                width = len(row)
                rid, *cells = [row[at].strip() if 0 <= at < width else "" for at in places]
                if any(cells):
                    yield Entry(number, rid or str(number), *cells)


def open_roster(path: Path, remembered: Mapping[str, str] | None = None) -> Roster:
    """Look at a file and find its people. Raises: Unreadable, with what to do about it."""
    if not path.is_file():
        raise Unreadable(_("There is no file %(name)s.") % {"name": path.name}, code="missing")
    suffix = path.suffix.lower()
    kind = "parquet" if suffix == ".parquet" else "sheet" if suffix in SPREADSHEETS else "csv"
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    roster = Roster(path, kind, sha256, [])
    if kind == "csv":
        roster.encoding = _encoding(path)
        roster.delimiter = _delimiter(path, roster.encoding)
    for name, rows in _tables(roster):
        top = [row for _index, row in zip(range(columns.HEADER_ROWS + 1), rows, strict=False)]
        found = columns.find_header(top, remembered)
        if found:
            positions, headers, first_row = found
            roster.sheets.append(Sheet(name, positions, headers, first_row))
        elif any(any(row) for row in top):
            roster.other_sheets.append(name)
    _refuse_useless(roster)
    return roster


def _refuse_useless(roster: Roster) -> None:
    """Refuse a file from which nobody could be told apart."""
    known = roster.fields.keys()
    if "id_no" not in known and not ("name" in known and {"phone", "plate"} & known):
        raise Unreadable(
            _(
                "%(name)s: no header names an identity number, or a name with a mobile number. "
                "Put the names of the columns (such as name, id_no, phone) into the first row."
            )
            % {"name": roster.path.name},
            code="header",
        )


def refuse_mixed_up(practitioners: Roster, members: Roster) -> None:
    """Refuse one file given twice, and two rosters given the wrong way round. Raises: Unreadable."""
    if practitioners.sha256 == members.sha256:
        raise Unreadable(
            _("Both rosters are the same file; give the practitioners' and the members' roster."), code="twice"
        )
    ours, theirs = practitioners.fields.keys(), members.fields.keys()
    if "branch" in ours - theirs and ({"plate", "employer"} & theirs) and "plate" not in ours:
        raise Unreadable(
            _(
                "The two rosters seem to be swapped: the practitioners' one names party branches and the members' one "
                "does not. Give them the other way round."
            ),
            code="swapped",
        )


def _tables(roster: Roster) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Yield (sheet name, rows of text) of the file; raises Unreadable wherever it is broken."""
    reader = {"csv": _csv_rows, "sheet": _sheet_rows, "parquet": _parquet_rows}[roster.kind]
    with _sound(roster):
        for name, rows in reader(roster):
            yield name, _guarded(roster, rows)


def _guarded(roster: Roster, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    with _sound(roster):
        yield from rows


@contextmanager
def _sound(roster: Roster) -> Iterator[None]:
    """Turn what a reader says about a broken file into a sentence. Raises: Unreadable."""
    try:
        yield
    except (csv.Error, UnicodeError, python_calamine.CalamineError, duckdb.Error, OSError) as error:
        message = _("%(name)s cannot be read. Open it, save it again as .xlsx or .csv and try once more.")
        raise Unreadable(message % {"name": roster.path.name}, code="broken") from error


def _csv_rows(roster: Roster) -> Iterator[tuple[str, Iterable[list[str]]]]:
    with roster.path.open(encoding=roster.encoding, newline="") as handle:
        yield "", csv.reader((line.replace("\0", "") for line in handle), delimiter=roster.delimiter)


def _encoding(path: Path) -> str:
    """Tell the encoding of a text file. Raises: Unreadable."""
    with path.open("rb") as handle:
        start = handle.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as handle:
                while block := handle.read(1 << 20):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    message = _(
        "%(name)s is neither UTF-8 nor GB18030 text. Open it, save it again as .xlsx or .csv and try once more."
    )
    raise Unreadable(message % {"name": path.name}, code="encoding")


def _delimiter(path: Path, encoding: str) -> str:
    """Tell what stands between the cells: whatever is most frequent in the first lines."""
    with path.open(encoding=encoding, newline="") as handle:
        start = handle.read(4096)
    return max(",\t;|", key=start.count)


def _sheet_rows(roster: Roster) -> Iterator[tuple[str, Iterable[list[str]]]]:
    workbook = python_calamine.CalamineWorkbook.from_path(roster.path)
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        yield name, ([_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False))


def _parquet_rows(roster: Roster) -> Iterator[tuple[str, Iterable[list[str]]]]:
    with duckdb.connect() as connection:
        relation = connection.execute("SELECT * FROM read_parquet(?)", [str(roster.path)])
        headers = [column[0] for column in relation.description]

        def rows() -> Iterator[list[str]]:
            yield headers
            while block := relation.fetchmany(10_000):
                for row in block:
                    yield ["" if cell is None else str(cell) for cell in row]

        yield "", rows()


def _text(cell: object) -> str:
    """Write a spreadsheet's cell as text; a number too long to be exact in scientific notation, so it is noticed."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        if not abs(cell) < EXACT_DIGITS:  # not a number, too
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, datetime.date | datetime.datetime):
        return f"{cell:%Y%m%d}"
    return str(cell)
