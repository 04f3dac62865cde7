"""Narrowing the audit log."""

from django import forms
from django.apps import apps
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.models.audit import LABELS


class AuditFilterForm(Form):
    account = forms.CharField(label=_("Account"), required=False, max_length=60, help_text=_("User name or number"))
    event = forms.ChoiceField(label=_("Event"), required=False)
    object_type = forms.ChoiceField(label=_("Kind of row"), required=False)
    object_id = forms.IntegerField(label=_("Row"), required=False, min_value=1, max_value=2**62)
    first_on = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_on = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [("", _("All")), *LABELS.items()]
        kinds = [(model._meta.label_lower, model._meta.verbose_name) for model in _recorded()]
        self.fields["object_type"].choices = [("", _("All")), *sorted(kinds, key=lambda kind: str(kind[1]))]


def _recorded():
    """The kinds of rows our own apps hold, those that have a name for readers."""
    ours = {config.label for config in apps.get_app_configs() if (settings.BASE_DIR / config.label).is_dir()}
    named = [model for model in apps.get_models() if isinstance(model._meta.verbose_name, Promise)]
    return [model for model in named if model._meta.app_label in ours]
