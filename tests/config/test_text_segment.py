"""Words for search, diffs and title checks."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.text.atoms import atoms, is_figure
from config.text.segment import content_terms, search_words, terms, words
from config.text.widths import narrow


@pytest.mark.parametrize("term", ["双报到", "三会一课", "主题党日", "党群服务中心", "行业党委", "司机之家", "护行联盟"])
def test_term_of_party_building_is_one_word(term):
    assert words(f"推行{term}制度") == ["推行", term, "制度"]


def test_dictionary_has_no_term_twice():
    assert len(terms()) == len(set(terms())) > 100


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_words_and_atoms_are_the_text_again(text):
    assert "".join(words(text)) == text
    assert "".join(atoms(text)) == text


def test_search_words_hold_words_their_parts_and_every_pair():
    found = search_words("交通运输局王翔翔参加APP测试，Ａ组。")

    assert {"交通运输局", "运输", "王翔", "翔翔", "app", "a"} <= set(found)
    assert not {"，", "。", " "} & set(found)


def test_name_unknown_to_the_segmenter_is_found_by_its_pair():
    assert "赟玥" in search_words("记者赟玥报道")


def test_content_terms_leave_out_function_words_and_single_characters():
    assert content_terms("为了让司机在路上歇脚") == ["司机", "路上", "歇脚"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("识别党员16名", ["识别", "党员", "16名"]),
        ("走访 300 余家企业", ["走访", " ", "300 余家", "企业"]),
        ("投资4000 余万元", ["投资", "4000 余万元"]),
        ("二十余次", ["二十余次"]),
        ("百分之三十", ["百分之三十"]),
        ("增长12.5%。", ["增长", "12.5%", "。"]),
        ("2024年7月", ["2024年", "7月"]),
        ("上午9:30开始", ["上午", "9:30", "开始"]),
    ],
)
def test_number_and_unit_are_one_atom(text, expected):
    assert atoms(text) == expected


def test_figure_atoms_are_known_as_such():
    assert [is_figure(atom) for atom in ("16名", "二十余次", "12%", "党员", "三会一课")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_narrow_changes_letters_and_digits_but_no_punctuation():
    assert narrow("ＡＰＰ，１２％（好）：　。") == "APP，12%（好）： 。"
