"""Workbooks by the standard library alone: reading .xlsx safely as the app does, and writing text cells (pure).

The XML goes through expat without building a tree; a document type (where entity bombs live), too many parts, or
more than `UNPACKED_BYTES` is refused.
"""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape

PARTS = 2000
UNPACKED_BYTES = 1024 * 1024 * 1024
BLOCK = 1 << 16
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
CELL = re.compile(r"([A-Z]{1,3})[0-9]+")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class BadWorkbook(Exception):
    """The file is no workbook that can be read safely."""


def tables(path: Path) -> Iterator[tuple[str, Iterator[list[object]]]]:
    """Yield (sheet name, rows of cells) in the workbook's order. Raises: BadWorkbook."""
    try:
        with zipfile.ZipFile(str(path)) as package:
            book = _Book(package)
            for name, part in book.sheets:
                yield name, book.rows(part)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, expat.ExpatError) as error:
        raise BadWorkbook(str(error)) from error


class _Book:
    def __init__(self, package: zipfile.ZipFile) -> None:
        parts = package.infolist()
        if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
            raise BadWorkbook("too large")
        self.package, self.names = package, {part.filename for part in parts}
        self.strings: list[str] = []
        self.dates: list[bool] = []
        self.days = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 (a day on a sheet has no zone)
        main = next(iter(self._targets("_rels/.rels", "", "/officeDocument").values()))
        base = posixpath.dirname(main)
        rels = f"{base}/_rels/{posixpath.basename(main)}.rels".lstrip("/")
        for target in self._targets(rels, base, "/sharedStrings").values():
            self._read_strings(target)
        for target in self._targets(rels, base, "/styles").values():
            self._read_styles(target)
        worksheets, found = self._targets(rels, base, "/worksheet"), []

        def start(tag: str, attributes: dict) -> None:
            if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                self.days = datetime.datetime(1904, 1, 1)  # noqa: DTZ001 (as above)
            elif tag == "sheet" and attributes.get(f"{OFFICE} id") in worksheets:
                found.append((attributes["name"], worksheets[attributes[f"{OFFICE} id"]]))

        self._parse(main, start)
        self.sheets = found

    def _targets(self, rels: str, base: str, kind: str) -> dict[str, str]:
        found: dict[str, str] = {}

        def start(tag: str, attributes: dict) -> None:
            if tag == "Relationship" and attributes["Type"].endswith(kind):
                target = attributes["Target"]
                joined = target.lstrip("/") if target.startswith("/") else posixpath.join(base, target)
                found[attributes["Id"]] = posixpath.normpath(joined)

        self._parse(rels, start)
        return {key: part for key, part in found.items() if part in self.names}

    def _parse(self, part: str, start: Callable, end: Callable | None = None, text: Callable | None = None) -> None:
        for _block in self._events(part, start, end, text):
            pass

    def _events(self, part: str, start: Callable, end: Callable | None, text: Callable | None) -> Iterator[None]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(" ")[2], attributes)
        if end:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
        if text:
            parser.CharacterDataHandler = text
        with self.package.open(part) as handle:
            for block in _blocks(handle):
                parser.Parse(block, False)
                yield
        parser.Parse(b"", True)
        yield

    def _read_strings(self, part: str) -> None:
        pieces: list[str] = []
        state = {"text": False, "phonetic": False}

        def start(tag: str, attributes: dict) -> None:
            if tag == "si":
                del pieces[:]
            state["phonetic"] = state["phonetic"] or tag == "rPh"
            state["text"] = tag == "t" and not state["phonetic"]

        def end(tag: str) -> None:
            state["text"] = False
            if tag == "rPh":
                state["phonetic"] = False
            elif tag == "si":
                self.strings.append(_unescaped("".join(pieces)))

        def text(data: str) -> None:
            if state["text"]:
                pieces.append(data)

        self._parse(part, start, end, text)

    def _read_styles(self, part: str) -> None:
        custom: dict[str, str] = {}
        state = {"cells": False}

        def start(tag: str, attributes: dict) -> None:
            if tag == "numFmt":
                custom[attributes["numFmtId"]] = attributes.get("formatCode", "")
            elif tag == "cellXfs":
                state["cells"] = True
            elif tag == "xf" and state["cells"]:
                number = attributes.get("numFmtId", "0")
                self.dates.append(_is_date(custom[number]) if number in custom else int(number) in DATE_FORMATS)

        def end(tag: str) -> None:
            if tag == "cellXfs":
                state["cells"] = False

        self._parse(part, start, end)

    def rows(self, part: str) -> Iterator[list[object]]:
        """Yield every row from the first on, empty ones included."""
        done: list[tuple[int, list[object]]] = []
        row: list[object] = []
        pieces: list[str] = []
        state = {"row": 0, "at": -1, "type": "n", "style": 0, "text": False, "phonetic": False}

        def start(tag: str, attributes: dict) -> None:
            if tag == "row":
                state["row"] = int(attributes.get("r", state["row"] + 1))
                state["at"] = -1
                del row[:]
            elif tag == "c":
                place = CELL.fullmatch(attributes.get("r", ""))
                state["at"] = _column(place.group(1)) if place else state["at"] + 1
                state["type"], state["style"] = attributes.get("t", "n"), int(attributes.get("s", 0))
                del pieces[:]
            elif tag == "rPh":
                state["phonetic"] = True
            state["text"] = tag in {"v", "t"} and not state["phonetic"]

        def end(tag: str) -> None:
            state["text"] = False
            if tag == "rPh":
                state["phonetic"] = False
            elif tag == "c":
                row.extend([""] * (state["at"] + 1 - len(row)))
                row[state["at"]] = self._value(state["type"], "".join(pieces), state["style"])
            elif tag == "row":
                done.append((state["row"], list(row)))

        def text(data: str) -> None:
            if state["text"]:
                pieces.append(data)

        last = 0
        for _block in self._events(part, start, end, text):
            for number, cells in done:
                for _gap in range(last + 1, min(number, 1_048_577)):
                    yield []
                yield cells
                last = max(last, number)
            del done[:]

    def _value(self, kind: str, text: str, style: int) -> object:
        if kind == "s":
            return self.strings[int(text)] if text else ""
        if kind == "b":
            return text == "1"
        if kind != "n" or not text:
            return _unescaped(text)
        number = float(text)
        if style < len(self.dates) and self.dates[style] and 0 <= number < 2_958_466:
            moment = self.days + datetime.timedelta(days=number)
            return moment if number >= 1 else moment.time()
        return number


def write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    """Write one sheet; every cell is text, so no number loses digits and no formula is live."""
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"))
        package.writestr("xl/workbook.xml", _WORKBOOK)
        package.writestr(
            "xl/_rels/workbook.xml.rels", _RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml")
        )
        with package.open("xl/worksheets/sheet1.xml", "w") as handle:
            handle.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for cells in (header, *rows):
                handle.write(f"<row>{''.join(map(_cell, cells))}</row>".encode("utf-8", "replace"))
            handle.write(b"</sheetData></worksheet>")


def _cell(text: str) -> str:
    kept = "".join(character for character in str(text) if character >= " " or character in "\t\n")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'


_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/{{kind}}" Target="{{target}}"/></Relationships>'
)
_WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>'
)


def _refuse(*declaration: object) -> None:
    raise BadWorkbook("document type")


def _blocks(handle: IO[bytes]) -> Iterator[bytes]:
    total = 0
    for block in iter(lambda: handle.read(BLOCK), b""):
        total += len(block)
        if total > UNPACKED_BYTES:
            raise BadWorkbook("too large")
        yield block


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _is_date(code: str) -> bool:
    first = QUOTED.sub("", code.partition(";")[0]).lower()
    return first != "general" and any(letter in first for letter in "ydhms")


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text
