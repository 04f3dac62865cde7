"""The notice and consent of check-ins: the version we ship, and how a version reads at one window (pure).

The shipped words are a proposal for the office's counsel, who may write the next version on the site.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PLACES = ("organisation", "contact", "days")


@dataclass(frozen=True)
class Shown:
    """A version as somebody reads it at one window. `sha256` covers every word of it."""

    version: int
    blocks: list[tuple[str, str]]
    consent: str
    sha256: str


def shipped() -> tuple[str, str]:
    """Return notice and consent of the first version."""
    return tuple((HERE / f"{name}.txt").read_text(encoding="utf-8").strip() for name in ("notice", "consent"))


def shown(*, version: int, notice: str, consent: str, **facts: object) -> Shown:
    """Fill in organisation, contact and days; each line of the notice is a heading, a colon and what it says."""
    notice, consent = (_filled(text, facts) for text in (notice, consent))
    blocks = []
    for line in notice.splitlines():
        if line.strip():
            head, colon, body = line.strip().partition("：")
            blocks.append((head, body) if colon else ("", head))
    digest = hashlib.sha256("\n\n".join((str(version), notice, consent)).encode()).hexdigest()
    return Shown(version, blocks, consent, digest)


def _filled(text: str, facts: dict) -> str:
    for place in PLACES:
        text = text.replace(f"{{{place}}}", str(facts[place]))
    return text
