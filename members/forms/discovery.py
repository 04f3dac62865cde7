"""Forms of the leads: what narrows the list, and the visit to an enterprise."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members import queries
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT, identity_field, phone_field
from members.models import Organisation, Region
from members.models.discovery import Channel, LeadState

FOUND_ROWS = 5


class LeadFilterForm(Form):
    channel = forms.ChoiceField(label=_("first channel"), choices=[("", "—"), *Channel.choices], required=False)
    state = forms.ChoiceField(label=_("state"), choices=[("", "—"), *LeadState.choices], required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)
    month = forms.CharField(label=_("month found"), required=False, widget=forms.DateInput({"type": "month"}))
    confirmed = forms.BooleanField(label=_("confirmed only"), required=False)
    waiting = forms.BooleanField(label=_("untouched for a week"), required=False)
    unowned = forms.BooleanField(label=_("nobody looks after it"), required=False)

    def __init__(self, *args, leads, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(leads__in=leads).distinct().order_by("code")

    def clean_month(self):
        text = self.cleaned_data["month"]
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ValidationError(_("Write the month as year and month, such as 2026-11.")) from None


class MoveForm(Form):
    to = forms.ChoiceField(choices=LeadState.choices)


class GroupForm(Form):
    has_joined = forms.BooleanField(required=False)


class ContactFilterForm(Form):
    joined = forms.ChoiceField(
        label=_("contact group"),
        choices=[("", "—"), ("yes", _("joined")), ("no", _("not joined yet"))],
        required=False,
    )
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)

    def __init__(self, *args, leads, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(leads__in=leads).distinct().order_by("code")


class VisitForm(Form):
    """A visit with up to five people found; a row is a name with a mobile number, the identity number is optional."""

    enterprise = OrganisationField(Organisation.objects.none(), label=_("enterprise"))
    visited_on = forms.DateField(label=_("visited on"), widget=DAY_INPUT)
    visitors = forms.ModelMultipleChoiceField(
        Organisation.objects.none(), label=_("who went"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["enterprise"].queryset = queries.enterprises(user).order_by("name", "pk")
        self.fields["visitors"].queryset = queries.colleagues(user)
        self.fields["visited_on"].initial = timezone.localdate
        self.fields["visitors"].initial = [user.pk]
        for number in range(1, FOUND_ROWS + 1):
            self.fields[f"name_{number}"] = forms.CharField(label=_("full name"), max_length=60, required=False)
            self.fields[f"phone_{number}"] = phone_field()
            self.fields[f"identity_{number}"] = identity_field()

    @property
    def rows(self):
        """The bound fields of each person found."""
        return [
            (number, [self[f"{name}_{number}"] for name in ("name", "phone", "identity")])
            for number in range(1, FOUND_ROWS + 1)
        ]

    def clean_visited_on(self):
        day = self.cleaned_data["visited_on"]
        if day > timezone.localdate():
            raise ValidationError(_("A visit is noted after it took place."))
        return day

    def clean(self):
        cleaned = super().clean()
        for number in range(1, FOUND_ROWS + 1):
            name, phone = cleaned.get(f"name_{number}"), cleaned.get(f"phone_{number}")
            if (phone or cleaned.get(f"identity_{number}")) and not name:
                self.add_error(f"name_{number}", _("Whose number is this? Write the name as well."))
            if name and f"phone_{number}" in cleaned and not phone:
                self.add_error(f"phone_{number}", _("Write the mobile number, so that somebody can be reached."))
        return cleaned

    @property
    def found(self):
        """The people found, as keyword arguments of a `FoundPerson`."""
        return [
            {place: self.cleaned_data[f"{place}_{number}"] for place in ("name", "phone", "identity")}
            for number in range(1, FOUND_ROWS + 1)
            if self.cleaned_data[f"name_{number}"]
        ]
