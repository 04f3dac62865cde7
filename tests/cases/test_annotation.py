"""Notes on passages: where they stand in later texts, actions, then pages."""

import uuid

import pytest
from django.urls import reverse

from cases import anchors, queries_annotation
from cases.actions import annotation, returns, review
from cases.actions import case as case_actions
from cases.actions import link as link_actions
from cases.anchors import Place
from cases.models import Annotation, Case, Decision
from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from tests.cases.test_returns import send_back
from tests.factories.cases import BODY, CaseFactory
from tests.factories.members import UserFactory

OLD = ["县里为货车司机建起驿站，登记党员12名。", "每月走访一次，解决停车难题3个。", "党员带头。"]


@pytest.mark.parametrize(
    ("quote", "new", "found"),
    [
        ("登记党员12名", OLD, Place(1, 12, 19)),
        ("登记党员12名", ["新加的一段。", *OLD], Place(2, 12, 19)),
        ("登记党员12名", [OLD[1], OLD[0]], Place(2, 12, 19)),
        ("登记党员12名", ["去年县里为货车司机建起驿站，登记党员12名。"], Place(1, 14, 21)),
        ("登记党员12名", ["县里为货车司机建起驿站，登记党员15名。", *OLD[1:]], None),
        ("党员", ["县里为货车司机建起三处驿站，登记党员12名。", *OLD[1:]], Place(1, 16, 18)),
        ("党员", ["各单位支持。", OLD[2]], None),  # the same two characters in other surroundings
        ("登记党员12名", [], None),
    ],
    ids=["same", "pushed down", "moved", "edited before", "changed", "nearest of two", "namesake", "nothing left"],
)
def test_a_passage_is_found_where_it_stands_in_the_new_text(quote, new, found):
    place = Place(1, OLD[0].index(quote), OLD[0].index(quote) + len(quote))

    assert anchors.carry(place, OLD, new) == found


def test_a_passage_is_the_one_that_was_marked_not_the_first_like_it():
    texts = ["党员带头，党员示范。"]

    assert anchors.locate("党员", 1, texts, start=5) == Place(1, 5, 7)
    assert anchors.locate("党员", 1, texts, start=3) == Place(1, 0, 2)
    assert anchors.locate("示范", 9, texts) == Place(1, 7, 9)
    assert anchors.locate("群众", 1, texts) is None


def test_passages_that_overlap_are_cut_at_each_edge_and_lose_no_character():
    pieces = anchors.cut("党员带头示范", [(0, 4, 1), (2, 6, 2)])

    assert [(piece.text, piece.notes, piece.ends) for piece in pieces] == [
        ("党员", (1,), ()),
        ("带头", (1, 2), (1,)),
        ("示范", (2,), (2,)),
    ]


@pytest.fixture
def case(db):
    set_scope(["*"])
    return CaseFactory(state=Case.State.FIRST_REVIEW)


@pytest.fixture
def editor(case):
    return UserFactory(organisation=case.organisation, role="editor")


def note_on(case, editor, **more):
    more = {"paragraph": 1, "quote": "登记党员12名", "text": "出自哪本台账"} | more
    return annotation.write(case=case, revision=case.current_revision, by=editor, **more)


def revise(case, body, by):
    case_actions.revise(case=case, title=case.title, body=body, by=by, base=case.current_revision)
    case.refresh_from_db()


def test_a_note_without_words_means_the_whole_paragraph(case, editor):
    note = note_on(case, editor, quote="")

    assert (note.start, note.quote) == (0, BODY.split("\n")[0])


@pytest.mark.parametrize(("paragraph", "quote"), [(9, ""), (0, ""), (1, "登记党员21名")])
def test_a_note_on_what_does_not_stand_there_is_refused(case, editor, paragraph, quote):
    with pytest.raises(Refused):
        note_on(case, editor, paragraph=paragraph, quote=quote)

    assert not case.annotations.exists()


def test_a_note_written_over_a_text_that_changed_meanwhile_follows_its_passage(case, editor):
    read = case.current_revision
    revise(case, "新加的一段。\n" + BODY, editor)

    note = annotation.write(case=case, revision=read, paragraph=1, quote="党员12名", text="核", by=editor)
    revise(case, "全文重写，没有数字。", editor)
    with pytest.raises(Conflict):
        annotation.write(case=case, revision=read, paragraph=1, quote="党员12名", text="核", by=editor)

    assert (note.paragraph, note.revision.number) == (2, 2)


def test_notes_follow_their_passages_and_say_when_these_were_changed(case, editor):
    kept, lost = note_on(case, editor, quote="建起驿站"), note_on(case, editor)
    revise(case, "开头。\n" + BODY.replace("12名", "15名"), editor)

    found = queries_annotation.notes(case, is_desk=True)

    assert [(note.annotation, note.place) for note in found] == [(kept, Place(2, 7, 11)), (lost, None)]


def test_a_note_becomes_an_item_that_asks_about_its_figure_once(case, editor):
    note = note_on(case, editor)

    item = annotation.ask(note=note, by=editor)

    assert annotation.ask(note=note, by=editor) == item
    assert (item.text, item.quote, item.paragraph) == ("出自哪本台账", "登记党员12名", 1)
    assert "【12名】" in item.figure
    returns.drop(item=item, by=editor)
    note.refresh_from_db()
    assert note.item is None


def test_notes_of_a_withdrawn_case_stay_and_nothing_is_added(case, editor):
    note = note_on(case, editor)
    kind = Decision.Kind.WITHDRAW
    review.decide(case=case, kind=kind, by=case.created_by, revision=case.current_revision, note="不投了")
    case.refresh_from_db()

    for act in (annotation.resolve, annotation.ask):
        with pytest.raises(WrongState, match="已有批注都还在"):
            act(note=note, by=editor)
    with pytest.raises(WrongState):
        note_on(case, editor)

    assert [row.annotation for row in queries_annotation.notes(case, is_desk=True)] == [note]


# Pages


def page_of(case):
    return reverse("cases:review_detail", args=[case.pk])


def step(client, note, name):
    return client.post(reverse("cases:annotation_step", args=[note.pk]), {"step": name})


def test_the_editor_marks_words_on_the_page(client, case, editor):
    client.force_login(editor)
    typed = {"revision": case.current_revision_id, "paragraph": "1", "start": "12", "quote": "登记党员12名"}

    response = client.post(
        reverse("cases:annotation_write", args=[case.pk]), typed | {"text": "出自哪本台账", "is_shown": "on"}
    )
    page = client.get(page_of(case)).content.decode()

    note = Annotation.objects.get()
    assert response.url == f"{page_of(case)}#note-{note.pk}"
    assert note.is_shown
    assert '<mark class="note-mark">登记党员12名</mark>' in page
    assert "出自哪本台账" in page


@pytest.mark.parametrize("wrong", [{"quote": "没有的字"}, {"text": " "}, {"paragraph": "77"}])
def test_a_wrong_note_comes_back_with_everything_that_was_typed(client, case, editor, wrong):
    client.force_login(editor)
    typed = {"revision": case.current_revision_id, "paragraph": "1", "quote": "登记党员", "text": "我写的批注"}

    response = client.post(reverse("cases:annotation_write", args=[case.pk]), typed | wrong)

    assert response.status_code == 422
    assert response.context["form"].has_error(next(iter(wrong)))
    shown = response.context["form"]
    assert [shown[name].value() for name in ("quote", "text")] == [(typed | wrong)[name] for name in ("quote", "text")]


def test_notes_are_settled_reopened_shown_and_asked_by_one_press(client, case, editor):
    note = note_on(case, editor)
    client.force_login(editor)
    seen = []

    for name in ("show", "resolve", "reopen", "hide", "ask"):
        step(client, note, name)
        note.refresh_from_db()
        seen.append((note.is_shown, note.resolved_at is not None, note.item is not None))

    assert seen == [
        (True, False, False),
        (True, True, False),
        (True, False, False),
        (False, False, False),
        (False, False, True),
    ]


def test_the_unit_reads_shown_notes_beside_its_form_and_no_others(client, case, editor):
    note_on(case, editor, text="请核对人数", is_shown=True)
    note_on(case, editor, text="疑似抄来", quote="每月走访", paragraph=2)
    settled = note_on(case, editor, text="早先的话", is_shown=True)
    annotation.resolve(note=settled, by=editor)
    send_back(case, editor, "补充成效")
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())

    pages = [client.get(reverse("cases:holder_page", args=[token]))]
    client.force_login(case.created_by)
    pages += [client.get(page_of(case)), client.get(reverse("cases:revision_edit", args=[case.pk]))]

    for page in (response.content.decode() for response in pages):
        assert "请核对人数" in page
        assert "疑似抄来" not in page
        assert "早先的话" not in page


def test_the_page_of_a_case_costs_the_same_for_1_and_5_notes(client, case, editor, django_assert_max_num_queries):
    client.force_login(editor)
    note_on(case, editor)
    client.get(page_of(case))
    with django_assert_max_num_queries(60) as one:
        client.get(page_of(case))
    for _n in range(4):
        note_on(case, editor)
    with django_assert_max_num_queries(len(one)):
        client.get(page_of(case))


def test_a_note_that_became_an_item_is_not_read_twice_beside_the_form(case, editor):
    asked, other = note_on(case, editor, is_shown=True), note_on(case, editor, is_shown=True, quote="建起驿站")
    annotation.ask(note=asked, by=editor)

    before = [note.annotation for note in queries_annotation.beside_list(case)]
    send_back(case, editor)

    assert before == [other, asked]
    assert [note.annotation for note in queries_annotation.beside_list(case)] == [other]
