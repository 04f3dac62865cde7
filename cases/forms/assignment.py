"""What giving cases out asks: the task, how many each, until when, to whom; and the reasons people give."""

import hashlib
import json

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import SubjectField
from cases.models.assignment import Task
from config.dates import add_workdays
from config.forms import Form
from members.forms.register import DAY_INPUT

DAYS = 10  # working days a reviewer has, unless somebody says otherwise
MOST_EACH = 7
REASON_LENGTH = 500


class TaskForm(Form):
    """For which task people are chosen; decides who stands in the list."""

    task = forms.ChoiceField(label=_("Task"), choices=Task, initial=Task.SCORE)

    @property
    def chosen(self):
        return self.cleaned_data["task"] if self.is_bound and self.is_valid() else Task.SCORE


class SpreadForm(Form):
    """How cases are to be spread. Bound by the address: nothing is entered by looking."""

    task = forms.ChoiceField(choices=Task, widget=forms.HiddenInput)
    each = forms.IntegerField(
        label=_("Reviewers for each case"),
        min_value=1,
        max_value=MOST_EACH,
        initial=3,
        help_text=_("Those a case has already count."),
    )
    due_on = forms.DateField(label=_("due on"), widget=DAY_INPUT)
    most = forms.IntegerField(
        label=_("At most on one person's table"),
        min_value=1,
        max_value=2000,
        required=False,
        help_text=_("With what lies there already."),
    )
    people = forms.MultipleChoiceField(
        label=_("Reviewers"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Choose reviewers.")}
    )

    def __init__(self, *args, people, task, until=None, **kwargs):
        """`until` is the last day on which opinions can be given, where one is known."""
        super().__init__(*args, **kwargs)
        self.candidates = people
        self.fields["task"].initial = task
        due_on = add_workdays(timezone.localdate(), DAYS)
        self.fields["due_on"].initial = min(due_on, until) if until else due_on
        if until:
            self.fields["due_on"].help_text = _("Scoring in this call ends on %(day)s.") % {"day": until.isoformat()}
        self.fields["people"].choices = [(str(one.pk), one.user.name) for one in people]
        if task != Task.SCORE:
            del self.fields["each"]

    @property
    def chosen(self):
        keys = set(self.cleaned_data["people"])
        return [one for one in self.candidates if str(one.pk) in keys]

    @property
    def ticked(self):
        """The keys whose boxes are ticked: those of reviewers outside the desk, else everybody's, till one chose."""
        if self.is_bound:
            return set(self.data.getlist("people"))
        outside = [one for one in self.candidates if one.is_outside]
        return {str(one.pk) for one in outside or self.candidates}

    def clean_due_on(self):
        return clean_due_day(self.cleaned_data["due_on"])


class GiveForm(Form):
    """One more reviewer for one case."""

    task = forms.ChoiceField(label=_("Task"), choices=Task, initial=Task.SCORE)
    person = forms.ChoiceField(label=_("Reviewer"), error_messages={"required": _("Choose a reviewer.")})
    due_on = forms.DateField(label=_("due on"), widget=DAY_INPUT)

    def __init__(self, *args, people, task, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = forms.HiddenInput()
        self.fields["task"].initial = task
        self.fields["due_on"].initial = add_workdays(timezone.localdate(), DAYS)
        self.fields["person"].choices = [("", _("Choose…")), *((str(one.pk), told(one)) for one in people)]

    def clean_due_on(self):
        return clean_due_day(self.cleaned_data["due_on"])


class ReasonForm(Form):
    """Why; read by whoever is concerned."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2}))


class DeclineForm(ReasonForm):
    """Why a reviewer gives a case back."""

    is_conflict = forms.BooleanField(
        label=_("I have a conflict of interest: keep this case away from me"), required=False
    )


class LiftForm(ReasonForm):
    """Whom to admit in spite of a conflict, and why."""

    person = forms.ChoiceField(label=_("Reviewer"), error_messages={"required": _("Choose a reviewer.")})
    field_order = ("person", "reason")

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, auto_id="lift_%s", **kwargs)  # other forms of the page ask for the same
        self.fields["person"].choices = [("", _("Choose…")), *((str(one.pk), told(one)) for one in people)]


class InterestForm(Form):
    """Which fields a reviewer likes to read."""

    fields_liked = forms.ModelMultipleChoiceField(
        SubjectField.objects.none(),
        label=_("Fields you like to read"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("When cases are given out and two people have as little to do, the field decides."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fields_liked"].queryset = SubjectField.objects.in_use()


class MineForm(Form):
    """How a reviewer narrows the own list."""

    q = forms.CharField(
        label=_("Number or words of the text"), max_length=100, required=False, widget=forms.SearchInput
    )
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("Waiting for me")), ("done", _("Review done")), ("all", _("All of them"))],
    )


def told(person):
    """A candidate in a list: name, body, load, fields of interest."""
    words = [person.user.name, person.user.organisation.brief, _("%(count)s on the table") % {"count": person.load}]
    return " · ".join([*map(str, words), *person.interests])


def clean_due_day(day):
    """Refuse a day that is over."""
    if day < timezone.localdate():
        raise forms.ValidationError(_("This day is over. Choose a day from today on."))
    return day


def fingerprint(pairs):
    """What a preview shows, in one word: entered is only what was seen."""
    return hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest()[:32]
