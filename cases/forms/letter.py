"""What an editor does with letters of the outbox."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Letter
from cases.models.letter import LetterKind
from config.forms import Form


class LetterFilterForm(Form):
    """How the list is narrowed. What cannot be understood narrows nothing."""

    q = forms.CharField(label=_("Subject or recipient"), max_length=100, required=False, widget=forms.SearchInput)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *LetterKind.choices])

    @property
    def chosen(self):
        """The filters that hold, by the names `queries_letter.rows` takes."""
        self.is_valid()
        return {"words": self.cleaned_data.get("q") or "", "kind": self.cleaned_data.get("kind") or ""}


class LetterForm(Form):
    """A draft's words and where it goes. The address on record is not shown: an empty field leaves it as it is."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 16}))
    address = forms.EmailField(
        label=_("Another e-mail address"),
        required=False,
        max_length=200,
        help_text=_("Only where it is to go somewhere else than before."),
    )

    def __init__(self, *args, letter, **kwargs):
        kwargs.setdefault("initial", {"subject": letter.subject, "body": letter.body})
        super().__init__(*args, **kwargs)
        if not letter.has_address:
            self.fields["address"].label = _("E-mail address")
            self.fields["address"].help_text = _("Without one it cannot be sent by mail.")

    def clean_subject(self):
        return " ".join(self.cleaned_data["subject"].split())

    def clean_body(self):
        return self.cleaned_data["body"].replace("\r\n", "\n").strip()

    def clean_address(self):
        return self.cleaned_data["address"] or None


class ChosenLettersForm(Form):
    """Which letters are ticked; offers only those in the editor's scope."""

    letters = forms.ModelMultipleChoiceField(
        Letter.objects.none(),
        error_messages={
            "required": _("Tick at least one letter first."),
            "invalid_choice": _("One of these letters is not yours to decide on. Reload the page."),
            "invalid_pk_value": _("One of these letters is not yours to decide on. Reload the page."),
        },
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["letters"].queryset = Letter.objects.visible_to(user)
