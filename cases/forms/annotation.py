"""A note on a passage."""

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from cases import anchors
from cases.models.returns import TEXT_LENGTH
from config.forms import Form


class NoteForm(Form):
    """The paragraph and, if not the whole of it is meant, the words in it; a script fills them from a selection."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    start = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    paragraph = forms.TypedChoiceField(label=_("Paragraph"), coerce=int)
    quote = forms.CharField(
        label=_("Words in it"),
        max_length=TEXT_LENGTH,
        required=False,
        help_text=_("As they stand in the text. Leave it empty if you mean the whole paragraph."),
    )
    text = forms.CharField(
        label=_("What you noticed"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what you noticed.")},
    )
    is_shown = forms.BooleanField(label=_("The submitting side may read it"), required=False)

    def __init__(self, *args, case, **kwargs):
        self.case = case
        kwargs.setdefault("auto_id", "id_note_%s")
        kwargs.setdefault("initial", {"revision": case.current_revision_id})
        super().__init__(*args, **kwargs)
        paragraphs = anchors.paragraphs_of(case.current_revision.body)
        self.fields["paragraph"].choices = [
            (number, f"{number}　{Truncator(text).chars(16)}") for number, text in enumerate(paragraphs, start=1)
        ]

    def clean_revision(self):
        revision = self.case.revisions.filter(pk=self.cleaned_data["revision"]).first()
        if revision is None:
            raise forms.ValidationError(_("This page is too old. Copy your text, reload the page and paste it in."))
        return revision
