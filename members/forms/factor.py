"""Six digits from a phone, or a recovery code."""

from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import Form


def code_field() -> forms.CharField:
    """Return the field for a code as it is typed: blanks and hyphens do not matter."""
    return forms.CharField(
        label=_("Code"),
        max_length=30,
        help_text=_("Six digits from the app on your phone, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class CodeForm(Form):
    """A code of the second factor, at sign-in."""

    code = code_field()


class FirstCodeForm(Form):
    """The first code of a new factor."""

    code = forms.CharField(
        label=_("The six digits the app shows now"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """Return the digits alone."""
        return "".join(self.cleaned_data["code"].split())
