"""What is asked for a collection of cases."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from config.forms import Form

MOST = 200  # cases of a collection: a book


class CasesField(forms.ModelMultipleChoiceField):
    """Cases by number, title and unit."""

    def label_from_instance(self, case):
        return f"{case.number} {case.title} · {case.organisation.brief}"


class CollectionForm(Form):
    """The title of a collection, and the cases in it."""

    title = forms.CharField(label=_("Title of the collection"), max_length=60)
    cases = CasesField(
        Case.objects.none(),
        label=_("Cases"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the cases that belong into the collection.")},
    )

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cases"].queryset = rows

    def clean_cases(self):
        chosen = self.cleaned_data["cases"]
        if len(chosen) > MOST:
            raise forms.ValidationError(_("A collection holds at most %s cases. Make two of it.") % MOST)
        return chosen
