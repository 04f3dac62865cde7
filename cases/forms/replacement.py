"""A file in the place of a text that was sent in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused
from config.forms import Form
from config.uploads import gate
from config.uploads.handlers import LARGEST_BYTES


class ReplaceForm(Form):
    """The new file and the revision it replaces."""

    file = forms.FileField(
        label=_("The new file"),
        help_text=_("Word, plain text or a web page. It is cleaned like the first one, which is kept."),
        error_messages={"required": _("Choose the new file.")},
        widget=forms.FileInput(attrs={"accept": ",".join(gate.DOORS["text"].extensions)}),
    )
    base = forms.IntegerField(widget=forms.HiddenInput)
    once_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, case, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.case, self.oversized, self.file_data = case, oversized, b""
        self.fields["file"].required = "file" not in oversized

    def clean_base(self):
        base = self.case.revisions.filter(pk=self.cleaned_data["base"]).first()
        if base is None:
            raise forms.ValidationError(_("This page is too old. Reload it and choose the file again."))
        return base

    def clean(self):
        cleaned = super().clean()
        upload = cleaned.get("file")
        if "file" in self.oversized:
            sentence = _("The file is larger than %(limit)d MB. Send the text alone, photos separately.")
            self.add_error("file", sentence % {"limit": LARGEST_BYTES >> 20})
        elif upload:
            try:
                self.file_data = gate.read("text", upload)
            except FileRefused as refusal:
                self.add_error("file", str(refusal))
        return cleaned
