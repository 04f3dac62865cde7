"""Remembering an uploaded file between two presses of a button, so that nobody has to choose it twice."""

from django.core import signing
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused
from config.limits import hit
from config.uploads import storage

SALT = "cases.forms.upload"
LIFE_SECONDS = 12 * 60 * 60
PER_HOUR = 60  # files looked at and never sent fill the disk until the daily sweep


def ticket_for(data, filename, owner):
    """Keep the bytes under their digest and return a signed ticket for them, good for `owner` alone.

    A file whose form is never sent stays behind without a row until the daily sweep takes it away.
    Raises: FileRefused when the disk is full, or after too many files of one owner in an hour.
    """
    if not hit(f"upload|{owner}", limit=PER_HOUR, per_seconds=3600):
        raise FileRefused(
            _("Too many files were looked at within an hour. Send them, or go on later."), code="too_often"
        )
    return signing.dumps([storage.keep(data), filename], salt=f"{SALT}.{owner}")


def redeem(ticket, owner):
    """Return (bytes, file name) of a ticket, or None if it is not ours, too old, or its file is gone."""
    try:
        sha256, filename = signing.loads(ticket, salt=f"{SALT}.{owner}", max_age=LIFE_SECONDS)
        return storage.read(storage.ORIGINALS, sha256), filename
    except (signing.BadSignature, FileNotFoundError):
        return None
