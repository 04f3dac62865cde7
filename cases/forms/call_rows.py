"""Rows of a call's lists: tracks, required parts, phases, criteria; and the quotas, one a line."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.forms.call import clean_day
from cases.models import Criterion, Phase
from config.forms import Form
from members.forms.register import DAY_INPUT
from members.models import Organisation

MOST_ROWS = 40
MOST_QUOTAS = 400
LEVEL = re.compile(r"^(\S{1,20})\s+(\d{1,3})(?:\s+(.{0,200}))?$")
QUOTA = re.compile(r"^(.+?)[\s,，:：]+(\d{1,4})$")
TWICE = _("“%(name)s” stands here twice: each needs a name of its own.")
TWO_PARTS = _("Recommendation, public notice and result can each stand only once in a call.")


class Row(Form):
    """A row of a list: what it is known by, and its place among the others."""

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)


class TrackRow(Row):
    name = forms.CharField(label=_("track"), max_length=40)
    note = forms.CharField(label=_("for whom or what"), max_length=200, required=False)


class PartRow(Row):
    name = forms.CharField(label=_("part"), max_length=20)
    aliases = forms.CharField(label=_("other headings"), max_length=120, required=False)
    most_characters = forms.IntegerField(
        label=pgettext_lazy("part", "Characters at most"), required=False, min_value=1, max_value=100000
    )

    def clean_aliases(self):
        words = re.split(r"[、,，;；\s]+", self.cleaned_data["aliases"])
        return "、".join(dict.fromkeys(word for word in words if word))


class PhaseRow(Row):
    kind = forms.ChoiceField(label=_("kind of phase"), choices=[("", "—"), *Phase.Kind.choices])
    name = forms.CharField(label=_("phase"), max_length=20)
    starts_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    ends_on = forms.DateField(label=_("to"), widget=DAY_INPUT)
    is_blind = forms.BooleanField(label=_("units and people hidden"), required=False)

    def clean_starts_on(self):
        return clean_day(self.cleaned_data["starts_on"])

    def clean_ends_on(self):
        return clean_day(self.cleaned_data["ends_on"])

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It can't end before it began: choose a later day."))
        if cleaned.get("is_blind") and cleaned.get("kind") not in {None, Phase.Kind.REVIEW}:
            self.add_error("is_blind", _("Only a phase of scoring can hide units and people."))
        return cleaned


class CriterionRow(Row):
    kind = forms.ChoiceField(label=_("how it counts"), choices=[("", "—"), *Criterion.Kind.choices])
    name = forms.CharField(label=pgettext_lazy("call", "criterion"), max_length=20)
    weight_percent = forms.IntegerField(label=_("weight"), min_value=0, max_value=100, required=False)
    question = forms.CharField(
        label=_("question to the reviewer"), max_length=300, required=False, widget=forms.Textarea({"rows": 2})
    )
    levels = forms.CharField(
        label=_("levels"),
        max_length=3000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One a line, best first: label, points (0 to 100), what it means; a gate is not passed at 0."),
    )

    def clean_levels(self):
        levels = []
        for line in filter(str.strip, self.cleaned_data["levels"].splitlines()):
            found = LEVEL.match(" ".join(line.replace("｜", " ").split()))
            if found is None or int(found[2]) > 100:
                raise ValidationError(
                    _("“%(line)s” is no level: write the label, the points and the meaning, with spaces between.")
                    % {"line": line[:40]}
                )
            levels.append({"label": found[1], "points": int(found[2]), "meaning": found[3] or ""})
        if len({level["label"] for level in levels}) != len(levels) or len(levels) < 2:
            raise ValidationError(_("At least two levels, each with a label of its own."))
        return levels

    def clean(self):
        cleaned = super().clean()
        weight = cleaned.get("weight_percent") or 0
        if cleaned.get("kind") == Criterion.Kind.GATE:
            weight = 0
        elif cleaned.get("kind") and not weight:
            self.add_error("weight_percent", _("Say how much it weighs: 1 to 100."))
        cleaned["weight_percent"] = weight
        return cleaned


class RowSet(forms.BaseFormSet):
    """The rows of one list; `rows()` is what stays of them, in the order asked for."""

    def clean(self):
        if not self.management_form.is_valid() or any(self.errors):
            return
        names = [row["name"] for row in self.rows()]
        for name in names:
            if names.count(name) > 1:
                raise ValidationError(TWICE % {"name": name})
        kinds = [row["kind"] for row in self.rows() if row.get("kind") in {"recommend", "notice", "result"}]
        if len(set(kinds)) != len(kinds):
            raise ValidationError(TWO_PARTS)

    def rows(self):
        """Return the values of the rows that stay."""
        kept = [form for form in self.ordered_forms if form.has_changed() or form.cleaned_data.get("pk")]
        return [{name: form.cleaned_data[name] for name in form.base_fields} for form in kept]

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["ORDER"].label = pgettext_lazy("call", "Place")
        form.fields["DELETE"].label = _("Take away")


def _set_of(row, extra):
    return forms.formset_factory(
        row, formset=RowSet, extra=extra, can_order=True, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
    )


TrackRows = _set_of(TrackRow, 3)
PartRows = _set_of(PartRow, 2)
PhaseRows = _set_of(PhaseRow, 1)
CriterionRows = _set_of(CriterionRow, 1)


class QuotasForm(Form):
    """Who may recommend how many, one body a line: quick to paste from a sheet."""

    lines = forms.CharField(
        label=_("Recommending bodies and their quotas"),
        max_length=40000,
        required=False,
        widget=forms.Textarea({"rows": 14}),
        help_text=_("One body a line: name, short name or code, then the number of cases it may recommend."),
    )

    def __init__(self, *args, call, **kwargs):
        self.present = list(call.quotas.select_related("body").order_by("body__path"))
        self.bodies = Organisation.objects.current().filter(path__startswith=call.organisation.path)
        lines = "\n".join(f"{quota.body.name} {quota.places}" for quota in self.present)
        super().__init__(*args, initial={"lines": lines}, **kwargs)

    def clean_lines(self):
        """Return rows of body and places; a body that has a quota keeps it. Raises: ValidationError naming lines."""
        lines = [line.strip() for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        if len(lines) > MOST_QUOTAS:
            raise ValidationError(_("These are more than 400 bodies. Give a quota to the bodies above them."))
        read = [(line, QUOTA.match(line)) for line in lines]
        if wrong := [line for line, found in read if found is None or not 1 <= int(found[2]) <= 1000]:
            raise ValidationError(
                _("Each line needs a body and a number from 1 to 1000. Look at: %(lines)s")
                % {"lines": "；".join(line[:40] for line in wrong[:5])}
            )
        names = {found[1].strip() for _line, found in read}
        known = {}
        for body in self.bodies.filter(Q(name__in=names) | Q(short_name__in=names) | Q(code__in=names)):
            for name in {body.name, body.short_name, body.code} & names:
                known.setdefault(name, set()).add(body)
        if wrong := sorted(name for name in names if len(known.get(name, ())) != 1):
            raise ValidationError(
                _("No body, or several, under the calling one: %(names)s. Write the name or the code as registered.")
                % {"names": "、".join(wrong[:6])}
            )
        return self._rows([(next(iter(known[found[1].strip()])), int(found[2])) for _line, found in read])

    def _rows(self, pairs):
        if len({body.pk for body, _places in pairs}) != len(pairs):
            twice = [body.name for body, _places in pairs]
            name = next(name for name in twice if twice.count(name) > 1)
            raise ValidationError(TWICE % {"name": name})
        ids = {quota.body_id: quota.pk for quota in self.present}
        return [{"pk": ids.get(body.pk), "body": body, "places": places} for body, places in pairs]
