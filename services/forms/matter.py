"""Forms of matters: what a list is narrowed by, what is merged together, and one small form for each step."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper
from members.forms.organisation import OrganisationField
from members.forms.register import DAY_INPUT
from members.models import Organisation, Person, Region, User
from services.models import Campaign, Domain, Group, Kind, Matter
from services.models.matter import Adoption, MatterStep, Satisfaction, Stage
from services.queries import matter as queries

STEP = MatterStep.Kind
LONGEST_AHEAD_DAYS = 366 * 5


def day_field(text, **kwargs):
    return forms.DateField(label=text, widget=DAY_INPUT, required=False, **kwargs)


def _words(text, length=500, is_required=False):
    return forms.CharField(label=text, max_length=length, required=is_required, widget=forms.Textarea({"rows": 2}))


def refuse_far(day):
    """Return a deadline. Raises: ValidationError for one years ahead, which is a slip of the pen."""
    if day and (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS:
        raise ValidationError(_("This deadline lies more than five years ahead: check the year."))
    return day


class MatterFilterForm(Form):
    """What the list of a group is narrowed by; fields of other groups are left out."""

    text = forms.CharField(label=_("in the line or the name"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), required=False)
    handler = forms.ModelChoiceField(User.objects.none(), label=_("handled by"), required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("list or campaign"), required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label=_("region"), required=False)
    lead_body = forms.ModelChoiceField(Organisation.objects.none(), label=_("leading unit"), required=False)
    unclaimed = forms.BooleanField(label=_("nobody has claimed it yet"), required=False)
    body = forms.ModelChoiceField(Organisation.objects.none(), label=_("enterprise or body concerned"), required=False)
    stage = forms.ChoiceField(label=_("stage of the project"), choices=[("", "—"), *Stage.choices], required=False)
    guide = forms.ModelChoiceField(Person.objects.none(), label=_("cadre"), required=False)
    outcome = forms.ChoiceField(label=_("outcome"), choices=[("", "—"), *Adoption.choices], required=False)

    ONLY = {
        Group.TASK: ("lead_body",),
        Group.PROBLEM: ("lead_body", "unclaimed"),
        Group.PROJECT: ("body", "stage", "guide"),
        Group.ERRAND: ("body",),
        Group.SUGGESTION: ("outcome",),
    }
    COMMON = ("text", "kind", "handler", "campaign", "region")

    def __init__(self, *args, user, group, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Matter.objects.visible_to(user).of_group(group)
        people = User.objects.filter(pk__in=rows.exclude(handler=None).values("handler"))
        bodies = Organisation.objects.order_by("name", "pk")
        querysets = {
            "kind": Kind.objects.visible_to(user).of(Domain.MATTER, group),
            "handler": people.order_by("name", "pk"),
            "campaign": Campaign.objects.filter(pk__in=rows.values("campaign")).order_by("name", "pk"),
            "region": Region.objects.filter(pk__in=rows.values("region")).order_by("code"),
            "lead_body": bodies.filter(pk__in=rows.exclude(lead_body=None).values("lead_body")),
            "body": bodies.filter(pk__in=rows.exclude(body=None).values("body")),
            "guide": Person.objects.filter(pk__in=rows.exclude(guide=None).values("guide")).order_by("name", "pk"),
        }
        for name in list(self.fields):
            if name not in (*self.COMMON, *self.ONLY.get(group, ())):
                del self.fields[name]
            elif name in querysets:
                self.fields[name].queryset = querysets[name]
        self.helper = Helper(self)  # laid out anew: fields were taken away


class GatherFilterForm(Form):
    text = forms.CharField(label=_("in the line"), max_length=60, required=False)
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        groups = (Group.APPEAL, Group.SUGGESTION, Group.CLUE, Group.ERRAND)
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain.MATTER, *groups)


class GatherForm(Form):
    """Which of the matters shown become part of the problem."""

    parts = forms.ModelMultipleChoiceField(
        Matter.objects.none(), label=_("matters to merge"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parts"].queryset = offered


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
    outcome = forms.ChoiceField(label=_("outcome"), widget=forms.RadioSelect)
    answer = _words(_("answer"), length=1000, is_required=True)
    with_parts = forms.BooleanField(label=_("give the same answer to all merged into it"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = self.matter.outcomes.choices
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
