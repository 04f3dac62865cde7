"""What a reviewer says of a case: a level for each question, how sure, and why in words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models.scoring import Confidence
from config.forms import Form, Helper

COMMENT_LENGTH = 4000


class ScoreForm(Form):
    """One question a field, its levels as choices; bound to the revision that was read."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("Your opinion in words"),
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What is good, what is to be changed, what is to be checked. Read by the editors."),
        error_messages={"required": _("Write a few words: marks alone tell nobody what to do better.")},
    )
    confidence = forms.TypedChoiceField(
        label=_("How sure are you"), coerce=int, choices=Confidence, widget=forms.RadioSelect, initial=Confidence.MEDIUM
    )

    def __init__(self, *args, questions, case, review=None, **kwargs):
        self.questions, self.case = questions, case
        initial = {"revision": case.current_revision_id}
        if review is not None:
            given = {mark.name: mark.level for mark in review.marks.all()}
            initial |= {f"level_{row.position}": given.get(row.name) for row in questions}
            initial |= {"comment": review.comment, "confidence": review.confidence}
        super().__init__(*args, initial=initial, **kwargs)
        for row in questions:
            self.fields[f"level_{row.position}"] = forms.ChoiceField(
                label=self._label(row),
                help_text=row.question,
                choices=[(level.label, self._choice(row, level)) for level in row.levels],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose a level for “%(name)s”.") % {"name": row.name}},
            )
        self.order_fields(["revision", *(f"level_{row.position}" for row in questions), "confidence", "comment"])
        self.helper = Helper(self)

    @staticmethod
    def _label(row):
        if row.is_gate:
            return _("%(name)s (gate: whoever does not pass it is out, whatever the sum)") % {"name": row.name}
        return _("%(name)s (weight %(weight)s %%)") % {"name": row.name, "weight": row.weight_percent}

    @staticmethod
    def _choice(row, level):
        points = "" if row.is_gate else f" {level.points}"
        return f"{level.label}{points}：{level.meaning}" if level.meaning else f"{level.label}{points}"

    @property
    def answers(self):
        """The labels chosen, by the position of the question."""
        return {row.position: self.cleaned_data[f"level_{row.position}"] for row in self.questions}

    def clean_revision(self):
        found = self.case.revisions.filter(pk=self.cleaned_data["revision"]).first()
        if found is None:
            raise forms.ValidationError(_("This page is too old. Copy your opinion, reload the page and paste it in."))
        return found

    def clean_comment(self):
        return self.cleaned_data["comment"].replace("\r\n", "\n")
