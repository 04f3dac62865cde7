"""The file of tokens that a department uploads: one line of JSON a row, text that anybody may look through (pure).

The first line says run, side, algorithm and the check value of the phrase; the last one how many rows and the SHA-256
of all before it. A row holds its handle and the tokens of both rounds; missing tokens are zeros. Rows are sorted by
handle, so their order says nothing. What the file still shows: how many rows there are, which lack a number or a
phone, which names have two characters or one that could not be typed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from members.blind.handles import HANDLE_BYTES
from members.blind.texts import Faulty
from members.blind.texts import gettext_noop as _
from members.blind.ticket import ALGORITHMS, HEX, RUN, SIDES
from members.digest import TOKEN_BYTES
from members.matching.tokens import CORE

FORMAT, VERSION = "blind-tokens", 1
LIMIT_ROWS = 2_000_000
LINE_BYTES = 256 * 1024
PAD = 16  # look-alike tokens come in sixteens, so that their number tells nothing of the characters
CORE_BYTES = len(CORE) * TOKEN_BYTES
REPAIR_BYTES = 3 * TOKEN_BYTES
NOTHING = bytes(TOKEN_BYTES)
KINDS = {  # letter: kind of round two, whether the hidden character could not be read anyway
    "p": ("id_phone", False),
    "i": ("id_mask", False),
    "I": ("id_mask", True),
    "j": ("id_half", False),
    "J": ("id_half", True),
    "m": ("phone_mask", False),
    "M": ("phone_mask", True),
    "l": ("id_look", False),
}
LETTERS = {kind: letter for letter, kind in KINDS.items()}
HEAD = {
    "format": str,
    "version": int,
    "run": str,
    "side": str,
    "tokens": str,
    "release": str,
    "check": str,
    "roll": str,
}
BROKEN = _("The token file is damaged or was changed on the way. Make it again and upload that.")


def row(handle: bytes, core: tuple, repairs: list, closer: list) -> str:
    """Write one row as a line of JSON."""
    found = {"h": _text(handle), "c": _text(b"".join(token or NOTHING for token in core))}
    if repairs:
        found["r"] = _text(b"".join(token or NOTHING for repair in repairs for token in repair))
    grouped: dict[str, list[bytes]] = {}
    for kind, token, hole in closer:
        grouped.setdefault(LETTERS[kind, hole], []).append(token)
    if "l" in grouped:
        grouped["l"] += [os.urandom(TOKEN_BYTES) for _more in range(-len(grouped["l"]) % PAD)]
    for letter in sorted(grouped):
        found[letter] = _text(b"".join(sorted(grouped[letter])))
    return json.dumps(found, separators=(",", ":"))


def write(path: Path, head: dict, rows: Iterable[str]) -> str:
    """Write the whole file; return its SHA-256, which its owner compares with what the app shows."""
    digest, count = hashlib.sha256(), 0
    with path.open("wb") as handle:
        for line in (json.dumps(dict({"format": FORMAT, "version": VERSION}, **head)), *sorted(rows)):
            data = line.encode("ascii") + b"\n"
            digest.update(data)
            handle.write(data)
            count += 1
        end = json.dumps({"rows": count - 1, "sha256": digest.hexdigest()}).encode("ascii") + b"\n"
        digest.update(end)
        handle.write(end)
    return digest.hexdigest()


class Reader:
    """Reads a token file from anybody: nothing in it is trusted. `head` is there at once, rows when asked for."""

    def __init__(self, handle: IO[bytes]) -> None:
        self.handle = handle
        self.sha256 = hashlib.sha256()
        self.head = self._head()

    def _line(self) -> bytes:
        line = self.handle.readline(LINE_BYTES)
        if not line.endswith(b"\n"):
            raise Faulty(BROKEN)
        return line

    def _head(self) -> dict:
        line = self.handle.readline(LINE_BYTES)
        found = _json(line, _("This is not a token file. Upload the file that the stand-alone program has written."))
        if found.get("format") != FORMAT:
            raise Faulty(_("This is not a token file. Upload the file that the stand-alone program has written."))
        if found.get("version") != VERSION:
            raise Faulty(_("The token file comes from another version of the program. Download the program again."))
        algorithm = str(found.get("tokens")).partition("-")[0]
        if (
            found.keys() != HEAD.keys()
            or any(type(found[key]) is not HEAD[key] for key in HEAD)
            or not RUN.fullmatch(found["run"])
            or found["side"] not in SIDES
            or found["tokens"] != f"{algorithm}-{found['run'][:8]}"
            or algorithm not in ALGORITHMS
            or any(not found[key] or not HEX.fullmatch(found[key]) for key in ("check", "roll", "release"))
            or any(len(found[key]) > 64 for key in HEAD if key != "version")
        ):
            raise Faulty(BROKEN)
        self.sha256.update(line)
        return found

    @property
    def algorithm(self) -> str:
        """The algorithm that the tokens' version names."""
        return self.head["tokens"].partition("-")[0]

    def rows(self) -> Iterator[tuple[bytes, tuple, list, list]]:
        """Yield (handle, core, repairs, closer) of every row. Raises: Faulty, even at the end for a wrong sum."""
        last, count = "", 0
        while True:
            line = self._line()
            found = _json(line, BROKEN)
            if "sha256" in found:
                break
            handle, core, repairs, closer = _parts(found)
            count += 1
            if found["h"] <= last or count > LIMIT_ROWS:
                raise Faulty(BROKEN)
            last = found["h"]
            self.sha256.update(line)
            yield handle, core, repairs, closer
        if found != {"rows": count, "sha256": self.sha256.hexdigest()} or self.handle.read(1):
            raise Faulty(BROKEN)
        self.sha256.update(line)


def _parts(found: dict) -> tuple[bytes, tuple, list, list]:
    if not {"h", "c"} <= found.keys() <= {"h", "c", "r", *KINDS} or not all(
        isinstance(text, str) for text in found.values()
    ):
        raise Faulty(BROKEN)
    data = {letter: _bytes(text) for letter, text in found.items()}
    handle, core, repairs = data.pop("h"), data.pop("c"), data.pop("r", b"")
    sizes = (len(handle) - HANDLE_BYTES, len(core) - CORE_BYTES, len(repairs) % REPAIR_BYTES)
    if any(sizes) or any(not text or len(text) % TOKEN_BYTES for text in data.values()):
        raise Faulty(BROKEN)
    tokens = _cut(repairs)
    return (
        handle,
        tuple(_cut(core)),
        [tuple(tokens[at : at + 3]) for at in range(0, len(tokens), 3)],
        [(KINDS[letter][0], token, KINDS[letter][1]) for letter, text in data.items() for token in _cut(text)],
    )


def _cut(data: bytes) -> list:
    tokens = [data[at : at + TOKEN_BYTES] for at in range(0, len(data), TOKEN_BYTES)]
    return [None if token == NOTHING else token for token in tokens]


def _json(line: bytes, sentence: str) -> dict:
    try:
        found = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        raise Faulty(sentence) from None
    if not isinstance(found, dict):
        raise Faulty(sentence)
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Faulty(BROKEN) from None
