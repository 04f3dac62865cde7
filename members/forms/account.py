"""Signing in."""

from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator

from config.forms import FullSentences


class SignInForm(FullSentences, AuthenticationForm):
    """Django's, which tells the browser how long a user name may be but checks nothing itself.

    A longer one would not fit into the table of failed attempts: the guess would end in an error page, uncounted.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.validators.append(MaxLengthValidator(username.max_length))

    def clean(self):
        """Ask for the account only by a name that can be one."""
        return super().clean() if "username" in self.cleaned_data else self.cleaned_data
