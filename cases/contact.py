"""How to reach a contributor: sealed in the database, masked on pages (pure but for the key ring's path)."""

import re
import uuid

from django.conf import settings

from config import cipher


def seal(contact: str, case_uuid: uuid.UUID) -> bytes:
    """Encrypt a phone number or e-mail address for one case; nothing stays nothing."""
    return _ring().encrypt(contact, _place(case_uuid)) if contact else b""


def unseal(blob: bytes, case_uuid: uuid.UUID) -> str:
    """Open what `seal` closed.

    Raises: cipher.Undecipherable when the blob was sealed for another case or by a key that is gone.
    """
    return _ring().decrypt(blob, _place(case_uuid)) if blob else ""


def masked(contact: str) -> str:
    """Leave enough to recognise one's own: of a number three digits and two, of an address its first letter.

    Source: decision 4 of the project (first three and last two digits of a phone, everywhere).
    """
    name, at, domain = contact.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    digits = re.sub(r"\D", "", contact)
    return f"{digits[:3]}****{digits[-2:]}" if len(digits) >= 7 else f"{contact[:1]}***"


def _ring() -> cipher.KeyRing:
    return cipher.ring(str(settings.KEY_RING_PATH))


def _place(case_uuid: uuid.UUID) -> str:
    return f"cases_case|contact|{case_uuid}"
