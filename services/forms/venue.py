"""Forms of venues: what stands there, who comes, the list's filter."""

import re
from calendar import monthrange
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, ModelForm
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation, Region
from members.permissions import Permission
from services.forms.pairing import one_named
from services.indicators import periods
from services.models import Domain, Kind, Venue
from services.models.ledger import EARLIEST
from services.models.venue import MOBILE, VenueState
from services.queries import scope
from services.queries import venue as queries

MONTHS_OFFERED = 12
SEPARATORS = re.compile("[、,，;；]")
PHONE = re.compile(r"[0-9+\-\s()（）/、,，转]{5,40}")

A_PERSONS = _("This is a person's mobile number. Give the number of the office or a service line.")
UNREADABLE = _("Write the number with its area code, such as 0535-8212345, or a line such as 12328.")
NO_ADDRESS = _("A public page needs an address, so that drivers find the place: write it down.")


def _number(label, most):
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False)


class VenueForm(ModelForm):
    """A place with what it holds; published, it has a page for everybody and a sign to print."""

    partners = forms.CharField(
        label=_("run together with"),
        max_length=500,
        required=False,
        help_text=_("Names of organisations, separated by 、"),
    )
    rooms = _number(_("rooms"), 9999)
    beds = _number(_("beds"), 9999)
    zones = _number(_("zones"), 999)
    area_square_metres = _number(_("area in square metres"), 9_999_999)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))

    class Meta:
        model = Venue
        fields = [
            *("kind", "name", "region", "address", "opening_hours", "phone", "services", "offers"),
            *("rooms", "beds", "zones", "area_square_metres", "opened_on", "batch", "parent", "campaign"),
            *("is_public", "organisation"),
        ]
        widgets = {
            "opened_on": DAY_INPUT,
            "services": forms.Textarea({"rows": 3}),
            "offers": forms.Textarea({"rows": 3}),
        }
        labels = {"services": _("what is offered to drivers")}
        help_texts = {
            "phone": _("A number of the office or a service line, never a person's own."),
            "services": _("Such as rest, hot meals, washing, charging, legal advice; drivers read this."),
            "offers": _("Such as shower, washing machine, microwave oven, first-aid kit."),
            "is_public": _("Everybody can find its name, address, hours, phone and services. A sign can be printed."),
        }

    FIRST = ("kind", "name", "region", "address", "opening_hours", "phone", "services", "is_public")
    field_order = [*FIRST, "offers", "rooms", "beds", "zones", "area_square_metres", "partners", "parent"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        own = scope.own_body(user, Permission.LOG_ACTIVITY)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain.VENUE)
        self.fields["region"].queryset = queries.regions(user)
        self.fields["parent"].queryset = queries.around(user, self.instance)
        self.fields["campaign"].queryset = queries.campaigns(user)
        if self.instance.pk:
            del self.fields["organisation"]  # a venue moves with its organisation, not by itself
            self.fields["kind"].queryset |= Kind.objects.filter(pk=self.instance.kind_id)
            self.fields["region"].queryset |= Region.objects.filter(pk=self.instance.region_id)
            self.fields["partners"].initial = "、".join(self.instance.partners.values_list("name", flat=True))
        else:
            self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.LOG_ACTIVITY)
            self.fields["organisation"].initial = own
            self.fields["region"].initial = own.region_id if own else None
            self.fields["opened_on"].initial = timezone.localdate

    @property
    def first(self):
        """The bound fields everybody fills in."""
        return [self[name] for name in (*self.FIRST, "organisation") if name in self.fields]

    @property
    def further(self):
        """The bound fields behind one tap."""
        shown = {field.name for field in self.first}
        return [field for field in self if field.name not in shown]

    @property
    def is_unfolded(self):
        """Whether the fold stands open: something in it is wrong, or was filled in before."""
        return any(field.errors or (self.instance.pk and field.value()) for field in self.further)

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_phone(self):
        text = " ".join(self.cleaned_data["phone"].split())
        if text and re.search(MOBILE, re.sub(r"[\s\-]", "", text)):
            raise ValidationError(A_PERSONS)
        if text and not PHONE.fullmatch(text):
            raise ValidationError(UNREADABLE)
        return text

    def clean_opened_on(self):
        day = self.cleaned_data["opened_on"]
        if day and not EARLIEST <= day <= timezone.localdate():
            raise ValidationError(_("A venue is entered once it is open: today or an earlier day. Check the year."))
        if self.instance.closed_on and day and day > self.instance.closed_on:
            raise ValidationError(_("It was closed on an earlier day than this: check the year."))
        return day

    def clean_partners(self):
        names = [name for name in SEPARATORS.split(self.cleaned_data["partners"]) if name.strip()]
        return [one_named(self.user, name, people=False) for name in names]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_public") and "address" in cleaned and not cleaned["address"]:
            self.add_error("address", NO_ADDRESS)
        return cleaned

    def _post_clean(self):
        """Leave the row as it is: the action locks it, changes it, and says what the database refuses."""


class UseForm(Form):
    """本月接待 n 人次: a month and a number."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    month = forms.ChoiceField(label=_("in which month"))
    headcount = forms.IntegerField(label=_("people received"), min_value=1, max_value=1_000_000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid4
        self.today = timezone.localdate()
        year, month = self.today.year, self.today.month
        offered = []
        for _back in range(MONTHS_OFFERED):
            offered.append(periods.month_of(self.today.replace(year=year, month=month, day=1), self.today))
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        self.fields["month"].choices = [(one.text, one.label) for one in offered]

    @property
    def entry(self):
        """What the action takes: the month is entered on its last day, the current one today."""
        year, month = map(int, self.cleaned_data["month"].split("-"))
        last = self.today.replace(year=year, month=month, day=monthrange(year, month)[1])
        return {
            "on": min(last, self.today),
            "headcount": self.cleaned_data["headcount"],
            "once": self.cleaned_data["once"],
        }


class CloseForm(Form):
    closed_on = forms.DateField(label=_("closed on"), widget=DAY_INPUT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].initial = timezone.localdate

    def clean_closed_on(self):
        day = self.cleaned_data["closed_on"]
        if not EARLIEST <= day <= timezone.localdate():
            raise ValidationError(_("Choose today or an earlier day: check the year."))
        return day


class VenueFilterForm(Form):
    """What narrows the list of venues, and its export."""

    text = forms.CharField(label=_("in the name or the address"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)
    batch = forms.ChoiceField(label=_("batch"), required=False)
    state = forms.ChoiceField(
        label=_("state"),
        choices=[
            ("", VenueState.OPEN.label),
            ("public", VenueState.PUBLISHED.label),
            ("closed", VenueState.CLOSED.label),
            ("all", _("all")),
        ],
        required=False,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Venue.objects.visible_to(user).order_by()
        self.fields["kind"].queryset = Kind.objects.filter(pk__in=rows.values("kind")).of(Domain.VENUE)
        self.fields["region"].queryset = Region.objects.filter(pk__in=rows.values("region")).order_by("code")
        batches = rows.exclude(batch="").order_by("batch").values_list("batch", flat=True).distinct()
        self.fields["batch"].choices = [("", "—"), *((name, name) for name in batches)]
