"""The token of a link for the final signature and its one-time code, derived from the site's secret key (pure).

So a letter can carry them although only their digests are stored: they are written in when it leaves. Whoever holds
the database alone can make neither.
"""

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

from config import sealed

DIGITS = 6


def token_of(approval: uuid.UUID) -> str:
    """Return the token of a link: 32 bytes nobody can guess."""
    return base64.urlsafe_b64encode(_derived("token", approval)).rstrip(b"=").decode()


def code_of(approval: uuid.UUID) -> str:
    """Return the six digits that are told separately."""
    return f"{int.from_bytes(_derived('code', approval)[:8]) % 10**DIGITS:0{DIGITS}d}"


def digest_of_code(approval: uuid.UUID, code: str) -> bytes:
    """Return what is stored of a code: keyed, since a million codes are tried in no time."""
    return sealed.key_ring().digest("approval_code", f"{approval}|{code}")


def _derived(what: str, approval: uuid.UUID) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"approval-{what}|{approval}".encode(), hashlib.sha256).digest()
