"""Forms of an import into the ledger: the file with what it is about, and what its columns mean."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads.gate import DOORS
from config.uploads.handlers import LARGEST_BYTES
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.permissions import Permission
from services.imports import columns
from services.models import Domain, ImportSubject, Kind
from services.models.ledger import EARLIEST
from services.queries import scope


class UploadForm(Form):
    subject = forms.ChoiceField(label=_("What the rows are"), choices=ImportSubject.choices)
    file = forms.FileField(
        label=_("File with the rows"),
        help_text=_(".xlsx, .xls or .csv, as you keep it: the columns are found by their names."),
        error_messages={"empty": _("This file is empty. Save the workbook again and send it once more.")},
        widget=forms.ClearableFileInput({"accept": ",".join(DOORS["roster"].extensions)}),
    )
    organisation = OrganisationField(
        Organisation.objects.none(),
        label=_("Into whose ledger"),
        help_text=_("It holds for rows that do not name an organisation of their own."),
    )

    def __init__(self, *args, user, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        if "file" in oversized:
            self.fields["file"].error_messages["required"] = _(
                "The file has more than %(limit)d MB. Split it into several files and upload one after the other."
            ) % {"limit": LARGEST_BYTES // 2**20}
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.IMPORT_LEDGER)
        self.fields["organisation"].initial = scope.own_body(user, Permission.IMPORT_LEDGER)


class ColumnsForm(Form):
    """One choice for each column of the workbook, in its order; and what all rows share where no column says it."""

    kind = forms.ModelChoiceField(
        Kind.objects.none(),
        label=_("All rows without a kind are"),
        required=False,
        to_field_name="code",
        empty_label="—",
    )
    year = forms.IntegerField(
        label=_("Days without a year are of"),
        required=False,
        min_value=EARLIEST.year,
        widget=forms.NumberInput({"placeholder": "2024"}),
    )

    def __init__(self, *args, batch, user, **kwargs):
        super().__init__(*args, initial=batch.constants, **kwargs)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain(batch.subject))
        self.fields["year"].max_value = timezone.localdate().year
        for number, (header, meaning) in enumerate(zip(batch.headers, batch.fields, strict=True)):
            if header or meaning:
                label = header or _("Column %(number)d (no name)") % {"number": number + 1}
                self.fields[f"column_{number}"] = forms.ChoiceField(
                    label=label, choices=columns.meanings(batch.subject), initial=meaning, required=False
                )
        self.width = len(batch.headers)

    @property
    def meanings(self):
        """The meanings by column, "" for those left out."""
        return [self.cleaned_data.get(f"column_{number}", "") for number in range(self.width)]

    @property
    def constants(self):
        """What holds for every row, as texts a cell could hold."""
        kind, year = self.cleaned_data["kind"], self.cleaned_data["year"]
        return ({"kind": kind.code} if kind else {}) | ({"year": str(year)} if year else {})
