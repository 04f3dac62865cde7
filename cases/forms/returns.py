"""The unit's answers to a checklist, and what the desk writes on it."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import RequestItem
from cases.models.returns import LONGEST_DAYS, TEXT_LENGTH
from config.forms import Form, guard_texts


class AnswersForm(Form):
    """One choice and one line for each item. Whatever was written is kept: what is missing is said on sending."""

    def __init__(self, *args, items, **kwargs):
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"answer-{item.pk}"] = forms.ChoiceField(
                label=_("Item %(number)s") % {"number": item.position},
                choices=RequestItem.Answer.choices,
                required=False,
                initial=item.answer,
                widget=forms.RadioSelect,
            )
            self.fields[f"said-{item.pk}"] = forms.CharField(
                label=_("What was changed, or why not"),
                max_length=TEXT_LENGTH,
                required=False,
                initial=item.answer_note,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        guard_texts(self.fields)

    @property
    def rows(self):
        """Each item with its two fields."""
        return [(item, self[f"answer-{item.pk}"], self[f"said-{item.pk}"]) for item in self.items]

    def answers(self):
        """Return what `actions.returns.answer` takes. What was not sent at all stays as it was."""
        sent = self.cleaned_data
        return {
            item.pk: (
                sent[f"answer-{item.pk}"] or item.answer,
                sent[f"said-{item.pk}"] if f"said-{item.pk}" in self.data else item.answer_note,
            )
            for item in self.items
        }


class CollectForm(Form):
    """An item for the next request."""

    text = forms.CharField(
        label=_("What to do"),
        max_length=TEXT_LENGTH,
        error_messages={"required": _("Write what is to be changed.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class JudgeForm(Form):
    """A verdict on an answer."""

    verdict = forms.ChoiceField(choices=RequestItem.Verdict.choices)


class TimeForm(Form):
    """The unit's wish for more time."""

    days = forms.IntegerField(label=_("How many more working days"), min_value=1, max_value=LONGEST_DAYS, initial=5)
    note = forms.CharField(
        label=pgettext_lazy("more time", "Why"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The editors read it. More time can be asked for once."),
        error_messages={"required": _("Write why you need more time.")},
    )


class SettleTimeForm(Form):
    """Whether more time is given."""

    grant = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes")
