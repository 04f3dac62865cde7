"""What the desk asks for: a decision, a changed text, a narrower list."""

import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import queries, queries_recommend, queries_returns, workflow
from cases.models import Call, Case, Decision, Quota, SubjectField, Track
from cases.models.case import characters_of
from cases.models.returns import ITEMS, LONGEST_DAYS, TEXT_LENGTH, WORKING_DAYS
from config.dates import add_workdays
from config.forms import Form
from config.numbers import whole_number
from members.models import Region

Kind = Decision.Kind
NOTE_LENGTH = 2000
BODY_LENGTH = 200_000
NUMBERING = re.compile(r"^[（(]?\d{1,2}[)）.．、](?!\d)\s*")

NOTE_LABELS = {
    Kind.RETURN: _("Words to the unit"),
    Kind.PASS_FIRST: _("Opinion of the first review"),
    Kind.PASS_SECOND: _("Opinion of the second review"),
    Kind.PASS_FINAL: _("Opinion of the final review"),
}


class DecisionForm(Form):
    """One decision a person may make: its note, the revision that was read, the other case of a merge."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)
    seen_state = forms.ChoiceField(choices=Case.State.choices, widget=forms.HiddenInput)
    duplicate_of = forms.CharField(
        label=_("Number of the case it duplicates"),
        help_text=_("Such as 2026-0012."),
        max_length=20,
        error_messages={"required": _("Write the number of the case this one duplicates.")},
    )
    checklist = forms.CharField(
        label=_("What is to be changed, one item a line"),
        help_text=_("The unit answers each item. It cannot resubmit before."),
        max_length=ITEMS * TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    due_days = forms.IntegerField(
        label=_("Working days given"),
        help_text=_("Ten, if you write nothing."),
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=WORKING_DAYS,
        required=False,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write a reason: without one nobody knows what to do next.")},
    )

    def __init__(self, *args, kind, case, user, **kwargs):
        self.decision, self.case, self.user = Kind(kind), case, user
        kwargs.setdefault("auto_id", f"id_{kind}_%s")
        seen = {"kind": self.decision.value, "revision": case.current_revision_id, "seen_state": case.state}
        kwargs.setdefault("initial", seen | {"due_days": WORKING_DAYS})
        super().__init__(*args, **kwargs)
        if self.decision != Kind.MERGE:
            del self.fields["duplicate_of"]
        if self.decision != Kind.RETURN:
            del self.fields["checklist"], self.fields["due_days"]
        note = self.fields["note"]
        note.required = self.needs_note and self.decision != Kind.RETURN
        note.label = NOTE_LABELS.get(self.decision, _("Reason") if self.needs_note else _("Note"))
        if self.needs_note:
            note.help_text = self._who_reads()

    def _who_reads(self):
        if self.decision in workflow.INTERNAL:
            return _("Read by the desk only.")
        if workflow.TRANSITIONS[self.decision].by_author:
            return _("Read by the editors.")
        return _("The submitting side will read it.")

    @property
    def needs_note(self):
        return workflow.TRANSITIONS[self.decision].needs_note

    @property
    def takes_note(self):
        """Signatures may carry an opinion; moves such as submitting need no words."""
        return self.needs_note or workflow.TRANSITIONS[self.decision].stage is not None

    @property
    def may_wait(self):
        """Results may be announced later, together with others."""
        return self.decision in workflow.HOLDABLE

    def clean_note(self):
        return self.cleaned_data["note"].replace("\r\n", "\n")

    def clean_checklist(self):
        return _lines(self.cleaned_data["checklist"])

    def clean(self):
        cleaned = super().clean()
        if self.decision == Kind.RETURN:
            self._clean_request(cleaned)
        return cleaned

    def _clean_request(self, cleaned):
        """Turn list, words and days into what a return takes: without a list each line of the words is an item."""
        collected = [item.text for item in queries_returns.collected(self.case)]
        items, note = cleaned.pop("checklist", []), cleaned.get("note", "").strip()
        if not items and not collected:
            items = _lines(note)
            note = ""
        if not items and not collected and "note" not in self.errors and "checklist" not in self.errors:
            self.add_error("checklist", _("Write what is to be changed, or collect items on the case's page first."))
        if len(items) + len(collected) > ITEMS:
            self.add_error(
                "checklist", _("A list holds at most %(limit)d items. Nobody reads more.") % {"limit": ITEMS}
            )
        if any(len(item) > TEXT_LENGTH for item in items):
            sentence = _("One line has more than %(limit)d characters. Write one item a line.")
            self.add_error("checklist", sentence % {"limit": TEXT_LENGTH})
        cleaned["items"], cleaned["note"] = items, note or queries_returns.written([*collected, *items])
        days = cleaned.pop("due_days", None)
        cleaned["due_on"] = add_workdays(timezone.localdate(), days) if days else None

    def clean_revision(self):
        revision = self.case.revisions.filter(pk=self.cleaned_data["revision"]).first()
        if revision is None:
            raise forms.ValidationError(_("This page is too old. Reload it, then decide."))
        return revision

    def clean_duplicate_of(self):
        other = queries.find_by_number(self.user, self.cleaned_data["duplicate_of"])
        if other is None:
            raise forms.ValidationError(_("No case in your scope has this number. Write it like 2026-0012."))
        if other.pk == self.case.pk:
            raise forms.ValidationError(_("This is the number of the case itself. Write the other one's."))
        return other


def _lines(text):
    """Take a list apart, numbers that somebody typed before its items left out."""
    found = [NUMBERING.sub("", line.strip()).strip() for line in text.split("\n")]
    return [line for line in found if line]


class RevisionForm(Form):
    """The text as somebody wants it, and the revision they started from."""

    empty_sentence = _("The text is empty. To give the case up, decline or withdraw it instead.")

    base = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "class": "edit-text", "data-count": "count"}),
        help_text=_("One paragraph a line. The title is not repeated here."),
    )
    note = forms.CharField(
        label=_("What you changed"), max_length=200, required=False, help_text=_("Shown in the list of revisions.")
    )

    def __init__(self, *args, case, **kwargs):
        self.case = case
        super().__init__(*args, **kwargs)

    @property
    def characters(self):
        return characters_of(self["body"].value() or "")

    def clean_body(self):
        body = self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        if not body.strip():
            raise forms.ValidationError(self.empty_sentence)
        return body

    def clean_base(self):
        base = self.case.revisions.filter(pk=self.cleaned_data["base"]).first()
        if base is None:
            raise forms.ValidationError(_("This page is too old. Copy your text, reload the page and paste it in."))
        return base


RECOMMENDED, UNRECOMMENDED = "yes", "no"


class QueueFilterForm(Form):
    """How a list is narrowed. What cannot be understood narrows nothing."""

    q = forms.CharField(
        label=_("Number, title or organisation"), max_length=100, required=False, widget=forms.SearchInput
    )
    city = forms.ModelChoiceField(
        Region.objects.none(), label=_("City"), required=False, to_field_name="code", empty_label=_("All cities")
    )
    field = forms.ModelChoiceField(
        SubjectField.objects.none(),
        label=_("Field"),
        required=False,
        to_field_name="code",
        empty_label=_("All fields"),
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False, empty_value=None)
    call = forms.ModelChoiceField(
        Call.objects.none(), label=_("call for cases"), required=False, empty_label=_("All calls and none")
    )
    track = forms.ModelChoiceField(Track.objects.none(), label=_("track"), required=False, empty_label=_("All tracks"))

    word = forms.ChoiceField(label=pgettext_lazy("list", "Recommendation"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.quotas = {}
        self.fields["call"].queryset = Call.objects.public().order_by("-closes_at", "-pk")
        if (call := whole_number(self.data.get("call") or "")) is not None:
            self.fields["track"].queryset = Track.objects.filter(call=call).in_order()
            self.quotas = {str(row.pk): row for row in Quota.objects.filter(call=call).select_related("body")}
        self.fields["word"].choices = [
            ("", _("Recommended or not")),
            (RECOMMENDED, _("Recommended")),
            (UNRECOMMENDED, pgettext_lazy("list", "Not recommended")),
            *((key, _("Recommended by %(body)s") % {"body": row.body.brief}) for key, row in self.quotas.items()),
        ]
        self.fields["city"].queryset = Region.objects.cities()
        self.fields["field"].queryset = SubjectField.objects.in_use()
        self.fields["year"].choices = [("", _("All years")), *((year, str(year)) for year in queries.years())]

    @property
    def has_tracks(self):
        """Whether a call was chosen, whose tracks can be chosen in turn."""
        return bool(self.fields["track"].queryset.query.where) and self.fields["track"].queryset.exists()

    def narrow(self, cases):
        """Keep the cases the filters name."""
        self.is_valid()
        chosen = self.cleaned_data
        cases = queries.search(cases, chosen.get("q") or "")
        if chosen.get("city"):
            cases = queries.in_city(cases, chosen["city"])
        if chosen.get("field"):
            cases = cases.filter(field=chosen["field"])
        if chosen.get("year"):
            cases = cases.filter(year=chosen["year"])
        if chosen.get("call"):
            cases = cases.filter(call=chosen["call"])
        if chosen.get("track"):
            cases = cases.filter(track=chosen["track"])
        return self._by_word(cases, chosen.get("word"))

    def _by_word(self, cases, word):
        if word == UNRECOMMENDED:
            return queries_recommend.unrecommended(cases)
        return queries_recommend.recommended(cases, self.quotas.get(word)) if word else cases

    @property
    def chosen_words(self):
        """What the list is narrowed by, in words."""
        words = dict(self.fields["word"].choices)
        return [str(words.get(value, value)) for value in self.cleaned_data.values() if value]

    @property
    def is_narrowing(self):
        return any(self.cleaned_data.values())
