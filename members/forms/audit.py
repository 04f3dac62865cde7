"""Narrowing the audit log."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.models.audit import LABELS


class AuditFilterForm(Form):
    account = forms.CharField(label=_("Account"), required=False, max_length=60, help_text=_("User name or number"))
    event = forms.ChoiceField(label=_("Event"), required=False)
    object_type = forms.CharField(
        label=_("Kind of row"), required=False, max_length=60, help_text=_("Such as cases.case")
    )
    object_id = forms.IntegerField(label=_("Row"), required=False, min_value=1, max_value=2**62)
    first_on = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [("", _("All")), *LABELS.items()]
