"""Files that must be forgotten: sealed under a key of their own, outside the database and its backups.

`var/vault/<name>/` (0700) holds the key and the sealed files (0600). Destroying overwrites the key first: whatever
a disk or a copy keeps of the files is noise from then on.
"""

import contextlib
import os
import re
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY = "key"
NONCE_BYTES = 12


class Vault:
    """One folder under one key. `name` is ours (a UUID), never a user's."""

    def __init__(self, name):
        if not re.fullmatch(r"[0-9a-f-]{8,64}", str(name)):
            raise ValueError("no name for a vault")
        self.folder = Path(settings.VAR_DIR) / "vault" / str(name)

    def create(self):
        """Make the folder and its key; fails where it exists."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700)
        self._write(KEY, os.urandom(32))

    @property
    def is_open(self):
        """Say whether the key is still there."""
        return (self.folder / KEY).exists()

    def put(self, name, data):
        """Seal bytes under a name; what was there is replaced whole."""
        nonce = os.urandom(NONCE_BYTES)
        self._write(name, nonce + self._cipher().encrypt(nonce, data, name.encode()))

    def get(self, name):
        """Return the bytes under a name. Raises: FileNotFoundError when there are none, or the key is gone."""
        blob = (self.folder / name).read_bytes()
        return self._cipher().decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], name.encode())

    def names(self, prefix):
        """List the files whose name begins so, sorted."""
        return sorted(path.name for path in self.folder.glob(f"{prefix}*")) if self.folder.exists() else []

    def destroy(self):
        """Overwrite the key, then remove everything; nothing to do is fine."""
        with contextlib.suppress(FileNotFoundError), open(self.folder / KEY, "r+b", buffering=0) as handle:
            handle.write(bytes(32))
            os.fsync(handle.fileno())
        shutil.rmtree(self.folder, ignore_errors=True)

    def _cipher(self):
        return AESGCM((self.folder / KEY).read_bytes())

    def _write(self, name, data):
        aside = self.folder / f".{name}.part"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(aside, self.folder / name)
