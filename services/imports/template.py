"""The empty workbook to fill in: our own column names, a sample row, and drop-downs of what may be chosen (pure)."""

from collections.abc import Mapping
from io import BytesIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from services.imports.columns import COLUMNS, NEEDED

ROWS = 2_000  # how far down the drop-downs reach
LIST_SHEET = "选项"
HEAD = PatternFill("solid", start_color="F3E3E0")
GREY = Font(color="808080", italic=True)


def build(subject: str, title: str, choices: Mapping[str, list[str]], needed_note: str) -> bytes:
    """Return an .xlsx whose first sheet is to be filled in; `choices` are the words each column offers.

    The choices stand on a sheet of their own, since a drop-down written into a cell holds 255 characters at most. A
    word that is not among them is asked about and not refused: the import says which names it does not know.
    """
    book = Workbook()
    sheet, lists = book.active, book.create_sheet(LIST_SHEET)
    sheet.title = title[:31]
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS[subject], start=1):
        letter = get_column_letter(number)
        head = sheet.cell(1, number, column.header)
        head.font, head.fill, head.alignment = Font(bold=True), HEAD, Alignment(vertical="center")
        if column.name == "kind" or column.name in NEEDED[subject]:
            head.comment = Comment(needed_note, title, width=200, height=40)
        sample = sheet.cell(2, number, column.sample or None)
        sample.font = GREY
        sheet.column_dimensions[letter].width = max(12, 2 * len(column.header) + 4, min(2 * len(column.sample), 60))
        for row in range(2, 3):
            sheet.cell(row, number).number_format = "@"
        if words := choices.get(column.name):
            _offer(sheet, lists, letter, column.header, words)
    lists.sheet_state = "hidden"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _offer(sheet: object, lists: object, letter: str, header: str, words: list[str]) -> None:
    place = lists.max_column + 1 if lists["A1"].value else 1
    for row, word in enumerate([header, *words], start=1):
        cell = lists.cell(row, place, word)
        cell.data_type = "s"  # a name that begins with = is a name
    column = get_column_letter(place)
    rule = DataValidation(
        type="list", formula1=f"'{LIST_SHEET}'!${column}$2:${column}${len(words) + 1}", allow_blank=True
    )
    rule.errorStyle, rule.showErrorMessage = "warning", True
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS}")
