"""Forms of pairings: one, many of a community at once, the end, an excuse; and the day's ticks."""

import re
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.permissions import Permission
from services.models import Domain, Excuse, Kind
from services.models.ledger import EARLIEST
from services.models.pairing import EndReason
from services.queries import pairing, scope


def clean_day(day):
    """Return a day on which something begins or ends. Raises: ValidationError for a slip of the pen."""
    if day and (day < EARLIEST or (day - timezone.localdate()).days > 366):
        raise ValidationError(_("This day lies too far away: check the year."))
    return day


class PairingFilterForm(Form):
    text = forms.CharField(label=_("name of either side"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False)
    community = forms.ModelChoiceField(Organisation.objects.none(), label=_("home community"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.PAIRING)
        self.fields["community"].queryset = pairing.communities(user)


class PairForm(Form):
    """Two sides by name, each a registered person or a body."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    helper = forms.CharField(
        label=_("Who helps"),
        max_length=120,
        help_text=_("A person or an organisation by name; for a namesake add the employer."),
    )
    helped = forms.CharField(
        label=_("Who is helped"),
        max_length=120,
        help_text=_("A person or an organisation by name; for a namesake add the employer."),
    )
    parties = forms.CharField(
        label=_("further parties"),
        max_length=500,
        required=False,
        help_text=_("Names of organisations, separated by 、"),
    )
    started_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    terms = forms.CharField(
        label=_("what each side does"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["once"].initial = uuid4
        self.fields["started_on"].initial = timezone.localdate
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain.PAIRING)
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.MANAGE_PAIRINGS)
        self.fields["organisation"].initial = scope.own_body(user, Permission.MANAGE_PAIRINGS)

    def clean_helper(self):
        return self._side("helper")

    def clean_helped(self):
        return self._side("helped")

    def clean_parties(self):
        names = [name for name in re.split("[、,，;；]", self.cleaned_data["parties"]) if name.strip()]
        return [one_named(self.user, name, people=False) for name in names]

    def clean_started_on(self):
        return clean_day(self.cleaned_data["started_on"])

    def _side(self, name):
        return one_named(self.user, self.cleaned_data[name])

    @property
    def pairing(self):
        """What the action takes."""
        data = dict(self.cleaned_data)
        for side in ("helper", "helped"):
            if isinstance(data[side], Organisation):
                data[f"{side}_organisation"] = data.pop(side)
        return data


def one_named(user, text, people=True):
    """Return the one person or body that is meant. Raises: ValidationError that says what to write instead."""
    found = pairing.named(user, text, people=people)
    if len(found) == 1:
        return found[0]
    if found:
        names = "、".join(pairing.told_apart(one) for one in found[:6])
        raise ValidationError(
            _("Several are called that: %(names)s. Add the employer after the name.") % {"names": names}
        )
    raise ValidationError(
        _("“%(name)s” is not in the register. Look at the characters, or register the person or organisation first.")
        % {"name": " ".join(text.split())}
    )


class AssignForm(Form):
    """Which kind and which community; the table below proposes a helper for each driver."""

    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    community = forms.ModelChoiceField(Organisation.objects.none(), label=_("home community"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain.PAIRING, "help", "mentoring")
        self.fields["community"].queryset = pairing.communities(user)


class SpreadForm(Form):
    """One choice of helper for each person; left empty, nobody is paired."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    started_on = forms.DateField(label=_("from"), widget=DAY_INPUT)

    def __init__(self, *args, proposed, able, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid4
        self.fields["started_on"].initial = timezone.localdate
        self.people = [person for person, _helper in proposed]
        for person, helper in proposed:
            self.fields[f"helper_{person.pk}"] = forms.ChoiceField(
                label=person.name,
                required=False,
                initial=helper.pk if helper else "",
                choices=[("", "—"), *((one.pk, one.name) for one in able if one.pk != person.pk)],
            )
        self.able = {str(one.pk): one for one in able}
        self.helper = Helper(self)  # laid out anew: fields were added

    def clean_started_on(self):
        return clean_day(self.cleaned_data["started_on"])

    @property
    def couples(self):
        """The couples chosen, as (helper, helped)."""
        chosen = [(self.able.get(self.cleaned_data[f"helper_{one.pk}"]), one) for one in self.people]
        return [(helper, person) for helper, person in chosen if helper is not None]


class EndForm(Form):
    on = forms.DateField(label=_("ended on"), widget=DAY_INPUT)
    reason = forms.ChoiceField(label=_("why it ended"), choices=EndReason.choices)
    successor = forms.CharField(label=_("who goes on helping"), max_length=120, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, prefix="end", **kwargs)
        self.fields["on"].initial = timezone.localdate
        self.user = user

    def clean_on(self):
        return clean_day(self.cleaned_data["on"])

    def clean_successor(self):
        name = self.cleaned_data["successor"]
        found = one_named(self.user, name) if name.strip() else None
        if isinstance(found, Organisation):
            raise ValidationError(_("Name a person who goes on helping."))
        return found


class ExcuseForm(Form):
    reason = forms.ChoiceField(label=_("reason"), choices=Excuse.Reason.choices)
    from_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    to_on = forms.DateField(
        label=_("to"), widget=DAY_INPUT, required=False, help_text=_("Left empty, it holds until it is lifted.")
    )
    note = forms.CharField(label=_("note"), max_length=100, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="excuse", **kwargs)
        self.fields["from_on"].initial = timezone.localdate

    def clean_from_on(self):
        return clean_day(self.cleaned_data["from_on"])

    def clean_to_on(self):
        return clean_day(self.cleaned_data["to_on"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("reason") == Excuse.Reason.OTHER and not cleaned.get("note"):
            self.add_error("note", _("Say in a few words why nothing is owed."))
        return cleaned


class TickForm(Form):
    """The duties ticked on 今日, done on one day."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    on = forms.DateField(label=_("done on"), widget=DAY_INPUT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid4
        self.fields["on"].initial = timezone.localdate

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day lies ahead. What has not happened yet cannot be logged."))
        return clean_day(day)
