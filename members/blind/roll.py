"""A roll on the office's own computer: csv in the usual encodings, or xlsx, read as the app would read it (pure)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from members.blind import xlsx
from members.blind.texts import Faulty
from members.blind.texts import gettext_noop as _
from members.matching import entries
from members.matching.entries import Entry

ENDINGS = (".csv", ".txt", ".xlsx")


class Roll:
    """A file and what was understood of it. Raises: Faulty, with what to do about it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind = path.suffix.lower()
        if not path.is_file():
            raise Faulty(_("There is no file %(name)s."), name=path.name)
        if self.kind not in ENDINGS:
            raise Faulty(
                _("%(name)s: only .csv and .xlsx are read here. Open it in Excel and save it as .xlsx."), name=path.name
            )
        self.sha256 = sha256_of(path)
        self.encoding = self.delimiter = ""
        if self.kind != ".xlsx":
            self.encoding = entries.encoding_of(path)
            if not self.encoding:
                raise self._unreadable()
            self.delimiter = entries.delimiter_of(path, self.encoding)
        self.sheets, self.other_sheets = entries.find_sheets(self.tables())
        self.fields = entries.fields_of(self.sheets)
        if not entries.identifies(self.fields):
            raise Faulty(
                _(
                    "%(name)s: no header names an identity number, or a name with a mobile number. "
                    "Put the names of the columns (such as name, id_no, phone) into the first row."
                ),
                name=path.name,
            )

    def tables(self) -> Iterator[tuple[str, Iterable[list[str]]]]:
        """Yield (sheet name, rows of text); a text file is one sheet without a name."""
        try:
            if self.kind == ".xlsx":
                for name, rows in xlsx.tables(self.path):
                    yield name, self._guarded([entries.text_of(cell) for cell in row] for row in rows)
            else:
                yield "", self._guarded(entries.csv_rows(self.path, self.encoding, self.delimiter))
        except (OSError, xlsx.BadWorkbook):
            raise self._unreadable() from None

    def entries(self) -> Iterator[Entry]:
        """Read every row that says anything."""
        return entries.read(self.tables(), self.sheets)

    def rows(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """Yield (number, header cells, cells) of every row of data, as it stands in the file."""
        number = 0
        by_name = {sheet.name: sheet for sheet in self.sheets}
        for name, rows in self.tables():
            if name in by_name:
                for cells in list(rows)[by_name[name].first_row :]:
                    number += 1
                    yield number, by_name[name].headers, cells

    def _guarded(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        try:
            yield from rows
        except (csv.Error, UnicodeError, OSError, ValueError, xlsx.BadWorkbook, xlsx.expat.ExpatError):
            raise self._unreadable() from None

    def _unreadable(self) -> Faulty:
        return Faulty(
            _("%(name)s cannot be read. Open it, save it again as .xlsx or .csv and try once more."),
            name=self.path.name,
        )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
