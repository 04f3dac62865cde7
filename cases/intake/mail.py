"""A letter's bytes into its subject, sender, text and attachments, within bounds (pure).

The walk over the parts is our own and never recurses: the standard parser needs 11 s for 50,000 parts and fails at a
nesting of 3,000. Charsets are read as the larger set they really are: mail labelled `gb2312` holds GBK or GB18030, and
the names of people are what the small set loses. Delete the header code once `email` maps that label itself.
"""

import base64
import binascii
import hashlib
import quopri
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import getaddresses, parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from cases.intake.decoding import decode
from config.errors import Unreadable
from config.text.unseen import without_unseen
from config.uploads.names import safe_name

MAX_BYTES = 20 * 1024 * 1024
MAX_PARTS = 50
MAX_DEPTH = 10
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADERS = 300
MAX_REFERENCES = 50
WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=")
PARAMETER = re.compile(r";\s*([\w!#$&'*+.^`|~-]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.DOTALL)
IDS = re.compile(r"<[^<>\s]{1,290}>")
SMALL_SETS = {"gb2312", "gbk", "gb_2312-80", "x-gbk", "euc-cn", "cp936", "chinese"}
SUFFIXES = {"text/plain": ".txt", "text/html": ".html", "message/rfc822": ".eml"}


class Unsafe(Exception):
    """The letter goes beyond a bound; `code` is too_large, too_many_parts, too_deep or headers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf: the letter's own text has no name, an attachment always has one."""

    name: str
    content_type: str
    data: bytes
    charset: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is text to be read in the letter, not a file."""
        return not self.name and self.content_type in ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `headers` are all of the outermost, in order, names in lower case, values decoded."""

    headers: tuple[tuple[str, str], ...]
    message_id: str
    thread: tuple[str, ...]
    subject: str
    sender_name: str
    sender_address: str
    sent_at: datetime | None
    parts: tuple[Part, ...]

    def values(self, name: str) -> list[str]:
        """Return the values of one header, in order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty string."""
        return next(iter(self.values(name)), "")


@dataclass
class _Piece:
    """A part still to be looked into."""

    data: bytes
    depth: int
    headers: list[tuple[str, str]] = field(default_factory=list)


def read(data: bytes) -> Letter:
    """Read a whole mail. Raises: Unsafe beyond the bounds; nothing else, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise Unsafe("too_large")
    raw, _body = split(data)
    headers = tuple((name, tidy(decoded(value))) for name, value in raw)
    plain = dict(reversed(raw))
    name, address = _sender(plain.get("from", ""))
    ids = IDS.findall(plain.get("in-reply-to", "") + " " + plain.get("references", ""))
    return Letter(
        headers=headers,
        message_id=next(iter(IDS.findall(plain.get("message-id", ""))), "")[:300],
        thread=tuple(dict.fromkeys(ids[-MAX_REFERENCES:])),
        subject=tidy(decoded(plain.get("subject", "")))[:300],
        sender_name=name,
        sender_address=address,
        sent_at=_moment(plain.get("date", "")),
        parts=tuple(_leaves(data)),
    )


def identity(data: bytes) -> str:
    """Return what two copies of a letter share: its Message-ID and its body, not the trace of its way.

    The body counts too, so that nobody can suppress a letter by sending another under its Message-ID first.
    """
    headers, body = _split_bytes(data)
    found = re.search(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]*)", headers[: MAX_HEADER_BYTES * 4], re.I | re.M)
    own = found.group(1).strip() if found else hashlib.sha256(headers).digest()
    return hashlib.sha256(own + b"\n" + body).hexdigest()


def split(data: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers in order, unfolded, names in lower case, values as Latin-1; and the body.

    Raises: Unsafe for a head longer or with more lines than any honest mail has.
    """
    head, body = _split_bytes(data)
    if len(head) > MAX_HEADER_BYTES:
        raise Unsafe("headers")
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
    if len(lines) > MAX_HEADERS:
        raise Unsafe("headers")
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return [(name.strip().lower(), value.strip()) for name, colon, value in pairs if colon], body


def _split_bytes(data: bytes) -> tuple[bytes, bytes]:
    if data[:2] == b"\r\n" or data[:1] == b"\n":
        return b"", data.lstrip(b"\r\n")
    end = re.search(rb"\r?\n\r?\n", data)
    return (data[: end.start()], data[end.end() :]) if end else (data, b"")


def _leaves(data: bytes) -> list[Part]:
    """Walk the parts with a stack of our own. Raises: Unsafe."""
    found, waiting, seen = [], [_Piece(data, 0)], 0
    while waiting:
        piece = waiting.pop()
        seen += 1
        if seen > MAX_PARTS:
            raise Unsafe("too_many_parts")
        if piece.depth > MAX_DEPTH:
            raise Unsafe("too_deep")
        headers, body = split(piece.data)
        head = dict(reversed(headers))
        content_type, params = parameters(head.get("content-type", "text/plain"))
        if content_type.startswith("multipart/") and params.get("boundary"):
            inner = _pieces(body, params["boundary"])
            waiting += [_Piece(part, piece.depth + 1) for part in reversed(inner)]
            continue
        _disposition, more = parameters(head.get("content-disposition", ""))
        body = _transfer_decoded(body, head.get("content-transfer-encoding", ""))
        name = file_name(more.get("filename") or params.get("name") or "")
        if content_type == "message/rfc822":
            waiting.append(_Piece(body, piece.depth + 1))
            continue
        if not name and content_type not in ("text/plain", "text/html"):
            if content_type.startswith("multipart/") or content_type.startswith(("message/", "text/")):
                continue  # a broken multipart, a delivery report, a calendar: nothing to admit
            name = "attachment"
        found.append(Part(name, content_type, body, params.get("charset", "")))
    return found


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Cut a body at its boundary lines; what stands before the first and after the last does not count.

    Raises: Unsafe for more pieces than are read.
    """
    mark = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1", "ignore")) + rb"(--)?[ \t]*(?=\r?\n|$)")
    pieces, start = [], None
    for found in mark.finditer(body):
        if start is not None:
            pieces.append(re.sub(rb"^\r?\n", b"", body[start : found.start()], count=1))
        if len(pieces) > MAX_PARTS:
            raise Unsafe("too_many_parts")
        start = found.end()
        if found.group(1):
            return pieces
    if start is not None:
        pieces.append(re.sub(rb"^\r?\n", b"", body[start:], count=1))
    return pieces


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return a header's own value in lower case and its parameters: RFC 2231, or Chinese clients' encoded words."""
    plain, pieces = {}, {}
    for name, raw in PARAMETER.findall(value):
        name = name.lower()
        text = re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw.startswith('"') else raw.strip()
        if found := re.fullmatch(r"(.+?)\*(\d{1,3})?(\*)?", name):
            number, coded = int(found[2] or 0), found[3] == "*" or found[2] is None
            pieces.setdefault(found[1], {})[number] = (text, coded)
        else:
            plain.setdefault(name, text)
    for name, parts in pieces.items():
        plain[name] = _joined(parts)
    return value.partition(";")[0].strip().lower(), plain


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """Join what RFC 2231 split; returned as Latin-1 of the bytes where its charset is not named."""
    data, charset = b"", ""
    for number in sorted(parts):
        text, coded = parts[number]
        if number == 0 and coded and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        data += unquote_to_bytes(text.encode("latin-1", "replace")) if coded else text.encode("latin-1", "replace")
    return _text(data, charset) if charset else data.decode("latin-1")


def file_name(value: str) -> str:
    """Return an attachment's name rebuilt from whatever its sender wrote; an empty string for none."""
    name = tidy(decoded(value))
    return safe_name(name)[:200] if name else ""


def decoded(value: str) -> str:
    """Decode the encoded words in a Latin-1 header value; neighbours are joined as bytes, since clients cut in
    the middle of a character. Bytes outside ASCII without any label are read as UTF-8 or GB18030."""
    if any(character > "\x7f" for character in value) and all(character <= "\xff" for character in value):
        value = _text(value.encode("latin-1"), "")
    out, at, held, charset = [], 0, b"", ""
    for found in WORD.finditer(value):
        between = value[at : found.start()]
        if held and (between.strip() or found[1].lower() != charset):
            out.append(_text(held, charset))
            held = b""
        if between.strip() or not (out or held):
            out.append(between)
        charset = found[1].lower()
        held += _word_bytes(found[2].lower(), found[3])
        at = found.end()
    if held:
        out.append(_text(held, charset))
    return "".join(out) + value[at:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("ascii", "ignore")
    return _base64(data) if encoding == "b" else quopri.decodestring(data, header=True)


def _base64(data: bytes) -> bytes:
    """Decode leniently: foreign characters are passed over, a torn end gives what stands before it."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data.split(b"=")[0] if data.count(b"=") <= 2 else data)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def _transfer_decoded(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return _base64(body)
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _text(data: bytes, charset: str) -> str:
    """Decode bytes under a label, read as the larger set it stands for; guess where the label does not fit."""
    label = charset.split("*")[0].strip().lower()
    label = "gb18030" if label in SMALL_SETS else label
    try:
        return data.decode(label) if label else decode(data).text
    except (LookupError, UnicodeDecodeError, Unreadable):
        pass
    try:
        return decode(data).text
    except Unreadable:
        return data.decode("utf-8", "replace")


def text_of(part: Part) -> str:
    """Return the characters of a text part."""
    return _text(part.data, part.charset)


def tidy(text: str) -> str:
    """Return a header's text on one line, without characters nobody sees: no second header can hide in it."""
    return without_unseen(" ".join(text.split()))


def _sender(value: str) -> tuple[str, str]:
    """Return the decoded name and the bare address in lower case of the first sender named."""
    pairs = getaddresses([value.encode("latin-1", "replace").decode("latin-1")])
    name, address = pairs[0] if pairs else ("", "")
    address = tidy(address).lower()
    if not re.fullmatch(r"[^@\s<>,;:\"]{1,64}@[a-z0-9.-]{1,190}", address):
        address = ""
    return tidy(decoded(name))[:120], address


def _moment(value: str) -> datetime | None:
    """Return when it says it was sent, with its offset; None where that is no date."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment is not None and moment.tzinfo is not None and 1990 < moment.year < 2100 else None


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
