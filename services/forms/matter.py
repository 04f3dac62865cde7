"""Forms of matters: what comes in by phone in 25 seconds, what a task list adds, and one small form for each step."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT, phone_field
from members.models import Organisation, Person, Region, User
from members.permissions import Permission
from services.forms.campaign import clean_bodies
from services.models import Campaign, Domain, Group, Kind, Matter, Venue
from services.models.matter import MatterStep, Outcome, Satisfaction, Stage, Way
from services.queries import matter as queries
from services.queries import scope

STEP = MatterStep.Kind
LONGEST_AHEAD_DAYS = 366 * 5


def _day(text, **kwargs):
    return forms.DateField(label=text, widget=DAY_INPUT, required=False, **kwargs)


def _words(text, length=500, is_required=False):
    return forms.CharField(label=text, max_length=length, required=is_required, widget=forms.Textarea({"rows": 2}))


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
    received_on = _day(_("received on"))
    due_on = _day(_("due on"), help_text=_("Left empty, it follows from the category, in working days."))
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

    CALL = ("requester_name", "phone", "title", "kind")
    LIST = ("campaign", "number", "lead_body", "co_bodies", "deliverable")

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
        if group in (Group.TASK, Group.PROBLEM):
            for name in ("requester_name", "phone", "requester"):
                del self.fields[name]
            self.fields["way"].initial = Way.ORDER if group == Group.TASK else Way.MEETING
        if group != Group.PROJECT:
            del self.fields["stage"]
        if group in (Group.APPEAL, Group.SUGGESTION, Group.ERRAND, Group.CLUE):
            for name in ("number", "lead_body", "co_bodies", "deliverable"):
                del self.fields[name]

    @property
    def first(self):
        """The bound fields a call needs; for a task list what a line of the list holds."""
        names = self.LIST[1:] if self.group in (Group.TASK, Group.PROBLEM) else ()
        return [self[name] for name in (*self.CALL, *names) if name in self.fields]

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


def refuse_far(day):
    """Return a deadline. Raises: ValidationError for one years ahead, which is a slip of the pen."""
    if day and (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS:
        raise ValidationError(_("This deadline lies more than five years ahead: check the year."))
    return day


class MatterFilterForm(Form):
    text = forms.CharField(label=_("in the line or the name"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), required=False)
    handler = forms.ModelChoiceField(User.objects.none(), label=_("handled by"), required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("list or campaign"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)

    def __init__(self, *args, user, group, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Matter.objects.visible_to(user).of_group(group)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).of(Domain.MATTER, group)
        self.fields["handler"].queryset = User.objects.filter(
            pk__in=rows.exclude(handler=None).values("handler")
        ).order_by("name", "pk")
        self.fields["campaign"].queryset = Campaign.objects.filter(pk__in=rows.values("campaign")).order_by("name")
        self.fields["region"].queryset = Region.objects.filter(pk__in=rows.values("region")).order_by("code")


class StepForm(Form):
    """A step that needs no more than a word, and not even that."""

    note = _words(_("note"))

    def __init__(self, *args, user, matter, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.matter = user, matter


class HandOverForm(StepForm):
    to = forms.ModelChoiceField(User.objects.none(), label=_("to"))
    field_order = ["to", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = queries.colleagues(self.user).exclude(pk=self.matter.handler_id)


class ClaimForm(StepForm):
    body = OrganisationField(Organisation.objects.none(), label=_("unit"))
    field_order = ["body", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        bodies = queries.near_bodies(self.user)
        if self.matter.campaign_id:
            bodies = queries.able_to_claim(self.matter.campaign)
        self.fields["body"].queryset = bodies


class ProgressForm(StepForm):
    note = _words(_("how far it is"), is_required=True)


class AdvanceForm(StepForm):
    stage = forms.ChoiceField(label=_("stage of the project"), choices=Stage.choices)
    field_order = ["stage", "note"]


class ExtendForm(StepForm):
    due_on = forms.DateField(label=_("new deadline"), widget=DAY_INPUT)
    note = None
    reason = _words(_("why"), is_required=True)

    def clean_due_on(self):
        return refuse_far(self.cleaned_data["due_on"])


class MergeForm(StepForm):
    into = forms.ModelChoiceField(Matter.objects.none(), label=_("hard problem"))
    field_order = ["into", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = queries.open_problems(self.user, self.matter)


class DeclineForm(StepForm):
    note = None
    reason = _words(_("why nothing can be done, as it was explained"), is_required=True)


class CloseForm(StepForm):
    note = None
    outcome = forms.ChoiceField(label=_("outcome"), choices=Outcome.choices, widget=forms.RadioSelect)
    answer = _words(_("answer"), length=1000, is_required=True)
    with_parts = forms.BooleanField(label=_("give the same answer to all merged into it"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.matter.children.filter(state="merged").exists():
            del self.fields["with_parts"]


class CallBackForm(StepForm):
    satisfaction = forms.ChoiceField(label=_("what they said"), choices=Satisfaction.choices, widget=forms.RadioSelect)
    field_order = ["satisfaction", "note"]


STEP_FORMS = {
    STEP.HAND_OVER: HandOverForm,
    STEP.CLAIM: ClaimForm,
    STEP.PROGRESS: ProgressForm,
    STEP.ADVANCE: AdvanceForm,
    STEP.EXTEND: ExtendForm,
    STEP.MERGE: MergeForm,
    STEP.SPLIT: StepForm,
    STEP.DECLINE: DeclineForm,
    STEP.CLOSE: CloseForm,
    STEP.CALL_BACK: CallBackForm,
    STEP.REOPEN: StepForm,
}
