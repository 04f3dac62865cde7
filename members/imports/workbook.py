"""The workbook that goes back: the rows that were not taken, as they came, with the reason beside each (pure)."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell


def build(headers: list[str], rows: list[tuple[list[str], str]], reason: str) -> bytes:
    """Return an .xlsx with the headers, the rows and a column of reasons. Every cell is text: no formula is live."""
    width = len(headers)
    return table([*headers, reason], [[*(row + [""] * width)[:width], why] for row, why in rows])


def table(headers: list[str], rows: list[list[str]]) -> bytes:
    """Return an .xlsx with headers and rows. Every cell is text: no formula is live."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for cells in (headers, *rows):
        sheet.append([_text(sheet, cell) for cell in cells])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _text(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value="".join(c for c in text if c >= " " or c in "\t\n"))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
