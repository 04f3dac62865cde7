"""A county's own template: checked before it is kept, filled with a report's numbers (no ORM but the registry's).

A template is a stranger's program, so it may say very little: placeholders, `指标("key")` for a number, and a loop over
the report's parts and lines. What is parsed is walked and anything else refused with its place, before a sandboxed
environment runs it. Only the body of a Word file is filled; headers and properties are left as they are.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from openpyxl import Workbook, load_workbook

from config.errors import Refused
from services.indicators import registry
from services.reports.outline import Line, Report
from services.reports.writing import title_of

PARTS, LINES, NUMBER = {"各部分", "sections"}, {"各项", "lines"}, {"指标", "ind"}
WORDS = {"标题", "title", "单位", "organisation", "时段", "period", "日期", "today"} | PARTS
FIELDS = {"名称", "label", "数值", "text", "单位", "unit", "口径", "meaning", "报送", "sent", "补记", "added"}
FIELDS |= {"标题", "heading"} | LINES
REASONS = {
    "broken": _("This file cannot be opened. Save it again in Word, Excel or WPS and send it once more."),
    "empty": _("This file holds no placeholder, so every report would be the same. Start from the sample."),
    "syntax": _("A placeholder is not closed or not written as the sample shows it: “%(place)s”."),
    "edge": _("Headers and footers are not filled: move the placeholder “%(place)s” into the text of the page."),
    "word": _("“%(name)s” is no word a template knows, in “%(place)s”. The list of words stands on the page."),
    "code": _("“%(place)s” asks for more than a template may do: placeholders, numbers and the loops of the sample."),
    "number": _("“%(place)s”: %(reason)s"),
}
DEEPEST = 2  # loops in loops: parts, and lines of a part
PARAGRAPH = re.compile(r"<w:p([ >])")
TAG = re.compile(r"<[^>]+>")
MARKS = re.compile(r"\{[{%#]")


class Shown(str):
    """A number as it is printed, with the number itself for a workbook's cell."""

    number: Decimal | int | None = None


@dataclass
class Asked:
    """Which numbers a template names, each with the place that names it."""

    numbers: list[tuple[str, dict, str]] = field(default_factory=list)


def refused(code: str, place: str, **values: object) -> Refused:
    """Return the refusal of a template with its place."""
    return Refused(REASONS[code] % {"place": place, **values}, code=f"template_{code}")


def environment() -> ImmutableSandboxedEnvironment:
    """Return an environment that knows no function, filter or test at all."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def check(data: bytes, sort: str) -> Asked:
    """Return what a template asks for.

    Raises: Refused for a file that cannot be opened, and with the place for what a template may not say or does not
    exist.
    """
    asked = Asked()
    for place, text in _texts(data, sort):
        try:
            parsed = environment().parse(text)
        except TemplateSyntaxError as error:
            raise refused("syntax", place(error.lineno)) from None
        _walk(parsed, set(), 0, place, asked, sort)
    if not asked.numbers and not any(MARKS.search(text) for _place, text in _texts(data, sort)):
        raise refused("empty", "")
    for key, filters, place in asked.numbers:
        try:
            indicator(key).checked(filters)
        except Refused as error:
            raise refused("number", place, reason=str(error)) from None
    return asked


def indicator(name: str) -> registry.Indicator | registry.Ratio:
    """Return a definition by its key or by its label. Raises: Refused for an unknown one."""
    labelled = [one for one in registry.everything() if str(one.label) == name]
    return labelled[0] if len(labelled) == 1 else registry.get(name)


def fill(data: bytes, sort: str, report: Report, today: str) -> bytes:
    """Return the template filled with a report. Raises: Refused as `check`, also for what only shows when filling."""
    check(data, sort)
    words = _words(report, today)
    try:
        return _word(data, words) if sort == "docx" else _excel(data, words)
    except TemplateError:
        raise refused("syntax", "") from None


def _word(data: bytes, words: dict) -> bytes:
    made = _document(data)
    filled = environment().from_string(made.patch_xml(made.get_xml())).render(words)
    made.map_tree(made.fix_tables(filled))
    out = io.BytesIO()
    made.docx.save(out)
    return out.getvalue()


def _excel(data: bytes, words: dict) -> bytes:
    book, env = _book(data), environment()
    for sheet, cell in _cells(book):
        text = cell.value.strip()
        found = None
        if text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
            found = env.compile_expression(text[2:-2])(**words)
        if isinstance(found, Shown) and found.number is not None:
            sheet[cell.coordinate].value = found.number
        else:
            plain = ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(cell.value).render(words)
            sheet[cell.coordinate].value, sheet[cell.coordinate].data_type = plain, "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _words(report: Report, today: str) -> dict:
    def number(name: str, **filters: object) -> Shown:
        reading = indicator(name).read(report.scope, report.period, **filters)
        shown = Shown(reading.text)
        shown.number = reading.value
        return shown

    sections = [
        {
            **dict.fromkeys(("标题", "heading"), section.heading),
            **dict.fromkeys(LINES, [_line(one) for one in section.lines]),
        }
        for section in report.sections
    ]
    return {
        **dict.fromkeys(NUMBER, number),
        **dict.fromkeys(PARTS, sections),
        **dict.fromkeys(("标题", "title"), title_of(report)),
        **dict.fromkeys(("单位", "organisation"), str(report.scope.organisation)),
        **dict.fromkeys(("时段", "period"), report.period.label),
        **dict.fromkeys(("日期", "today"), today),
    }


def _line(one: Line) -> dict:
    sent = "" if one.sent is None else f"{one.sent.normalize():f}"
    added = "" if not one.added else f"{one.added.normalize():f}"
    return {
        **dict.fromkeys(("名称", "label"), one.label),
        **dict.fromkeys(("数值", "text"), one.reading.text),
        **dict.fromkeys(("单位", "unit"), str(one.reading.indicator.unit)),
        **dict.fromkeys(("口径", "meaning"), str(one.reading.indicator.caveat)),
        **dict.fromkeys(("报送", "sent"), sent),
        **dict.fromkeys(("补记", "added"), added),
    }


def _texts(data: bytes, sort: str) -> Iterator:
    """Yield (place of a line, text) for everything that is filled."""
    if sort == "docx":
        made = _document(data)
        text = PARAGRAPH.sub(r"\n<w:p\1", made.patch_xml(made.get_xml()))
        lines = text.split("\n")
        yield lambda number: _said(lines[number - 1]) or _said("".join(lines[max(number - 3, 0) : number + 2])), text
        for section in made.docx.sections:
            for edge in (section.header, section.footer, section.even_page_header, section.even_page_footer):
                said = "".join(one.text for one in edge.paragraphs)
                if MARKS.search(said):
                    raise refused("edge", said[:30])
    else:
        for sheet, cell in _cells(_book(data)):
            where = f"{sheet.title}!{cell.coordinate}"
            yield lambda _number, where=where: where, cell.value


def _walk(node: nodes.Node, loops: set, depth: int, place: Callable[[int], str], asked: Asked, sort: str) -> None:
    """Refuse whatever is not a placeholder, a number or a loop over parts and lines."""
    here = place(node.lineno) if node.lineno else ""
    match node:
        case nodes.Template() | nodes.Output() | nodes.If(elif_=[]) if sort == "docx" or not isinstance(node, nodes.If):
            for child in node.iter_child_nodes():
                _walk(child, loops, depth, place, asked, sort)
        case nodes.TemplateData():
            pass
        case nodes.Name(name=name) if name in WORDS | loops:
            pass
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr) if name in loops and attr in FIELDS:
            pass
        case nodes.Call(node=nodes.Name(name=name), args=[nodes.Const(value=str() as key)]) if (
            name in NUMBER
            and node.dyn_args is None
            and node.dyn_kwargs is None
            and all(isinstance(one.value, nodes.Const) for one in node.kwargs)
        ):
            asked.numbers.append((key, {one.key: one.value.value for one in node.kwargs}, here))
        case nodes.For(target=nodes.Name(name=name), test=None, recursive=False, else_=[]) if (
            sort == "docx" and depth < DEEPEST and _is_list(node.iter, loops) and name not in WORDS | NUMBER
        ):
            for child in node.body:
                _walk(child, loops | {name}, depth + 1, place, asked, sort)
        case nodes.Name(name=name):
            raise refused("word", here, name=name[:30])
        case _:
            raise refused("code", here)


def _is_list(node: nodes.Node, loops: set) -> bool:
    match node:
        case nodes.Name(name=name):
            return name in PARTS
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
            return name in loops and attr in LINES
    return False


def _said(line: str) -> str:
    return TAG.sub("", line).strip()[:60]


def _document(data: bytes) -> DocxTemplate:
    try:
        made = DocxTemplate(io.BytesIO(data))
        made.init_docx()
    except Exception:  # noqa: BLE001 - python-docx raises whatever its reader meets in a broken package
        raise refused("broken", "") from None
    return made


def _book(data: bytes) -> Workbook:
    try:
        return load_workbook(io.BytesIO(data))
    except Exception:  # noqa: BLE001 - as above
        raise refused("broken", "") from None


def _cells(book: Workbook) -> Iterator:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and MARKS.search(cell.value):
                    yield sheet, cell
