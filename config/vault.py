"""Files that must be forgotten: sealed under a key of their own, outside the database and its backups.

`VAULT_DIR/<name>/` (0700) holds the key and the sealed files (0600). Destroying overwrites the key first: whatever a
disk or a copy keeps of the files is noise from then on.
"""

import contextlib
import os
import re
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY = "key"
PIECE_BYTES = 8 * 1024 * 1024
NONCE_BYTES = 12


def all_names():
    """Return the names of all vaults on this disk."""
    return sorted(path.name for path in Path(settings.VAULT_DIR).glob("*") if path.is_dir())


class Vault:
    """One folder under one key. `name` is ours (a UUID), never a user's."""

    def __init__(self, name):
        if not re.fullmatch(r"[0-9a-f-]{8,64}", str(name)):
            raise ValueError("no name for a vault")
        self.folder = Path(settings.VAULT_DIR) / str(name)

    def create(self):
        """Make the folder and its key; fails where it exists."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700)
        self._write(KEY, os.urandom(32))

    @property
    def is_open(self):
        """Say whether the key is still there."""
        return (self.folder / KEY).exists()

    def put(self, name, data, *, is_durable=True):
        """Seal bytes under a name; what was there is replaced whole."""
        nonce = os.urandom(NONCE_BYTES)
        self._write(name, nonce + self._cipher().encrypt(nonce, data, name.encode()), is_durable)

    def get(self, name):
        """Return the bytes under a name. Raises: FileNotFoundError when there are none, or the key is gone."""
        blob = (self.folder / name).read_bytes()
        return self._cipher().decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], name.encode())

    def put_large(self, prefix, data):
        """Seal bytes of any length in pieces; what was there under the prefix goes.

        Not waiting for the disk: after a power failure a piece may be torn, which opening it tells.
        """
        self.remove(prefix)
        for number, start in enumerate(range(0, len(data), PIECE_BYTES)):
            self.put(f"{prefix}{number:04}", data[start : start + PIECE_BYTES], is_durable=False)

    def get_large(self, prefix):
        """Return the bytes that `put_large` sealed. Raises: FileNotFoundError when there are none."""
        names = self.names(prefix)
        if not names:
            raise FileNotFoundError(prefix)
        return b"".join(self.get(name) for name in names)

    def names(self, prefix):
        """List the files whose name begins so, sorted."""
        return sorted(path.name for path in self.folder.glob(f"{prefix}*")) if self.folder.exists() else []

    def remove(self, prefix):
        """Remove the files whose name begins so; what a disk keeps of them stays ciphertext under a living key."""
        for name in self.names(prefix):
            (self.folder / name).unlink(missing_ok=True)

    def destroy(self):
        """Overwrite the key, then remove everything; nothing to do is fine."""
        with contextlib.suppress(FileNotFoundError), open(self.folder / KEY, "r+b", buffering=0) as handle:
            handle.write(bytes(32))
            os.fsync(handle.fileno())
        shutil.rmtree(self.folder, ignore_errors=True)

    def _cipher(self):
        key = (self.folder / KEY).read_bytes()
        if not any(key):  # being destroyed at this very moment: nothing may be sealed under nothing
            raise FileNotFoundError(KEY)
        return AESGCM(key)

    def _write(self, name, data, is_durable=True):
        aside = self.folder / f".{name}.part"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(data)
            handle.flush()
            if is_durable:
                os.fsync(handle.fileno())
        os.replace(aside, self.folder / name)
