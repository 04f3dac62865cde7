"""The list of a public notice, one case a line; an objection; how it is handled."""

import re
import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import queries_notice
from cases.models import Case, Objection
from cases.queries import NUMBER
from config.forms import Form

MOST_CASES = 1000
LINE = re.compile(r"^(案?\s*[-－—]?\s*\d{4}\s*[-－—]\s*\d{1,6})(?:[\s,，:：]+(\S{1,20}))?$")


class ShortlistForm(Form):
    """Numbers of cases in the order of the list, each with its honour if it has one."""

    lines = forms.CharField(
        label=_("Cases on the list"),
        max_length=40000,
        required=False,
        widget=forms.Textarea({"rows": 14}),
        help_text=_("One case a line in the order of the list: its number, then the honour if there is one."),
    )

    def __init__(self, *args, call, **kwargs):
        rows = queries_notice.standing(call)
        lines = "\n".join(f"{row.case.number} {row.honour}".strip() for row in rows)
        super().__init__(*args, initial={"lines": lines}, **kwargs)
        self.call = call

    def clean_lines(self):
        """Return pairs of case and honour. Raises: ValidationError naming the lines it cannot read."""
        lines = [line.strip() for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        read = [(line, LINE.match(line)) for line in lines[: MOST_CASES + 1]]
        if len(lines) > MOST_CASES:
            raise forms.ValidationError(_("These are more than 1,000 cases."))
        numbers = {line: NUMBER.match(found[1]) for line, found in read if found}
        cases = {(case.year, case.sequence): case for case in Case.objects.filter(call=self.call)}
        pairs, wrong = [], []
        for line, found in read:
            number = numbers.get(line)
            case = cases.get((int(number[1]), int(number[2]))) if number else None
            if case is None:
                wrong.append(line[:30])
            else:
                pairs.append((case, found[2] or ""))
        if wrong:
            raise forms.ValidationError(
                _("No case of this call has the number: %(lines)s. Write it as on the case's page.")
                % {"lines": "；".join(wrong[:6])}
            )
        if len({case.pk for case, _honour in pairs}) != len(pairs):
            raise forms.ValidationError(_("A case stands here twice."))
        return pairs


class ObjectionForm(Form):
    """What anybody objects to. `website` is for robots: people do not see it."""

    case = forms.ModelChoiceField(
        Case.objects.none(), label=_("About which case"), required=False, empty_label=_("the list as a whole")
    )
    body = forms.CharField(
        label=_("What you object to, and what shows it"),
        max_length=3000,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("Say what is wrong and how it can be checked: where, when, who was there."),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=60, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    contact = forms.CharField(
        label=_("Telephone or e-mail"),
        max_length=120,
        required=False,
        help_text=_("Stored encrypted, seen only by who looks into it. Without it we can't ask you back."),
    )
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    once_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, call, **kwargs):
        super().__init__(*args, **kwargs)
        listed = call.shortlist.filter(removed_at=None).values("case")
        self.fields["case"].queryset = Case.objects.filter(pk__in=listed).order_by("title", "pk")
        self.fields["case"].label_from_instance = lambda case: case.title
        del self.fields["body"].widget.attrs["maxlength"]

    @property
    def is_robot(self):
        """Whether the field nobody sees was filled in."""
        return bool(self.cleaned_data.get("website"))

    def for_object(self):
        """Return what `actions.notice.object_` takes."""
        return {name: self.cleaned_data[name] for name in ("case", "body", "name", "contact", "once_token")}


class NoteForm(Form):
    text = forms.CharField(
        label=pgettext_lazy("objection", "What was done"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )


class SettleForm(Form):
    outcome = forms.ChoiceField(
        label=_("outcome"),
        choices=[(value, label) for value, label in Objection.Outcome.choices if value != Objection.Outcome.OPEN],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(
        label=_("finding"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Whoever objected can read it; name no third persons."),
    )
