"""Forms by which a matter comes in: a call in 25 seconds, what a list or project adds; and what is put right later."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper
from members.forms.organisation import OrganisationField
from members.forms.register import phone_field
from members.models import Organisation, Person
from members.permissions import Permission
from services.forms.campaign import clean_bodies
from services.forms.matter import day_field, refuse_far
from services.forms.pairing import one_named
from services.models import Activity, Campaign, Domain, Group, Kind, Venue
from services.models.matter import Stage, Way
from services.queries import matter as queries
from services.queries import scope

ASKED_BY_NOBODY = (Group.TASK, Group.PROBLEM, Group.PROJECT)
LISTED = ("number", "lead_body", "co_bodies", "deliverable")
# What stands in sight beside the line and the category; all else waits behind one tap.
IN_SIGHT = {
    Group.TASK: LISTED,
    Group.PROBLEM: ("campaign", *LISTED),
    Group.PROJECT: ("body", "stage", "cadre"),
    Group.ERRAND: ("body",),
    Group.SUGGESTION: ("meeting",),
}


def cadre_field():
    return forms.CharField(
        label=_("cadre"),
        max_length=120,
        required=False,
        help_text=_("A registered person by name; for a namesake add the employer."),
    )


def clean_cadre(user, name):
    """Return the person a name means, None for none. Raises: ValidationError that says what to write instead."""
    found = one_named(user, name) if name.strip() else None
    if isinstance(found, Organisation):
        raise ValidationError(_("Name a person: a project is looked after by a named cadre."))
    return found


class ReceiveForm(Form):
    """A call: name, phone, category, one line. The rest waits behind one tap, with what can be guessed filled in."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    requester_name = forms.CharField(label=_("who asks"), max_length=60, required=False)
    phone = phone_field()
    title = forms.CharField(label=_("in one line"), max_length=120)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), widget=forms.RadioSelect, empty_label=None)
    is_mine = forms.BooleanField(label=_("I handle it myself"), required=False, initial=True)
    organisation = OrganisationField(Organisation.objects.none(), label=_("organisation"), empty_label=None)
    requester = forms.ModelChoiceField(Person.objects.none(), required=False, widget=forms.HiddenInput)
    body = OrganisationField(Organisation.objects.none(), label=_("enterprise or body concerned"), required=False)
    way = forms.ChoiceField(label=_("came in"), choices=Way.choices, initial=Way.PHONE)
    received_on = day_field(_("received on"))
    due_on = day_field(_("due on"), help_text=_("Left empty, it follows from the category, in working days."))
    detail = forms.CharField(label=_("detail"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
    venue = forms.ModelChoiceField(Venue.objects.none(), label=_("venue"), required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("list or campaign"), required=False)
    number = forms.IntegerField(label=_("number in its list"), min_value=1, max_value=999, required=False)
    lead_body = OrganisationField(Organisation.objects.none(), label=_("leading unit"), required=False)
    co_bodies = forms.CharField(
        label=_("units that help"),
        max_length=2000,
        required=False,
        help_text=_("Names, short names or codes, separated by 、 or one a line."),
    )
    deliverable = forms.CharField(label=_("what is to be delivered"), max_length=200, required=False)
    stage = forms.ChoiceField(label=_("stage of the project"), choices=[("", "—"), *Stage.choices], required=False)
    cadre = cadre_field()
    planned_on = day_field(_("planned for"))
    meeting = forms.ModelChoiceField(Activity.objects.none(), label=_("raised at"), required=False)

    CALL = ("requester_name", "phone", "title", "kind")

    def __init__(self, *args, user, group=Group.APPEAL, **kwargs):
        super().__init__(*args, **kwargs)
        self.group = group
        self.fields["once"].initial = uuid4
        self.fields["received_on"].initial = timezone.localdate
        kinds = Kind.objects.visible_to(user).in_use().of(Domain.MATTER, group)
        self.fields["kind"].queryset = kinds
        self.fields["organisation"].queryset = scope.reporting_bodies(user, Permission.HANDLE_MATTER)
        self.fields["organisation"].initial = scope.own_body(user, Permission.HANDLE_MATTER)
        self.fields["requester"].queryset = Person.objects.visible_to(user)
        self.user = user
        for name in ("body", "lead_body"):
            self.fields[name].queryset = queries.near_bodies(user)
        venues = Venue.objects.within(user, Permission.HANDLE_MATTER).filter(closed_on=None)
        self.fields["venue"].queryset = venues.order_by("name", "pk")
        if self.initial.get("venue"):
            self.initial["way"] = Way.VENUE
        self.fields["campaign"].queryset = Campaign.objects.visible_to(user).order_by("-starts_on", "pk")
        self._leave_out(group)

    def _leave_out(self, group):
        """Take away what the group has no use for."""
        left_out = set()
        if group in ASKED_BY_NOBODY:
            left_out |= {"requester_name", "phone", "requester"}
            self.fields["way"].initial = Way.MEETING if group == Group.PROBLEM else Way.ORDER
        if group not in (Group.TASK, Group.PROBLEM):
            left_out |= set(LISTED)
        if group != Group.PROJECT:
            left_out |= {"stage", "cadre"}
        if group not in (Group.PROJECT, Group.TASK):
            left_out.add("planned_on")
        if group == Group.SUGGESTION:
            self.fields["meeting"].queryset = queries.meetings_lately(self.user)
        else:
            left_out.add("meeting")
        for name in left_out:
            del self.fields[name]

    @property
    def first(self):
        """The bound fields a call needs; for a list or a project what its line holds."""
        return [self[name] for name in (*self.CALL, *IN_SIGHT.get(self.group, ())) if name in self.fields]

    @property
    def further(self):
        """The bound fields behind one tap."""
        shown = {field.name for field in self.first} | {"once", "requester"}
        return [self[name] for name in self.fields if name not in shown]

    @property
    def has_hidden_error(self):
        """Whether something behind the tap has to be corrected."""
        return any(field.errors for field in self.further)

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())

    def clean_co_bodies(self):
        return clean_bodies(self.user, self.cleaned_data["co_bodies"])

    def clean_cadre(self):
        return clean_cadre(self.user, self.cleaned_data["cadre"])

    def clean_planned_on(self):
        return refuse_far(self.cleaned_data["planned_on"])

    def clean_received_on(self):
        day = self.cleaned_data["received_on"] or timezone.localdate()
        if day > timezone.localdate():
            raise ValidationError(_("It can't come in after today: check the year and the month."))
        if day.year < timezone.localdate().year - 30:
            raise ValidationError(_("This day lies more than thirty years back: check the year."))
        return day

    def clean_due_on(self):
        return refuse_far(self.cleaned_data["due_on"])

    def clean(self):
        cleaned = super().clean()
        received_on, due_on = cleaned.get("received_on"), cleaned.get("due_on")
        if received_on and due_on and due_on < received_on:
            self.add_error("due_on", _("The deadline lies before the day it came in."))
        if cleaned.get("number") and not cleaned.get("campaign") and "campaign" in cleaned:
            self.add_error("campaign", _("A number belongs to a list: choose the list."))
        return cleaned

    @property
    def asked(self):
        """What the action takes of it, empty wishes left out."""
        data = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        for name in ("once", "organisation", "is_mine"):
            data.pop(name, None)
        rest = {name: data.pop(name) for name in ("planned_on", "meeting", "venue") if name in data}
        if "cadre" in data:
            rest["guide"] = data.pop("cadre")
        return data | {"rest": rest}


class ChangeForm(Form):
    """What may be put right while a matter is open: not its deadline, which is put off with a reason, nor who asks."""

    title = forms.CharField(label=_("in one line"), max_length=120)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), empty_label=None)
    detail = forms.CharField(label=_("detail"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
    body = OrganisationField(Organisation.objects.none(), label=_("enterprise or body concerned"), required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("list or campaign"), required=False)
    number = forms.IntegerField(label=_("number in its list"), min_value=1, max_value=999, required=False)
    lead_body = OrganisationField(Organisation.objects.none(), label=_("leading unit"), required=False)
    co_bodies = forms.CharField(
        label=_("units that help"),
        max_length=2000,
        required=False,
        help_text=_("Names, short names or codes, separated by 、 or one a line."),
    )
    deliverable = forms.CharField(label=_("what is to be delivered"), max_length=200, required=False)
    cadre = cadre_field()
    planned_on = day_field(_("planned for"))

    def __init__(self, *args, user, matter, **kwargs):
        names = ("title", "kind", "detail", "body", "campaign", "number", "lead_body", "deliverable", "planned_on")
        kwargs["initial"] = {name: getattr(matter, name) for name in names} | {
            "co_bodies": "、".join(matter.co_bodies.order_by("name", "pk").values_list("name", flat=True)),
            "cadre": matter.guide.name if matter.guide else "",
        }
        super().__init__(*args, **kwargs)
        self.user, self.matter, group = user, matter, matter.kind.group
        near = queries.near_bodies(user)
        for name in ("body", "lead_body"):
            kept = near | Organisation.objects.filter(pk=getattr(matter, f"{name}_id"))
            self.fields[name].queryset = kept.order_by("name", "pk")
        kinds = Kind.objects.visible_to(user).of(Domain.MATTER, group)
        self.fields["kind"].queryset = kinds.in_use() | kinds.filter(pk=matter.kind_id)
        self.fields["campaign"].queryset = Campaign.objects.visible_to(user).order_by("-starts_on", "pk")
        if group not in (Group.TASK, Group.PROBLEM):
            for name in LISTED:
                del self.fields[name]
        if group != Group.PROJECT:
            del self.fields["cadre"]
        self.helper = Helper(self)  # laid out anew: fields were taken away

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())

    def clean_co_bodies(self):
        return clean_bodies(self.user, self.cleaned_data["co_bodies"])

    def clean_planned_on(self):
        return refuse_far(self.cleaned_data["planned_on"])

    def clean_cadre(self):
        name = self.cleaned_data["cadre"]
        if self.matter.guide and name.strip() == self.matter.guide.name:
            return self.matter.guide  # a namesake elsewhere does not matter
        return clean_cadre(self.user, name)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("number") and "campaign" in cleaned and not cleaned["campaign"]:
            self.add_error("campaign", _("A number belongs to a list: choose the list."))
        return cleaned

    @property
    def changes(self):
        """What the action takes."""
        data = dict(self.cleaned_data)
        if "cadre" in data:
            data["guide"] = data.pop("cadre")
        return data
