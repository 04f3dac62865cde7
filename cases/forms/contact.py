"""What is asked before a contributor's contact is shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


class RevealContactForm(Form):
    """Why somebody needs the contact. Only its length goes on record: a reason may name people."""

    reason = forms.CharField(
        label=_("Why you need it"),
        max_length=200,
        help_text=_("One contact at a time. It is put on record before it is shown."),
        error_messages={"required": _("Write why you need the contact: without a reason it is not shown.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="id_contact_%s", **kwargs)
