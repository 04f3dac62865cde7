"""What a figure stands for: which indicator, narrowed by which kind, in whose scope, over which days."""

import json

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.evidence.subjects import COUNTED, OF_GROUP
from cases.evidence.verdicts import written
from cases.models import Case
from config.errors import Refused
from config.forms import Form
from members.forms.organisation import OrganisationField
from members.models import Organisation, User
from members.models.organisation import under_paths
from members.permissions import Permission
from services.indicators import (
    catalogue,  # noqa: F401  (registers itself)
    listing,
    periods,
    registry,
)
from services.models import Figure, Kind


class WhatField(forms.ChoiceField):
    """An indicator with its filters: one of those offered, or any other that the registry takes."""

    def valid_value(self, value):
        return super().valid_value(value) or label_of(value) is not None


class ClaimForm(Form):
    """A figure's meaning. `context` says which figure; `what` is an indicator with its filters, as JSON."""

    context = forms.CharField(widget=forms.HiddenInput, max_length=200)
    what = WhatField(label=_("It stands for"))
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))
    period = forms.CharField(
        label=_("period"), max_length=60, help_text=_("2024, 2024Q2, 2024-07, since:2022-03-01, asof:2022-05-20")
    )

    def __init__(self, *args, case: Case, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        offered = [*choices(), *series_of(case)]
        proposed = str(self.data.get("what", "") if self.is_bound else self.initial.get("what", ""))
        if proposed and not any(proposed == value for _group, rows in offered for value, _label in rows):
            offered += [(_("Proposed"), [(proposed, label)]) for label in [label_of(proposed)] if label is not None]
        self.fields["what"].choices = offered
        self.fields["organisation"].queryset = scopes(case, user)

    def clean_what(self):
        return json.loads(self.cleaned_data["what"])

    def clean_period(self):
        try:
            return periods.parse(self.cleaned_data["period"], timezone.localdate()).text
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None


def label_of(value: str) -> str | None:
    """Return an indicator with its filters in words; None for what the registry does not take."""
    try:
        key, filters = json.loads(value)
        indicator = registry.get(key)
        indicator.checked(filters)
        if not all(isinstance(each, str) for each in filters.values()):
            return None
        words = [word for _name, word in listing.filter_words(filters)]
    except (Refused, ValueError, TypeError, AttributeError):
        return None
    return " · ".join([*words, str(indicator.label)])


def series_of(case: Case) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the series of outside figures that the case's unit keeps, as one group of choices."""
    rows = Figure.objects.filter(voided_at=None, organisation_path__startswith=case.organisation.path)
    known = rows.order_by("key").values_list("key", "label").distinct()
    return [(_("Other figures"), [(written("figure.value", {"key": key}), label) for key, label in known])]


def scopes(case: Case, user: User) -> QuerySet:
    """Return whose ledger a figure may speak of: the unit's, its parts' and those above it, as far as `user` reads."""
    steps = case.organisation.path.rstrip(".").split(".")
    above = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
    mine = [*user.paths(Permission.READ_LEDGER), *user.paths(Permission.EDIT_CASE)]
    near = Q(path__startswith=case.organisation.path) | Q(path__in=above)
    return Organisation.objects.current().filter(near & under_paths("path", mine)).order_by("path")


class FigureForm(Form):
    """Which figure is meant."""

    context = forms.CharField(widget=forms.HiddenInput, max_length=200)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every indicator, and those that a kind narrows, grouped by what they count."""
    plain = [(written(each.key, {}), f"{each.label}（{each.unit}）") for each in registry.everything()]
    groups = [(_("All"), plain)]
    narrowed: dict[str, list] = {}
    for kind in Kind.objects.order_by("domain", "position", "pk"):
        for key in dict.fromkeys([OF_GROUP.get(kind.group, ""), *COUNTED[kind.domain].values()]):
            if key and "kind" in registry.get(key).params:
                label = f"{kind.label} · {registry.get(key).label}"
                narrowed.setdefault(str(kind.get_domain_display()), []).append(
                    (written(key, {"kind": kind.code}), label)
                )
    domains = {}
    for kind in Kind.objects.order_by("domain", "position", "pk"):
        domains.setdefault((kind.domain, kind.group), kind.get_group_display())
    for (domain, group), label in domains.items():
        for key in dict.fromkeys(COUNTED[domain].values()):
            if "kind__group" in registry.get(key).params:
                groups[0][1].append((written(key, {"kind__group": group}), f"{label} · {registry.get(key).label}"))
    return [*groups, *narrowed.items()]
