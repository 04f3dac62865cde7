"""What the chief editor writes after publication: a correction, or why a case is withdrawn."""

import hashlib

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.review import BODY_LENGTH, NOTE_LENGTH, RevisionForm
from config.forms import Form


class CorrectionForm(RevisionForm):
    """The corrected text, what readers are told, and the public text it started from."""

    empty_sentence = _("The text is empty. To take the case out of the library, withdraw it.")

    note = forms.CharField(
        label=_("What is corrected"),
        max_length=500,
        help_text=_("Readers see this beside the text, with the date. Say what was wrong and what is right."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "class": "edit-text"}),
    )
    field_order = ["note", "title", "body", "base"]

    def clean_note(self):
        return self.cleaned_data["note"].replace("\r\n", "\n")

    @property
    def seal(self):
        """Names what was previewed, so that nothing else is published by the button below it."""
        parts = [str(self.cleaned_data["base"].pk), *(self.cleaned_data[name] for name in ("title", "body", "note"))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def is_previewed(self):
        return self.data.get("previewed") == self.seal


class WithdrawalForm(Form):
    """Why a case leaves the library, as readers will read it."""

    note = forms.CharField(
        label=_("What readers are told"),
        max_length=NOTE_LENGTH,
        help_text=_("It stands at the case's address from now on. Name no person and no reason that is not public."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, case, **kwargs):
        self.case = case
        super().__init__(*args, **kwargs)

    def clean_note(self):
        return self.cleaned_data["note"].replace("\r\n", "\n")

    def clean_revision(self):
        revision = self.case.revisions.filter(pk=self.cleaned_data["revision"]).first()
        if revision is None:
            raise forms.ValidationError(_("This page is too old. Reload it, then decide."))
        return revision
