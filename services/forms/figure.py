"""Forms of other people's figures: one, a platform's month, the list's filters."""

import re
import unicodedata
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.errors import Refused
from config.forms import REQUIRED, Form
from config.uploads import gate
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.permissions import Permission
from services.imports import values
from services.indicators import periods
from services.models.indicator import QUALIFIERS
from services.models.ledger import EARLIEST
from services.queries import figure as queries
from services.queries import scope

SPAN = re.compile(r"^(?P<first>.+?)\s*(?:\.\.|至|到|~)\s*(?P<last>.+)$")
QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
UNREADABLE = _(
    "This period cannot be read. Write 2024, 2024Q2, 2024-07, a day (2024-12-31), or two days with .. between."
)
MOST = 99_999_999_999_999


def read_days(text, today):
    """Return the first and last day of a period as people write it. Raises: ValidationError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    quarter = re.sub(r"^(\d{4})年?第?([一二三四1-4])季度$", lambda m: f"{m[1]}Q{QUARTERS.get(m[2], m[2])}", plain)
    month = re.sub(r"^(\d{4})年(\d{1,2})月$", lambda m: f"{m[1]}-{int(m[2]):02d}", quarter)
    year = re.sub(r"^(\d{4})年$", r"\1", month)
    try:
        found = periods.parse(year, today)
        if found.start is None:
            raise ValidationError(UNREADABLE)
        return found.start, found.end
    except Refused:
        pass
    span = SPAN.match(plain)
    first, wrong_first = values.read_day(span["first"] if span else plain)
    last, wrong_last = values.read_day(span["last"]) if span else (first, "")
    if wrong_first or wrong_last:
        raise ValidationError(UNREADABLE)
    return first, last


def past_days(text, today):
    """Return the days of a period that is over. Raises: ValidationError that says what is wrong."""
    first, last = read_days(text, today)
    if last < first:
        raise ValidationError(_("The last day lies before the first."))
    if first < EARLIEST:
        raise ValidationError(_("This period lies too far back. Look at the year."))
    if first > today:
        raise ValidationError(_("This period lies ahead: nobody can attest it yet. Look at the year."))
    if last > today:
        raise ValidationError(_("This period is not over yet. Write the days so far, as in 2026-01-01..2026-10-31."))
    return first, last


class SourcedForm(Form):
    """What every figure needs: who attests it, since when, and whose it is."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    source_name = forms.CharField(
        label=_("who attests it"), max_length=120, widget=forms.TextInput({"list": "figure-sources"})
    )
    issued_on = forms.DateField(label=_("attested on"), widget=DAY_INPUT)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))

    def __init__(self, *args, user, **kwargs):
        self.user, self.today = user, timezone.localdate()
        kwargs["initial"] = {"once": uuid4(), "issued_on": self.today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.ENTER_FIGURES)
        self.fields["organisation"].initial = scope.own_body(user, Permission.ENTER_FIGURES)

    def clean_issued_on(self):
        day = self.cleaned_data["issued_on"]
        if day > self.today:
            raise ValidationError(_("This day lies ahead: nobody can have attested it yet."))
        if day < EARLIEST:
            raise ValidationError(_("This day lies too far back. Look at the year."))
        return day

    @property
    def sources(self):
        """Names to choose from."""
        return queries.sources(self.user)


class FigureForm(SourcedForm):
    """One figure. Correcting one, its organisation stays."""

    label = forms.CharField(
        label=_("what it says"),
        max_length=80,
        widget=forms.TextInput({"list": "figure-labels"}),
        help_text=_("Written as before, it goes on in the same series."),
    )
    value = forms.DecimalField(label=_("value"), min_value=-MOST, max_value=MOST, decimal_places=4)
    unit = forms.CharField(label=_("unit of measure"), max_length=12, required=False)
    qualifier = forms.ChoiceField(
        label=_("word around the number"), choices=[("", "—"), *((one, one) for one in QUALIFIERS)], required=False
    )
    period = forms.CharField(
        label=_("period"),
        max_length=40,
        help_text=_("2024, 2024Q2, 2024-07, a day (2024-12-31), or two days with .. between."),
    )
    source_link = forms.URLField(
        label=_("address of the source"), max_length=500, required=False, assume_scheme="https"
    )
    paper = forms.FileField(
        label=_("Document of the source"),
        required=False,
        widget=forms.FileInput({"accept": ",".join(gate.DOORS["attachment"].extensions)}),
    )
    order = ("label", "value", "unit", "qualifier", "period", "source_name", "issued_on")
    rest = ("source_link", "paper", "organisation")

    def __init__(self, *args, user, figure=None, **kwargs):
        if figure is not None:
            names = ("label", "unit", "qualifier", "source_name", "source_link", "issued_on")
            kwargs["initial"] = {name: getattr(figure, name) for name in names} | {
                "value": figure.value.normalize(),
                "period": figure.period_text,
            }
        super().__init__(*args, user=user, **kwargs)
        self.shown, self.folded = [self[name] for name in self.order], [self[name] for name in self.rest]
        if figure is not None:
            self.fields["organisation"].required = False
            self.folded = [self["source_link"]]

    def clean_label(self):
        return " ".join(self.cleaned_data["label"].split())

    def clean_period(self):
        return past_days(self.cleaned_data["period"], self.today)

    @property
    def labels(self):
        """What figures say, to choose from."""
        return queries.labels(self.user)

    @property
    def figure(self):
        """What the action takes, but for the organisation, the token and the paper."""
        data = {name: self.cleaned_data[name] for name in self.order if name != "period"}
        first, last = self.cleaned_data["period"]
        key = queries.key_of(self.user, data["label"])
        return data | {"from_on": first, "to_on": last, "key": key, "source_link": self.cleaned_data["source_link"]}


class AlertsForm(SourcedForm):
    """A month of a monitoring platform: sums alone, never a driver."""

    month = forms.CharField(label=_("month"), max_length=20, widget=forms.TextInput({"type": "month"}))
    order = ("month", *queries.ALERTS, "source_name", "issued_on", "organisation")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        last = periods.month_of(self.today.replace(day=1) - timezone.timedelta(days=1), self.today)
        self.fields["month"].initial = last.text
        self.fields["source_name"].initial = queries.alerting_platform(user)
        for key, label in queries.ALERTS.items():
            self.fields[key] = forms.IntegerField(
                label=label, min_value=0, max_value=MOST, error_messages={"required": REQUIRED}
            )
        self.shown = [self[name] for name in self.order]

    def clean_month(self):
        first, last = past_days(self.cleaned_data["month"], self.today)
        if (first.day, first.year, first.month) != (1, last.year, last.month) or first == last:
            raise ValidationError(_("Write one month, as in 2024-07."))
        return first, last

    @property
    def figures(self):
        """One figure for each sort, and what they share."""
        data = self.cleaned_data
        shared = {name: data[name] for name in ("source_name", "issued_on", "organisation", "once")}
        first, last = data["month"]
        with translation.override(settings.LANGUAGE_CODE):  # what is kept is the office's own language
            unit = str(pgettext_lazy("unit", "times"))
            made = [
                {"key": key, "label": str(label), "value": data[key], "unit": unit, "from_on": first, "to_on": last}
                for key, label in queries.ALERTS.items()
            ]
        return made, shared


class FigureFilterForm(Form):
    """What narrows the list of figures, and its export."""

    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), required=False)
    key = forms.ChoiceField(label=_("series"), required=False)
    first_on = forms.DateField(label=_("from"), required=False, widget=DAY_INPUT)
    last_on = forms.DateField(label=_("to"), required=False, widget=DAY_INPUT)
    text = forms.CharField(label=_("words or source"), max_length=60, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user)
        self.fields["key"].choices = [("", "—"), *queries.series(user)]

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first."))
        return cleaned
