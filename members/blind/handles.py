"""Row handles: a row's number that only its owner can read, and that nobody can invent (pure).

SIV over HMAC-SHA-256, since the standard library has no cipher: the first 16 bytes authenticate the number, the
last 8 are the number under a key stream drawn from them. The same row has the same handle in the same run only.
"""

from __future__ import annotations

import hashlib
import hmac

TAG_BYTES, NUMBER_BYTES = 16, 8
HANDLE_BYTES = TAG_BYTES + NUMBER_BYTES


def seal(key: bytes, run: str, number: int) -> bytes:
    """Return the handle of a row."""
    plain = number.to_bytes(NUMBER_BYTES, "big")
    tag = _mac(key, b"tag", run, plain)[:TAG_BYTES]
    return tag + _xor(plain, _mac(key, b"stream", run, tag))


def unseal(key: bytes, run: str, handle: bytes) -> int:
    """Return the row's number; 0 for a handle that this owner did not make for this run."""
    if len(handle) != HANDLE_BYTES:
        return 0
    tag, body = handle[:TAG_BYTES], handle[TAG_BYTES:]
    plain = _xor(body, _mac(key, b"stream", run, tag))
    is_ours = hmac.compare_digest(tag, _mac(key, b"tag", run, plain)[:TAG_BYTES])
    return int.from_bytes(plain, "big") if is_ours else 0


def _mac(key: bytes, purpose: bytes, run: str, value: bytes) -> bytes:
    return hmac.new(key, b"\x1f".join((purpose, run.encode("ascii"), value)), hashlib.sha256).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right))  # noqa: B905 (Python 3.8; the shorter counts)
