"""Search: what is indexed, how a query is read, what is found, in which order, and what is shown of it."""

from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.actions import library
from cases.models import Case, LibraryEntry, LibraryIndex
from cases.search import facets as counts
from cases.search import find as finding
from cases.search import lexemes as indexing
from cases.search.find import find
from cases.search.lexemes import Facets, fold, lexemes
from cases.search.query import parse
from cases.search.snippet import passage, pieces
from tests.factories.cases import CaseFactory, SubjectFieldFactory
from tests.factories.members import OrganisationFactory, RegionFactory


def publish(title="驿站", body="司机有了歇脚处。", **kwargs):
    """Publish a case; return its library entry."""
    return CaseFactory(title=title, body=body, state=Case.State.PUBLISHED, **kwargs).library_entry


def titles(text, facets=None):
    """Search and return titles, best first."""
    by_id = LibraryEntry.objects.in_bulk(found := find(parse(text), facets).ids)
    return [by_id[pk].title for pk in found]


def shown(parts):
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in parts)


# What is indexed


def test_lexemes_are_pairs_and_longer_words_and_latin_tokens():
    assert lexemes("三会一课用ＡＰＰ，增87.5%") == {
        "三会",
        "会一",
        "一课",
        "三会一课",
        "课用",
        "app",
        "87.5",
        "87",
        "5",
    }


def test_a_single_character_between_marks_is_no_lexeme():
    assert lexemes("，县。") == set()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_fold_keeps_every_offset(text):
    assert len(fold(text)) == len(text)


# How a query is read


@pytest.mark.parametrize(
    ("text", "terms", "too_short"),
    [
        ("隐形党员排查", ["隐形党员", "排查"], []),
        ("王涛", ["王涛"], []),
        ("货车司机 的 驿站", ["货车司机", "驿站"], ["的"]),
        ("党", [], ["党"]),
        ("“党员和群众” App", ["党员和群众", "app"], []),
        ("ＡＰＰ", ["app"], []),
        ("，。！", [], []),
        ("", [], []),
    ],
)
def test_parse_reads_words_phrases_and_what_is_too_short(text, terms, too_short):
    query = parse(text)

    assert [term.text for term in query.terms] == terms
    assert list(query.too_short) == too_short


def test_parse_reads_quotes_of_every_kind_as_a_phrase():
    for text in ('"行业党委"', "“行业党委”", "「行业党委」"):
        assert [(term.text, term.is_phrase) for term in parse(text).terms] == [("行业党委", True)]


@pytest.mark.django_db
@settings(deadline=None)  # a shared processor, not a slow search, would break it
@given(st.text(alphabet=st.sampled_from("党建王涛 \"“”'\\:*&|!()<>%_#^@ab1.-\n\x00　，县"), max_size=40))
def test_any_text_can_be_searched(text):
    query = parse(text)

    assert find(query).ids == []


# What is found


@pytest.mark.django_db
def test_a_name_is_found_however_the_segmenter_cuts_around_it():
    publish("驿站", "站长王涛说，每天都有人来。")
    publish("食堂", "站长王强说，每天都有人来。")

    assert titles("王涛") == ["驿站"]


@pytest.mark.django_db
def test_all_words_of_a_query_must_occur_in_any_order():
    publish("甲", "货车司机在驿站歇脚。")
    publish("乙", "驿站建好了。")
    publish("丙", "驿站为了货车司机而建。")

    assert titles("货车司机 驿站") == ["丙", "甲"]


@pytest.mark.django_db
def test_a_phrase_must_occur_as_written():
    publish("甲", "党员联系群众，群众信任党员。")
    publish("乙", "群众联系党员。")

    assert titles("“群众联系党员”") == ["乙"]
    assert set(titles("群众 联系 党员")) == {"甲", "乙"}


@pytest.mark.django_db
def test_latin_is_found_in_any_case_and_width_and_by_its_beginning():
    publish("甲", "司机用ＷｅＣｈａｔ报到。")
    publish("乙", "司机打电话报到。")

    assert titles("wechat") == titles("WECH") == ["甲"]


@pytest.mark.django_db
def test_organisation_contributor_field_and_place_are_found():
    organisation = OrganisationFactory(name="沂水县交通运输局", region=RegionFactory(name="沂水县"))
    publish("甲", organisation=organisation, field=SubjectFieldFactory(name="两企三新"), contributor_name="赵敏")
    publish("乙")

    assert titles("沂水") == titles("赵敏") == titles("两企三新") == titles("交通运输局 赵敏") == ["甲"]


@pytest.mark.django_db
def test_facets_narrow_a_search():
    field = SubjectFieldFactory()
    publish("甲", field=field)
    publish("乙")

    assert titles("歇脚", Facets(field=field.pk)) == ["甲"]
    assert titles("歇脚", Facets(kind="platform")) == []


@pytest.mark.django_db
def test_title_hits_come_first_then_names_then_dense_texts_then_the_newest():
    publish("驿站", "一处歇脚的地方。")
    publish("甲", organisation=OrganisationFactory(name="红色驿站联盟"))
    publish("乙", "驿站好。驿站暖。驿站近。" + "每天都有人来。" * 3)
    publish("丙", "建了一个驿站，每天都有人来。")
    publish("丁", "又建了一个驿站，每天都有人来。")

    assert titles("驿站") == ["驿站", "甲", "乙", "丁", "丙"]


@pytest.mark.django_db
def test_a_title_hit_is_never_lost_to_the_cap(monkeypatch):
    monkeypatch.setattr(finding, "WINDOW", 3)
    publish("老驿站")
    for number in range(6):
        publish(f"第{number}处", "驿站建好了。")

    found = find(parse("驿站"))

    assert found.is_capped
    assert LibraryEntry.objects.get(pk=found.ids[0]).title == "老驿站"
    assert len(found.ids) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("shelves", [0, 1, 99], ids=["all at once", "shelf by shelf", "all shelves"])
def test_a_search_goes_back_until_it_has_enough(monkeypatch, shelves):
    for name, value in {"BLOCK": 2, "SHELF": 4}.items():
        monkeypatch.setattr(indexing, name, value)
        monkeypatch.setattr(finding, name, value)
    monkeypatch.setattr(finding, "BLOCKS", 1)
    monkeypatch.setattr(finding, "SHELVES", shelves)
    entries = [publish(f"第{number}处", "驿站建好了。" if number < 9 else "食堂建好了。") for number in range(12)]

    assert find(parse("驿站")).ids == [entry.pk for entry in reversed(entries[:9])]
    monkeypatch.setattr(finding, "WINDOW", 4)
    assert find(parse("驿站")).ids == [entry.pk for entry in reversed(entries[5:9])]


@pytest.mark.django_db
def test_a_withdrawn_case_is_not_found_and_comes_back_when_published_again():
    entry = publish("驿站")

    library.take_out(case=entry.case, at=entry.published_at, note="重复")
    gone = titles("驿站")
    library.put_in(case=entry.case, at=entry.published_at)

    assert gone == []
    assert titles("驿站") == ["驿站"]


# What is offered instead


@pytest.mark.django_db
def test_a_word_nobody_has_is_left_out_and_named():
    publish("甲", "货车司机在此歇脚。")

    found = find(parse("货车司机 火箭"))

    assert (len(found.ids), found.missing, found.is_exact) == (1, ("火箭",), False)


@pytest.mark.django_db
def test_words_that_never_occur_together_give_cases_with_some_of_them():
    publish("甲", "货车司机在此歇脚。")
    publish("乙", "食堂建好了。")

    found = find(parse("货车司机 食堂"))

    assert (len(found.ids), found.is_partial) == (2, True)


@pytest.mark.django_db
def test_a_slip_of_the_pen_finds_similar_titles():
    publish("让隐形党员亮出身份", "排查了三个月。")
    publish("食堂建好了", "排查了三个月。")

    found = find(parse("隐行党员亮出身分"))

    assert found.is_similar
    assert [LibraryEntry.objects.get(pk=pk).title for pk in found.ids] == ["让隐形党员亮出身份"]


# What is counted


@pytest.mark.django_db
def test_counts_open_exactly_their_rows():
    one, other = SubjectFieldFactory(), SubjectFieldFactory()
    publish("甲", field=one)
    publish("乙", field=one)
    publish("丙", field=other)
    publish("丁", "与此无关。", field=other)
    query = parse("歇脚")

    cells = counts.of_query(query)

    assert cells.by("field", Facets()) == {one.pk: 2, other.pk: 1}
    for field, count in cells.by("field", Facets(field=one.pk)).items():
        assert len(find(query, Facets(field=field)).ids) == count
    assert (cells.total(Facets()), cells.total(Facets(field=one.pk))) == (3, 2)
    assert counts.of_everything().total(Facets()) == 4


# What is shown


def test_a_passage_shows_the_original_text_with_its_hits():
    text = "开头是背景。" * 20 + "货车司机有了ＡＰＰ，\n在驿站歇脚。" + "结尾。" * 60

    assert shown(passage(text, parse("驿站 app 货车司机"), length=30)) == (
        "…[货车司机]有了[ＡＰＰ]， 在[驿站]歇脚。结尾。结尾。结尾。结尾。结…"
    )


def test_a_passage_without_hits_is_the_beginning():
    assert shown(passage("驿站建好了。每天都有人来。", parse("沂水"), length=6)) == "驿站建好了。…"


def test_a_word_cut_apart_in_the_text_is_marked_in_parts():
    assert shown(pieces("三会与一课，企业党委", parse("“企业党委”"))) == "三会与一课，[企业党委]"
    assert shown(pieces("行业内的企业党委", parse("行业党委"))) == "[行业]内的企[业党委]"


@settings(deadline=None)
@given(st.text(alphabet="驿站司机货车好。\n ", max_size=300))
def test_the_pieces_of_a_title_are_the_title(text):
    assert "".join(part.text for part in pieces(text, parse("司机驿站"))) == text


# The index


@pytest.mark.django_db
def test_reindex_writes_what_is_missing_or_old_and_nothing_else():
    kept, old, missing = publish("甲"), publish("乙"), publish("丙")
    LibraryIndex.objects.filter(entry=old).update(version=0, words="")
    LibraryIndex.objects.filter(entry=missing).delete()
    before = LibraryIndex.objects.get(entry=kept)

    call_command("reindex_library", stdout=(out := StringIO()))
    call_command("reindex_library", stdout=(again := StringIO()))

    assert (out.getvalue().strip(), again.getvalue().strip()) == ("2", "0")
    assert sorted(titles("歇脚")) == ["丙", "乙", "甲"]
    assert LibraryIndex.objects.get(entry=kept).words == before.words
