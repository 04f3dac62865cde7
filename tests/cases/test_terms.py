"""Term checks: what is found, what is let be, and how the desk shows it."""

import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from lxml import html

from cases import queries
from cases.actions import terms as action
from cases.evidence import terms
from cases.models import Case, TermRule
from config.text.paragraphs import blocks
from members.models import AuditEvent
from tests.factories.cases import CaseFactory, TermRuleFactory
from tests.factories.members import OrganisationFactory, UserFactory

RULES = [
    terms.Rule("人大常委", "人大常委会委员", "甲", ("人大常委会",)),
    terms.Rule("坐谈会", "座谈会", "乙"),
]


def said(text, rules=RULES):
    return [(each.found, each.advice) for each in terms.check(text, rules)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("县人大常委到会", [("人大常委", "人大常委会委员")]),
        ("县人大常委会开会", []),
        ("历下区区委部署", [("区区委", "区委")]),
        ("市市委员", []),
        ("截止2024年底", [("截止", "截至")]),
        ("报名截止日期", []),
        ("建起二个驿站", [("二个", "两个")]),
        ("第二个驿站和十二个支部", []),
        ("说是“暖新驿站", [("“", terms.UNPAIRED)]),
        ("说是”暖新驿站", [("”", terms.UNPAIRED)]),
        ("“先‘后’再”《书》", []),
        ("开会。。散会", [("。。", "。")]),
        ("太好了！！！", []),
        ("太好了！！！！", [("！！！！", "！")]),
        ("有水,有电", [(",", "，")]),
        ("共1,200人", []),
    ],
)
def test_a_slip_is_found_and_what_is_right_is_let_be(text, found):
    assert said(text) == found


def test_a_finding_says_where_it_stands_and_who_says_so():
    text = "昨天开了坐谈会。"

    (found,) = terms.check(text, RULES)

    assert (text[found.start : found.end], found.source) == ("坐谈会", "乙")


def test_the_places_of_one_slip_are_one_line():
    text = "开坐谈会\n又开坐谈会,散了"

    first, second = terms.gathered(text, terms.check(text, RULES))

    assert (first.first.found, first.count, first.before, first.after) == ("坐谈会", 2, "开", "")
    assert (second.first.found, second.before) == (",", "又开坐谈会")
    assert (first.paragraphs, second.paragraphs) == ((1, 2), (2,))


def test_a_slip_is_placed_in_its_paragraph_as_the_page_numbers_them():
    text = "一、背景\n\n　　\n去年开坐谈会。\r\n坐谈会后又开坐谈会。"

    (warned,) = terms.gathered(text, terms.check(text, RULES))

    assert [blocks(text)[number - 1].text for number in warned.paragraphs] == ["去年开坐谈会。", "坐谈会后又开坐谈会。"]


@pytest.mark.django_db
def test_an_editor_reads_advice_and_source_and_comes_to_the_place_by_a_link(client):
    case = CaseFactory(body="一、背景\n昨天开了坐谈会。", state="received")
    steward = UserFactory(role="steward")
    editor = UserFactory(role="editor", organisation=case.organisation)
    client.force_login(editor)
    assert "要座谈" not in client.get(case.get_absolute_url()).content.decode()

    action.add(wrong="坐谈会", advice="要座谈", source="县里的规定", exceptions="", by=steward)

    page = client.get(case.get_absolute_url()).content.decode()
    assert "要座谈" in page
    assert "县里的规定" in page
    assert 'href="#paragraph-2"' in page
    assert 'id="paragraph-2"' in page


@pytest.mark.parametrize("text", ["“" * 60_000, "。" * 60_000, "区区" * 30_000, "坐谈会" * 20_000])
def test_a_text_made_to_hurt_is_checked_quickly(text):
    started = time.perf_counter()
    terms.gathered(text, terms.check(text, RULES))
    assert time.perf_counter() - started < 5


@pytest.mark.django_db
def test_loading_keeps_what_an_office_changed():
    call_command("load_terms", stdout=StringIO())
    rule = TermRule.objects.get(wrong="坐谈会")
    action.change(rule=rule, advice="座谈会（县里规定）", by=UserFactory(role="steward"))
    count = TermRule.objects.count()

    assert action.load() == count

    assert (TermRule.objects.count(), TermRule.objects.get(pk=rule.pk).advice) == (count, "座谈会（县里规定）")
    assert count >= 60


@pytest.mark.django_db
def test_no_rule_of_the_seed_warns_of_its_own_advice():
    action.load()
    rules = [
        terms.Rule(row.wrong, row.advice, row.source, terms.split_exceptions(row.exceptions))
        for row in TermRule.objects.in_use()
    ]

    caught = {rule.wrong for rule in rules if any(f.found == rule.wrong for f in terms.check(rule.advice, rules))}

    assert caught == set()


@pytest.mark.django_db
def test_a_retired_rule_warns_no_longer():
    case = CaseFactory(body="昨天开了坐谈会。")
    rule = TermRuleFactory(wrong="坐谈会")
    steward = UserFactory(role="steward")
    before = [each.first.found for each in queries.term_warnings(case)]

    action.retire(rule=rule, by=steward)

    assert (before, queries.term_warnings(case)) == (["坐谈会"], [])
    action.restore(rule=rule, by=steward)
    assert len(queries.term_warnings(case)) == 1
    assert set(AuditEvent.objects.filter(object_id=rule.pk).values_list("event", flat=True)) >= {
        "term.retire",
        "term.restore",
    }


@pytest.mark.django_db
def test_the_desk_shows_the_hints_and_the_unit_does_not(client):
    TermRuleFactory(wrong="坐谈会", advice="座谈会")
    editor = UserFactory(role="editor")
    unit = OrganisationFactory(parent=editor.organisation)
    case = CaseFactory(organisation=unit, state=Case.State.RECEIVED, body="昨天开了坐谈会。")
    address = reverse("cases:review_detail", args=[case.pk])

    client.force_login(editor)
    page = html.fromstring(client.get(address).content)
    client.force_login(case.created_by)
    theirs = html.fromstring(client.get(address).content)

    assert [part.text_content() for part in page.xpath("//section[@aria-labelledby='terms']//li//b")] == [
        "坐谈会",
        "座谈会",
    ]
    assert theirs.xpath("//section[@aria-labelledby='terms']") == []
