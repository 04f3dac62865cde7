"""Bytes and a file name into a reading: the text a submission says, before any cleaning (pure).

Content beats the extension: what the first bytes say decides, and a disagreement becomes a caution.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from django.utils.translation import gettext as _

from cases.intake import mail
from cases.intake.decoding import Decoded, decode
from cases.intake.docx import read_docx
from cases.intake.html import has_blocks, read_html
from cases.intake.receipt import Caution, Fix
from config.errors import FileRefused, Unreadable
from config.uploads import gate, old_word
from config.uploads.bounded import refused
from config.uploads.signatures import content_of, ole_kind

MAX_BYTES = 20 * 1024 * 1024
MAX_CHARACTERS = 500_000  # our choice: a hundred times the longest case any call allows
MAX_LINES = 50_000
EXTENSIONS = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".doc": "doc",
    ".wps": "doc",
    ".eml": "eml",
}
ACCEPTED = ".docx .doc .wps .txt .md .html .eml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `fixes` are parts the reader itself takes out (ruby readings, deletions); they stand
    in `text` too, so that each can be put back alone. `title` is the one the file's own markup names."""

    format: str
    text: str
    title: str = ""
    fixes: tuple[Fix, ...] = ()
    cautions: tuple[Caution, ...] = ()
    encoding: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def read(data: bytes, filename: str) -> Reading:
    """Read a .txt, .md, .html, .docx, .doc, .wps or .eml file.

    Raises: FileRefused for a file that may not come in (too big, macros, password, bomb, another format);
    Unreadable for one without any text. Both say in a sentence what to do.
    """
    if len(data) > MAX_BYTES:
        raise refused("too_large", size=-(-len(data) >> 20), limit=MAX_BYTES >> 20)
    if not data.strip(b"\0 \t\r\n"):
        raise _empty()
    named = EXTENSIONS.get(PurePath(filename).suffix.lower(), "")
    family = content_of(data)
    if named == "eml" and family in ("text", "binary"):
        reading = _letter(data)
    elif family == "ole" and ole_kind(data) == "old_word":
        reading = _word(old_word.as_docx(data), "doc")
    elif family not in ("zip", "text", "binary"):
        raise _foreign(data, family, PurePath(filename).suffix.lower())
    else:
        reading = _word(data, "docx") if family == "zip" else _text(data, named)
    if not reading.text.strip():
        raise _empty()
    if len(reading.text) > MAX_CHARACTERS or reading.text.count("\n") > MAX_LINES:
        raise Unreadable(
            _("The text has more than %(characters)d characters or %(lines)d lines. Send the case alone.")
            % {"characters": MAX_CHARACTERS, "lines": MAX_LINES},
            code="too_long",
        )
    if named in (reading.format, "eml"):
        return reading
    caution = Caution(
        "format_differs",
        _("The file is called “%(name)s” but its content is %(format)s; it was read as that.")
        % {"name": PurePath(filename).name[:80], "format": reading.format},
    )
    return replace(reading, cautions=(caution, *reading.cautions))


def read_paste(text: str) -> Reading:
    """Read what somebody pasted into the form.

    Raises: Unreadable, if it is empty.
    """
    return read(text.replace("\0", "").encode(errors="replace"), "paste.txt")


def _empty() -> Unreadable:
    return Unreadable(
        _("There is no text in this file. Check that it is the right one and send it again."), code="empty"
    )


def _foreign(data: bytes, family: str, extension: str) -> FileRefused:
    """Give the refusal of what is certainly no text."""
    if family == "ole":
        code = ole_kind(data)
        return refused("old_word" if code == "broken" else code)
    if family == "rtf":
        return refused("rtf")
    return refused("mismatch", extension=extension, actual=family.upper(), accepted=ACCEPTED)


def _word(data: bytes, format_: str) -> Reading:
    word, cautions = read_docx(data)
    return Reading(format_, word.text, word.title, tuple(word.fixes), tuple(cautions), "", word.counts)


def _letter(data: bytes) -> Reading:
    """Read a saved letter as what it says: the one document that came with it, else its own text.

    Raises: Unreadable for a letter nobody reads, or one with several documents.
    """
    try:
        letter = mail.read(data)
    except mail.Unsafe:
        raise Unreadable(
            _("This letter is larger, or packed deeper, than any honest one. Save its text or its attachment alone."),
            code="unsafe_letter",
        ) from None
    documents = [part for part in letter.parts if EXTENSIONS.get(PurePath(part.name).suffix.lower()) in ("docx", "doc")]
    if len(documents) > 1:
        raise Unreadable(
            _("The letter carries %(n)d documents. Save them and send each by itself.") % {"n": len(documents)},
            code="several_documents",
        )
    if documents:
        gate.admit("text", documents[0].name, documents[0].data)
        inner = read(documents[0].data, documents[0].name)
        said = _("The text is that of “%(name)s”, which came with the letter.") % {"name": documents[0].name[:80]}
        return replace(inner, cautions=(Caution("from_letter", said), *inner.cautions))
    return Reading("eml", mail.body_of(letter), letter.subject)


def _text(data: bytes, named: str) -> Reading:
    decoded = decode(data, _declared_charset(data))
    text = decoded.text.strip("\n").lstrip("\ufeff")
    cautions = _decoding_cautions(decoded)
    whole_page = bool(re.match(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html[\s>])", text[:400], re.I))
    if whole_page or (named == "html" and has_blocks(text)):
        page = read_html(text)
        return Reading("html", page.text, page.title, tuple(page.fixes), cautions, decoded.encoding)
    format_ = named if named in ("md", "html") else "txt"
    return Reading(format_, text, cautions=cautions, encoding=decoded.encoding)


def _declared_charset(data: bytes) -> str:
    declared = re.search(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]{2,20})""", data[:4096], re.I)
    return declared.group(1).decode("ascii", "ignore") if declared else ""


def _decoding_cautions(decoded: Decoded) -> tuple[Caution, ...]:
    cautions = []
    if decoded.nuls:
        cautions.append(Caution("nul_removed", _("%(n)d NUL characters were dropped.") % {"n": decoded.nuls}))
    if decoded.damaged > 0:
        cautions.append(
            Caution(
                "damaged_characters",
                _("%(n)d characters could not be read; they show as �. Compare with the original.")
                % {"n": decoded.damaged},
            )
        )
    if decoded.encoding == "big5hkscs":
        cautions.append(
            Caution("encoding", _("The text was read as Big5; check rare characters against the original."))
        )
    return tuple(cautions)
