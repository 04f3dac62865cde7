"""What a notice of non-delivery says: which letters of ours came back, and whether for good (pure)."""

import re
from dataclasses import dataclass

# Source: RFC 3464, sections 2.3.3 and 2.3.4. Notices that follow no standard only quote the letter's head.
ACTION = re.compile(rb"^action:[ \t]*(\w+)", re.I | re.M)
STATUS = re.compile(rb"^status:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.I | re.M)
IDS = re.compile(
    rb"^(?:message-id|x-original-message-id|original-message-id):[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,290}>)", re.I | re.M
)
LOOKED_AT = 512 * 1024
FAILED = b"failed"


@dataclass(frozen=True, slots=True)
class Bounce:
    """Message-IDs the notice names beside its own, and the status it gives; "" for none."""

    message_ids: tuple[str, ...]
    status: str


def read(data: bytes) -> Bounce | None:
    """Return what a notice says; None where it is a warning of a delay, a receipt, or names no letter."""
    _head, _gap, rest = data[:LOOKED_AT].partition(b"\r\n\r\n")
    body = rest or data[:LOOKED_AT].partition(b"\n\n")[2]
    actions = {found.lower() for found in ACTION.findall(body)}
    if actions and FAILED not in actions:
        return None
    ids = tuple(dict.fromkeys(found.decode("latin-1") for found in IDS.findall(body)))
    status = STATUS.search(body)
    return Bounce(ids, status.group(1).decode() if status else "") if ids else None
