"""Where to look for entries made twice, and which of two is kept."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.models import Organisation
from services.forms.entry import DAY_INPUT
from services.queries import scope

LOOKED_BACK_DAYS = 90
LONGEST_DAYS = 366


class SuspectedForm(Form):
    """Which ledger and which days are looked through."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("organisation"), required=False, empty_label="—"
    )
    first_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    last_on = forms.DateField(label=_("to"), widget=DAY_INPUT)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user)

    @staticmethod
    def usual():
        """The days looked through when nothing was asked for."""
        today = timezone.localdate()
        return {"first_on": (today - timedelta(days=LOOKED_BACK_DAYS)).isoformat(), "last_on": today.isoformat()}

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first."))
        elif first and last and (last - first).days > LONGEST_DAYS:
            self.add_error("first_on", _("Look through one year at most at a time."))
        return cleaned
