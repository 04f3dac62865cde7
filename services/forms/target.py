"""Forms of targets: which indicator, narrowed by what it takes, how many, by when, set by which paper."""

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation, Region
from members.permissions import Permission
from services.forms.campaign import clean_day
from services.indicators import listing, registry
from services.models import Attachment, Campaign, Kind
from services.models.vocabulary import GROUPS, Domain
from services.queries import campaign as campaigns
from services.queries import scope

# A target on these would measure itself, the form's own cost, or what others attest.
UNFIT = ("campaign", "entry", "form", "figure", "document")
LABELS = {"campaign": _("entered under the campaign")}
DOMAINS = {
    "activity": Domain.ACTIVITY,
    "training": Domain.ACTIVITY,
    "matter": Domain.MATTER,
    "task": Domain.MATTER,
    "project": Domain.MATTER,
    "suggestion": Domain.MATTER,
    "pairing": Domain.PAIRING,
    "enterprise": Domain.PAIRING,
    "grant": Domain.GRANT,
    "certificate": Domain.GRANT,
    "honour": Domain.GRANT,
    "venue": Domain.VENUE,
}


class TargetFilterForm(Form):
    text = forms.CharField(label=_("what is promised"), max_length=60, required=False)
    when = forms.ChoiceField(
        label=_("which ones"),
        choices=[
            ("", _("deadline still to come")),
            ("passed", _("deadline passed")),
            ("none", _("without a campaign")),
            ("all", _("all")),
        ],
        required=False,
    )
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.visible_to(user).order_by("-starts_on", "pk")
        self.fields["organisation"].queryset = scope.reporting_bodies(user)


def offered():
    """Return the indicators a target may be measured by, grouped by area as a select wants them."""
    groups = {}
    for indicator in registry.everything():
        area = indicator.key.partition(".")[0]
        if area in listing.AREAS and area not in UNFIT:
            groups.setdefault(str(listing.AREAS[area]), []).append((indicator.key, str(indicator.label)))
    return [("", "—"), *groups.items()]


class IndicatorForm(Form):
    """The first choice: what counts."""

    indicator = forms.ChoiceField(label=_("counted by"))
    campaign = forms.ModelChoiceField(Campaign.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="choose_%s", **kwargs)
        self.fields["indicator"].choices = offered()
        self.fields["campaign"].queryset = campaigns.manageable(user)


class TargetForm(Form):
    """What is promised of one indicator. Its parameters follow as fields `by_<name>`."""

    label = forms.CharField(label=_("what is promised"), max_length=60)
    number = forms.IntegerField(label=_("number promised"), min_value=1, max_value=1_000_000_000)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("campaign"), required=False)
    organisation = OrganisationField(Organisation.objects.none(), label=_("whose rows count"), empty_label=None)
    starts_on = forms.DateField(label=_("counted from"), widget=DAY_INPUT)
    due_on = forms.DateField(label=_("deadline"), widget=DAY_INPUT)
    document = forms.CharField(
        label=_("set by which paper"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"list": "papers"}),
        help_text=_("Title and number of the plan or notice."),
    )

    def __init__(self, *args, user, indicator, target=None, campaign=None, **kwargs):
        kwargs["initial"] = _initial(target, campaign, user)
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        self.fields["campaign"].queryset = campaigns.manageable(user)
        if target is None:
            self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.MANAGE_CAMPAIGNS)
        else:
            del self.fields["organisation"]
        for name in indicator.params:
            if (field := _param(indicator, name, user)) is not None:
                field.label = LABELS.get(name) or listing.FILTERS.get(name, name)
                self.fields[f"by_{name}"] = field
        papers = Attachment.objects.visible_to(user).standing().filter(sort=Attachment.Sort.POLICY)
        self.papers = [
            " ".join(filter(None, pair))
            for pair in papers.order_by("-issued_on", "pk").values_list("title", "number")[:50]
        ]

    @property
    def promise(self):
        """The bound fields of what is promised."""
        return [self[name] for name in self.fields if not name.startswith("by_")]

    @property
    def params(self):
        """The bound fields that narrow the indicator."""
        return [self[name] for name in self.fields if name.startswith("by_")]

    def clean_starts_on(self):
        return clean_day(self.cleaned_data["starts_on"])

    def clean_due_on(self):
        return clean_day(self.cleaned_data["due_on"])

    def clean(self):
        cleaned = super().clean()
        starts_on, due_on = cleaned.get("starts_on"), cleaned.get("due_on")
        if starts_on and due_on and due_on < starts_on:
            self.add_error("due_on", _("The deadline lies before the first day."))
        return cleaned

    @property
    def fields_of_target(self):
        """What the action takes."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("by_")}
        chosen = {name.removeprefix("by_"): value for name, value in self.cleaned_data.items() if name not in data}
        filters = {name: _plain(value) for name, value in chosen.items() if value not in (None, "")}
        return data | {"indicator": self.indicator.key, "filters": filters}


def _initial(target, campaign, user):
    if target is None:
        today = timezone.localdate()
        return {
            "campaign": campaign,
            "organisation": campaign.organisation if campaign else scope.own_body(user, Permission.MANAGE_CAMPAIGNS),
            "starts_on": campaign.starts_on if campaign else today.replace(month=1, day=1),
            "due_on": (campaign.ends_on if campaign else None) or today.replace(month=12, day=31),
            "by_campaign": campaign,
        }
    names = ("label", "number", "campaign", "starts_on", "due_on", "document")
    return {name: getattr(target, name) for name in names} | {
        f"by_{name}": value for name, value in target.filters.items()
    }


def _plain(value):
    """Return a choice as the registry's filters hold it: a code, a key, a word."""
    if isinstance(value, Kind | Region):
        return value.code
    return str(value.pk) if isinstance(value, Campaign) else value


def _param(indicator, name, user):
    """Return the field for one parameter; None for one nobody would promise by."""
    domain = DOMAINS.get(indicator.key.partition(".")[0])
    if name in ("kind", "pairing__kind") or (name == "form" and domain == Domain.PAIRING):
        wanted = Domain.PAIRING if name == "pairing__kind" else domain
        kinds = Kind.objects.visible_to(user).in_use()
        return forms.ModelChoiceField(kinds.of(wanted), required=False, to_field_name="code") if wanted else None
    if name == "kind__group":
        choices = [(group.value, group.label) for group in GROUPS.get(domain, ())]
        return forms.ChoiceField(choices=[("", "—"), *choices], required=False)
    if name == "campaign":
        return forms.ModelChoiceField(Campaign.objects.visible_to(user).order_by("name", "pk"), required=False)
    if name == "region":
        below = Region.objects.filter(path__startswith=user.organisation.region.path).order_by("code")
        return forms.ModelChoiceField(below, required=False, to_field_name="code")
    if name == "name":
        return forms.CharField(max_length=100, required=False)
    choices = _choices(indicator, indicator.params[name])
    return forms.ChoiceField(choices=[("", "—"), *choices], required=False) if choices else None


def _choices(indicator, lookup):
    """Return the choices of the column a parameter compares with, none for what is no enumeration."""
    model, column = getattr(indicator, "rows", None), None
    if model is None or not lookup:
        return []
    model = model().model
    for step in lookup.split("__"):
        try:
            column = model._meta.get_field(step)
        except FieldDoesNotExist:
            return []
        model = column.related_model or model
    return list(column.choices or [])
