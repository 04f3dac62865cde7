"""Encryption of single fields and keyed digests (pure: knows keys and bytes, no models).

A blob is `version (1) · algorithm (1) · key id (4, big endian) · nonce (12) · ciphertext and tag`. The associated
data names table, column and row, so a blob moved to another row does not open. Source: GB/T 39786 asks for an
exchangeable algorithm, hence the algorithm byte; AES-256-GCM now, SM4-GCM would be a rotation (decision 5).
"""

import json
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
AES_256_GCM = 1
HEADER_BYTES = 6
NONCE_BYTES = 12


class Undecipherable(ValueError):
    """The blob belongs to another row, another key, or was changed."""


class KeyRing:
    """Keys by id; `current` encrypts, all decrypt. Lives in a 0600 file outside the database and its backups."""

    def __init__(self, keys: dict[int, bytes], current: int) -> None:
        self.keys = keys
        self.current = current

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """Read the ring, or make one with a first key. Written once, mode 0600."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            ring = {"current": 1, "keys": {"1": secrets.token_hex(32)}}
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return cls.load(path)
            with os.fdopen(descriptor, "w") as handle:
                json.dump(ring, handle)
        ring = json.loads(path.read_text())
        return cls({int(number): bytes.fromhex(key) for number, key in ring["keys"].items()}, ring["current"])

    def encrypt(self, text: str, bound_to: str) -> bytes:
        """Seal `text` for one place, e.g. `cases_case|contact|<uuid>`."""
        head = bytes([VERSION, AES_256_GCM]) + self.current.to_bytes(4, "big")
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), head + bound_to.encode())

    def decrypt(self, blob: bytes, bound_to: str) -> str:
        """Open a blob. Raises: Undecipherable."""
        blob = bytes(blob)
        head, nonce, sealed = blob[:HEADER_BYTES], blob[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], blob[18:]
        key = self.keys.get(int.from_bytes(head[2:], "big"))
        if key is None or head[:2] != bytes([VERSION, AES_256_GCM]):
            raise Undecipherable("unknown key or algorithm")
        try:
            return AESGCM(key).decrypt(nonce, sealed, head + bound_to.encode()).decode()
        except InvalidTag as error:
            raise Undecipherable("sealed for another row, or changed") from error


@cache
def ring(path: str) -> KeyRing:
    """Load a ring once per process."""
    return KeyRing.load(Path(path))
