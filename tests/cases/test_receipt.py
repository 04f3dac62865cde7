"""Undoing lines of a receipt: the action, then the pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import case as case_actions
from cases.actions import intake, receipt, review
from cases.intake.splice import carried
from cases.models import Case, Decision, Intake, Revision
from config.errors import Conflict, Refused, WrongState
from members.models import AuditEvent
from tests.cases.test_intake import CLEAN, NOISY
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def official():
    return UserFactory(role="official")


@pytest.fixture
def case(official):
    return intake.receive(
        data=NOISY.encode(),
        filename="来稿.txt",
        door=Intake.Door.UPLOAD,
        organisation=official.organisation,
        by=official,
    )


def lines(case, kind):
    return list(case.intakes.get().fixes.filter(kind=kind).order_by("position").values_list("position", flat=True))


def switched(change, case, positions, by, base=None):
    case.refresh_from_db()
    return change(intake=case.intakes.get(), positions=positions, by=by, base=base or case.current_revision)


def edited(case, by, body):
    case.refresh_from_db()
    return case_actions.revise(case=case, title=case.title, body=body, by=by, base=case.current_revision)


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ("甲乙丙丁戊己庚辛", "甲乙丙丁(dīng)戊己庚辛"),
        ("前言。甲乙丙丁戊己庚辛", "前言。甲乙丙丁(dīng)戊己庚辛"),
        ("庚辛。甲乙丙丁戊己庚辛", "庚辛。甲乙丙丁(dīng)戊己庚辛"),
        ("甲乙丙五戊己庚辛", None),
        ("甲乙丙丁戊己庚辛甲乙丙丁戊己庚辛", None),
        ("", None),
    ],
)
def test_carried_finds_the_place_by_its_surroundings(current, expected):
    assert carried("甲乙丙丁戊己庚辛", "甲乙丙丁(dīng)戊己庚辛", current) == expected


def test_undo_puts_one_fix_back_as_a_new_revision(case, official):
    first = lines(case, "pinyin")[0]

    outcome = switched(receipt.undo, case, [first], official)

    case.refresh_from_db()
    assert (outcome.done, outcome.left) == (1, ())
    assert case.current_revision.body == CLEAN.replace("党建", "党建(dǎngjiàn)")
    assert (case.current_revision.number, case.current_revision.source) == (2, Revision.Source.UNDO)
    assert list(case.intakes.get().fixes.exclude(undone_at=None).values_list("position", "undone_by")) == [
        (first, official.pk)
    ]
    event = AuditEvent.objects.get(event="receipt.undo")
    assert event.detail == {"intake": case.intakes.get().pk, "lines": 1, "failed": 0}


def test_undo_twice_is_harmless_even_from_an_old_page(case, official):
    first, read = lines(case, "pinyin")[0], case.current_revision
    switched(receipt.undo, case, [first], official)

    again = switched(receipt.undo, case, [first], official, base=read)

    assert (again.revision, again.done, case.revisions.count()) == (None, 0, 2)


def test_every_fix_alone_can_be_undone_and_redone(case, official):
    for position in case.intakes.get().fixes.values_list("position", flat=True):
        assert switched(receipt.undo, case, [position], official).done == 1
        case.refresh_from_db()
        assert case.current_revision.body != CLEAN
        assert switched(receipt.redo, case, [position], official).done == 1
        case.refresh_from_db()
        assert case.current_revision.body == CLEAN


def test_undo_of_everything_gives_the_reading_back(case, official):
    arrival = case.intakes.get()

    switched(receipt.undo, case, arrival.fixes.values_list("position", flat=True), official)

    case.refresh_from_db()
    assert case.current_revision.body == arrival.reading.strip("\n")


def test_undo_after_an_edit_goes_to_the_place_its_surroundings_mark(case, official):
    edited(case, official, "新写的导语。\n" + CLEAN.replace("每月", "每两个月"))

    switched(receipt.undo, case, lines(case, "pinyin"), official)

    case.refresh_from_db()
    expected = CLEAN.replace("党建", "党建(dǎngjiàn)").replace("余名", "余名(míng)").replace("每月", "每两个月")
    assert case.current_revision.body == "新写的导语。\n" + expected


def test_undo_leaves_alone_what_it_cannot_place(case, official):
    edited(case, official, CLEAN.replace("开展党建活动", "办过活动"))
    first, second = lines(case, "pinyin")

    with pytest.raises(Refused) as refusal:
        switched(receipt.undo, case, [first], official)
    outcome = switched(receipt.undo, case, [first, second], official)

    case.refresh_from_db()
    assert refusal.value.code == "surroundings_changed"
    assert (outcome.done, outcome.left) == (1, (first,))
    assert "余名(míng)" in case.current_revision.body


def test_undo_on_an_older_revision_is_a_conflict(case, official):
    read = case.current_revision
    edited(case, official, CLEAN + "\n后记。")

    with pytest.raises(Conflict):
        switched(receipt.undo, case, lines(case, "pinyin"), official, base=read)
    assert case.revisions.count() == 2


def test_undo_needs_the_right_to_edit_now(case, official):
    editor = UserFactory(organisation=official.organisation, role="editor")
    review.decide(case=case, kind=Decision.Kind.TAKE_UP, by=editor, revision=case.current_revision)

    with pytest.raises(WrongState):
        switched(receipt.undo, case, lines(case, "pinyin"), official)
    assert switched(receipt.undo, case, lines(case, "pinyin"), editor).done == 2


# Pages


def page(case, name="detail", **query):
    return reverse(f"cases:receipt_{name}", args=[case.pk], query=query)


def test_receipt_page_lists_every_fix_and_narrows_by_kind(case, official, client):
    client.force_login(official)

    everything, pinyin = client.get(page(case)), client.get(page(case, kind="pinyin"))

    assert len(everything.context["lines"]) == case.intakes.get().fixes.count()
    assert [line.removed for line in pinyin.context["lines"]] == ["(dǎngjiàn)", "(míng)"]
    assert pinyin.context["lines"][0].before.endswith("开展党建")
    assert "138" not in everything.content.decode()


def test_a_fix_is_shown_among_the_words_that_stay_and_a_picture_by_its_beginning(official, client):
    picture = '<img src="data:image/png;base64,' + "iVBORw0KGgo" * 10 + '">'
    text = f"司机之家\n司机之家里热水不断，\n{picture}\n{picture}\n来往的人都说方便。党员轮流值守到深夜。\n"
    case = intake.receive(
        data=text.encode(), filename="a.txt", door="upload", organisation=official.organisation, by=official
    )
    client.force_login(official)

    first, second = client.get(page(case, kind="dead_image")).context["lines"]

    assert (first.before[-5:], second.before[-5:]) == ("水不断，↵", "水不断，↵")
    assert len(first.removed) == 40 < first.more


def test_receipt_page_costs_the_same_for_few_lines_and_many(official, client):
    client.force_login(official)

    def cost_of(text):
        case = intake.receive(
            data=text.encode(), filename="a.txt", door="upload", organisation=official.organisation, by=official
        )
        client.get(page(case))
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(page(case)).context["lines"]
        return len(shown), len(queries)

    few = cost_of(NOISY)
    many = cost_of(NOISY + "司机之家里热水不断，党员(dǎngyuán)轮流值守到深夜，来往的人都说方便。\n" * 40)

    assert few[0] < many[0] == 30
    assert few[1] == many[1]


@pytest.mark.parametrize("name", ["detail", "compare"])
def test_receipt_pages_belong_to_those_who_see_the_case(name, case, official, client):
    stranger = UserFactory(role="official")

    client.force_login(stranger)
    assert client.get(page(case, name)).status_code == 404
    client.force_login(official)
    assert client.get(page(case, name)).status_code == 200
    client.logout()
    assert client.get(page(case, name)).status_code == 302


def test_undo_by_the_button(case, official, client):
    client.force_login(official)
    first = lines(case, "pinyin")[0]
    sent = {"action": "undo", "intake": case.intakes.get().pk, "base": case.current_revision_id, "lines": first}

    response = client.post(page(case, "switch"), sent, follow=True)

    case.refresh_from_db()
    assert "党建(dǎngjiàn)" in case.current_revision.body
    assert response.context["lines"][first - 1].is_undone


def test_undo_by_an_overseer_is_refused(case, official, client):
    client.force_login(UserFactory(organisation=official.organisation, role="overseer"))

    response = client.post(page(case, "switch"), {"action": "undo"})

    assert (response.status_code, case.revisions.count()) == (403, 1)


def test_undo_from_an_outdated_page_tells_so(case, official, client):
    client.force_login(official)
    read = case.current_revision_id
    edited(case, official, CLEAN + "\n后记。")
    sent = {"action": "undo", "intake": case.intakes.get().pk, "base": read, "lines": lines(case, "pinyin")[0]}

    response = client.post(page(case, "switch"), sent, follow=True)

    assert "nothing is lost" in str(list(response.context["messages"])[0]) or "不会丢失" in response.content.decode()
    assert case.revisions.count() == 2


def test_whole_kind_is_shown_before_it_is_undone(case, official, client):
    client.force_login(official)

    preview = client.get(reverse("cases:receipt_kind", args=[case.pk, "pinyin"]))
    sent = {
        "action": "undo",
        "intake": case.intakes.get().pk,
        "base": case.current_revision_id,
        "kind": "pinyin",
        "whole_kind": "on",
    }
    client.post(page(case, "switch"), sent)

    case.refresh_from_db()
    assert [line.removed for line in preview.context["lines"]] == ["(dǎngjiàn)", "(míng)"]
    assert case.current_revision.body.count("(") == 2


def test_original_is_handed_out_byte_for_byte(case, official, client):
    client.force_login(official)
    address = reverse("cases:receipt_original", args=[case.pk, case.intakes.get().pk])

    response = client.get(address)

    assert response.content == NOISY.encode()
    assert response["Content-Disposition"].startswith("attachment")
    client.force_login(UserFactory(role="official"))
    assert client.get(address).status_code == 404


def test_a_typed_case_has_no_receipt(official, client):
    client.force_login(official)
    typed = case_actions.create(organisation=official.organisation, title="题", body="文", by=official)

    assert client.get(page(typed)).status_code == 404
    assert Case.objects.count() == 1
