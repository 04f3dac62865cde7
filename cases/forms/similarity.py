"""What is said when a pair of similar cases is put aside."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Likeness
from config.forms import Form


class DismissForm(Form):
    """Why a pair needs no more looking at."""

    note = forms.CharField(
        label=_("Why it may stand"),
        max_length=Likeness._meta.get_field("note").max_length,
        required=False,
        help_text=_("For example: the unit reported the same practice last year and has said so."),
    )
