"""Forms of pairings: one, many of a community at once, the end, an excuse; and the day's ticks."""

from collections import Counter
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper, guard_texts
from members.forms.register import DAY_INPUT
from members.models import Organisation
from services.models import Domain, Excuse, Kind
from services.models.ledger import EARLIEST
from services.models.pairing import EndReason
from services.models.vocabulary import GROUPS
from services.queries import pairing


def clean_day(day, years=1):
    """Return a day on which something begins or ends. Raises: ValidationError for a slip of the pen."""
    if day and (day < EARLIEST or (day - timezone.localdate()).days > 366 * years):
        raise ValidationError(_("This day lies too far away: check the year."))
    return day


class PairingFilterForm(Form):
    group = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("name of either side"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False)
    community = forms.ModelChoiceField(Organisation.objects.none(), label=_("home community"), required=False)
    state = forms.ChoiceField(
        label=_("state"),
        choices=[
            ("", _("in force")),
            ("running_out", _("runs out within 60 days")),
            ("left", _("the helper has left")),
            ("ended", _("ended")),
        ],
        required=False,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", ""), *((str(one), one.label) for one in GROUPS[Domain.PAIRING])]
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.PAIRING)
        self.fields["community"].queryset = pairing.communities(user)


def one_named(user, text, people=True, everywhere=False):
    """Return the one person or body that is meant. Raises: ValidationError that says what to write instead."""
    found = pairing.named(user, text, people=people, everywhere=everywhere)
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
    """One helper for each row, by name out of one list the browser proposes; left empty, nothing happens to it.

    `proposed` holds (row, helper or None); a row is a person without help, or a pairing to hand over.
    """

    once = forms.UUIDField(widget=forms.HiddenInput)
    started_on = forms.DateField(label=_("from"), widget=DAY_INPUT)

    def __init__(self, *args, proposed, able, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid4
        self.fields["started_on"].initial = timezone.localdate
        self.rows = [row for row, _helper in proposed]
        repeated = {name for name, times in Counter(one.name for one in able).items() if times > 1}
        told = {one.pk: pairing.told_apart(one) if one.name in repeated else one.name for one in able}
        self.able = {told[one.pk]: one for one in able}
        for row, helper in proposed:
            self.fields[f"helper_{row.pk}"] = forms.CharField(
                label=getattr(row, "helped_name", None) or pairing.told_apart(row),
                max_length=120,
                required=False,
                initial=told[helper.pk] if helper else "",
                widget=forms.TextInput({"list": "able", "autocomplete": "off"}),
            )
        guard_texts(self.fields)
        self.helper = Helper(self)

    def clean_started_on(self):
        return clean_day(self.cleaned_data["started_on"])

    def clean(self):
        cleaned = super().clean()
        for row in self.rows:
            name = cleaned.get(f"helper_{row.pk}", "").strip()
            if name and name not in self.able:
                said = _("“%(name)s” is not among those who may help: choose a name from the list.")
                self.add_error(f"helper_{row.pk}", said % {"name": name})
            elif name and self.able[name].pk == getattr(row, "helped_id", row.pk):
                self.add_error(f"helper_{row.pk}", _("Nobody is paired with themselves: choose somebody else."))
        return cleaned

    @property
    def couples(self):
        """The rows somebody was named for, as (helper, row)."""
        chosen = [(self.able.get(self.cleaned_data[f"helper_{row.pk}"].strip()), row) for row in self.rows]
        return [(helper, row) for helper, row in chosen if helper is not None]


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


class ProlongForm(Form):
    until = forms.DateField(label=_("runs until"), widget=DAY_INPUT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="prolong", **kwargs)

    def clean_until(self):
        return clean_day(self.cleaned_data["until"], years=20)


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
