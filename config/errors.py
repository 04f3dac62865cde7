"""Refusals a user can act on: every one is a full sentence that says what to do.

An action or a tool raises one; the view shows `str(error)` and nothing else. The sentence may be lazy,
so it is translated for whoever reads it. Imports nothing, not even Django: the bounded child uses it too.
"""


class Refused(Exception):
    """What was asked is not done, nothing has changed, and `str(self)` tells the user why and what to do."""

    code = "refused"

    def __init__(self, message, *, code=None):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code

    def __str__(self):
        return str(self.message)


class WrongState(Refused):
    """The row's state does not allow this step (any more)."""

    code = "wrong_state"


class Conflict(Refused):
    """Somebody else saved first; the page shows both texts."""

    code = "conflict"


class FileRefused(Refused):
    """The upload gate does not let a file in."""

    code = "file_refused"


class Unreadable(Refused):
    """The file came through the gate, but no text can be read from it."""

    code = "unreadable"
