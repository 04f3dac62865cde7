"""The poster: its code reads back, its letters are embedded, its font is the published one."""

import io

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from config import lettering
from members import poster
from members.poster import design

FACTS = design.Facts(
    organisation="招远市交通运输局机关党委",
    point="证件办理窗口（3 号）",
    place="政务服务大厅一楼",
    contact="0535-0000000",
    address="https://cases.example.gov.cn/w/8k3mq2z7vd",
)
LONG = design.Facts("某" * 60, "很长的窗口名称" * 6, "很长的地址" * 16, "0" * 40, "https://example.org/" + "w" * 60)


def opened(size, facts=FACTS):
    return pypdfium2.PdfDocument(poster.made(facts, size))


@pytest.mark.parametrize(("size", "millimetres"), [("a4", (210, 297)), ("a3", (297, 420))])
def test_the_pdf_has_its_size_and_one_page(size, millimetres):
    document = opened(size)

    assert len(document) == 1
    assert [round(points * 25.4 / 72) for points in document.get_page_size(0)] == list(millimetres)


def test_the_letters_are_text_in_an_embedded_font():
    data = poster.made(FACTS, "a4")
    text = opened("a4")[0].get_textpage().get_text_range()

    assert data.count(b"/FontFile2") == 4
    assert [words in text for words in ("党旗在召唤", "党员亮身份", FACTS.organisation, FACTS.point)] == [True] * 4
    assert len(data) < 200_000


@pytest.mark.parametrize("facts", [FACTS, LONG], ids=["usual", "long"])
def test_the_code_reads_back_from_print_and_picture(facts):
    printed = opened("a4", facts)[0].render(scale=2).to_pil()
    picture = Image.open(io.BytesIO(poster.made(facts, "png")))

    for image in (printed, picture, picture.resize((827, 1169))):
        assert [found.text for found in zxingcpp.read_barcodes(image)] == [facts.address]


def test_a_long_name_stays_on_the_page():
    inside = [
        shape.x + design.width_of(shape.text, shape.size, shape.weight) <= design.WIDTH - design.MARGIN + 0.5
        for shape in design.draw(LONG)
        if isinstance(shape, design.Words)
    ]

    assert inside
    assert all(inside)


def test_the_font_is_the_published_file():
    assert lettering.is_published_file()


def test_a_letter_the_font_lacks_is_drawn_as_its_box():
    assert lettering.for_pdf(lettering.BOLD, "党\U000fffff")[:4] == b"\x00\x01\x00\x00"
