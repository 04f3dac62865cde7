"""Which reading of a Word file the unit signed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import SignedReading
from config.forms import Form


class SignedForm(Form):
    """What the unit said."""

    reading = forms.ChoiceField(
        label=_("The unit signed"),
        choices=SignedReading.Reading.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    note = forms.CharField(
        label=_("By whose word"),
        max_length=200,
        help_text=_("Who told you and how, for example: office director Wang, by telephone."),
        error_messages={"required": _("Write who told you, and how.")},
    )
