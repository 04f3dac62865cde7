"""Which branches and which days are looked at; from which duty a branch is excused."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.forms.indicator import ScopeForm
from services.forms.pairing import ExcuseForm
from services.models import Duty


class BoardForm(ScopeForm):
    """The organisation with everything under it, the period, and a part of a branch's name."""

    text = forms.CharField(label=_("name of the branch"), max_length=60, required=False)


class DutyExcuseForm(ExcuseForm):
    """From which duty, how long and why."""

    duty = forms.ModelChoiceField(Duty.objects.none(), label=_("duty"), empty_label=None)
    field_order = ("duty",)

    def __init__(self, *args, duties, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["duty"].queryset = Duty.objects.filter(pk__in=[duty.pk for duty in duties]).order_by("pk")
