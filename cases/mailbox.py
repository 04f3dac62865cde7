"""The editorial mailbox over IMAP: what lies there, and a letter's bytes. Nothing is marked, moved or deleted."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from cases.intake.mail import MAX_BYTES, MAX_HEADER_BYTES

SECONDS = 60
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is, as the environment says; `tls` is implicit, starttls or none (for a server beside us)."""

    host: str
    port: int
    user: str
    password_file: str
    folder: str = "INBOX"
    tls: str = "implicit"

    @property
    def name(self) -> str:
        """What its letters are remembered under."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]


class Box:
    """An open folder, read only."""

    def __init__(self, mailbox: BaseMailBox, folder: str) -> None:
        self._mailbox = mailbox
        mailbox.folder.set(folder, readonly=True)
        self.validity = int(mailbox.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def uids(self) -> list[int]:
        """Return the UIDs of all letters, oldest first."""
        return sorted(int(uid) for uid in self._mailbox.uids())

    def fetch(self, uid: int) -> tuple[bytes, bool] | None:
        """Return a letter's bytes and whether they are its head alone, since it is too large; None if it is gone."""
        lines, _literals = self._ask(uid, "(RFC822.SIZE)")
        found = SIZE.search(b" ".join(lines))
        if found is None:
            return None
        is_cut = int(found.group(1)) > MAX_BYTES
        _lines, literals = self._ask(uid, f"(BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>)" if is_cut else "(BODY.PEEK[])")
        return (literals[0], is_cut) if literals else None

    def _ask(self, uid: int, wanted: str) -> tuple[list[bytes], list[bytes]]:
        """Return the plain lines of an answer, which may speak of other letters too, and its literals."""
        _status, answer = self._mailbox.client.uid("FETCH", str(uid), wanted)
        lines = [each for each in answer if isinstance(each, bytes)]
        return lines, [each[1] for each in answer if isinstance(each, tuple)]


@contextmanager
def opened(account: Account) -> Iterator[Box]:
    """Sign in and open the folder. Raises: OSError, imaplib and imap_tools errors where that fails."""
    password = Path(account.password_file).read_text().strip()
    if account.tls == "none":
        mailbox = MailBoxUnencrypted(account.host, account.port, timeout=SECONDS)
    elif account.tls == "starttls":
        mailbox = MailBoxStartTls(account.host, account.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    else:
        mailbox = MailBox(account.host, account.port, timeout=SECONDS, ssl_context=ssl.create_default_context())
    with mailbox.login(account.user, password, initial_folder=None) as signed_in:
        yield Box(signed_in, account.folder)
