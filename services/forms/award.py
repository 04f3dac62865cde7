"""The form of a list of certificates or honours: pasted or a workbook, with what holds for all of its rows."""

import json
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused
from config.forms import Form
from config.uploads import bounded, gate
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.permissions import Permission
from services import certificates
from services.forms.grant import past_day
from services.models import Group, Kind
from services.models.ledger import Level
from services.models.vocabulary import Domain
from services.queries import scope
from services.queries.award import NOBODY
from services.queries.pairing import told_apart

LISTED = (Group.CERTIFICATE, Group.HONOUR, Group.TITLE)
ASKED_AT_ONCE = 50


class AwardListForm(Form):
    """A list and what its rows leave out."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    text = forms.CharField(
        label=_("The list"),
        max_length=200_000,
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 8, "class": "award-text", "spellcheck": "false", "wrap": "off"}),
        help_text=_(
            "Copied from a table: full name, level, number, date of issue, awarded by. A first row may name the "
            "columns; the employer tells namesakes apart."
        ),
    )
    file = forms.FileField(
        label=_("or as a workbook"),
        required=False,
        widget=forms.FileInput({"accept": ",".join(gate.DOORS["workbook"].extensions)}),
    )
    title = forms.CharField(
        label=_("what"), max_length=100, required=False, help_text=_("Left empty, it is called as its kind.")
    )
    issued_on = forms.DateField(label=_("date of issue, where a row has none"), widget=DAY_INPUT, required=False)
    issuer = forms.CharField(label=_("awarded by, where a row says nothing"), max_length=100, required=False)
    level = forms.ChoiceField(
        label=_("level, where a row says nothing"), choices=[("", "—"), *Level.choices], required=False
    )
    without_names = forms.BooleanField(
        label=_("People who are not in the register: enter the certificate without a name"), required=False
    )
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))

    def __init__(self, *args, user, **kwargs):
        kwargs["initial"] = {"once": uuid4()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        kinds = Kind.objects.visible_to(user).in_use().of(Domain.GRANT, *LISTED)
        self.fields["kind"].queryset = kinds.filter(is_body_needed=False)
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.LOG_ACTIVITY)
        self.fields["organisation"].initial = scope.own_body(user, Permission.LOG_ACTIVITY)
        self.lines = []

    def clean_issued_on(self):
        return past_day(self.cleaned_data["issued_on"])

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if not upload:
            return []
        try:
            data = gate.read("workbook", upload)
            gate.admit("workbook", upload.name, data)
            _named, sheets = bounded.run("config.uploads.tables:sheets", data)
        except FileRefused as refusal:
            raise ValidationError(str(refusal)) from None
        return json.loads(sheets[0]) if sheets else []

    def clean(self):
        cleaned = super().clean()
        rows = [*certificates.rows_of(cleaned.get("text") or ""), *(cleaned.get("file") or [])]
        self.lines = certificates.read_lines(rows)
        if len(self.lines) > certificates.MOST_ROWS:
            self.add_error(
                "text",
                ValidationError(
                    _("These are %(count)s rows; a list has at most 1,000. Enter it in parts."),
                    params={"count": len(self.lines)},
                ),
            )
        elif not self.lines and not self.errors.keys() & {"text", "file"}:
            self.add_error("text", _("Paste the list here, or choose a workbook."))
        return cleaned

    @property
    def usual(self):
        """What holds where a row says nothing."""
        data = self.cleaned_data
        title = data["title"] or data["kind"].label
        return certificates.Award("", "", title, data["level"], "", "", data["issuer"], data["issued_on"])

    @property
    def answers(self):
        """Who was chosen, by the key of the row."""
        return {name[4:]: value for name, value in self.data.items() if name.startswith("who_") and value}

    def with_lines(self, lines):
        """Put these lines into the box in place of what was sent, so that they can be corrected and sent again."""
        self.data = self.data.copy()
        self.data["text"] = certificates.written(lines) if lines else ""
        return self


def questions(asked):
    """Return one select for each name that several people bear: (line, its name for the form, its choices)."""
    found = []
    for line, people in asked[:ASKED_AT_ONCE]:
        choices = [(str(person.pk), told_apart(person)) for person in people]
        found.append((line, f"who_{line.key}", [*choices, (NOBODY, _("none of them: enter it without a name"))]))
    return found
