"""A roster file, read: csv (UTF-8, UTF-16 or GB18030), xlsx, xls or parquet, into entries with reasons for bad cells.

Nothing is kept: `entries` reads the file again each time, so a big roll never stands in memory in the clear.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import python_calamine
from django.utils.translation import gettext as _

from config.errors import Unreadable
from members.matching import entries
from members.matching.entries import Entry, Sheet

SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}


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
        return entries.fields_of(self.sheets)

    @property
    def not_understood(self) -> list[str]:
        """List headers that no field was found for."""
        return entries.not_understood(self.sheets)

    def entries(self) -> Iterator[Entry]:
        """Read every row that says anything; the number goes on over the sheets."""
        return entries.read(_tables(self), self.sheets)


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
        roster.delimiter = entries.delimiter_of(path, roster.encoding)
    roster.sheets, roster.other_sheets = entries.find_sheets(_tables(roster), remembered)
    _refuse_useless(roster)
    return roster


def _refuse_useless(roster: Roster) -> None:
    """Refuse a file from which nobody could be told apart."""
    if not entries.identifies(roster.fields):
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
    yield "", entries.csv_rows(roster.path, roster.encoding, roster.delimiter)


def _encoding(path: Path) -> str:
    """Tell the encoding of a text file. Raises: Unreadable."""
    if encoding := entries.encoding_of(path):
        return encoding
    message = _(
        "%(name)s is neither UTF-8 nor GB18030 text. Open it, save it again as .xlsx or .csv and try once more."
    )
    raise Unreadable(message % {"name": path.name}, code="encoding")


def _sheet_rows(roster: Roster) -> Iterator[tuple[str, Iterable[list[str]]]]:
    workbook = python_calamine.CalamineWorkbook.from_path(roster.path)
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        yield name, ([entries.text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False))


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
