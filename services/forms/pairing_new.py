"""Bringing two together: one form whose sides and questions follow the group, from helping a driver to a contract."""

import re
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper
from config.numbers import whole_number
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.permissions import Permission
from services.forms.pairing import clean_day, one_named
from services.models import Domain, Group, Kind
from services.queries import pairing, scope

PERSON, BODY, ENTERPRISE, EITHER = "person", "body", "enterprise", "either"


@dataclass(frozen=True)
class Side:
    """Who may stand on one side, and what that side is called."""

    label: str
    takes: str = EITHER


@dataclass(frozen=True)
class Shape:
    """What the form of a group asks: its two sides, a second helper, further parties, a last day."""

    helper: Side
    helped: Side
    second: Side | None = None
    has_parties: bool = False
    has_end: bool = False


SHAPES: dict[Group, Shape] = {
    Group.HELP: Shape(Side(_("Who helps"), PERSON), Side(_("Who is helped"), PERSON)),
    Group.COMMISSIONERS: Shape(
        Side(_("Commissioner: a member of the industry committee"), PERSON),
        Side(_("Enterprise"), ENTERPRISE),
        second=Side(_("Guide: somebody of the office"), PERSON),
    ),
    Group.MENTORING: Shape(Side(_("Mentor"), PERSON), Side(_("Who learns"), PERSON)),
    Group.SECRETARY: Shape(Side(_("Enterprise secretary"), PERSON), Side(_("Enterprise"), ENTERPRISE)),
    Group.CO_BUILDING: Shape(
        Side(_("Our side"), BODY), Side(_("The other side"), BODY), has_parties=True, has_end=True
    ),
    Group.CULTIVATION: Shape(Side(_("Contact person"), PERSON), Side(_("Applicant"), PERSON)),
    Group.COVERAGE: Shape(
        Side(_("Party body, mass organisation or instructor"), EITHER), Side(_("Enterprise"), ENTERPRISE)
    ),
    Group.COOPERATION: Shape(Side(_("Our side"), BODY), Side(_("Platform"), BODY), has_end=True),
}
TOLD = {
    PERSON: _("A registered person by name; for a namesake add the employer."),
    BODY: _("An organisation by its full or short name."),
    EITHER: _("A person or an organisation by name; for a namesake add the employer."),
}
OURS = (Group.CO_BUILDING, Group.COOPERATION)


class PairForm(Form):
    """Two sides; a registered person is named, an enterprise chosen."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    helper = forms.CharField(max_length=120)
    second = forms.CharField(max_length=120)
    helped = forms.CharField(max_length=120)
    parties = forms.CharField(
        label=_("further parties"),
        max_length=500,
        required=False,
        help_text=_("Names of organisations, separated by 、"),
    )
    started_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    ended_on = forms.DateField(
        label=_("runs until"), widget=DAY_INPUT, required=False, help_text=_("Left empty, it holds until it is ended.")
    )
    terms = forms.CharField(
        label=_("what each side does"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"))

    def __init__(self, *args, user, group, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.group, self.shape = user, group, SHAPES[group]
        kinds = Kind.objects.visible_to(user).in_use().of(Domain.PAIRING, group)
        own = scope.own_body(user, Permission.MANAGE_PAIRINGS)
        self.fields["once"].initial = uuid4
        self.fields["started_on"].initial = timezone.localdate
        self.fields["kind"].queryset, self.fields["kind"].initial = kinds, kinds.first()
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.MANAGE_PAIRINGS)
        self.fields["organisation"].initial = own
        if group in OURS and own is not None:
            self.fields["helper"].initial = own.name
        for name, is_asked in (("parties", self.shape.has_parties), ("ended_on", self.shape.has_end)):
            if not is_asked:
                del self.fields[name]
        for name in ("helper", "second", "helped"):
            self._shape(name, getattr(self.shape, name))
        self.helper = Helper(self)

    def clean_helper(self):
        return self._side("helper", self.shape.helper)

    def clean_helped(self):
        return self._side("helped", self.shape.helped)

    def clean_second(self):
        return self._side("second", self.shape.second)

    def clean_parties(self):
        names = [name for name in re.split("[、,，;；]", self.cleaned_data["parties"]) if name.strip()]
        return [one_named(self.user, name, people=False, everywhere=True) for name in names]

    def clean_started_on(self):
        return clean_day(self.cleaned_data["started_on"])

    def clean_ended_on(self):
        return clean_day(self.cleaned_data["ended_on"], years=20)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("started_on"), cleaned.get("ended_on")
        if first and last and last <= first:
            self.add_error("ended_on", _("The end lies before the beginning: choose a later day."))
        sides = [cleaned.get("helper"), cleaned.get("helped")]
        if set(cleaned.get("parties") or ()) & set(sides):
            self.add_error("parties", _("A further party is neither of the two sides: leave it out here."))
        if cleaned.get("second") and cleaned["second"] == cleaned.get("helper"):
            self.add_error("second", _("The two commissioners are two people: name somebody else."))
        return cleaned

    @property
    def pairing(self):
        """What the action takes."""
        data = dict(self.cleaned_data)
        for side in ("helper", "helped"):
            if isinstance(data[side], Organisation):
                data[f"{side}_organisation"] = data.pop(side)
        return data

    @property
    def appointment(self):
        """What the action takes that names the two commissioners of an enterprise."""
        data = dict(self.cleaned_data)
        sides = {"commissioner": data["helper"], "guide": data["second"], "body": data["helped"]}
        return sides | {name: data[name] for name in ("organisation", "kind", "started_on", "once")}

    def _shape(self, name, side):
        """Ask for one side as the group wants it, filled in where the address names a row."""
        if side is None:
            del self.fields[name]
        elif side.takes == ENTERPRISE:
            self.fields[name] = OrganisationField(pairing.enterprises(self.user), label=side.label)
        else:
            self.fields[name].label, self.fields[name].help_text = side.label, TOLD[side.takes]
            if (number := whole_number(str(self.initial.get(name, "")))) is not None:
                self.initial[name] = pairing.written(self.user, number)

    def _side(self, name, side):
        value = self.cleaned_data[name]
        if side.takes == ENTERPRISE:
            return value
        found = one_named(self.user, value, people=side.takes != BODY, everywhere=side.takes == BODY)
        if side.takes == PERSON and isinstance(found, Organisation):
            raise ValidationError(_("This is an organisation: name a person here."))
        return found
