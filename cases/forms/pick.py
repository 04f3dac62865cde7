"""How the list of a public notice is filled from the scores: so many places of each honour, or ticked cases."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from cases.cut import OUT, Share
from cases.forms.notice import MOST_CASES
from config.forms import Form
from config.numbers import whole_number

SHARES = 4
HONOUR_LENGTH = 20
MEANS = [("calibrated", _("Calibrated mean")), ("raw", _("Raw mean"))]


class PickForm(Form):
    """Bound by the address: looking at a proposal enters nothing. Ticked cases come as `case`."""

    by = forms.ChoiceField(label=_("Ranked by"), choices=MEANS)
    keeps = forms.BooleanField(label=_("Keep what stands on the list and put these behind it"), required=False)
    honour = forms.CharField(label=_("honour"), max_length=HONOUR_LENGTH, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for number in range(1, SHARES + 1):
            places = {"label": _("How many places"), "min_value": 1, "max_value": MOST_CASES, "required": False}
            self.fields[f"places_{number}"] = forms.IntegerField(**places)
            honour = {"label": _("honour"), "max_length": HONOUR_LENGTH, "required": False}
            self.fields[f"honour_{number}"] = forms.CharField(**honour)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.validators.append(MaxLengthValidator(HONOUR_LENGTH))

    @property
    def pairs(self):
        """The fields of each share, side by side."""
        return [(self[f"places_{number}"], self[f"honour_{number}"]) for number in range(1, SHARES + 1)]

    @property
    def ticked(self):
        """The cases ticked on the page of scores."""
        found = {whole_number(value) for value in self.data.getlist("case")} if self.is_bound else set()
        return found - {None}

    @property
    def answers(self):
        """Where those who stand level go: number of the share, or `OUT`."""
        return {case: share for case in self.asked if (share := self._answer(case)) is not None}

    @property
    def asked(self):
        """The cases an answer was sent for."""
        names = [name.removeprefix("tie_") for name in self.data if name.startswith("tie_")] if self.is_bound else []
        return [case for name in names if (case := whole_number(name)) is not None]

    def _answer(self, case):
        share = whole_number(self.data.get(f"tie_{case}"))
        return share if share is not None and OUT <= share <= SHARES else None

    def clean(self):
        """Ask for a number of places unless cases were ticked. Shares without places are left out."""
        values = super().clean()
        pairs = [(values.get(f"places_{n}"), values.get(f"honour_{n}") or "") for n in range(1, SHARES + 1)]
        values["shares"] = [Share(places, honour) for places, honour in pairs if places]
        if self.ticked or any(name.startswith("places_") for name in self.errors):
            return values
        if any(honour and not places for places, honour in pairs):
            raise forms.ValidationError(_("Say beside each honour how many places it has."))
        if not values["shares"]:
            raise forms.ValidationError(_("Say how many places the list has."))
        return values
