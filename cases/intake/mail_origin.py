"""Who or what wrote a letter: a machine, somebody who may be answered, somebody our own server vouches for (pure)."""

import re

from cases.intake.mail import Letter


def why_automatic(letter: Letter, own: set[str]) -> str:
    """Say what shows that no person wrote it; an empty string for a person's letter. Source: RFC 3834, 3464."""
    if letter.first("auto-submitted").lower().split(";")[0].strip() not in ("", "no"):
        return "auto_submitted"
    content_type = letter.first("content-type").lower()
    if content_type.startswith("multipart/report"):
        return "report"
    if letter.first("return-path").strip() == "<>":
        return "null_sender"
    if letter.sender_address in own:
        return "ourselves"
    if letter.sender_address.startswith(("mailer-daemon@", "postmaster@")):
        return "daemon"
    if (
        letter.first("precedence").lower() == "auto_reply"
        or letter.first("x-autoreply")
        or letter.first("x-autorespond")
    ):
        return "auto_submitted"
    if re.match(r"(?i)(自动回复|自動回覆|auto(matic)?[ -]?reply|out of office)", letter.subject):
        return "subject"
    return ""


def may_be_answered(letter: Letter) -> bool:
    """Tell whether an acknowledgement may go out: to one address, no list, no bulk, nobody who asks for silence."""
    if not letter.sender_address or len(letter.values("from")) != 1:
        return False
    if re.match(r"(?i)(no|do.?not).?reply@", letter.sender_address):
        return False
    if letter.first("precedence").lower() in {"bulk", "junk", "list"} or letter.first("list-id"):
        return False
    asked = letter.first("x-auto-response-suppress").lower()
    return not any(word in asked for word in ("all", "oof", "autoreply"))


def is_verified(letter: Letter, authority: str) -> bool:
    """Tell whether our own mail server, by this name, says that the sender's domain stands behind the letter.

    Only the topmost Authentication-Results counts, and only with DMARC passed: it alone speaks of the From that
    people see. A server takes away results that strangers wrote under its name (RFC 8601, section 5).
    """
    results = letter.first("authentication-results")
    server, _semicolon, said = results.partition(";")
    if not authority or server.strip().split(" ")[0].lower() != authority.lower() or len(letter.values("from")) != 1:
        return False
    said = re.sub(r"\([^()]*\)", " ", said)
    return bool(re.search(r"(?:^|;)\s*dmarc\s*=\s*pass\b", said, re.I))
