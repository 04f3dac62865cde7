"""Forms of task lists: narrowed, pasted as a table, and the word on every task at once."""

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.forms import Form, Helper, refuse_turning
from members.forms.register import DAY_INPUT
from members.models import Organisation
from services import pasted
from services.forms.campaign import SEVERAL, UNKNOWN
from services.models import Domain, Group, Kind
from services.queries import campaign as campaigns
from services.queries import task as queries


class TaskFilterForm(Form):
    unit = forms.ModelChoiceField(Organisation.objects.none(), label=_("leading or helping unit"), required=False)
    which = forms.ChoiceField(
        label=_("which ones"),
        choices=[("", _("all")), ("open", _("not done")), ("overdue", _("overdue")), ("done", _("done"))],
        required=False,
    )

    def __init__(self, *args, campaign, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = queries.units_of(campaign)


class PasteForm(Form):
    """A table of tasks. Every fault is said with its row; nothing is entered before all rows are right."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    table = forms.CharField(
        label=_("the table"),
        max_length=60_000,
        widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
        help_text=_(
            "Mark the rows in Excel or Word, copy, and paste them here: number, task, leading unit, helping units, "
            "deadline, deliverable. With a row of heads the columns may stand in any order."
        ),
        strip=False,
    )
    kind = forms.ModelChoiceField(Kind.objects.none(), label=_("category"), empty_label=None)
    received_on = forms.DateField(label=_("assigned on"), widget=DAY_INPUT)
    is_mine = forms.BooleanField(label=_("I follow these tasks up myself"), required=False, initial=True)

    def __init__(self, *args, user, campaign, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.campaign, self.rows, self.tasks = user, campaign, [], []
        self.fields["once"].initial = uuid4
        self.fields["kind"].queryset = Kind.objects.visible_to(user).in_use().of(Domain.MATTER, Group.TASK)
        today = timezone.localdate()
        self.fields["received_on"].initial = max(min(today, campaign.ends_on or today), campaign.starts_on)

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise ValidationError(_("It can't come in after today: check the year and the month."))
        if day.year < timezone.localdate().year - 30:
            raise ValidationError(_("This day lies more than thirty years back: check the year."))
        return day

    def clean_table(self):
        text = self.cleaned_data["table"]
        refuse_turning(text)
        if not text.strip():
            raise ValidationError(_("There is no row in it: copy the rows with their tasks and paste them."))
        return text

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("table") or not cleaned.get("received_on"):
            return cleaned
        self.rows = pasted.read(cleaned["table"], cleaned["received_on"].year)
        if not self.rows:
            self.add_error("table", _("There is no row in it: copy the rows with their tasks and paste them."))
        if len(self.rows) > pasted.MOST_ROWS:
            self.add_error("table", _("These are more than 300 rows: paste them in several goes."))
            return cleaned
        self._match(cleaned["received_on"])
        if any(row.faults for row in self.rows):
            self.add_error("table", _("Some rows can't be entered yet. Correct what stands beside them below."))
        return cleaned

    def _match(self, received_on):
        """Find the units of every row and say what does not fit the list."""
        named = [(campaigns.names_in(row.lead), campaigns.names_in(row.units)) for row in self.rows]
        found = campaigns.bodies_named(self.user, [name for pair in named for names in pair for name in names])
        own = queries.keys_of(self.cleaned_data.get("once"), len(self.rows))
        taken, seen = queries.numbers_of(self.campaign, own), set()  # sent twice, its own tasks are no obstacle
        for row, (leads, units) in zip(self.rows, named, strict=True):
            bodies = [body for name in (*leads, *units) if (body := self._one(row, name, found[name]))]
            lead = bodies[0] if leads and bodies else None
            helping = [body for body in dict.fromkeys(bodies) if body != lead]
            if row.number in taken:
                row.faults.append(_("This list has a task with that number already."))
            if row.number is not None and row.number in seen:
                row.faults.append(_("This number stands twice in the table."))
            seen.add(row.number)
            if row.due_on and row.due_on < received_on:
                row.faults.append(_("The deadline lies before the day it was assigned."))
            self.tasks.append((row, lead, helping))

    def _one(self, row, name, found):
        if len(found) == 1:
            return found[0]
        row.faults.append((SEVERAL if found else UNKNOWN) % {"names": name[:40]})
        return None


class NotesForm(Form):
    """One line for each open task; what is left empty notes nothing."""

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"note_{line.matter.pk}"] = forms.CharField(
                label=f"{line.matter.number}. {line.matter.title}" if line.matter.number else line.matter.title,
                max_length=500,
                required=False,
                widget=forms.Textarea({"rows": 2}),
                help_text=line.progress.note if line.progress else "",
            )
        self.helper = Helper(self)  # laid out anew: fields were added

    @property
    def notes(self):
        """What was written, by task."""
        written = {line.matter: self.cleaned_data[f"note_{line.matter.pk}"].strip() for line in self.lines}
        return {task: text for task, text in written.items() if text}
