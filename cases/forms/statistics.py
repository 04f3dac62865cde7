"""Forms of the statistics: which year, call and city; and which of the counted rows are asked for."""

import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries
from cases.models import Call, SubjectField
from cases.models.case import CaseQuerySet
from cases.statistics import counts, load
from cases.statistics.measures import BY_NAME, MEASURES, STAGES
from config.forms import Form
from members.models import Organisation, Region, User

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
NONE = "-"


class ScopeForm(Form):
    """Which cases are counted. Without a year in the address it is this year; an empty one means all years."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False, empty_value=None)
    call = forms.ModelChoiceField(
        Call.objects.none(), label=_("call for cases"), required=False, empty_label=_("All calls and none")
    )
    city = forms.ModelChoiceField(
        Region.objects.none(), label=_("City"), required=False, to_field_name="code", empty_label=_("All cities")
    )

    def __init__(self, data, *args, **kwargs):
        super().__init__(
            data if "year" in data else {**data.dict(), "year": str(timezone.localdate().year)}, *args, **kwargs
        )
        years = sorted({*queries.years(), timezone.localdate().year}, reverse=True)
        self.fields["year"].choices = [("", _("All years")), *((year, str(year)) for year in years)]
        self.fields["call"].queryset = Call.objects.public().order_by("-closes_at", "-pk")
        self.fields["city"].queryset = Region.objects.cities()

    def narrow(self, cases: CaseQuerySet) -> CaseQuerySet:
        """Keep received cases the filters name; the form must be valid."""
        chosen, cases = self.cleaned_data, counts.received(cases)
        if chosen["year"]:
            cases = cases.filter(year=chosen["year"])
        if chosen["call"]:
            cases = cases.filter(call=chosen["call"])
        return queries.in_city(cases, chosen["city"]) if chosen["city"] else cases

    @property
    def asked(self) -> dict[str, str]:
        """What an address says to ask for the same again; the year stands in it even where it is empty."""
        values = {name: str(self.data.get(name) or "") for name in ("year", "call", "city")}
        return {name: value for name, value in values.items() if value or name == "year"}


class RowsForm(ScopeForm):
    """Which rows: a measure, and one group of it. `within` is the city of a table's line beside the filter's.

    The submitting side cannot ask for stages, which it is not told of; who does how much is for chief editors.
    """

    measure = forms.ChoiceField(
        choices=[(measure.name, measure.label) for measure in MEASURES], required=False, label=_("What is counted")
    )
    month = forms.RegexField(MONTH, required=False, max_length=7)
    within = forms.CharField(required=False, max_length=12)
    kind = forms.ChoiceField(choices=[("", ""), *Organisation.Kind.choices], required=False)
    field = forms.CharField(required=False, max_length=40)
    body = forms.CharField(required=False, max_length=64)
    left = forms.ChoiceField(choices=[("", ""), *((state.value, state.label) for state in STAGES)], required=False)
    now = forms.ChoiceField(choices=[("", ""), *((state.value, state.label) for state in STAGES)], required=False)

    person = forms.ModelChoiceField(User.objects.all(), required=False)
    load = forms.ChoiceField(choices=[("", ""), *load.LABELS.items()], required=False)

    def __init__(self, data, *args, is_desk, sees_people, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.is_desk = is_desk
        if not is_desk:
            del self.fields["left"], self.fields["now"]
        if not sees_people:
            del self.fields["person"], self.fields["load"]

    def clean_within(self):
        code = self.cleaned_data["within"]
        if code in ("", NONE):
            return code
        return self._found(Region.objects.cities().filter(code=code))

    def clean_field(self):
        code = self.cleaned_data["field"]
        return code if code in ("", NONE) else self._found(SubjectField.objects.filter(code=code))

    def clean_body(self):
        code = self.cleaned_data["body"]
        return self._found(Organisation.objects.filter(code=code)) if code else None

    def narrow(self, cases: CaseQuerySet) -> CaseQuerySet:
        """Keep exactly the rows a number counted."""
        chosen, cases = self.cleaned_data, super().narrow(cases)
        if chosen["measure"]:
            cases = cases.filter(BY_NAME[chosen["measure"]].rule(is_desk=self.is_desk))
        if chosen["month"]:
            year, month = map(int, MONTH.fullmatch(chosen["month"]).groups())
            cases = cases.filter(received_at__year=year, received_at__month=month)
        if chosen["kind"]:
            cases = cases.filter(organisation__kind=chosen["kind"])
        if chosen["field"]:
            cases = cases.filter(field=None if chosen["field"] == NONE else chosen["field"])
        if chosen["body"]:
            cases = cases.filter(organisation=chosen["body"])
        if chosen.get("now"):
            cases = cases.filter(state=chosen["now"])
        cases = counts.left_stage(cases, chosen["left"]) if chosen.get("left") else cases
        if chosen.get("person") and chosen["load"]:
            cases = load.behind(cases, chosen["person"], chosen["load"])
        return self._in(cases, chosen["within"])

    @property
    def words(self) -> list[tuple[str, str]]:
        """Every filter in words, for the head of the list and the first sheet of its workbook."""
        chosen, found = self.cleaned_data, []
        if chosen["measure"]:
            found.append((_("What is counted"), BY_NAME[chosen["measure"]].label))
        found.append((_("Year"), chosen["year"] or _("All years")))
        found += [(self.fields[name].label, chosen[name]) for name in ("call", "city") if chosen[name]]
        if chosen["month"]:
            found.append((_("Month received"), chosen["month"]))
        if chosen["within"]:
            found.append((_("City"), _("No city (of the province)") if chosen["within"] == NONE else chosen["within"]))
        if chosen["kind"]:
            found.append((_("Kind of organisation"), Organisation.Kind(chosen["kind"]).label))
        if chosen["field"]:
            found.append((_("Field"), _("No field yet") if chosen["field"] == NONE else chosen["field"]))
        if chosen["body"]:
            found.append((_("Submitted by"), chosen["body"]))
        for name, label in (("left", _("Left this stage")), ("now", _("In this stage now"))):
            found += [(label, dict(self.fields[name].choices)[chosen[name]])] if chosen.get(name) else []
        if chosen.get("person") and chosen["load"]:
            found.append((load.LABELS[chosen["load"]], chosen["person"].name))
        return [(str(label), str(value)) for label, value in found]

    def _in(self, cases, within):
        if within == NONE:
            for city in Region.objects.cities():
                cases = cases.exclude(organisation__region__path__startswith=city.path)
            return cases
        return queries.in_city(cases, within) if within else cases

    def _found(self, rows):
        found = rows.first()
        if found is None:
            raise forms.ValidationError(_("Nothing here has this code. Open the list from the statistics page again."))
        return found
