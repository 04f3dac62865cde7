"""From rows of cells to entries: where the people stand on each sheet, and what a cell says as text (pure).

Standard library alone, and Python 3.8: the stand-alone token script carries it along, so that both read a file alike.
"""

from __future__ import annotations

import codecs
import csv
import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from members.matching import columns

EXACT_DIGITS = 10**15  # a spreadsheet's numbers are exact below this
Table = "tuple[str, Iterable[list[str]]]"  # a sheet's name and its rows of text


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


def find_sheets(tables: Iterable[Table], remembered: Mapping[str, str] | None = None) -> tuple[list[Sheet], list[str]]:
    """Return the sheets that hold people, and the names of the others that say anything."""
    sheets, others = [], []
    for name, rows in tables:
        top = [row for _index, row in zip(range(columns.HEADER_ROWS + 1), rows)]  # noqa: B905 (Python 3.8)
        found = columns.find_header(top, remembered)
        if found:
            sheets.append(Sheet(name, *found))
        elif any(any(row) for row in top):
            others.append(name)
    return sheets, others


def fields_of(sheets: Iterable[Sheet]) -> dict[str, str]:
    """Map each understood field to the header it stands under."""
    return {name: sheet.headers[at] for sheet in reversed(list(sheets)) for name, at in sheet.positions.items()}


def not_understood(sheets: Iterable[Sheet]) -> list[str]:
    """List headers that no field was found for."""
    return [
        header
        for sheet in sheets
        for at, header in enumerate(sheet.headers)
        if header.strip() and at not in sheet.positions.values()
    ]


def read(tables: Iterable[Table], sheets: Iterable[Sheet]) -> Iterator[Entry]:
    """Read every row that says anything; the number goes on over the sheets."""
    number = 0
    by_name = {sheet.name: sheet for sheet in sheets}
    for name, rows in tables:
        sheet = by_name.get(name)
        if not sheet:
            continue
        places = [sheet.positions.get(field, -1) for field in ("rid", *Entry._fields[2:])]
        for index, row in enumerate(rows):
            if index < sheet.first_row:
                continue
            number += 1
            width = len(row)
            rid, *cells = [row[at].strip() if 0 <= at < width else "" for at in places]
            if any(cells):
                yield Entry(number, rid or str(number), *cells)


def identifies(fields: Iterable[str]) -> bool:
    """Tell whether people can be told apart by these fields."""
    known = set(fields)
    return "id_no" in known or ("name" in known and bool({"phone", "plate"} & known))


def encoding_of(path: Path) -> str:
    """Tell the encoding of a text file; "" where it is none that offices use."""
    with path.open("rb") as handle:
        start = handle.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as handle:
                for block in iter(lambda: handle.read(1 << 20), b""):  # noqa: B023 (read before the next handle)
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return ""


def delimiter_of(path: Path, encoding: str) -> str:
    """Tell what stands between the cells: whatever is most frequent in the first lines."""
    with path.open(encoding=encoding, newline="") as handle:
        start = handle.read(4096)
    return max(",\t;|", key=start.count)


def csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Read a text file row by row."""
    with path.open(encoding=encoding, newline="") as handle:
        yield from csv.reader((line.replace("\0", "") for line in handle), delimiter=delimiter)


def text_of(cell: object) -> str:
    """Write a spreadsheet's cell as text; a number too long to be exact in scientific notation, so it is noticed."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, (int, float)):  # noqa: UP038 (Python 3.8)
        if not abs(cell) < EXACT_DIGITS:  # not a number, too
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, (datetime.date, datetime.datetime)):  # noqa: UP038 (Python 3.8)
        return f"{cell:%Y%m%d}"
    return str(cell)
