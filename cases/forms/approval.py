"""Asking a leader without an account for the final signature, and what the leader writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.review import NOTE_LENGTH
from config.forms import Form

DAYS = [(1, _("1 day")), (3, _("3 days")), (7, _("7 days")), (14, _("14 days"))]


class GiveApprovalForm(Form):
    """Who is to sign, until when, and how link and code reach them."""

    name = forms.CharField(label=_("Name"), max_length=60)
    office = forms.CharField(
        label=_("Office"), max_length=80, help_text=_("As it stands on the signature sheet, with the body's name.")
    )
    days = forms.TypedChoiceField(label=_("Valid for"), choices=DAYS, coerce=int, initial=3)
    address = forms.EmailField(
        label=_("E-mail address for the link"),
        required=False,
        max_length=200,
        help_text=_("A letter with the link is drafted. Leave it empty to pass the link on yourself."),
    )
    code_address = forms.EmailField(
        label=_("Another e-mail address for the code"),
        required=False,
        max_length=200,
        help_text=_("Leave it empty to see the code once on the next page and tell it by telephone."),
    )

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_office(self):
        return " ".join(self.cleaned_data["office"].split())


class CodeForm(Form):
    """The one-time code."""

    code = forms.RegexField(
        r"^\s*[0-9]{6}\s*$",
        label=_("One-time code"),
        max_length=12,
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self):
        return self.cleaned_data["code"].strip()


class ApproveForm(Form):
    """What the leader decides. `ticket` proves for an hour that the code was right."""

    ticket = forms.CharField(widget=forms.HiddenInput)
    move = forms.ChoiceField(
        label=_("Approve or return"),
        choices=[("approve", _("Approve for publication")), ("return", _("Return to the editors"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you approve the text or return it.")},
    )
    note = forms.CharField(
        label=_("Words to the editors"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed to return it: say what is to be changed."),
    )

    def clean(self):
        found = super().clean()
        if found.get("move") == "return" and not (found.get("note") or "").strip():
            self.add_error("note", _("Write what is to be changed: the editors go by your words."))
        return found

    def clean_note(self):
        return self.cleaned_data["note"].replace("\r\n", "\n").strip()
