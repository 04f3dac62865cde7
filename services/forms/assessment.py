"""Forms of assessments: a sheet taken over, a criterion, whom and when, points with the outcome they stand for."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.forms import Form
from members.models import Organisation
from members.permissions import Permission
from services.forms.pairing import clean_day
from services.indicators import periods, registry
from services.indicators.registry import Indicator, Ratio
from services.models import Criterion
from services.queries import assessment as queries
from services.queries import scope

DAY_INPUT = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
LARGEST = Decimal("100")


class AdoptForm(Form):
    """One of the sheets we ship, for an organisation, from a day on."""

    template = forms.ChoiceField(label=_("start from"))
    name = forms.CharField(label=_("name"), max_length=80)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"), empty_label=None)
    starts_on = forms.DateField(label=_("from"), widget=DAY_INPUT)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.templates = {one["key"]: one for one in queries.templates()}
        self.fields["template"].choices = [(key, one["name"]) for key, one in self.templates.items()]
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.ASSESS)
        self.fields["organisation"].initial = scope.own_body(user, Permission.ASSESS)
        self.fields["starts_on"].initial = lambda: timezone.localdate().replace(month=1, day=1)

    def clean_template(self):
        return self.templates[self.cleaned_data["template"]]

    def clean_starts_on(self):
        return clean_day(self.cleaned_data["starts_on"])


class SheetEndForm(Form):
    """The last day on which a sheet is in force; empty for no end."""

    ends_on = forms.DateField(
        label=_("in force until"), widget=DAY_INPUT, required=False, help_text=_("Leave it empty for no end.")
    )


class CriterionForm(Form):
    """One line of a sheet, counted from a figure or given by hand."""

    category = forms.CharField(label=_("category"), max_length=40)
    text = forms.CharField(label=_("criterion"), max_length=200)
    rule = forms.CharField(label=_("rule"), max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    points = forms.DecimalField(
        label=_("points at most"),
        max_digits=5,
        decimal_places=1,
        min_value=-LARGEST,
        max_value=LARGEST,
        help_text=_("With a minus, points that are deducted."),
    )
    indicator = forms.ChoiceField(label=_("counted from the figure"), required=False)
    measure = forms.ChoiceField(label=_("how it counts"), required=False)
    step = forms.DecimalField(
        label=_("points for each, or the value from which on"),
        max_digits=7,
        decimal_places=1,
        min_value=Decimal("0.1"),
        required=False,
    )
    narrowed = forms.CharField(
        label=_("narrowed by"),
        max_length=200,
        required=False,
        help_text=_("Such as kind=party-day, branch=@; the sign @ stands for whoever is assessed."),
    )

    def __init__(self, *args, criterion=None, **kwargs):
        if criterion is not None:
            names = ("category", "text", "rule", "points", "indicator", "measure", "step")
            kwargs["initial"] = {name: getattr(criterion, name) for name in names} | {
                "narrowed": "，".join(f"{name}={value}" for name, value in criterion.filters.items())
            }
        super().__init__(*args, **kwargs)
        figures = [
            (one.key, f"{one.label}（{one.key}）")
            for one in registry.everything()
            if isinstance(one, Indicator | Ratio) and one.sort != registry.Sort.EXTERNAL
        ]
        self.fields["indicator"].choices = [("", _("none: given by hand")), *figures]
        self.fields["measure"].choices = [("", "—"), *Criterion.Measure.choices]

    def clean_points(self):
        if self.cleaned_data["points"] == 0:
            raise ValidationError(_("A criterion without points says nothing: write how many."))
        return self.cleaned_data["points"]

    def clean_narrowed(self):
        filters = {}
        for part in self.cleaned_data["narrowed"].replace("，", ",").split(","):
            name, sign, value = part.partition("=")
            if part.strip() and not (sign and name.strip() and value.strip()):
                raise ValidationError(_("Write each as name=value, separated by commas."))
            if part.strip():
                filters[name.strip()] = value.strip()
        return filters

    def clean(self):
        cleaned = super().clean()
        key = cleaned.get("indicator")
        if key and "narrowed" in cleaned:
            try:
                registry.get(key).checked(dict.fromkeys(cleaned["narrowed"], 1))
            except Refused as refusal:
                self.add_error("narrowed", str(refusal))
        for name in ("measure", "step"):
            if key and not cleaned.get(name) and name not in self.errors:
                self.add_error(
                    name, _("A figure counts points in one of the two ways: choose it and write the number.")
                )
        return cleaned

    @property
    def values(self):
        """The criterion's columns."""
        data = dict(self.cleaned_data)
        data["filters"] = data.pop("narrowed")
        return data if data["indicator"] else data | {"filters": {}, "measure": "", "step": None}


class BoardForm(Form):
    """The period of assessments, and a part of a name."""

    period = forms.CharField(label=_("period"), max_length=40, required=False, help_text=_("2024, 2024Q2, 2024-07"))
    text = forms.CharField(label=_("name"), max_length=60, required=False)

    def clean_period(self):
        text = self.cleaned_data["period"] or str(timezone.localdate().year)
        try:
            period = periods.parse(text, timezone.localdate())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        if period.start is None:
            raise ValidationError(_("An assessment has a first day: write a year, a quarter or a month."))
        return period


class OpenForm(BoardForm):
    """Whom to assess, over which period."""

    subject = forms.IntegerField(widget=forms.HiddenInput)


class PointsForm(Form):
    """The points of an assessment, line by line; other points than a figure counted need a reason."""

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self._add(line)

    def _add(self, line):
        criterion, score = line.criterion, line.score
        low, high = sorted((Decimal(0), criterion.points))
        self.fields[f"points_{criterion.pk}"] = forms.DecimalField(
            label=_("Points for: %(text)s") % {"text": criterion.text},
            max_digits=5,
            decimal_places=1,
            min_value=low,
            max_value=high,
            required=False,
            initial=score.points if score else line.counted,
        )
        is_written = score is not None and (score.counted is None or score.points != score.counted)
        self.fields[f"reason_{criterion.pk}"] = forms.CharField(
            label=_("Outcome or reason for: %(text)s") % {"text": criterion.text},
            max_length=200,
            required=False,
            initial=score.reason if is_written else "",
        )

    @property
    def categories(self):
        """Categories with their lines, each with its two fields."""
        return [
            (name, [(line, self[f"points_{line.criterion.pk}"], self[f"reason_{line.criterion.pk}"]) for line in lines])
            for name, lines in queries.by_category(self.lines)
        ]

    def clean(self):
        cleaned = super().clean()
        for line in self.lines:
            points = cleaned.get(f"points_{line.criterion.pk}")
            reason = f"reason_{line.criterion.pk}"
            if points is None or cleaned.get(reason):
                continue
            if line.counted is None:
                self.add_error(reason, _("Write the outcome these points stand for."))
            elif points != line.counted:
                self.add_error(
                    reason, _("The figure counts %(points)s: write why it is changed.") % {"points": line.counted}
                )
        return cleaned

    @property
    def given(self):
        """What the action takes: points, reason and what was counted, by criterion; lines left empty are left out."""
        data, found = self.cleaned_data, {}
        for line in self.lines:
            points = data.get(f"points_{line.criterion.pk}")
            if points is not None:
                reason = data[f"reason_{line.criterion.pk}"] if points != line.counted else ""
                found[line.criterion] = (points, reason, line.counted)
        return found
