"""Bytes of a text file into characters: labels are believed only when the bytes agree (pure)."""

import codecs
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from config.errors import Unreadable

DAMAGED_SHARE = 0.002  # our choice: above this share of broken characters the encoding is simply wrong
SAMPLE_BYTES = 64_000  # enough text to tell encodings apart
# Python's own codecs that are no character set: they raise at will, take quadratic time or make half characters.
NO_SETS = {"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape"}
HALF = re.compile("[\ud800-\udfff]")
CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was read with, and how many NULs and broken characters it had."""

    text: str
    encoding: str
    nuls: int = 0
    damaged: int = 0


def decode(data: bytes, label: str = "") -> Decoded:
    """Decode bytes of text. A `label` (from HTML) is tried first; the mark at the file's start beats it.

    Without a mark or a label: UTF-8 if valid, UTF-16 if every second byte says so, else GB18030 (which
    contains GB2312 and GBK) unless Big5 explains the bytes far better.

    Raises: Unreadable, if the bytes are no text in any of these.
    """
    decoded = _by_mark(data) or _by_label(data, label) or _by_guess(data)
    text = decoded.text
    nuls = text.count("\0")
    text = text.replace("\0", "")
    if len(CONTROLS.findall(text)) > 8 + len(text) // 100 or nuls > len(text):
        raise _not_text()
    text = re.sub("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return Decoded(CONTROLS.sub("", text), decoded.encoding, nuls, decoded.damaged)


def _not_text() -> Unreadable:
    return Unreadable(
        _("This file is not text in any encoding we know. Save it as .docx or as UTF-8 text and send it again."),
        code="not_text",
    )


def _by_mark(data: bytes) -> Decoded | None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _tolerant(data[len(mark) :], encoding)
    return None


def _by_label(data: bytes, label: str) -> Decoded | None:
    name = label.strip().lower()
    if name in {"gb2312", "gbk", "gb_2312-80", "x-gbk", "euc-cn", "hz-gb-2312", "chinese"}:
        name = "gb18030"  # files labelled with the small sets use the large one: names would be lost
    try:
        if not name or codecs.lookup(name).name in NO_SETS:
            return None
        text = data.decode(name)
    except (LookupError, ValueError):
        return None
    return None if HALF.search(text) else Decoded(text, name)


def _by_guess(data: bytes) -> Decoded:
    if wide := _utf16_without_mark(data):
        return _tolerant(data, wide)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        candidates = [_attempt(data, name) for name in ("utf-8", "gb18030")]
    utf8, gb18030 = candidates
    best = utf8 if gb18030.damaged and utf8.damaged <= gb18030.damaged else gb18030
    if _familiar(best.text, "gb2312", 0xD7) < 0.6:
        best = _more_familiar(data, best)
    if best.damaged > 1 + len(best.text) * DAMAGED_SHARE:
        raise _not_text()
    return best


def _more_familiar(data: bytes, best: Decoded) -> Decoded:
    """Give the reading in Big5 or UTF-16 where it is everyday Chinese and has no more damage, else `best`."""
    others = [("big5hkscs", "big5", 0xC6)]
    if len(data) % 2 == 0:
        others += [("utf-16-le", "gb2312", 0xD7), ("utf-16-be", "gb2312", 0xD7)]
    for encoding, charset, last_lead in others:
        other = _attempt(data, encoding)
        if other.damaged <= best.damaged and _familiar(other.text, charset, last_lead) > 0.9:
            return other
    return best


def _utf16_without_mark(data: bytes) -> str:
    """Name the UTF-16 whose line ends and ASCII leave NULs in every second byte, or nothing."""
    sample = data[:SAMPLE_BYTES]
    if len(data) % 2 or not sample.count(0):
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 20 > max(even, odd):
        return ""
    text = sample[: len(sample) // 2 * 2].decode(name, "replace")
    plain = sum(character < "\x80" or "\u3000" <= character <= "\u9fff" for character in text)
    return name if plain > 0.9 * len(text) and "\0" not in text else ""


def _tolerant(data: bytes, encoding: str) -> Decoded:
    decoded = _attempt(data, encoding)
    if decoded.damaged > 1 + len(decoded.text) * DAMAGED_SHARE:
        raise _not_text()
    return decoded


def _attempt(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    return Decoded(text, encoding, damaged=text.count("\ufffd") - data.count(b"\xef\xbf\xbd"))


def _familiar(text: str, charset: str, last_lead: int) -> float:
    """Give the share of a charset's everyday level among a sample's Hanzi and private-use characters.

    Everyday is level 1 of GB 2312 (lead bytes up to D7) or of Big5 (up to C6): misread bytes fall outside.
    """
    sample = [character for character in text[:4000] if "\u3400" <= character <= "\u9fff" or character >= "\ue000"]
    sample = [character for character in sample if not "\uff00" <= character <= "\uffef"]
    codes = [character.encode(charset, "ignore") for character in sample]
    known = sum(bool(code) and code[0] <= last_lead for code in codes)
    return known / len(sample) if sample else 0.0
