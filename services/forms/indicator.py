"""Forms of the numbers: for whom and over which days."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.forms import Form
from members.forms.organisation import OrganisationField
from members.models import Organisation
from services.indicators import periods
from services.queries import scope as queries


class ScopeForm(Form):
    """Which organisation with everything under it, and which period. Empty means one's own and this year."""

    organisation = OrganisationField(
        Organisation.objects.none(), label=_("organisation"), to_field_name="code", required=False
    )
    period = forms.CharField(label=_("period"), max_length=40, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["organisation"].queryset = queries.reporting_bodies(user)
        self.fields["organisation"].empty_label = None
        self.fields["period"].help_text = _("2024, 2024Q2, 2024-07, since:2022-03-01, asof:2022-05-20")

    def clean_organisation(self):
        return self.cleaned_data["organisation"] or queries.own_body(self.user)

    def clean_period(self):
        text = self.cleaned_data["period"] or str(timezone.localdate().year)
        try:
            return periods.parse(text, timezone.localdate())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
