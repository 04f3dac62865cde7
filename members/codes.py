"""Codes of check-ins: on a poster, on a screen, on a form, on a receipt (pure but for the site's secret key).

A poster's code lives until it is replaced. A screen's code is made from it and the current five minutes. A form's
ticket lets whoever opened the page in time finish it, makes a second press the same press, and tells how long the
form was looked at. A receipt's code is made from the ticket, so that reloading shows the same one; the database
keeps its digest alone.
"""

import hashlib
import secrets
import time

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o or u to misread
READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})
POSTER_LENGTH = 10  # 50 bits: hangs on a wall, so nobody needs to guess it
RECEIPT_LENGTH = 20  # 100 bits
SCREEN_SECONDS = 300
SEPARATOR = "-"
TICKET_SECONDS = 2 * 3600
SALT = "members.codes.ticket"


def new_poster() -> str:
    """Return a code for a poster."""
    return "".join(secrets.choice(ALPHABET) for _n in range(POSTER_LENGTH))


def new_screen_key() -> str:
    """Return the key of a screen's page."""
    return secrets.token_urlsafe(24)


def for_screen(token: str, now: float | None = None) -> str:
    """Return the code a screen shows at this moment."""
    window = int((now or time.time()) // SCREEN_SECONDS)
    return SEPARATOR.join((token, _spelt(salted_hmac("members.codes.screen", f"{token}|{window}"), 8)))


def seconds_left(now: float | None = None) -> int:
    """Return for how long the screen's code stays the same."""
    return SCREEN_SECONDS - int((now or time.time()) % SCREEN_SECONDS)


def read_scanned(text: str, now: float | None = None) -> tuple[str, bool, bool]:
    """Return the poster's code in what was scanned, whether it came from a screen, and whether it still counts.

    A screen's code counts for its own five minutes and the five after them.
    """
    now = now or time.time()
    token, separator, _mark = text.lower().partition(SEPARATOR)
    if not separator:
        return token, False, True
    wanted = [for_screen(token, now - age) for age in (0, SCREEN_SECONDS)]
    return token, True, any(constant_time_compare(text.lower(), code) for code in wanted)


def new_ticket(point: int) -> str:
    """Return a ticket for one form at one window."""
    return signing.dumps([point, secrets.token_hex(16), int(time.time())], salt=SALT)


def read_ticket(text: str) -> tuple[int, str, int] | None:
    """Return window, nonce and age in seconds of a ticket; None for one that is forged or too old."""
    try:
        point, nonce, made_at = signing.loads(text, salt=SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return point, nonce, int(time.time()) - made_at


def receipt_for(nonce: str) -> str:
    """Return the receipt's code that belongs to a ticket."""
    return _spelt(salted_hmac("members.codes.receipt", nonce, algorithm="sha256"), RECEIPT_LENGTH)


def grouped(receipt: str) -> str:
    """Return a receipt's code as people read it: groups of four."""
    return SEPARATOR.join(receipt[at : at + 4] for at in range(0, len(receipt), 4)).upper()


def read_receipt(text: str) -> str:
    """Return what was typed as a receipt's code, `""` when it cannot be one."""
    found = "".join(letter for letter in text.lower().translate(READ_AS) if letter in ALPHABET)
    return found if len(found) == RECEIPT_LENGTH else ""


def digest(text: str) -> str:
    """Return the digest under which a ticket or receipt is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def _spelt(mac: object, length: int) -> str:
    number = int.from_bytes(mac.digest(), "big")
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(length))
