"""Numbers that changed between revisions, and numbers the unit's other cases give differently."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import case as case_actions
from cases.actions import evidence, returns, review
from cases.evidence import changes, contradictions, verdicts
from cases.models import Case, Decision, Revision
from cases.models.case import State
from members.middleware import set_scope
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory
from tests.factories.services import KindFactory

BODY = "驿站登记党员12名，走访司机300余人次。\n去年我们扫雪护路3次，解决停车难题20余个。\n投入资金50万元。"


def found(old, new, **how):
    return [(each.old.mention, each.new.mention) for each in changes.changes(old, new, **how)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BODY, BODY, []),
        (BODY, BODY.replace("12名", "15名"), [("12名", "15名")]),
        (BODY, BODY.replace("12名", "15名").replace("300余", "400余"), [("12名", "15名"), ("300余人次", "400余人次")]),
        (BODY, "\n".join(reversed(BODY.split("\n"))), []),
        (BODY, BODY.replace("驿站登记", "各驿站共登记").replace("12名", "15名"), [("12名", "15名")]),
        (BODY, BODY + "\n新建充电桩8个。", []),
        (BODY, BODY.replace("，走访司机300余人次", ""), []),
        (BODY, BODY.replace("3次", "3 次"), []),
        (BODY, BODY.replace("20余个", "20个"), [("20余个", "20个")]),
        ("3次\n5次", "4次\n6次", []),
    ],
    ids=["same", "one", "neighbours", "moved", "edited", "added", "gone", "spaced", "exact", "bare"],
)
def test_a_number_changed_where_the_words_beside_it_stayed(old, new, expected):
    assert found(old, new) == expected


def test_another_text_must_share_the_very_words():
    other = BODY.replace("12名", "15名").replace("扫雪护路3次", "清扫积雪4次")

    assert found(other, BODY, least=10, is_exact=True) == [("15名", "12名")]


def test_two_thousand_figures_take_no_second():
    old = "\n".join(f"第{n % 7}段说明登记党员{n}名在册" for n in range(1000))
    started = time.perf_counter()

    changes.changes(old, old.replace("名在册", "名在岗"))

    assert time.perf_counter() - started < 5


@pytest.fixture
def editor(db):
    set_scope(["*"])
    return UserFactory(role="chief_editor")


@pytest.fixture
def case(editor):
    """A case at the desk."""
    unit = OrganisationFactory(parent=editor.organisation)
    return CaseFactory(organisation=unit, state=State.FIRST_REVIEW, body=BODY)


def marked(case):
    case = Case.objects.get(pk=case.pk)
    lines = verdicts.lines_of(case, case.current_revision)
    changes.mark(case, case.current_revision, lines)
    contradictions.mark_others(case, lines, Case.objects.all())
    return {line.figure.mention: line for line in lines}


def revised(case, body, by):
    return case_actions.revise(
        case=case, title=case.title, body=body, by=by, base=case.current_revision, source=Revision.Source.EDIT
    )


def returned(case, editor, text, figure=""):
    """Give a case back with one thing to change."""
    returns.collect(case=case, text=text, by=editor, figure=figure)
    review.decide(case=case, kind=Decision.Kind.RETURN, by=editor, revision=case.current_revision, note="请修改。")
    case.refresh_from_db()


def test_a_number_nobody_asked_about_says_what_it_was_and_when_it_changed(case, editor):
    case.refresh_from_db()
    second = revised(case, BODY.replace("12名", "15名"), editor)
    case.refresh_from_db()
    revised(case, case.current_revision.body.replace("驿站登记", "驿站共登记"), editor)

    changed = marked(case)["15名"].changed

    assert (changed.mention, changed.revision, changed.is_asked) == ("12名", second, False)
    assert marked(case)["50万元"].changed is None


@pytest.mark.parametrize(
    ("text", "names_place", "is_asked"),
    [("党员12名与台账不符，请核对。", False, True), ("请核对。", True, True), ("请补充照片。", False, False)],
)
def test_a_change_that_was_asked_for_says_so(case, editor, text, names_place, is_asked):
    case.refresh_from_db()
    place = verdicts.lines_of(case, case.current_revision)[0].context if names_place else ""
    returned(case, editor, text, place)
    Revision.objects.create(
        case=case,
        number=2,
        title=case.title,
        body=BODY.replace("12名", "15名"),
        digest="2",
        source=Revision.Source.RESUBMISSION,
        created_at=timezone.now(),
    )
    Case.objects.filter(pk=case.pk).update(current_revision=case.revisions.get(number=2))

    assert marked(case)["15名"].changed.is_asked is is_asked


def test_the_same_words_with_another_number_in_the_units_other_case_are_named(case):
    other = CaseFactory(
        organisation=case.organisation, state=State.PUBLISHED, body=BODY.replace("扫雪护路3次", "扫雪护路8次")
    )
    CaseFactory(organisation=OrganisationFactory(), state=State.PUBLISHED, body=BODY.replace("12名", "99名"))

    lines = marked(case)

    assert [(each.mention, each.case, each.is_bound) for each in lines["3次"].elsewhere] == [("8次", other, False)]
    assert lines["12名"].elsewhere == []


def test_figures_bound_to_one_thing_disagree_across_cases_whatever_the_words(case, editor):
    KindFactory(code="test-snow", domain="activity", group="volunteering", label="扫雪护路")
    other = CaseFactory(
        organisation=case.organisation, state=State.PUBLISHED, body="这一年，扫雪护路合计8次，没有一天断路。"
    )
    for each in (case, other):
        each.refresh_from_db()
        line = next(
            line
            for line in verdicts.lines_of(each, each.current_revision)
            if "次" in line.figure.mention and line.binding
        )
        evidence.confirm(
            case=each, context=line.context, key=line.binding.key, filters={"kind": "test-snow"},
            organisation=case.organisation, period="2026", by=editor,
        )  # fmt: skip

    assert [(each.mention, each.is_bound) for each in marked(case)["3次"].elsewhere] == [("8次", True)]


def test_confirming_a_figure_reads_no_number_of_the_ledger(case, editor, django_assert_max_num_queries):
    KindFactory(code="test-snow", domain="activity", group="volunteering", label="扫雪护路")
    case.refresh_from_db()
    with django_assert_max_num_queries(5):
        line = verdicts.line_at(case, case.current_revision, "去年我们扫雪护路【3次】，解决停车难题2")

    assert line.binding.key == "activity.count"
    assert line.reading is None


def test_the_page_says_what_changed_and_what_stands_elsewhere(client, case, editor):
    CaseFactory(organisation=case.organisation, state=State.PUBLISHED, body=BODY.replace("扫雪护路3次", "扫雪护路8次"))
    case.refresh_from_db()
    revised(case, BODY.replace("12名", "15名"), editor)
    client.force_login(editor)

    page = client.get(reverse("cases:evidence_page", args=[case.pk])).content.decode()

    assert "第 2 稿之前为 12名" in page
    assert "无人要求" in page
    assert "措辞相同，数字不同" in page
