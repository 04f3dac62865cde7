"""Keyed digests: HMAC-SM3, or HMAC-SHA-256 where the machine has no SM3; the version says which (decision 5).

A digest under a known key is the number itself (there are only 8.6e10 identity numbers), so the key is the secret:
one per run for tokens, a long-term one outside the database for confirmed people. Runs on Python 3.8 with or
without `cryptography`.
"""

from __future__ import annotations

import hashlib
import hmac

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.hmac import HMAC
except ImportError:  # the stand-alone token script on an office computer
    hashes = HMAC = None

SEPARATOR = "\x1f"
TOKEN_BYTES = 16  # joins 1.6 times faster than 32, and 2**64 rows away from a chance collision


def has_sm3() -> bool:
    """Tell whether this machine can compute SM3."""
    return HMAC is not None or "sm3" in hashlib.algorithms_available


class KeyedDigest:
    """HMAC over a kind and values, so that kinds never collide. `version` names algorithm and key."""

    def __init__(self, key: bytes, key_id: str = "run", algorithm: str = "") -> None:
        if len(key) < 16:
            raise ValueError("a key has at least 16 bytes")
        self.algorithm = algorithm or ("sm3" if has_sm3() else "sha256")
        self.version = f"{self.algorithm}-{key_id}"
        if HMAC is not None:
            keyed = HMAC(key, hashes.SM3() if self.algorithm == "sm3" else hashes.SHA256())  # keyed once, copied after
        else:
            keyed = hmac.new(key, digestmod=self.algorithm)
        self._copy = keyed.copy

    def digest(self, *parts: str) -> bytes:
        """Digest kind and values, 32 bytes."""
        keyed = self._copy()
        keyed.update(SEPARATOR.join(parts).encode("utf-8", "surrogatepass"))
        return keyed.finalize() if HMAC is not None else keyed.digest()

    def token(self, *parts: str) -> bytes:
        """Digest kind and values, cut to the 16 bytes that a run joins on. Written out: a run makes millions."""
        keyed = self._copy()
        keyed.update(SEPARATOR.join(parts).encode("utf-8", "surrogatepass"))
        return (keyed.finalize() if HMAC is not None else keyed.digest())[:TOKEN_BYTES]
