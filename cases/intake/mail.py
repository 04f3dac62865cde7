"""A letter's bytes into its subject, sender, text and attachments, within bounds (pure).

The walk over the parts is our own and never recurses: the standard parser needs 11 s for 50,000 parts and fails at a
nesting of 3,000. A letter within the letter gives its text as a file of its own, and its attachments; a .zip gives
the files in it.
"""

import hashlib
import quopri
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath

from cases.intake.enclosed import Closed, files_in
from cases.intake.html import read_html
from cases.intake.mail_headers import base64_bytes, characters, decoded, file_name, moment_of, parameters, sender, tidy
from config.text.unseen import without_controls

MAX_BYTES = 20 * 1024 * 1024
MAX_PARTS = 50
MAX_DEPTH = 10
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADERS = 300
MAX_REFERENCES = 50
IDS = re.compile(r"<[^<>\s]{1,290}>")
LETTER = re.compile(rb"^(from|subject|received|mime-version):", re.I | re.M)


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
    note: str = ""  # of an archive: zip_opened, or why it stays shut

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
    letter: "_Enclosed | None" = None


@dataclass
class _Enclosed:
    """A letter that lies in the letter, with the texts found in it."""

    name: str
    texts: list[Part] = field(default_factory=list)


def read(data: bytes) -> Letter:
    """Read a whole mail. Raises: Unsafe beyond the bounds; nothing else, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise Unsafe("too_large")
    raw, _body = split(data)
    headers = tuple((name, tidy(decoded(value))) for name, value in raw)
    plain = dict(reversed(raw))
    name, address = sender(plain.get("from", ""))
    ids = IDS.findall(plain.get("in-reply-to", "") + " " + plain.get("references", ""))
    return Letter(
        headers=headers,
        message_id=next(iter(IDS.findall(plain.get("message-id", ""))), "")[:300],
        thread=tuple(dict.fromkeys(ids[-MAX_REFERENCES:])),
        subject=tidy(decoded(plain.get("subject", "")))[:300],
        sender_name=name,
        sender_address=address,
        sent_at=moment_of(plain.get("date", "")),
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
    found, letters, waiting, seen = [], [], [_Piece(data, 0)], 0
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
            waiting += [_Piece(part, piece.depth + 1, piece.letter) for part in reversed(inner)]
            continue
        part = _leaf(head, body, content_type, params)
        if part is None:
            continue
        if part.content_type == "message/rfc822" or _is_letter(part):
            letters.append(_Enclosed(_letter_name(part)))
            waiting.append(_Piece(part.data, piece.depth + 1, letters[-1]))
        elif part.is_text and piece.letter is not None:
            piece.letter.texts.append(part)
        else:
            found += _unpacked(part)
    texts = [(letter.name, text_in(letter.texts)) for letter in letters]
    found += [Part(name, "text/plain", text.encode(), "utf-8") for name, text in texts if text.strip()]
    if len(found) > MAX_PARTS:
        raise Unsafe("too_many_parts")
    return found


def _leaf(head: dict[str, str], body: bytes, content_type: str, params: dict[str, str]) -> Part | None:
    """Return one part that holds no others; None for what nobody could admit."""
    _disposition, more = parameters(head.get("content-disposition", ""))
    data = _transfer_decoded(body, head.get("content-transfer-encoding", ""))
    name = file_name(more.get("filename") or params.get("name") or "")
    if not name and content_type not in ("text/plain", "text/html", "message/rfc822"):
        if content_type.startswith(("multipart/", "message/", "text/")):
            return None  # a broken multipart, a delivery report, a calendar
        name = "attachment"
    return Part(name, content_type, data, params.get("charset", ""))


def _is_letter(part: Part) -> bool:
    """Tell whether an attachment is a saved letter, whatever it is labelled."""
    return part.name.lower().endswith(".eml") and bool(LETTER.search(_split_bytes(part.data)[0][:MAX_HEADER_BYTES]))


def _letter_name(part: Part) -> str:
    """Return what the text of an enclosed letter is called: its file's name, else its subject."""
    if part.name:
        return f"{PurePath(part.name).stem}.txt"
    subject = decoded(dict(reversed(split(part.data)[0])).get("subject", ""))
    return file_name(f"{subject[:80] or 'letter'}.txt")


def _unpacked(part: Part) -> list[Part]:
    """Return a part, after it the files in it if it is a .zip; a shut one says why."""
    if not part.name.lower().endswith(".zip"):
        return [part]
    try:
        inside = [Part(name, "application/octet-stream", data) for name, data in files_in(part.data)]
    except Closed as closed:
        return [replace(part, note=closed.code)]
    return [replace(part, note="zip_opened"), *inside]


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


def _transfer_decoded(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return base64_bytes(body)
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def text_of(part: Part) -> str:
    """Return the characters of a text part."""
    return characters(part.data, part.charset)


def body_of(letter: Letter) -> str:
    """Return a letter's own text: its plain parts, or its HTML read as text."""
    return text_in([part for part in letter.parts if part.is_text])


def text_in(parts: list[Part]) -> str:
    """Return the text of the parts of one letter."""
    plain = [text_of(part) for part in parts if part.content_type == "text/plain"]
    text = "\n\n".join(piece.strip() for piece in plain if piece.strip())
    if not text:
        pages = [part for part in parts if part.content_type == "text/html" and part.data.strip()]
        text = "\n\n".join(read_html(text_of(page)).text.strip() for page in pages)
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
