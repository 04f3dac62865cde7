"""What narrows the list of enterprises and how they are covered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members import queries as register
from members.models import Region
from services.queries.coverage import STANDING_BY


class CoverageFilterForm(Form):
    text = forms.CharField(label=_("words in the name"), max_length=60, required=False)
    missing = forms.ChoiceField(label=_("missing"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["missing"].choices = [("", "—"), *((str(group), group.label) for group in STANDING_BY)]
        self.fields["region"].queryset = register.near_regions(user).order_by("code")
