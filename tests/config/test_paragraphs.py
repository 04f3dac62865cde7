import pytest

from config.template_tags import headings, paragraphs
from config.text.paragraphs import Block, blocks

LONG = "工作人员带着问题清单进门，先问车、问路、问运价，再谈组织关系。"


def test_numbered_and_plain_headings_get_their_levels():
    text = f"{LONG}\n\n一、先把人找到\n{LONG}\r\n（一）走访企业\n\u3000\u3000{LONG}\n车轮上的支部\n{LONG}"

    assert blocks(text) == [
        Block(0, LONG),
        Block(2, "一、先把人找到", 1),
        Block(0, LONG),
        Block(3, "（一）走访企业", 2),
        Block(0, LONG),
        Block(2, "车轮上的支部", 3),
        Block(0, LONG),
    ]


def test_first_heading_is_never_of_the_third_level():
    assert blocks(f"(一)走访企业\n{LONG}")[0] == Block(2, "(一)走访企业", 1)


@pytest.mark.parametrize(
    "text",
    [
        "一、摸清底数，半年走访企业三百家。",  # a sentence that begins with a number
        f"（一）{LONG}",
        "张三\n李四\n王五",  # a list of short lines
        "结尾短行",  # nothing follows
        "短短一句话。\n" + LONG,
    ],
)
def test_what_looks_like_a_heading_stays_a_paragraph(text):
    assert [block.level for block in blocks(text)] == [0] * len(text.splitlines())


def test_paragraphs_escapes_and_anchors():
    text = f"一、<b>先</b>\n{LONG}"

    assert paragraphs(text, "part") == f'<h2 id="part-1">一、&lt;b&gt;先&lt;/b&gt;</h2>\n<p>{LONG}</p>'
    assert paragraphs("") == ""
    assert [block.number for block in headings(text)] == [1]
