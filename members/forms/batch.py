"""Forms of an import: the file, and what its columns mean."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads.gate import DOORS
from config.uploads.handlers import LARGEST_BYTES
from members import queries
from members.forms.columns import MeaningsForm
from members.forms.organisation import OrganisationField
from members.models import Organisation

MEANINGS = [
    ("", _("left out")),
    ("name", _("full name")),
    ("id_no", _("identity number")),
    ("phone", _("mobile number")),
    ("plate", _("plate")),
    ("employer", _("employer")),
    ("branch", _("party branch")),
    ("committee", _("industry party committee")),
    ("community", _("home community")),
]


class UploadForm(Form):
    file = forms.FileField(
        label=_("Workbook"),
        help_text=_(".xlsx, .xls or .csv, as the bureau's system gives it out; the columns are found by their names."),
        error_messages={"empty": _("This file is empty. Save the workbook again and send it once more.")},
        widget=forms.ClearableFileInput({"accept": ",".join(DOORS["roster"].extensions)}),
    )
    organisation = OrganisationField(Organisation.objects.none(), label=_("Organisation that keeps these people"))

    def __init__(self, *args, user, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        if "file" in oversized:
            self.fields["file"].error_messages["required"] = _(
                "The file has more than %(limit)d MB. Split it into several files and upload one after the other."
            ) % {"limit": LARGEST_BYTES // 2**20}
        self.fields["organisation"].queryset = queries.keepers(user)
        self.fields["organisation"].initial = user.organisation_id


class ColumnsForm(MeaningsForm):
    """One choice for each column of the workbook, in its order."""

    choices = MEANINGS
