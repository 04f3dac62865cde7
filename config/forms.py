"""How every form looks: one renderer, one field template, one crispy helper."""

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from config.text import unseen

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


def refuse_controls(text: str) -> None:
    """Validator of every text field, on our pages and on the data desk."""
    if unseen.CONTROLS.search(text):
        raise ValidationError(
            _("There is a control character in this text, which no reader can see. Type the text anew around it."),
            code="control_character",
        )


def refuse_turning(text: str) -> None:
    """Validator of every field of one line: names and titles read as they are stored."""
    if unseen.TURNING.search(text):
        raise ValidationError(
            _("There is a mark in this text that turns the direction of writing. Type the text anew by hand."),
            code="turning_mark",
        )


def guard_texts(fields: dict[str, forms.Field]) -> None:
    """Let no text field of a form take what no reader can see."""
    for field in fields.values():
        is_text = isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField | forms.JSONField)
        if not is_text or getattr(field, "is_cleaned_later", False):
            continue
        is_one_line = not isinstance(field.widget, forms.Textarea)
        wanted = [refuse_controls, refuse_turning] if is_one_line else [refuse_controls]
        field.validators += [validator for validator in wanted if validator not in field.validators]


class FullSentences:
    """What our forms share: the helper, no colon after labels, an error text that says what to do, seen text alone."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.helper = Helper(self)
        guard_texts(self.fields)
        for field in self.fields.values():
            if field.error_messages.get("required") is STANDARD:
                field.error_messages["required"] = REQUIRED
            field.error_messages.setdefault("max_length", TOO_LONG)


class Form(FullSentences, forms.Form):
    """The form our pages derive theirs from."""


class ModelForm(FullSentences, forms.ModelForm):
    """The same for forms that show a model's fields (they still save nothing: actions do)."""
