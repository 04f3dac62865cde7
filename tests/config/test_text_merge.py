"""Two people changed the same text."""

import pytest

from config.text.merge import merge

BASE = "第一段讲找人，找到党员16名。\n第二段讲建站，驿站里有热水。\n第三段讲办事，窗口换了地方。"
FIRST, SECOND, THIRD = BASE.split("\n")


def told(found):
    return [change.by for change in found.changes]


def test_changes_to_different_paragraphs_go_together():
    saved = BASE.replace("16名", "18名")
    mine = BASE.replace("热水", "热水和充电桩")

    found = merge(BASE, saved, mine)

    assert found.text == BASE.replace("16名", "18名").replace("热水", "热水和充电桩")
    assert told(found) == ["them", "me"]
    assert (found.taken_over, found.clashes) == (1, 0)
    assert [(block.figures_gone, block.figures_new) for block in [found.changes[0].block]] == [(["16名"], ["18名"])]


def test_where_both_changed_a_paragraph_mine_stays_and_is_named():
    found = merge(BASE, BASE.replace("16名", "18名"), BASE.replace("16名", "19名"))

    assert found.text == BASE.replace("16名", "19名")
    assert told(found) == ["both"]


@pytest.mark.parametrize(
    ("saved", "mine", "expected", "by", "kinds"),
    [
        (f"{BASE}\n他们加的一段话。", BASE, f"{BASE}\n他们加的一段话。", ["them"], ["added"]),
        (BASE, f"{BASE}\n我加的另外一段。", f"{BASE}\n我加的另外一段。", ["me"], ["added"]),
        (f"{FIRST}\n{THIRD}", BASE, f"{FIRST}\n{THIRD}", ["them"], ["deleted"]),
        (BASE, f"{FIRST}\n{THIRD}", f"{FIRST}\n{THIRD}", ["me"], ["deleted"]),
        (BASE, BASE, BASE, [], []),
    ],
    ids=["they added", "I added", "they deleted", "I deleted", "nobody"],
)
def test_what_one_person_added_or_deleted_holds(saved, mine, expected, by, kinds):
    found = merge(BASE, saved, mine)

    assert found.text == expected
    assert told(found) == by
    assert [change.block.kind for change in found.changes] == kinds


def test_nothing_i_wrote_is_lost_when_they_rewrote_everything():
    mine = BASE.replace("热水", "热水和充电桩") + "\n我加的一段话。"

    found = merge(BASE, "全文重写，另起炉灶。\n换了一种写法。", mine)

    assert "热水和充电桩" in found.text and "我加的一段话。" in found.text and "另起炉灶" in found.text
