"""A question about one figure, and its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Message
from cases.models.question import TEXT_LENGTH, FigureAnswer
from config.forms import Form


class AskForm(Form):
    """What is asked; `context` says about which figure."""

    context = forms.CharField(widget=forms.HiddenInput, max_length=200)
    text = forms.CharField(
        label=_("What you want to know"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("It goes into a letter to the unit, which waits in the outbox until you send it."),
        error_messages={"required": _("Write what you want to know about the figure.")},
    )


class AnswerForm(Form):
    """What the unit says of the figure."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (FigureAnswer.CONFIRMED, _("Confirmed: the figure is right as it stands")),
            (FigureAnswer.CORRECTED, _("Corrected: the right figure is given below")),
            (FigureAnswer.EXPLAINED, _("Explained: the words below say what it means")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the three.")},
    )
    number = forms.CharField(label=_("Right figure"), max_length=60, required=False, help_text=_("With its unit."))
    note = forms.CharField(
        label=_("Explanation"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where the figure comes from, from when to when it counts, what it includes."),
    )

    def clean(self):
        cleaned = super().clean()
        answer = cleaned.get("answer")
        if answer == FigureAnswer.CORRECTED and not cleaned.get("number", "").strip() and "number" not in self.errors:
            self.add_error("number", _("Write the right figure with its unit."))
        if answer == FigureAnswer.EXPLAINED and not cleaned.get("note", "").strip() and "note" not in self.errors:
            self.add_error("note", _("Write the explanation."))
        return cleaned


class DeskAnswerForm(AnswerForm):
    """What an editor records of the unit's answer; `letters` are those it may have come with."""

    message = forms.ModelChoiceField(
        Message.objects.none(),
        label=_("Taken from the letter"),
        required=False,
        empty_label=_("None: told by telephone or in person"),
    )

    def __init__(self, *args, letters, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["message"].queryset = letters
