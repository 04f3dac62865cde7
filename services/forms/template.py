"""The form that takes a template in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads import gate
from members.forms.organisation import OrganisationField
from members.models import Organisation
from members.permissions import Permission
from services.models import ReportTemplate
from services.queries import scope


class TemplateForm(Form):
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))
    span = forms.ChoiceField(label=_("report"), choices=ReportTemplate.Span)
    file = forms.FileField(
        label=_("Word or Excel file"),
        help_text=_("Start from the sample: save it, change the wording and the layout, keep the placeholders."),
        error_messages={"empty": _("This file is empty. Save it again and send it once more.")},
        widget=forms.FileInput({"accept": ",".join(gate.DOORS["template"].extensions)}),
    )

    def __init__(self, *args, user, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.SEND_REPORT)
        self.fields["organisation"].initial = user.organisation_id
        if "file" in oversized:
            limit = gate.DOORS["template"].limit_bytes // gate.MEGABYTE
            self.fields["file"].error_messages["required"] = _(
                "The file is larger than %(limit)d MB. Make its pictures smaller."
            ) % {"limit": limit}
