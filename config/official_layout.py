"""Word files in the layout of official documents (pure): paper, type, headings, page numbers, tables, pictures.

Source: GB/T 9704-2012 《党政机关公文格式》: A4, head margin 37 mm, binding margin 28 mm, type area 156 x 225 mm,
22 lines of 28 characters, body in size-3 FangSong, title in size-2 XiaoBiaoSong, headings 一、 in HeiTi and （一） in
KaiTi, page number in size-4 SimSun between dashes, on the outer side. Fonts are named, not embedded: offices have them.
"""

import datetime
import io

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

BODY, TITLE, HEADING_1, HEADING_2, NUMBER = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
PART = "Part title"
LATIN = "Times New Roman"
SIZE_TITLE, SIZE_BODY, SIZE_SMALL, SIZE_TABLE = Pt(22), Pt(16), Pt(14), Pt(12)
LINE = Pt(29)  # 225 mm divided by 22 lines
TYPE_AREA = Mm(156)
CREATED = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - a file says nothing of when and by whom it was made


def document():
    """An empty official document with page numbers; odd pages on the right, even ones on the left."""
    made = Document()
    section = made.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)  # the number stands 7 mm below the type area
    _grid(section)
    _speak_chinese(made)
    _style(made.styles["Normal"], BODY, SIZE_BODY)
    _28_characters_a_line(made.styles["Normal"])
    made.styles["Normal"].paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    made.styles["Normal"].paragraph_format.line_spacing = LINE
    made.styles["Normal"].paragraph_format.space_after = Pt(0)
    for level, face in ((1, HEADING_1), (2, HEADING_2), (3, BODY)):
        _heading_style(made.styles[f"Heading {level}"], face)
    made.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    about = made.core_properties
    about.author = about.last_modified_by = about.comments = about.title = ""
    about.created = about.modified = CREATED
    return made


def title(made, text, by=""):
    """The title, centred, `by` whom below it; a blank line follows as the standard has it."""
    for line in text.splitlines():
        paragraph = made.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing = Pt(33)
        _run(paragraph, line, TITLE, SIZE_TITLE)
    if by:
        paragraph = made.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, by, HEADING_2, SIZE_BODY)
    made.add_paragraph()


def part_title(made, text, number, by=""):
    """The title of one piece of several: on a new page, marked so that the contents can say on which."""
    if PART not in {style.name for style in made.styles}:
        style = made.styles.add_style(PART, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = made.styles["Normal"]
        style.paragraph_format.page_break_before = True
    title(made, text, by)
    first = made.paragraphs[-1 - len(text.splitlines()) - bool(by)]
    first.style = made.styles[PART]
    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            mark.set(qn("w:name"), f"part_{number}")
            first._p.get_or_add_pPr().addnext(mark)
        else:
            first._p.append(mark)


def heading(made, text, level=1):
    """A heading with its own number in the text, as 一、 （一） or 1.; Word's navigation shows it."""
    return made.add_heading(text, level)


def paragraph(made, text, indent=True):
    """A paragraph of the body, its first line two characters in."""
    made_paragraph = made.add_paragraph(text)
    if indent:
        first_line_in(made_paragraph)
    return made_paragraph


def first_line_in(made_paragraph):
    """Two characters, counted in characters so that it follows a change of size."""
    indent = made_paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")


def signature(made, body, day):
    """Who issues it and when, towards the right, the date four characters from the edge."""
    made.add_paragraph()
    for text, inset in ((body, 5), (day, 4)):
        made_paragraph = made.add_paragraph(text)
        made_paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        made_paragraph.paragraph_format.right_indent = SIZE_BODY * inset


def table(made, heads, rows, numeric=()):
    """A ruled table as wide as the type area; `numeric` are the indexes of columns set to the right.

    The head repeats on every page and no row breaks across two.
    """
    grid = made.add_table(rows=1, cols=len(heads), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    _cells(grid.rows[0], heads, (), face=HEADING_1)
    _mark(grid.rows[0], "w:tblHeader")
    for row in rows:
        line = grid.add_row()
        _cells(line, row, numeric)
        _mark(line, "w:cantSplit")
    return grid


def picture(made, source, caption=""):
    """A picture no wider than the type area with its caption below. `source` is a path or a binary file."""
    made_paragraph = made.add_paragraph()
    made_paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    made_paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    made_paragraph.paragraph_format.keep_with_next = bool(caption)
    drawn = made_paragraph.add_run().add_picture(source)
    shrink = min(1, TYPE_AREA / drawn.width, Mm(110) / drawn.height)
    drawn.width, drawn.height = Emu(int(drawn.width * shrink)), Emu(int(drawn.height * shrink))
    if caption:
        below = made.add_paragraph()
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(below, caption, HEADING_2, SIZE_SMALL)


def contents(made, names):
    """A table of contents under 目录: the titles of the parts, each with the page its mark (`part_1`) stands on.

    Word, WPS and LibreOffice reckon the pages when they open the file.
    """
    head = made.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, "目　录", HEADING_1, SIZE_BODY)
    made.add_paragraph()
    for number, name in enumerate(names, 1):
        entry = made.add_paragraph()
        form = entry.paragraph_format
        form.left_indent, form.first_line_indent, form.right_indent = SIZE_BODY * 2, SIZE_BODY * -2, SIZE_BODY * 3
        form.tab_stops.add_tab_stop(TYPE_AREA, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        _run(entry, f"{name}\t", BODY, SIZE_BODY)
        for kind in ("begin", "which", "separate", "page", "end"):
            run = _run(entry, "", BODY, SIZE_BODY)._r
            if kind == "which":
                run.append(_text("w:instrText", f" PAGEREF part_{number} \\h "))
            elif kind == "page":
                run.append(_text("w:t", " "))
            else:
                run.append(_field_mark(kind))
    updating = OxmlElement("w:updateFields")
    updating.set(qn("w:val"), "true")
    made.settings.element.append(updating)


def new_page(made):
    """What follows begins on a page of its own."""
    made.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def as_bytes(made) -> bytes:
    """The finished .docx."""
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def _grid(section):
    """22 lines a page; the characters are set by their spacing: LibreOffice takes two cells of a grid for each."""
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "580")


def _28_characters_a_line(style):
    """16 pt type set 15.75 pt apart fills 156 mm with 28 characters; the measure is twentieths of a point."""
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), "-5")
    style.element.get_or_add_rPr().insert_element_before(
        spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang"
    )


def _speak_chinese(made):
    """Without it an office without our fonts falls back on Japanese shapes and centred commas."""
    defaults = made.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")


def _style(style, face, size):
    style.font.name, style.font.size = LATIN, size
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), face)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _heading_style(style, face):
    _style(style, face, SIZE_BODY)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = None
    style.element.get_or_add_rPr().remove_all("w:color")
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")


def _run(made_paragraph, text, face, size):
    run = made_paragraph.add_run(text)
    run.font.name, run.font.size = LATIN, size
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    return run


def _cells(row, values, numeric, face=BODY):
    for index, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
        made_paragraph = cell.paragraphs[0]
        made_paragraph.paragraph_format.line_spacing = Pt(20)
        made_paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if index in numeric else WD_ALIGN_PARAGRAPH.LEFT
        _run(made_paragraph, str(value), face, SIZE_TABLE)


def _mark(row, name):
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _page_number(footer, side):
    footer.is_linked_to_previous = False
    made_paragraph = footer.paragraphs[0]
    made_paragraph.alignment = side
    _run(made_paragraph, "— ", NUMBER, SIZE_SMALL)
    run = _run(made_paragraph, "", NUMBER, SIZE_SMALL)
    for part in (_field_mark("begin"), _text("w:instrText", " PAGE "), _field_mark("end")):
        run._r.append(part)
    _run(made_paragraph, " —", NUMBER, SIZE_SMALL)


def _field_mark(kind):
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    return mark


def _text(name, text):
    element = OxmlElement(name)
    element.set(qn("xml:space"), "preserve")
    element.text = text
    return element
