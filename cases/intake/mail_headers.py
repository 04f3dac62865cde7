"""A letter's header lines into text: encoded words, parameters, file names, sender, date (pure).

Charsets are read as the larger set they really are: mail labelled `gb2312` holds GBK or GB18030, and the names of
people are what the small set loses. Delete this once `email` maps that label itself.
"""

import base64
import binascii
import codecs
import quopri
import re
from datetime import datetime
from email.utils import getaddresses, parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from cases.intake.decoding import HALF, NO_SETS, decode
from config.errors import Unreadable
from config.text.unseen import without_unseen
from config.uploads.names import safe_name

WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=")
PARAMETER = re.compile(r";\s*([\w!#$&'*+.^`|~-]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.DOTALL)
SMALL_SETS = {"gb2312", "gbk", "gb_2312-80", "x-gbk", "euc-cn", "cp936", "chinese"}


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
    return characters(data, charset) if charset else data.decode("latin-1")


def file_name(value: str) -> str:
    """Return an attachment's name rebuilt from whatever its sender wrote; an empty string for none."""
    name = tidy(decoded(value))
    return safe_name(name)[:200] if name else ""


def decoded(value: str) -> str:
    """Decode the encoded words in a Latin-1 header value; neighbours are joined as bytes, since clients cut in
    the middle of a character. Bytes outside ASCII without any label are read as UTF-8 or GB18030."""
    if any(character > "\x7f" for character in value) and all(character <= "\xff" for character in value):
        value = characters(value.encode("latin-1"), "")
    out, at, held, charset = [], 0, b"", ""
    for found in WORD.finditer(value):
        between = value[at : found.start()]
        if held and (between.strip() or found[1].lower() != charset):
            out.append(characters(held, charset))
            held = b""
        if between.strip() or not (out or held):
            out.append(between)
        charset = found[1].lower()
        held += _word_bytes(found[2].lower(), found[3])
        at = found.end()
    if held:
        out.append(characters(held, charset))
    return "".join(out) + value[at:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("ascii", "ignore")
    return base64_bytes(data) if encoding == "b" else quopri.decodestring(data, header=True)


def base64_bytes(data: bytes) -> bytes:
    """Decode leniently: foreign characters are passed over, a torn end gives what stands before it."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data.split(b"=")[0] if data.count(b"=") <= 2 else data)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def characters(data: bytes, charset: str) -> str:
    """Decode bytes under a label, read as the larger set it stands for; guess where the label does not fit."""
    label = charset.split("*")[0].strip().lower()
    label = "gb18030" if label in SMALL_SETS else label
    try:
        if label and codecs.lookup(label).name not in NO_SETS:
            text = data.decode(label)
            if not HALF.search(text):
                return text
    except (LookupError, ValueError):  # an unknown label, one with a NUL in it, bytes that do not fit
        pass
    try:
        return decode(data).text
    except Unreadable:
        return data.decode("utf-8", "replace")


def tidy(text: str) -> str:
    """Return a header's text on one line, without characters nobody sees: no second header can hide in it."""
    return without_unseen(" ".join(text.split()))


def sender(value: str) -> tuple[str, str]:
    """Return the decoded name and the bare address in lower case of the first sender named."""
    try:
        pairs = getaddresses([value.encode("latin-1", "replace").decode("latin-1")])
    except RecursionError:  # thousands of brackets in each other: nobody's name
        pairs = []
    name, address = pairs[0] if pairs else ("", "")
    address = tidy(address).lower()
    if not re.fullmatch(r"[^@\s<>,;:\"]{1,64}@[a-z0-9.-]{1,190}", address):
        address = ""
    return tidy(decoded(name))[:120], address


def moment_of(value: str) -> datetime | None:
    """Return when it says it was sent, with its offset; None where that is no date."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment is not None and moment.tzinfo is not None and 1990 < moment.year < 2100 else None
