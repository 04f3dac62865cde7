"""Rows out of a workbook or a csv file. Runs in the bounded child only: a crafted file may take it down.

`sheets` returns the sheets' names and sizes, and per sheet one blob of JSON: a list of rows, each a list of texts.
"""

import csv
import datetime
import io
import json

import python_calamine

from config.uploads.refusal import Rejected
from config.uploads.signatures import content_of

MAX_ROWS = 200_000
MAX_COLUMNS = 200
EXACT_DIGITS = 10**15  # a spreadsheet's numbers are exact below this


def sheets(data):
    """Read every sheet that has rows; a csv file is one sheet without a name. Raises: Rejected."""
    found = [("", _csv_rows(data))] if content_of(data) == "text" else list(_workbook(data))
    kept = [(name, rows) for name, rows in found if any(any(row) for row in rows)]
    if any(len(rows) > MAX_ROWS or max(map(len, rows)) > MAX_COLUMNS for _name, rows in kept):
        raise Rejected("too_many_rows", rows=MAX_ROWS, columns=MAX_COLUMNS)
    return [[name, len(rows)] for name, rows in kept], [json.dumps(rows).encode() for _name, rows in kept]


def _workbook(data):
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height > MAX_ROWS + 1 or sheet.total_width > MAX_COLUMNS:
                raise Rejected("too_many_rows", rows=MAX_ROWS, columns=MAX_COLUMNS)
            yield name, [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except python_calamine.CalamineError:
        raise Rejected("not_excel") from None


def _csv_rows(data):
    text = _decoded(data)
    head = text[:4096]
    delimiter = max(",\t;|", key=head.count)
    csv.field_size_limit(100_000)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error:
        raise Rejected("not_table") from None


def _decoded(data):
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Rejected("not_table")


def cell_text(cell):
    """Write a cell as text; a number too long to be exact in scientific notation, so that it is noticed."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        if not abs(cell) < EXACT_DIGITS:  # not a number, too
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else str(cell)
    if isinstance(cell, datetime.date | datetime.datetime):
        return f"{cell:%Y-%m-%d}"
    return str(cell).strip()
