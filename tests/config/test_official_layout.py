"""The layout of official documents as GB/T 9704-2012 states it, read back from the file."""

import io
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from config import official_layout as layout


@pytest.fixture
def made():
    return layout.document()


def reread(made):
    return Document(io.BytesIO(layout.as_bytes(made)))


def test_paper_and_margins_leave_the_type_area(made):
    section = reread(made).sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    assert (round(width / Mm(1)), round(height / Mm(1))) == (156, 225)
    assert (round(section.top_margin / Mm(1)), round(section.left_margin / Mm(1))) == (37, 28)


def test_type_faces_and_sizes(made):
    layout.title(made, "一季度工作情况")
    layout.heading(made, "一、做法")
    layout.heading(made, "（一）走访", 2)
    layout.paragraph(made, "正文")
    read = reread(made)

    title_run = read.paragraphs[0].runs[0]
    assert title_run.font.size == Pt(22)
    assert title_run._r.rPr.rFonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    faces = {
        name: read.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Heading 1", "Heading 2")
    }
    assert faces == {"Normal": "仿宋_GB2312", "Heading 1": "黑体", "Heading 2": "楷体_GB2312"}
    assert read.styles["Normal"].font.size == Pt(16)
    assert read.paragraphs[-1].paragraph_format.line_spacing in (None, Pt(29))
    assert read.paragraphs[-1]._p.pPr.ind.get(qn("w:firstLineChars")) == "200"


def test_28_characters_fill_a_line_without_a_grid_that_libreoffice_doubles(made):
    read = reread(made)
    grid = read.sections[0]._sectPr.find(qn("w:docGrid"))
    spacing = int(read.styles["Normal"].element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20

    assert grid.get(qn("w:type")) == "lines"
    assert int(layout.TYPE_AREA.pt / (16 + spacing)) == 28


def test_page_numbers_stand_outside(made):
    section = reread(made).sections[0]
    sides = {footer.paragraphs[0].alignment.name for footer in (section.footer, section.even_page_footer)}
    assert sides == {"RIGHT", "LEFT"}
    assert "PAGE" in section.footer._element.xml and "— " in section.footer.paragraphs[0].text


def test_a_table_repeats_its_head_and_sets_numbers_right(made):
    layout.table(made, ["指标", "数量"], [["活动", 34], ["走访", 52]], numeric=(1,))
    table = reread(made).tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in table.columns[1].cells] == ["数量", "34", "52"]
    assert table.rows[1].cells[1].paragraphs[0].alignment.name == "RIGHT"


@pytest.mark.parametrize("size", [(4000, 300), (300, 4000), (200, 100)])
def test_a_picture_stays_inside_the_type_area(made, size):
    held = io.BytesIO()
    Image.new("RGB", size).save(held, "PNG")
    held.seek(0)
    layout.picture(made, held, "图")
    shape = reread(made).inline_shapes[0]
    assert shape.width <= Mm(156) and shape.height <= Mm(110)
    assert shape.width / shape.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_the_file_says_nothing_of_who_made_it(made):
    with zipfile.ZipFile(io.BytesIO(layout.as_bytes(made))) as archive:
        about = archive.read("docProps/core.xml").decode()
    assert "python" not in about and "2000-01-01" in about
