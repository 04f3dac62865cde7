"""Forms of the developments: what narrows the list, opening one, recording a step, moving on."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.forms import Form, Helper
from members.forms.register import DAY_INPUT
from members.models import Organisation
from members.models.development import EndReason, Side, Stage, WayIn


class DevelopmentFilterForm(Form):
    name = forms.CharField(label=_("full name"), max_length=60, required=False)
    stage = forms.ChoiceField(
        label=pgettext_lazy("development", "stage"), choices=[("", "—"), *Stage.choices], required=False
    )
    way_in = forms.ChoiceField(label=_("channel"), choices=[("", "—"), *WayIn.choices], required=False)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("organisation"), required=False)
    year = forms.IntegerField(label=_("year of admission"), min_value=1921, max_value=2200, required=False)
    overdue = forms.BooleanField(label=_("a step is overdue"), required=False)
    one_sided = forms.BooleanField(label=_("one side has not recorded"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        used = Q(developments__isnull=False) | Q(development_quotas__isnull=False)
        bodies = Organisation.objects.visible_to(user).filter(used).distinct()
        self.fields["organisation"].queryset = bodies.order_by("name", "pk")


class OpenForm(Form):
    way_in = forms.ChoiceField(label=_("channel"), choices=WayIn.choices, widget=forms.RadioSelect)


class RecordForm(Form):
    """One step as one side did it. The steps offered are those a side still lacks, up to the stage reached."""

    step = forms.ChoiceField(label=_("step of the development"))
    side = forms.ChoiceField(label=_("recorded by side"), choices=Side.choices, widget=forms.RadioSelect)
    done_on = forms.DateField(label=_("done on"), widget=DAY_INPUT)
    hours = forms.IntegerField(label=_("hours"), min_value=1, max_value=999, required=False)

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = {f"{line.rule.pk}-{line.occasion}": line for line in lines}
        self.fields["step"].choices = [(key, title_of(line)) for key, line in self.lines.items()]
        self.fields["done_on"].initial = timezone.localdate
        wanted = [line.rule for line in self.lines.values() if line.rule.at_least_hours]
        if not wanted:
            del self.fields["hours"]
            self.helper = Helper(self)
        else:
            self.fields["hours"].help_text = _("Only for “%(step)s”.") % {"step": wanted[0].name}

    def clean_step(self):
        key = self.cleaned_data["step"]
        if key not in self.lines:
            raise ValidationError(_("It is not this step's turn yet. Look at the list of steps again."))
        return key

    @property
    def wanted(self):
        """The cleaned values, as the action wants them."""
        line = self.lines[self.cleaned_data["step"]]
        return {
            "definition": line.rule,
            "occasion": line.occasion,
            "side": Side(self.cleaned_data["side"]),
            "done_on": self.cleaned_data["done_on"],
            "hours": self.cleaned_data.get("hours"),
        }


class StageForm(Form):
    to = forms.ChoiceField(choices=Stage.choices)
    reason = forms.ChoiceField(label=_("reason"), choices=[("", "—"), *EndReason.choices], required=False)


def title_of(line):
    """The name of a step, with its count where it is repeated."""
    if line.rule.every_months:
        return _("%(step)s, time %(number)d") % {"step": line.rule.name, "number": line.occasion}
    return line.rule.name
