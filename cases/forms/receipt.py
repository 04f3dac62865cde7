"""Which lines of a receipt to undo or redo, on which text."""

from django import forms

from cases.models import Intake, Revision
from config.forms import Form
from config.numbers import whole_number


class SwitchForm(Form):
    """What the buttons of a receipt send. A kind alone means every line of that kind."""

    action = forms.ChoiceField(choices=[("undo", "undo"), ("redo", "redo")])
    intake = forms.ModelChoiceField(Intake.objects.none())
    base = forms.ModelChoiceField(Revision.objects.none())
    kind = forms.CharField(required=False, max_length=40)
    whole_kind = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1)

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["intake"].queryset = case.intakes.all()
        self.fields["base"].queryset = case.revisions.all()

    def clean(self):
        cleaned = super().clean()
        intake = cleaned.get("intake")
        if intake is None:
            return cleaned
        rows = intake.fixes.order_by("position")
        if cleaned.get("whole_kind"):
            rows = rows.filter(kind=cleaned.get("kind"))
        else:
            wanted = [number for line in self.data.getlist("lines") if (number := whole_number(line)) is not None]
            rows = rows.filter(position__in=wanted)
        cleaned["lines"] = list(rows.values_list("position", flat=True))
        return cleaned
