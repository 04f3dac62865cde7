"""Proving again who sits at the keyboard, before something that cannot be taken back."""

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.forms import Form
from members.forms.factor import code_field


class CodeProofForm(Form):
    """Asks for a code of the second factor, of who has one."""

    proof_code = code_field()


class PasswordProofForm(Form):
    """Asks for the password again. A wrong one counts as a failed sign-in, so guessing is slowed the same way."""

    proof_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, request: HttpRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_proof_password(self) -> str:
        """Raises: ValidationError for a wrong password."""
        password = self.cleaned_data["proof_password"]
        user = self.request.user
        if authenticate(self.request, username=user.username, password=password) != user:
            raise forms.ValidationError(_("This is not your password. Try again."), code="wrong_password")
        return password
