"""The form that remembers a report as sent."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


class SendForm(Form):
    sent_to = forms.CharField(label=_("sent to"), max_length=120, required=False)
