"""Remembering an uploaded file, or a form looked at, between two presses of a button: nobody has to send it twice."""

import json

from django.core import signing
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from config.cipher import Undecipherable
from config.errors import FileRefused
from config.limits import hit
from config.sealed import key_ring
from config.uploads import storage

SALT = "cases.forms.upload"
PLACE = "cases.forms.upload|preview|{}"  # what a form's answers are sealed for: they may hold somebody's telephone
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


def keep_answers(data, owner):
    """Seal what was typed into a form and return a ticket for it, so that the page that shows it has an address.

    Raises: FileRefused as `ticket_for`.
    """
    kept = {name: values for name, values in data.lists() if name not in {"csrfmiddlewaretoken", "action"}}
    sealed = key_ring().encrypt(json.dumps(kept, ensure_ascii=False), PLACE.format(owner))
    return ticket_for(sealed, "", f"{owner}-preview")


def redeem_answers(ticket, owner):
    """Return the answers of a ticket as a form takes them, or None as `redeem`."""
    found = redeem(ticket, f"{owner}-preview")
    if found is None:
        return None
    try:
        kept = json.loads(key_ring().decrypt(found[0], PLACE.format(owner)))
    except Undecipherable:
        return None
    answers = QueryDict(mutable=True)
    for name, values in kept.items():
        answers.setlist(name, values)
    return answers
