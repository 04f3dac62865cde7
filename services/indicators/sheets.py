"""A list as an Excel workbook: exactly the rows on the page, with a first sheet that says what they are (pure)."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BOLD = Font(bold=True)
WIDEST = 48


def workbook(title: str, about: list[tuple[str, str]], heads: list[str], rows: Iterable[list]) -> bytes:
    """Return an .xlsx with the rows on the first sheet and `about` (pairs of words) on the second.

    Texts stay texts, so that none is taken for a formula; numbers and days are numbers and days.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(title))
    sheet.freeze_panes = "A2"
    rows = [list(row) for row in rows]
    for number, head in enumerate(heads):
        longest = max([len(head), *(len(str(row[number] or "")) for row in rows[:200])])
        sheet.column_dimensions[chr(65 + number)].width = min(longest * 2 + 2, WIDEST)
    sheet.append([_cell(sheet, head, BOLD) for head in heads])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    notes = book.create_sheet(_sheet_name("说明"))
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 16, 80
    for label, text in about:
        notes.append([_cell(notes, label, BOLD), _cell(notes, text)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: object, value: object, font: Font | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    if isinstance(value, date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
    elif isinstance(value, int | Decimal):
        cell.value = value
    else:
        cell.value = UNSEEN.sub("", str(value if value is not None else ""))[:32_000]
        cell.data_type = "s"
    if font:
        cell.font = font
    return cell


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip() or "Sheet"
