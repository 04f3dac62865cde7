"""What comes back from a proof-reader."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


class ProofForm(Form):
    """The Word file a proof-reader sends back."""

    file = forms.FileField(
        label=_("The proof-read Word file"),
        help_text=_("The .docx you sent out, with the proof-reader's changes in it. Nothing is saved before you look."),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.doc"}),
        error_messages={"required": _("Choose the Word file the proof-reader sent back.")},
    )
