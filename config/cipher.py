"""Encryption of single fields and keyed digests (pure: knows keys and bytes, no models).

A blob is `version (1) · algorithm (1) · key id (4, big endian) · nonce (12) · ciphertext and tag`. The associated
data names table, column and row, so a blob moved to another row does not open. Source: GB/T 39786 asks for an
exchangeable algorithm, hence the algorithm byte; AES-256-GCM now, SM4-GCM would be a rotation (decision 5).

A digest is `version (1) · algorithm (1) · key id (4) · HMAC-SM3 (32)`. It finds an equal value without opening any
blob, and is useless without its key. The two kinds of key are independent: either can be thrown away alone.

Both kinds lie in one 0600 file outside the database and its backups. A rotation adds a key and makes it current;
the old one stays, to open and to find what it sealed, until nothing uses it (`manage.py rotate_keys`).
"""

import contextlib
import fcntl
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
AES_256_GCM = 1
HMAC_SM3 = 1
HEADER_BYTES = 6
NONCE_BYTES = 12


class Undecipherable(ValueError):
    """The blob belongs to another row, another key, or was changed."""


class KeyRing:
    """Keys by id; `current` seals and digests, all open and find."""

    def __init__(self, keys, current, digest_keys, current_digest):
        self.keys = keys
        self.current = current
        self.digest_keys = digest_keys
        self.current_digest = current_digest
        self._macs = {number: hmac.HMAC(key, hashes.SM3()) for number, key in digest_keys.items()}

    @classmethod
    def load(cls, path):
        """Read the ring; make what it lacks (the file itself, or the digest keys of an older one)."""
        try:
            stored = json.loads(path.read_text())
        except FileNotFoundError:
            stored = {}
        if "digest" not in stored:
            with _changing(path) as stored:
                stored.setdefault("current", 1)
                stored.setdefault("keys", {"1": secrets.token_hex(32)})
                stored.setdefault("digest", {"current": 1, "keys": {"1": secrets.token_hex(32)}})
        return cls(
            _numbered(stored["keys"]),
            stored["current"],
            _numbered(stored["digest"]["keys"]),
            stored["digest"]["current"],
        )

    @property
    def head(self):
        """The first bytes of everything sealed with the current key."""
        return _head(AES_256_GCM, self.current)

    @property
    def digest_head(self):
        """The first bytes of every digest made with the current key."""
        return _head(HMAC_SM3, self.current_digest)

    def encrypt(self, text, bound_to):
        """Seal `text` for one place, e.g. `cases_case|contact|<uuid>`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), self.head + bound_to.encode())
        return self.head + nonce + sealed

    def decrypt(self, blob, bound_to):
        """Open a blob. Raises: Undecipherable."""
        blob = bytes(blob)
        head, nonce, sealed = blob[:HEADER_BYTES], blob[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], blob[18:]
        key = self.keys.get(key_id(head))
        if key is None or head[:2] != bytes([VERSION, AES_256_GCM]):
            raise Undecipherable("unknown key or algorithm")
        try:
            return AESGCM(key).decrypt(nonce, sealed, head + bound_to.encode()).decode()
        except InvalidTag as error:
            raise Undecipherable("sealed for another row, or changed") from error

    def digest(self, purpose, value):
        """Return the current digest of a value already normalised; the purpose keeps kinds of value apart."""
        return self._digest(self.current_digest, purpose, value)

    def digests(self, purpose, value):
        """Return the digest under every live key: what a look-up compares with while keys are being rotated."""
        return [self._digest(number, purpose, value) for number in sorted(self.digest_keys, reverse=True)]

    def _digest(self, number, purpose, value):
        mac = self._macs[number].copy()
        mac.update(f"{purpose}|{value}".encode())
        return _head(HMAC_SM3, number) + mac.finalize()


def ring(path):
    """Return the ring at a path as it stands now: a key added or retired by another process is seen at once."""
    path = str(path)
    try:
        found = os.stat(path)
        mark = (found.st_mtime_ns, found.st_ino, found.st_size)
    except FileNotFoundError:
        mark = None
    return _ring(path, mark)


@lru_cache(maxsize=4)
def _ring(path, mark):
    return KeyRing.load(Path(path))


def key_id(blob):
    """Return the number of the key a blob or digest was made with."""
    return int.from_bytes(bytes(blob[2:HEADER_BYTES]), "big")


def add_keys(path):
    """Add a key of each kind and make them current; return the new ring."""
    KeyRing.load(path)
    with _changing(path) as stored:
        for kind in (stored, stored["digest"]):
            kind["current"] = max(map(int, kind["keys"])) + 1
            kind["keys"][str(kind["current"])] = secrets.token_hex(32)
    return KeyRing.load(path)


def drop_keys(path, number, digest_number):
    """Throw away one key of each kind; None leaves that kind alone. Raises: ValueError for a current key."""
    with _changing(path) as stored:
        for kind, gone in ((stored, number), (stored["digest"], digest_number)):
            if gone is not None and gone == kind["current"]:
                raise ValueError("the current key stays")
            kind["keys"].pop(str(gone), None)


@contextlib.contextmanager
def _changing(path):
    """Change the stored ring under a lock; the file is replaced whole, never half written, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path.with_name(path.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = json.loads(path.read_text()) if path.exists() else {}
        yield stored
        aside = path.with_name(path.name + ".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            json.dump(stored, handle)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(aside, path)


def _head(algorithm, number):
    return bytes([VERSION, algorithm]) + number.to_bytes(4, "big")


def _numbered(keys):
    return {int(number): bytes.fromhex(key) for number, key in keys.items()}
