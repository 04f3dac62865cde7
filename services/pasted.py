"""A task list as it is copied out of a table: one row a task, columns by their heads or in the usual order (pure)."""

import csv
import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

from django.utils.translation import gettext as _

from config.text.widths import narrow

MOST_ROWS = 300
COLUMNS = ("number", "title", "lead", "units", "due", "deliverable")
# What offices write over these columns. The first that fits wins, so the longer words stand first.
HEADS = (
    ("number", ("序号", "编号", "no.", "number")),
    ("units", ("配合单位", "协办单位", "参与单位", "协同单位", "配合", "co-units")),
    ("lead", ("牵头单位", "责任单位", "主办单位", "责任部门", "牵头", "lead")),
    ("due", ("完成时限", "时限", "期限", "完成时间", "时间", "due")),
    ("deliverable", ("交付成果", "成果", "完成标准", "标准", "目标", "deliverable")),
    ("title", ("任务", "事项", "内容", "举措", "task")),
)
ENDLESS = ("长期", "持续", "常态", "随时")
QUARTER = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
FULL_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:前|之前)?")
FULL_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?(底|末)?(?:前|之前)?")
DAY = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*日?(?:前|之前)?")
MONTH = re.compile(r"(\d{1,2})\s*月(?:份)?(底|末)?(?:前|之前)?")
IN_QUARTER = re.compile(r"(?:第)?([一二三四1234])\s*季度(?:底|末)?(?:前|之前)?")
YEAR_END = re.compile(r"(?:(\d{4})\s*年|全年|年)\s*(?:底|末)?(?:前|之前)?")


@dataclass
class Row:
    """One task as it was pasted; `line` counts rows of the table from 1, `faults` are sentences."""

    line: int
    number: int | None = None
    title: str = ""
    lead: str = ""
    units: str = ""
    due_on: date | None = None
    deliverable: str = ""
    faults: list[str] = field(default_factory=list)


def read(text: str, year: int) -> list[Row]:
    """Return the rows of a pasted table; days without a year lie in `year`. Never raises: rows say their faults."""
    cells = [[" ".join(cell.split()) for cell in row] for row in _table(text)]
    cells = [row for row in cells if any(row)]
    if not cells:
        return []
    places = _places(cells[0])
    first = 1 if places else 0
    places = places or _usual(cells)
    return [_row(number, row, places, year) for number, row in enumerate(cells[first:], start=first + 1)]


def deadline(text: str, year: int) -> date | None:
    """Return the last day a deadline names, None for none (长期坚持). Raises: ValueError for what is no deadline.

    6月底 is the 30th of June, 三季度 the 30th of September, 年底 and 全年 the last day of the year.
    """
    text = narrow(text).strip()
    if not text or text in {"—", "-", "/", "无"} or text.startswith(ENDLESS):
        return None
    if found := FULL_DAY.fullmatch(text):
        return date(*map(int, found.groups()))
    if found := FULL_MONTH.fullmatch(text):
        return _month_end(int(found[1]), int(found[2]))
    if found := DAY.fullmatch(text):
        return date(year, int(found[1]), int(found[2]))
    if found := MONTH.fullmatch(text):
        return _month_end(year, int(found[1]))
    if found := IN_QUARTER.fullmatch(text):
        return _month_end(year, QUARTER[found[1]] * 3)
    if found := YEAR_END.fullmatch(text):
        return date(int(found[1] or year), 12, 31)
    raise ValueError(text)


def _table(text: str) -> list[list[str]]:
    """Split by tabs, as a spreadsheet copies; a cell with line breaks stands in quotation marks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" not in lines and "|" in lines:  # a table of a chat or of Markdown
        rows = [line.strip().strip("|").split("|") for line in lines.split("\n")]
        return [row for row in rows if not all(set(cell.strip()) <= set("-:") for cell in row)]
    try:
        return list(csv.reader(StringIO(lines), delimiter="\t"))
    except csv.Error:
        return [line.split("\t") for line in lines.split("\n")]


def _places(heads: list[str]) -> dict[str, int]:
    """Return which column is which by their heads; empty for a row that holds none."""
    places: dict[str, int] = {}
    for place, head in enumerate(heads):
        word = narrow(head).replace(" ", "").lower()
        name = next((name for name, words in HEADS if len(word) <= 12 and any(one in word for one in words)), None)
        if name and name not in places:
            places[name] = place
    return places if "title" in places and len(places) >= 2 else {}


def _usual(cells: list[list[str]]) -> dict[str, int]:
    """Return the columns in their usual order; without numbers in the first one, the task comes first."""
    is_numbered = sum(row[0].rstrip(".、").isdecimal() for row in cells) * 2 > len(cells)
    names = COLUMNS if is_numbered else COLUMNS[1:]
    return {name: place for place, name in enumerate(names)}


def _row(line: int, cells: list[str], places: dict[str, int], year: int) -> Row:
    texts = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    row = Row(line, title=texts.get("title", ""), lead=texts.get("lead", ""), units=texts.get("units", ""))
    row.deliverable = texts.get("deliverable", "")
    number = narrow(texts.get("number", "")).rstrip(".、")
    if number.isascii() and number.isdecimal() and 0 < int(number[:4]) <= 999 and len(number) <= 4:
        row.number = int(number)
    elif number:
        row.faults.append(_("“%(text)s” is no number of a list: write 1 to 999, or leave it empty.") % {"text": number})
    if not row.title:
        row.faults.append(_("The task itself is missing."))
    elif len(row.title) > 120:
        row.faults.append(_("The task has more than 120 characters: shorten it, the rest can stand in its detail."))
    if len(row.deliverable) > 200:
        row.faults.append(_("What is to be delivered has more than 200 characters: shorten it."))
    try:
        row.due_on = deadline(texts.get("due", ""), year)
    except ValueError:
        row.faults.append(
            _("“%(text)s” is no deadline: write it as %(examples)s.")
            % {"text": texts["due"][:40], "examples": "2025-06-30、6月底、三季度、长期"}
        )
    return row


def _month_end(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return date(year, month, monthrange(year, month)[1])
