"""Giving out a link, and what its holder may do with a case of theirs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.intake import indented
from config.errors import FileRefused
from config.forms import Form
from config.uploads import gate
from config.uploads.handlers import LARGEST_BYTES
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission

DAYS = [(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("One year"))]


class GiveForm(Form):
    """For whom, and how long."""

    organisation = OrganisationField(
        Organisation.objects.none(),
        label=_("Texts that come in are this organisation's"),
        empty_label=None,
    )
    label = forms.CharField(
        label=_("For whom"),
        max_length=80,
        help_text=_("So that you recognise the link in the list, for example the town or the correspondent."),
    )
    days = forms.TypedChoiceField(label=_("Valid for"), choices=DAYS, coerce=int, initial=30)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        paths = user.paths(Permission.MANAGE_LINKS)
        top = min((path.count(".") for path in paths), default=1)
        bodies = Organisation.objects.visible_to(user).current().filter(under_paths("path", paths))
        self.fields["organisation"].queryset = bodies.order_by("path")
        self.fields["organisation"].label_from_instance = lambda body: indented(body, top)
        self.fields["organisation"].initial = user.organisation_id


class ResubmitForm(Form):
    """A changed text from the holder of a case's link: edited in place, or a new file."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18}))
    file = forms.FileField(
        label=_("Or send a new file"),
        required=False,
        help_text=_("It replaces the text above and is cleaned like the first one."),
        widget=forms.FileInput(attrs={"accept": ",".join(gate.DOORS["text"].extensions)}),
    )
    base = forms.IntegerField(widget=forms.HiddenInput)
    once_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.oversized = oversized
        self.file_data = b""

    def clean_body(self):
        return self.cleaned_data["body"].replace("\r\n", "\n").strip("\n")

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
        elif not cleaned.get("body", "").strip():
            self.add_error("body", _("The text is empty. Write it here, or send a new file."))
        return cleaned


class WithdrawForm(Form):
    """Taking a text back."""

    note = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("The editors read it.")
    )
