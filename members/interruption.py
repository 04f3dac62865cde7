"""What somebody had written when their session ended: kept in the sign-in page itself, sent again afterwards.

Nothing is stored: the page carries it, signed, so that nobody can be made to send what they never wrote.
"""

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest

SALT = "members.interruption"
HOURS = 12
LONG = 100  # characters from which a value of plain ASCII counts as written by a person, not by the form
MOST_CHARACTERS = 600_000
NOT_KEPT = {"members", "admin"}  # numbers and passwords are typed there


@dataclass(frozen=True)
class Interruption:
    """A form that was sent without a session: where to, its values, and whether files were chosen."""

    path: str
    pairs: list[list[str]]
    has_files: bool

    @property
    def texts(self) -> list[str]:
        """What a person wrote, longest first; of short values the longest alone."""
        written = sorted((value for _name, value in self.pairs if _is_written(value)), key=len, reverse=True)
        return written[:1] + [value for value in written[1:] if len(value) > LONG]


def keep(request: HttpRequest) -> str:
    """Return the posted form as a token for the sign-in page; `""` when nobody's words are in it."""
    pairs = [[name, value] for name, values in request.POST.lists() for value in values]
    pairs = [pair for pair in pairs if pair[0] != "csrfmiddlewaretoken"]
    is_kept = not NOT_KEPT.intersection(request.resolver_match.namespaces)
    is_written = any(_is_written(value) for _name, value in pairs)
    if not is_kept or not is_written or sum(len(value) for _name, value in pairs) > MOST_CHARACTERS:
        return ""
    return signing.dumps([request.get_full_path(), pairs, bool(request.FILES)], salt=SALT, compress=True)


def restore(token: str) -> Interruption | None:
    """Return what a token keeps; None when it is none of ours or too old."""
    try:
        return Interruption(*signing.loads(token, salt=SALT, max_age=HOURS * 3600))
    except signing.BadSignature:
        return None


def _is_written(value: str) -> bool:
    return not value.isascii() or len(value) > LONG
