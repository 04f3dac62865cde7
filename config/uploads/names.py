"""File names as people give them, made fit to show and fit to store. Pure."""

import re
import unicodedata

from config.text.unseen import without_unseen

MAX_SHOWN = 255
MAX_CHARACTERS = 100
MAX_BYTES = 200
_RESERVED = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def shown_name(filename):
    """Return the name as given, without what could deceive a reader: control, format and bidi characters."""
    return without_unseen(filename)[:MAX_SHOWN]


def extension_of(filename):
    """Return the last ending in lower case with its dot, or an empty string."""
    stem, dot, ending = safe_name(filename).rpartition(".")
    return dot + ending.lower() if dot and stem else ""


def safe_name(filename):
    """Return a name for a download or a folder on any system.

    NFC, last part of a path only, no control, bidi or reserved characters, no device names, never hidden,
    at most 100 characters and 200 bytes; the ending survives the cut. `file` where nothing is left.
    """
    name = unicodedata.normalize("NFC", without_unseen(re.split(r"[/\\]", filename)[-1]))
    name = re.sub(r"\s+", " ", _RESERVED.sub("_", name)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or len(ending) > 10:
        stem, dot, ending = name, "", ""
    stem = stem[: MAX_CHARACTERS - len(dot + ending)]
    while len((stem + dot + ending).encode()) > MAX_BYTES:
        stem = stem[:-1]
    name = (stem.strip() or "file") + dot + ending
    return "_" + name if _DEVICES.match(name) else name
