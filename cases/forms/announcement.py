"""What is asked when decisions are taken slowly and announced together."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.review import NOTE_LENGTH
from cases.models import Call, PendingDecision
from cases.workflow import HOLDABLE, TOGETHER
from config.forms import Form


class PendingFilterForm(Form):
    """How the list is narrowed. What cannot be understood narrows nothing."""

    q = forms.CharField(
        label=_("Number, title or organisation"), max_length=100, required=False, widget=forms.SearchInput
    )
    kind = forms.ChoiceField(label=_("Decision"), required=False)
    call = forms.ModelChoiceField(Call.objects.none(), label=_("Call"), required=False, empty_label=_("All calls"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All decisions")), *((kind.value, kind.label) for kind in HOLDABLE)]
        self.fields["call"].queryset = Call.objects.visible_to(user).order_by("-pk")

    @property
    def chosen(self):
        """The filters that hold, by the names `queries_announcement.rows` takes."""
        self.is_valid()
        found = self.cleaned_data
        return {"words": found.get("q") or "", "kind": found.get("kind") or "", "call": found.get("call")}


class ChosenPendingForm(Form):
    """Which pending decisions are ticked; offers only those in the editor's scope."""

    pending = forms.ModelMultipleChoiceField(
        PendingDecision.objects.none(),
        error_messages={
            "required": _("Tick at least one decision first."),
            "invalid_choice": _("One of these decisions is no longer pending. Reload the page."),
            "invalid_pk_value": _("One of these decisions is no longer pending. Reload the page."),
        },
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pending"].queryset = PendingDecision.objects.visible_to(user).open()


class TogetherForm(Form):
    """One decision for all cases of a list, announced later."""

    kind = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Reason"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The submitting side will read it once it is announced. Needed to decline."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in TOGETHER]

    def clean_note(self):
        return self.cleaned_data["note"].replace("\r\n", "\n").strip()
