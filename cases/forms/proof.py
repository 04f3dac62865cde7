"""What comes back from a proof-reader."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


class ProofForm(Form):
    """The Word file a proof-reader sends back."""

    file = forms.FileField(
        label=_("The proof-read Word file"),
        required=False,
        help_text=_("The .docx you sent out, with the proof-reader's changes in it. Nothing is saved before you look."),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.doc"}),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("file") and not cleaned.get("kept") and not self.has_error("file"):
            self.add_error("file", _("Choose the Word file the proof-reader sent back."))
        return cleaned


class RefuseForm(Form):
    """Which of the proof-reader's changes are not taken; the file looked at is remembered by `kept`."""

    kept = forms.CharField(widget=forms.HiddenInput)
    refuse = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, numbers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["refuse"].choices = [(number, str(number)) for number in numbers]
