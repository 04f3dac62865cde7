from enum import Enum

import pytest
from django import forms
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import translation

from config.forms import Form
from config.paging import Column, Sorting, paginate
from config.wheel_assets import icon_shapes


class State(Enum):
    OPEN = ("Open", "attention")
    ODD = ("Odd", "purple")

    @property
    def label(self):
        return self.value[0]

    @property
    def tone(self):
        return self.value[1]


class Rows(list):
    ordered = True


class Letter(Form):
    title = forms.CharField(label="Title", help_text="Short.")
    door = forms.ChoiceField(label="Door", choices=[("p", "Paste"), ("u", "Upload")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed", required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)


def render(source, query="", **context):
    request = RequestFactory().get(f"/list/{query}")
    request.resolver_match = None
    with translation.override("en"):
        return Template(source).render(RequestContext(request, context))


def test_status_tag_shows_label_and_tone():
    html = render("{% status_tag state %}", state=State.OPEN)

    assert html.strip() == '<span class="status status-attention">Open</span>'


def test_status_tag_refuses_an_unknown_tone():
    with pytest.raises(ValueError, match="purple"):
        render("{% status_tag state %}", state=State.ODD)


def test_icon_is_decoration_unless_it_has_a_label():
    assert render('{% icon "search" %}').startswith('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path')
    assert 'role="img" aria-label="a &lt;b&gt;"' in render('{% icon "search" label %}', label="a <b>")
    assert len(icon_shapes()) == 2078


def test_pager_keeps_the_query_and_is_absent_for_one_page():
    request = RequestFactory().get("/list/?q=%E5%85%9A&page=2")

    html = render("{% pager page %}", "?q=%E5%85%9A&page=2", page=paginate(request, Rows(range(30)), 10))

    assert '<a rel="prev" href="?q=%E5%85%9A&amp;page=1">Previous</a>' in html
    assert '<span aria-current="page">2</span>' in html
    assert "11–20 of 30 entries" in html
    assert render("{% pager page %}", page=paginate(request, Rows(range(3)), 10)).strip() == ""


def test_table_head_links_to_the_other_order_and_first_page():
    sorting = Sorting(RequestFactory().get("/list/?sort=words"), [Column("words", "Words", ("words",))], "words")

    html = render("{% table_head sorting.heads %}", "?sort=words&page=3&q=a", sorting=sorting)

    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-words&amp;q=a"' in html


def test_fields_are_labelled_described_and_marked():
    html = render("{% error_summary form %}{% fields form %}", form=Letter({"title": ""}))

    assert "2 things need to be corrected" in html
    assert '<a href="#id_title">Title</a>: This field is empty: please fill it in.' in html
    assert '<a href="#id_door">Door</a>' in html
    assert '<fieldset id="id_door"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'class="form-control is-invalid"' in html
    assert '<label class="form-check-label" for="id_agreed">Agreed</label>' in html
    assert html.count("optional") == 0  # a single box needs no such word
    assert "<form" not in html


def test_error_summary_of_a_valid_form_is_empty():
    form = Letter({"title": "a", "door": "p"})

    assert form.is_valid()
    assert render("{% error_summary form %}", form=form).strip() == ""


def test_confirm_escapes_its_question_and_keeps_its_fields():
    html = render('{% confirm action="/x/" label="Go" question=q tone="danger" %}<input>{% endconfirm %}', q="<b>?")

    assert "&lt;b&gt;?" in html
    assert "<input>" in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert "Yes, Go" in html
