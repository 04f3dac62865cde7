"""What is asked about photos: new files, and the words below each."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import CasePhoto
from config.forms import Form
from config.uploads import gate

ACCEPT = ",".join(gate.DOORS["photo"].extensions)
CAPTION_LENGTH = CasePhoto._meta.get_field("caption").max_length
CREDIT_LENGTH = CasePhoto._meta.get_field("credit").max_length


class SeveralFilesInput(forms.ClearableFileInput):
    """A file field in which several files can be chosen at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Gives the list of files as they came; the gate judges each by itself, empty ones too."""

    def clean(self, data, initial=None):
        return [file for file in data or [] if file]


class PhotoForm(Form):
    """The words below one photo."""

    caption = forms.CharField(label=_("Caption"), max_length=CAPTION_LENGTH, required=False)
    credit = forms.CharField(label=_("Photo by"), max_length=CREDIT_LENGTH, required=False)


class NewPhotosForm(Form):
    """Photos to be added, and words that hold for all of them."""

    files = SeveralFilesField(
        label=_("Choose photos"),
        required=False,
        help_text=_(
            "JPEG, PNG or WebP, at most 20 MB each; several at once are fine. Where they were taken is removed."
        ),
        widget=SeveralFilesInput(attrs={"accept": ACCEPT}),
    )
    caption = forms.CharField(
        label=_("Caption of the new photos"),
        max_length=CAPTION_LENGTH,
        required=False,
        help_text=_("Who is seen doing what, when and where. It can be written afterwards for each photo alone."),
    )
    credit = forms.CharField(label=_("Photo by"), max_length=CREDIT_LENGTH, required=False)
