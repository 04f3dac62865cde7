"""A text on its way in: pasted or uploaded, never both."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.call_choice import InCall, PlaceField
from cases.forms.upload import redeem, ticket_for
from cases.intake.cleaning import PROFILES
from cases.models import Intake, SubjectField
from config.errors import FileRefused
from config.forms import Form
from config.uploads import gate
from config.uploads.handlers import LARGEST_BYTES
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission

PROFILE_LABELS = {
    "web": _("Web page"),
    "wechat": _("WeChat official account"),
    "word": _("Word document"),
    "markdown": _("Markdown"),
}
CONTRIBUTOR_CHARACTERS = 60


class ArrivingText(forms.CharField):
    """A text as it comes out of other programs: what nobody sees in it is cleaned away with the rest."""

    is_cleaned_later = True


class TextForm(Form):
    """Paste box and upload in one. `arrival` is what the sender chose: bytes, file name, door.

    `owner` binds the ticket of a remembered upload to an account or a link.
    """

    text = ArrivingText(
        label=_("Paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("From a web page, an official account or Word: the text here, or a file below, not both."),
    )
    file = forms.FileField(
        label=_("Or choose a file"),
        required=False,
        help_text=_(
            "Word (.docx, .doc, .wps), text (.txt), web page (.html), Markdown (.md) or a saved letter (.eml), "
            "up to 20 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(gate.DOORS["text"].extensions)}),
    )
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=200,
        help_text=_("Leave it empty to take the title that stands in the text."),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    once_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, owner, door=None, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.door = door
        self.oversized = oversized
        self.arrival = None

    @property
    def source_field(self):
        """The field beside which a refusal of the text belongs."""
        return "text" if self.arrival and not self.arrival["filename"] else "file"

    @property
    def kept_name(self):
        """The name of the file that need not be chosen again, or nothing."""
        return self.arrival["filename"] if self.arrival else ""

    def clean(self):
        cleaned = super().clean()
        chosen = self._chosen_file(cleaned)
        pasted = cleaned.get("text", "")
        if "file" in self.errors or "text" in self.errors:
            return cleaned
        if chosen and pasted.strip():
            self.add_error(
                "text", _("There is both a pasted text and a file. Keep one: empty this box, or take the file out.")
            )
        elif chosen:
            data, filename = chosen
            self.arrival = {"data": data, "filename": filename, "door": self.door or Intake.Door.UPLOAD}
        elif pasted.strip():
            self.arrival = {"data": pasted.encode(), "filename": "", "door": self.door or Intake.Door.PASTE}
        else:
            self.add_error("text", _("Nothing has arrived yet: paste the text here, or choose a file below."))
        return cleaned

    def _chosen_file(self, cleaned):
        """Return (bytes, name) of the file chosen now or remembered; a refusal is written beside the field."""
        if "file" in self.oversized:
            sentence = _("The file is larger than %(limit)d MB. Send the text alone, photos separately.")
            self.add_error("file", sentence % {"limit": LARGEST_BYTES >> 20})
            return None
        upload = cleaned.get("file")
        try:
            if upload:
                return gate.read("text", upload), upload.name
        except FileRefused as refusal:
            self.add_error("file", str(refusal))
            return None
        return redeem(cleaned["kept"], self.owner) if cleaned.get("kept") else None

    def remember(self, **values):
        """Fill in what the page shown next must carry: the upload's ticket, and `values` where nothing was typed.

        Raises: FileRefused when the disk is full.
        """
        if self.arrival and self.arrival["filename"] and not self.cleaned_data.get("kept"):
            values["kept"] = ticket_for(self.arrival["data"], self.arrival["filename"], self.owner)
        self.data = self.data.copy()
        for name, value in values.items():
            if not self.data.get(self.add_prefix(name)):
                self.data[self.add_prefix(name)] = value

    def forget_upload(self):
        """Drop the remembered file, so that another can be chosen."""
        self.data = self.data.copy()
        self.data[self.add_prefix("kept")] = ""
        self.arrival = None


class SubmissionForm(InCall, TextForm):
    """What an account sends in for an organisation in its scope."""

    organisation = OrganisationField(Organisation.objects.none(), label=_("Submitting organisation"), empty_label=None)
    place = PlaceField()
    field = forms.ModelChoiceField(
        SubjectField.objects.none(), label=_("Field"), required=False, empty_label=_("Decided later by the editors")
    )
    contributor_name = forms.CharField(label=_("Contributor"), required=False, max_length=CONTRIBUTOR_CHARACTERS)
    profile = forms.ChoiceField(
        label=_("Where the text comes from"),
        required=False,
        choices=[("", _("Recognise it")), *((name, PROFILE_LABELS[name]) for name in PROFILES)],
    )
    field_order = [
        "text",
        "file",
        "title",
        "organisation",
        "place",
        "field",
        "contributor_name",
        "profile",
        "kept",
        "once_token",
    ]

    def __init__(self, *args, user, call=None, **kwargs):
        super().__init__(*args, owner=f"account-{user.pk}", **kwargs)
        self.fields["place"].offer(user.paths(Permission.SUBMIT_CASE), chosen=self.data.get("place", ""))
        self.fields["place"].initial = next(
            (value for value, (known, _track) in self.fields["place"].known.items() if known.pk == call), ""
        )
        scope = under_paths("path", user.paths(Permission.SUBMIT_CASE))
        bodies = Organisation.objects.visible_to(user).current().filter(scope).order_by("path")
        self.fields["organisation"].queryset = bodies
        top = min((path.count(".") for path in user.paths(Permission.SUBMIT_CASE)), default=1)
        self.fields["organisation"].label_from_instance = lambda body: indented(body, top)
        self.fields["organisation"].initial = user.organisation_id
        self.fields["field"].queryset = SubjectField.objects.in_use()

    def clean(self):
        cleaned = super().clean()
        self.refuse_place(cleaned, cleaned.get("organisation"))
        return cleaned

    @property
    def unit(self):
        """The body the text is sent in for."""
        return self.cleaned_data.get("organisation")

    def for_receive(self):
        """Return what `actions.intake.receive` takes."""
        names = ("organisation", "field", "contributor_name", "profile", "title", "once_token", "place")
        return self.arrival | {name: self.cleaned_data[name] for name in names} | {"statement": self.confirmed}


class LinkSubmissionForm(InCall, TextForm):
    """What somebody without an account sends in through a link."""

    contributor_name = forms.CharField(
        label=_("Your name"), max_length=CONTRIBUTOR_CHARACTERS, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact = forms.CharField(
        label=_("Telephone or e-mail"),
        max_length=120,
        help_text=_("Only for questions about this text. It is stored encrypted and never printed."),
    )
    place = PlaceField()
    field_order = ["text", "file", "title", "place", "contributor_name", "contact", "kept", "once_token"]

    def __init__(self, *args, link, **kwargs):
        super().__init__(*args, owner=f"link-{link.pk}", door=Intake.Door.LINK, **kwargs)
        self.unit = link.organisation
        self.fields["place"].offer([link.organisation.path], chosen=self.data.get("place", ""))
        if len(self.fields["place"].choices) == 1:
            self.fields["place"].widget = forms.HiddenInput()

    def clean(self):
        cleaned = super().clean()
        self.refuse_place(cleaned, self.unit)
        return cleaned

    def clean_contact(self):
        contact = self.cleaned_data["contact"]
        digits = sum(character.isdigit() for character in contact)
        if digits < 7 and "@" not in contact:
            raise forms.ValidationError(_("Write a telephone number with all its digits, or an e-mail address."))
        return contact

    def for_receive(self):
        """Return what `actions.intake.receive` takes."""
        names = ("contributor_name", "contact", "title", "once_token", "place")
        return self.arrival | {name: self.cleaned_data[name] for name in names} | {"statement": self.confirmed}


def indented(organisation, top):
    """Show how deep a body lies in the tree, so that a plain list reads as one."""
    return "　" * (organisation.path.count(".") - top) + organisation.name
