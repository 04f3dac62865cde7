"""Forms of a data match: who, what for and on what basis; a roster; what its columns mean."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads.gate import DOORS
from members import queries
from members.forms.columns import MeaningsForm
from members.matching.sealed import TOO_LARGE
from members.models import Organisation

MEANINGS = [
    ("", _("left out")),
    ("name", _("full name")),
    ("id_no", _("identity number")),
    ("phone", _("mobile number")),
    ("plate", _("plate")),
    ("birth", _("birth date")),
    ("employer", _("employer")),
    ("branch", _("party branch")),
]


class CreateForm(Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Who keeps the practitioners"),
        help_text=_("Leads that come out of the match belong to this body."),
    )
    members_organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Who keeps the roll of party members"),
        help_text=_("One person of each body approves before any name is shown; within one body, two people do."),
    )
    purpose = forms.CharField(
        max_length=200, label=_("What for"), help_text=_("For instance: find party members among truck drivers, 2026.")
    )
    basis = forms.CharField(
        max_length=200,
        label=_("On what basis"),
        help_text=_("Date and number of the two bodies' written agreement, or of the document that orders the match."),
    )
    is_agreed = forms.BooleanField(
        label=_("Both bodies have agreed in writing that these two rosters may be compared for this purpose alone.")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = queries.kept_organisations(user).order_by("path")
        self.fields["organisation"].initial = user.organisation_id
        self.fields["members_organisation"].queryset = queries.members_offices(user)


class RosterForm(Form):
    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput({"accept": ",".join(DOORS["roster"].extensions)})
    )

    def __init__(self, *args, is_oversized=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_oversized:
            self.fields["file"].error_messages["required"] = TOO_LARGE


class ColumnsForm(MeaningsForm):
    """One choice for each column of a roster, in its order."""

    choices = MEANINGS


class AnswerForm(forms.Form):
    """A button's answer; no visible field."""

    answer = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no"), ("later", "later")])
