"""Forms of campaigns: what it is, who takes part, when it ends."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.permissions import Permission
from services.models import Campaign, CampaignMember
from services.models.ledger import EARLIEST
from services.queries import campaign as queries
from services.queries import scope

LONGEST_AHEAD_DAYS = 366 * 10
MOST_NAMES = 200
UNKNOWN = _("No organisation near you is called %(names)s. Look at the characters, or add the organisation first.")
SEVERAL = _("Several organisations are called %(names)s. Write their codes instead.")


def clean_day(day):
    """Return a day of a campaign or target. Raises: ValidationError for a slip of the pen."""
    if day and (day < EARLIEST or (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS):
        raise ValidationError(_("This day lies too far away: check the year."))
    return day


def clean_bodies(user, text):
    """Return the bodies a text names. Raises: ValidationError that names those it cannot find or tell apart."""
    names = queries.names_in(text)
    if len(names) > MOST_NAMES:
        raise ValidationError(_("These are more than 200 names: enter them in several goes."))
    found = queries.bodies_named(user, names)
    unknown = [name for name in names if not found[name]]
    several = [name for name in names if len(found[name]) > 1]
    if unknown:
        raise ValidationError(UNKNOWN % {"names": "、".join(name[:40] for name in unknown[:6])})
    if several:
        raise ValidationError(SEVERAL % {"names": "、".join(several[:6])})
    return [found[name][0] for name in names]


class CampaignFilterForm(Form):
    text = forms.CharField(label=_("name"), max_length=60, required=False)
    form = forms.ChoiceField(label=_("form"), choices=[("", "—"), *Campaign.Form.choices], required=False)
    when = forms.ChoiceField(
        label=_("when"), choices=[("", _("running")), ("ended", _("ended")), ("all", _("all"))], required=False
    )
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = scope.reporting_bodies(user)


class CampaignForm(Form):
    """A name with a period. Whose it is stays as it was entered."""

    form = forms.ChoiceField(label=_("form"), choices=Campaign.Form.choices)
    name = forms.CharField(label=_("name"), max_length=60)
    aliases = forms.CharField(
        label=_("also called"), max_length=200, required=False, help_text=_("Other names it goes by, separated by 、")
    )
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), empty_label=None)
    parent = forms.ModelChoiceField(Campaign.objects.none(), label=_("part of"), required=False)
    starts_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    ends_on = forms.DateField(
        label=_("to"), widget=DAY_INPUT, required=False, help_text=_("Left empty, it runs until it is closed.")
    )
    summary = forms.CharField(
        label=_("what it is for"), max_length=1000, required=False, widget=forms.Textarea({"rows": 4})
    )

    def __init__(self, *args, user, campaign=None, **kwargs):
        if campaign is not None:
            names = ("form", "name", "aliases", "parent", "starts_on", "ends_on", "summary")
            kwargs["initial"] = {name: getattr(campaign, name) for name in names}
        super().__init__(*args, **kwargs)
        parents = queries.manageable(user)
        if campaign is None:
            self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.MANAGE_CAMPAIGNS)
            self.fields["organisation"].initial = scope.own_body(user, Permission.MANAGE_CAMPAIGNS)
            self.fields["starts_on"].initial = timezone.localdate
        else:
            del self.fields["organisation"]
            self.helper = Helper(self)  # laid out anew: a field was taken away
            parents = parents.exclude(pk=campaign.pk)
        self.fields["parent"].queryset = parents

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_aliases(self):
        return "、".join(queries.names_in(self.cleaned_data["aliases"]))

    def clean_starts_on(self):
        return clean_day(self.cleaned_data["starts_on"])

    def clean_ends_on(self):
        return clean_day(self.cleaned_data["ends_on"])

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It can't end before it began: choose a later day."))
        return cleaned


class MembersForm(Form):
    """Bodies that join together, by name."""

    bodies = forms.CharField(
        label=_("units that join"),
        max_length=8000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Names, short names or codes, separated by 、 or one a line."),
    )
    joined_on = forms.DateField(label=_("from"), widget=DAY_INPUT)
    is_lead = forms.BooleanField(label=_("these units lead it"), required=False)

    def __init__(self, *args, user, campaign, **kwargs):
        super().__init__(*args, prefix="members", **kwargs)
        self.user = user
        today = timezone.localdate()
        self.fields["joined_on"].initial = max(min(today, campaign.ends_on or today), campaign.starts_on)

    def clean_bodies(self):
        return clean_bodies(self.user, self.cleaned_data["bodies"])

    def clean_joined_on(self):
        return clean_day(self.cleaned_data["joined_on"])


class LeaveForm(Form):
    """One unit that leaves."""

    member = forms.ModelChoiceField(CampaignMember.objects.none(), label=_("unit that leaves"))
    on = forms.DateField(label=_("left on"), widget=DAY_INPUT)

    def __init__(self, *args, campaign, **kwargs):
        super().__init__(*args, prefix="leave", **kwargs)
        present = campaign.memberships.filter(left_on=None).select_related("body")
        self.fields["member"].queryset = present.order_by("body__name", "pk")
        self.fields["on"].initial = timezone.localdate

    def clean_on(self):
        return clean_day(self.cleaned_data["on"])


class CloseForm(Form):
    on = forms.DateField(label=_("ended on"), widget=DAY_INPUT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="close", **kwargs)
        self.fields["on"].initial = timezone.localdate

    def clean_on(self):
        return clean_day(self.cleaned_data["on"])
