"""How every form looks: one renderer, one field template, one crispy helper."""

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def css_class(widget):
    """Bootstrap's class for a widget; `''` where Bootstrap has none."""
    if widget.is_hidden:
        return ""
    if isinstance(widget, CHECKS):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class StyledBoundField(BoundField):
    """Gives each widget Bootstrap's class and marks the invalid ones."""

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        classes = f"{widget.attrs.get('class', '')} {attrs.get('class', '')}".split()
        wanted = [css_class(widget), "is-invalid" if self.errors and not widget.is_hidden else ""]
        classes += [name for name in wanted if name and name not in classes]
        if classes:
            attrs["class"] = " ".join(classes)
        return attrs

    @property
    def is_check(self):
        """A single box: its label stands behind it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_group(self):
        """Several boxes under one question, so the label is a legend."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


class Renderer(TemplatesSetting):
    """The site's renderer (FORM_RENDERER): `{{ form.note.as_field_group }}` looks right."""

    field_template_name = "components/field.html"
    bound_field_class = StyledBoundField


class Helper(FormHelper):
    """Crispy's helper for our pages: the template owns `<form>`, the token and the buttons.

    Use `{% crispy form %}` for the fields; errors of the whole form stand in `{% error_summary form %}`.
    """

    form_tag = False
    disable_csrf = True
    include_media = False
    form_show_errors = False
    field_template = "components/field.html"


STANDARD = forms.Field.default_error_messages["required"]
REQUIRED = _("This field is empty: please fill it in.")
TOO_LONG = _("This has %(show_value)s characters; at most %(limit_value)s can be taken. Please shorten it.")


class FullSentences:
    """What our forms share: the helper, no colon after labels, an error text that says what to do."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.helper = Helper(self)
        for field in self.fields.values():
            if field.error_messages.get("required") is STANDARD:
                field.error_messages["required"] = REQUIRED
            field.error_messages.setdefault("max_length", TOO_LONG)


class Form(FullSentences, forms.Form):
    """The form our pages derive theirs from."""


class ModelForm(FullSentences, forms.ModelForm):
    """The same for forms that show a model's fields (they still save nothing: actions do)."""
