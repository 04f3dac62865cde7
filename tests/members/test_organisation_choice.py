"""Choosing an organisation among few and among hundreds."""

import pytest
from django import forms
from lxml import html

from config.forms import Form
from members.forms.organisation import FEW, OrganisationField
from members.models import Organisation
from tests.factories.members import OrganisationFactory

pytestmark = pytest.mark.django_db


class ChoiceForm(Form):
    organisation = OrganisationField(Organisation.objects.order_by("pk"), label="单位")


@pytest.fixture
def many():
    root = OrganisationFactory(name="临河县委", code="root")
    for number in range(FEW):
        OrganisationFactory(parent=root, name=f"第{number}支部", code=f"branch-{number}")
    return root


def drawn(form):
    return html.fragment_fromstring(str(form["organisation"]), create_parent=True)


def test_few_are_a_list_and_many_a_field_that_proposes_names(many):
    field = drawn(ChoiceForm(initial={"organisation": many.pk}))
    Organisation.objects.filter(code="branch-0").delete()
    listed = drawn(ChoiceForm(initial={"organisation": many.pk}))

    assert field.find("input").get("value") == "临河县委"
    assert field.find("input").get("list") == field.find("datalist").get("id")
    assert len(field.findall("datalist/option")) == FEW + 1
    assert field.find("select") is None
    assert listed.find("input") is None
    assert [option.text for option in listed.findall("select/option[@selected]")] == ["临河县委"]


@pytest.mark.parametrize("words", ["临河县委（root）", "临河县委", "县委", " 临河 ", "县办"])
def test_one_is_found_by_name_part_or_short_name(many, words):
    Organisation.objects.filter(pk=many.pk).update(short_name="县办")

    form = ChoiceForm({"organisation": words})

    assert form.is_valid()
    assert form.cleaned_data["organisation"] == many


def test_a_number_of_a_row_is_taken_as_from_the_list(many):
    assert ChoiceForm({"organisation": str(many.pk)}).is_valid()
    assert not ChoiceForm({"organisation": "999999999"}).is_valid()


def test_words_that_fit_several_or_none_are_answered_with_what_to_do(many):
    OrganisationFactory(parent=many, name="第1支部", code="twin")
    several, none, twins = [ChoiceForm({"organisation": words}) for words in ("支部", "查无", "第1支部")]

    assert [form.is_valid() for form in (several, none, twins)] == [False, False, False]
    assert several.errors["organisation"][0].count("支部") == 6
    assert "没有一个单位" in none.errors["organisation"][0]
    assert "第1支部（branch-1）、第1支部（twin）" in twins.errors["organisation"][0]
    assert drawn(several).find("input").get("value") == "支部"
    assert ChoiceForm({"organisation": "第1支部（twin）"}).is_valid()


def test_an_empty_choice_is_asked_for():
    form = ChoiceForm({"organisation": ""})

    assert not form.is_valid()
    assert isinstance(form.fields["organisation"], forms.ModelChoiceField)
