"""The box that finds a person or a body, and the period of a body's numbers."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.forms import Form
from members.forms.register import NumberInput
from services.indicators import periods


class DossierFindForm(Form):
    """One box for a name, or an exact number or plate. It is posted, so no number stands in an address."""

    text = forms.CharField(
        label=_("Name of a person, an enterprise or another body"),
        max_length=60,
        widget=NumberInput(),
        help_text=_("Part of the name is enough. An exact identity number, mobile number or plate finds its person."),
    )


class PeriodForm(Form):
    """Over which days a body's numbers are counted; empty means this year."""

    period = forms.CharField(label=_("period"), max_length=40, required=False)

    def clean_period(self):
        text = self.cleaned_data["period"] or str(timezone.localdate().year)
        try:
            return periods.parse(text, timezone.localdate())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
