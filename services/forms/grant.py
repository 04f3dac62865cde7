"""Forms of what is given: one form whose fields follow from the tab, the end of a mark, the list's filters."""

import re
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from config.uploads import gate
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation, Person
from members.permissions import Permission
from services.models import Activity, Campaign, Grant, Group, Kind, Matter, Venue
from services.models.ledger import EARLIEST, Level
from services.models.vocabulary import Domain
from services.queries import grant as queries
from services.queries import scope
from services.queries.grant import GROUPS_OF, Tab
from services.queries.pairing import told_apart

MOST_NAMES = 50
LONGEST_AHEAD_DAYS = 366 * 20
# What each tab asks for: first what everybody needs, then what waits behind one tap.
SHOWN = {
    Tab.GOODS: ("kind", "given_on", "quantity", "recipients"),
    Tab.PAPERS: ("kind", "name", "given_on", "recipients", "issuer", "serial", "level", "grade"),
    Tab.MONEY: ("kind", "name", "given_on", "amount_yuan", "recipients"),
    Tab.MARKS: ("kind", "given_on", "recipients", "quantity", "campaign"),
    Tab.MEDIA: ("kind", "name", "given_on", "issuer", "level", "link"),
}
FOLDED = {
    Tab.GOODS: ("name", "paper", "campaign", "activity", "venue", "organisation"),
    Tab.PAPERS: ("quantity", "ended_on", "paper", "campaign", "activity", "matter", "organisation"),
    Tab.MONEY: ("level", "issuer", "serial", "paper", "campaign", "matter", "organisation"),
    Tab.MARKS: ("name", "ended_on", "serial", "paper", "activity", "venue", "organisation"),
    Tab.MEDIA: ("paper", "recipients", "campaign", "activity", "matter", "organisation"),
}


def past_day(day):
    """Return the day something was given. Raises: ValidationError for one that lies ahead, or too far back."""
    if day and day > timezone.localdate():
        raise ValidationError(_("This day lies ahead. What has not been given yet cannot be entered."))
    if day and day < EARLIEST:
        raise ValidationError(_("This day lies too far back. Look at the year."))
    return day


class GrantForm(Form):
    """What was given; which fields there are follows from the tab."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"))
    name = forms.CharField(
        label=_("what"), max_length=100, required=False, help_text=_("Left empty, it is called as its kind.")
    )
    given_on = forms.DateField(label=_("given on"), widget=DAY_INPUT)
    quantity = forms.IntegerField(label=_("quantity"), min_value=1, max_value=10_000_000)
    amount_yuan = forms.DecimalField(
        label=_("amount in yuan"), min_value=0.01, max_value=100_000_000_000, decimal_places=2
    )
    recipients = forms.CharField(
        label=_("Who got it"),
        max_length=3000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("People, organisations or plates, separated by 、; for a namesake add the employer."),
    )
    issuer = forms.CharField(label=_("awarded by"), max_length=100, required=False)
    serial = forms.CharField(label=_("number on the paper"), max_length=60, required=False)
    level = forms.ChoiceField(label=_("level"), choices=[("", "—"), *Level.choices], required=False)
    grade = forms.CharField(label=_("grade"), max_length=20, required=False)
    link = forms.URLField(label=_("address of the report"), max_length=500, required=False, assume_scheme="https")
    ended_on = forms.DateField(label=_("valid until"), widget=DAY_INPUT, required=False)
    paper = forms.FileField(
        label=_("Photo or file"),
        required=False,
        widget=forms.FileInput({"accept": ",".join(gate.DOORS["attachment"].extensions)}),
    )
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False)
    activity = forms.ModelChoiceField(Activity.objects.none(), label=_("given at the activity"), required=False)
    matter = forms.ModelChoiceField(Matter.objects.none(), label=_("came of the matter"), required=False)
    venue = forms.ModelChoiceField(Venue.objects.none(), label=_("venue"), required=False)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"))

    def __init__(self, *args, user, tab, **kwargs):
        self.user, self.tab = user, tab
        today = {"once": uuid4(), "given_on": timezone.localdate(), "quantity": 1}
        own = scope.own_body(user, Permission.LOG_ACTIVITY)
        kwargs["initial"] = today | {"organisation": own} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        wanted = {"once", *SHOWN[tab], *FOLDED[tab]}
        self.fields = {name: field for name, field in self.fields.items() if name in wanted}
        chosen = {name: self[name].value() for name in ("activity", "matter") if name in self.fields}
        offered = {
            "kind": Kind.objects.visible_to(user).in_use().of(Domain.GRANT, *GROUPS_OF[tab]),
            "organisation": scope.reporting_bodies(user, Permission.LOG_ACTIVITY),
            "campaign": Campaign.objects.visible_to(user).order_by("-starts_on", "name", "pk"),
            "venue": Venue.objects.visible_to(user).filter(closed_on=None, merged_into=None).order_by("name", "pk"),
            "activity": queries.recent_activities(user, chosen.get("activity")),
            "matter": queries.recent_matters(user, chosen.get("matter")),
        }
        for name in offered.keys() & self.fields.keys():
            self.fields[name].queryset = offered[name]
        if "activity" in self.fields:
            self.fields["activity"].label_from_instance = lambda row: f"{row.happened_on:%Y-%m-%d} {row.kind} {row}"
            self._follow(offered["activity"], chosen["activity"])

    def _follow(self, activities, chosen):
        """Take day and campaign from the activity something was given at, until somebody says otherwise."""
        if self.is_bound or not chosen or not (found := activities.filter(pk__in=queries.one(chosen)).first()):
            return
        self.initial |= {"given_on": found.happened_on, "campaign": found.campaign_id}

    @property
    def shown(self):
        """The fields everybody sees."""
        return [self[name] for name in SHOWN[self.tab]]

    @property
    def folded(self):
        """The fields behind one tap."""
        return [self[name] for name in FOLDED[self.tab]]

    @property
    def is_unfolded(self):
        """Whether the fold stands open: something in it is wrong, or was filled in."""
        filled = (field for field in self.folded if field.name not in {"organisation", "quantity"})
        return any(field.errors for field in self.folded) or any(field.value() for field in filled)

    def clean_given_on(self):
        return past_day(self.cleaned_data["given_on"])

    def clean_ended_on(self):
        day = self.cleaned_data["ended_on"]
        if day and (day < EARLIEST or (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS):
            raise ValidationError(_("This day lies too far away: check the year."))
        return day

    def clean_recipients(self):
        names = [name.strip() for name in re.split(r"[、,，;；\n]", self.cleaned_data["recipients"]) if name.strip()]
        if len(names) > MOST_NAMES:
            raise ValidationError(
                _("These are %(count)s names; at most 50 can be taken at once. Enter the others in a second go."),
                params={"count": len(names)},
            )
        found = [one_recipient(self.user, name) for name in names]
        if len(set(found)) < len(found):
            raise ValidationError(_("Somebody stands here twice: leave each name once."))
        return found

    def clean(self):
        cleaned = super().clean()
        kind, recipients = cleaned.get("kind"), cleaned.get("recipients")
        if kind is not None and recipients is not None:
            self._check_recipients(kind, recipients)
        if cleaned.get("ended_on") and cleaned.get("given_on") and cleaned["ended_on"] < cleaned["given_on"]:
            self.add_error("ended_on", _("The end lies before the day it was given: choose a later day."))
        is_certificate = kind is not None and kind.group == Group.CERTIFICATE
        if is_certificate and cleaned.get("serial") and (len(recipients or []) > 1 or cleaned.get("quantity", 1) > 1):
            self.add_error(
                "serial", _("One certificate has one number: enter them one by one, or paste them as a list.")
            )
        return cleaned

    def _check_recipients(self, kind, recipients):
        if kind.is_person_needed and not (recipients and all(isinstance(one, Person) for one in recipients)):
            self.add_error("recipients", _("This kind goes to people: name each of them."))
        if kind.is_body_needed and not (recipients and all(isinstance(one, Organisation) for one in recipients)):
            self.add_error("recipients", _("This kind goes to organisations: name each of them."))

    @property
    def gift(self):
        """What the action takes, but for the paper."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "paper"}
        data["name"] = data.get("name") or data["kind"].label
        if "amount_yuan" in data:
            data["amount_fen"] = int(data.pop("amount_yuan") * 100)
        if activity := data.get("activity"):
            data["region"] = activity.region
        return data


def one_recipient(user, text):
    """Return the one person, body or vehicle that is meant. Raises: ValidationError that says what to write instead."""
    found = queries.recipients_named(user, text)
    if len(found) == 1:
        return found[0]
    if found:
        names = "、".join(told_apart(one) for one in found[:6])
        raise ValidationError(
            _("Several are called that: %(names)s. Add the employer after the name.") % {"names": names}
        )
    raise ValidationError(
        _(
            "“%(name)s” is not in the register. Look at the characters, register it first, or leave the name out and "
            "enter the quantity alone."
        )
        % {"name": text[:60]}
    )


class EndForm(Form):
    """The day a mark came down or a title ran out."""

    on = forms.DateField(label=_("until"), widget=DAY_INPUT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="end", **kwargs)
        self.fields["on"].initial = timezone.localdate

    def clean_on(self):
        return past_day(self.cleaned_data["on"])


class GrantFilterForm(Form):
    """What narrows the list of grants, and its export."""

    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("kind"), required=False)
    level = forms.ChoiceField(label=_("level"), choices=[("", "—"), *Level.choices], required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False)
    first_on = forms.DateField(label=_("from"), required=False, widget=DAY_INPUT)
    last_on = forms.DateField(label=_("to"), required=False, widget=DAY_INPUT)
    text = forms.CharField(label=_("name, giver or number"), max_length=60, required=False)
    tab = forms.ChoiceField(choices=[("", "—"), *Tab.choices], required=False, widget=forms.HiddenInput)
    together = forms.ModelChoiceField(Grant.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, tab="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.GRANT, *GROUPS_OF.get(tab, ()))
        self.fields["campaign"].queryset = Campaign.objects.visible_to(user).order_by("-starts_on", "name", "pk")
        self.fields["together"].queryset = Grant.objects.visible_to(user)

    @property
    def is_narrowing(self):
        """Whether anything but the tab narrows the list."""
        return any(name != "tab" for name in self.changed_data)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first."))
        return cleaned
