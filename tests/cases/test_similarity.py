"""Similar cases: shares of one text in another, a lifted paragraph, changed names, and the page."""

import pytest
from django.urls import reverse

from cases.actions import case as case_actions
from cases.evidence import shingles
from cases.evidence.alike import alike
from cases.models import Case, Revision
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

LIFTED = (
    "青石县在国道旁腾出三亩闲地，搭起棚子，摆上热水和充电桩，请退休的老站长当召集人，每晚八点把过路司机聚到一起听意见。"
)
OWN = "河湾镇的做法是先挨家挨户听快递员诉苦，再把冬天没处歇脚的事列成单子，一件件交给沿街商铺去认领，办完一件划掉一件。"
OTHER = "柳树乡把农闲时节的夜校搬进粮库，讲嫁接、讲电商，也讲怎么看合同，来的人从头一晚七个慢慢多到坐不下。"


def test_a_lifted_paragraph_is_contained_in_the_text_it_was_lifted_into():
    whole = shingles.shingles(f"{OWN}\n{LIFTED}\n{OTHER}")

    assert shingles.containment(shingles.shingles(LIFTED), whole) >= 0.95
    assert shingles.containment(shingles.shingles(LIFTED), shingles.shingles(OWN)) < 0.05


def test_white_space_and_punctuation_hide_nothing():
    spaced = "\n".join(LIFTED).replace("，", "、")

    assert shingles.shingles(spaced) == shingles.shingles(LIFTED)


def test_a_formula_does_not_count():
    formula = shingles.shingles(LIFTED)

    assert shingles.containment(formula, formula, common=formula) == 0.0


def test_the_passages_both_have_are_named_with_their_places():
    one, other = f"{OWN}\n{LIFTED}", f"{LIFTED}\n{OTHER}"

    (passage,) = shingles.passages(one, other)

    assert (one[passage.start :].startswith(passage.text), other[passage.other_start :].startswith(passage.text)) == (
        True,
        True,
    )
    assert LIFTED in passage.text


@pytest.fixture
def editor():
    return UserFactory(role="editor")


def received(editor, body):
    return CaseFactory(
        organisation=OrganisationFactory(parent=editor.organisation), state=Case.State.RECEIVED, body=body
    )


@pytest.mark.django_db
def test_the_page_shows_whom_a_paragraph_was_lifted_from(client, editor):
    source = received(editor, f"{LIFTED}\n{OTHER}")
    received(editor, OTHER[::-1])
    case = received(editor, f"{OWN}\n{LIFTED}")
    client.force_login(editor)

    response = client.get(reverse("cases:similarity_page", args=[case.pk]))

    (found,) = response.context["found"]
    assert (found.case, found.is_lifted) == (source, True)
    assert LIFTED in response.content.decode()


@pytest.mark.django_db
def test_a_case_one_may_not_read_is_not_named(editor):
    elsewhere = CaseFactory(state=Case.State.RECEIVED, body=LIFTED)
    case = received(editor, LIFTED)

    assert alike(case, Case.objects.visible_to(editor)) == []
    assert [each.case for each in alike(case, Case.objects.all())] == [elsewhere]


@pytest.mark.django_db
def test_a_changed_text_is_searched_as_it_is_now(editor):
    source, case = received(editor, LIFTED), received(editor, LIFTED)
    before = alike(case, Case.objects.all())
    case_actions.append(source, title="改", body=OWN, by=editor, source=Revision.Source.EDIT)

    assert ([each.case for each in before], alike(case, Case.objects.all())) == ([source], [])
