"""Read a Word file without losing or adding a word (own OOXML pass on lxml).

The common readers drop the characters under a phonetic guide and mix in deleted text. This one keeps
ruby bases and tracked insertions, and hands phonetic readings, deletions and hidden text over as fixes,
so the receipt shows them and an editor can put them back.
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from lxml import etree

from cases.intake.docx_package import Package, local_name
from cases.intake.receipt import Caution, Fix, apply

# Word's phonetic guide in older files: EQ \* jc2 \* hps10 \o\ad(\s\up 9(dǎng),党)
NAMED, NAMED_CHARACTERS = 5, 12  # how many automatically numbered paragraphs a warning names, by how many characters
EQ_GUIDE = re.compile(r"\\s\\up\s*\d*\s*[(（]([^()（）]*)[)）]\s*[,;，]\s*([^()（）]*)[)）]")
SKIPPED = {"instrText", "delInstrText", "pPr", "rPr", "tblPr", "tcPr", "sectPr", "rubyPr", "sdtPr", "Fallback"}
SKIPPED |= {"trPr", "footnoteRef", "endnoteRef", "annotationRef", "tblGrid", "binData", "fldData", "posOffset"}
REMOVED = {"del": "tracked_deletion", "moveFrom": "tracked_move"}
REFUSED = {"ins": "tracked_insertion", "moveTo": "tracked_move"}  # what goes where no revision is accepted
COUNTED = {"ins": "insertions", "del": "deletions", "moveTo": "moves", "ruby": "ruby"}


@dataclass
class Word:
    """What a Word file says: its text, what the reader takes out, counts of what it met, its title."""

    text: str = ""
    fixes: list[Fix] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    title: str = ""


def read_docx(data: bytes) -> tuple[Word, list[Caution]]:
    """Read the main part, then foot- and endnotes, each text box and table row once.

    Raises: FileRefused or Unreadable from the container; Unreadable if the document part is broken.
    """
    package = Package(data)
    reader = _Reader(package.style_names())
    body = package.main().find("{*}body")
    for part in (body, *package.notes()):
        if part is not None:
            reader.block(part)
    word = reader.finish()
    word.counts["comments"] = package.comment_count()
    return word, _cautions(word.counts, reader.numbered)


def both_readings(data: bytes) -> tuple[str, str]:
    """Return the text with every tracked change accepted, and with none. Raises: as `read_docx`."""
    package = Package(data)
    return tuple(_plain(package, removed) for removed in (REMOVED, REFUSED))


def _plain(package: Package, removed: dict[str, str]) -> str:
    reader = _Reader(package.style_names(), removed)
    for part in (package.main().find("{*}body"), *package.notes()):
        if part is not None:
            reader.block(part)
    word = reader.finish()
    return apply(word.text, word.fixes)


def _cautions(counts: dict[str, int], numbered: list[str]) -> list[Caution]:
    cautions = []
    revisions = [counts.get(name, 0) for name in ("insertions", "deletions", "moves")]
    if any(revisions):
        cautions.append(
            Caution(
                "unaccepted_revisions",
                _(
                    "The Word file has revisions nobody accepted (%(insertions)d insertions, %(deletions)d "
                    "deletions, %(moves)d moves). The text was read as if all were accepted: ask which one was "
                    "signed off."
                )
                % dict(zip(("insertions", "deletions", "moves"), revisions, strict=True)),
            )
        )
    for name, text in (
        ("ruby", _("%(n)d phonetic guides were taken out of the Word file.")),
        ("comments", _("The Word file has %(n)d comments; they are not part of the text.")),
        ("notes", _("%(n)d foot- or endnotes stand at the end of the text.")),
        ("symbols", _("%(n)d symbols of a picture font could not be read.")),
        ("chunks", _("The Word file embeds %(n)d other documents, which were not read.")),
        ("pictures", _("The Word file holds %(n)d pictures; add them as photos of the case.")),
    ):
        if counts.get(name):
            cautions.append(Caution(f"word_{name}", text % {"n": counts[name]}))
    if numbered:
        named = "、".join(f"“{words}”" for words in numbered[:NAMED]) + ("……" if len(numbered) > NAMED else "")
        text = _(
            "%(n)d paragraphs were numbered by Word itself, so their numbers are missing here. Add them: %(named)s"
        )
        cautions.append(Caution("word_numbered", text % {"n": len(numbered), "named": named}))
    return cautions


class _Reader:
    """One walk over the document: text in pieces, and the spans that are read but not kept."""

    def __init__(self, style_names: dict[str, str], removes: dict[str, str] = REMOVED) -> None:
        self.removes = removes
        self.style_names = style_names
        self.pieces: list[str] = []
        self.length = 0
        self.spans: list[list] = []
        self.counts: dict[str, int] = {}
        self.numbered: list[str] = []
        self.boxes: list[tuple[etree._Element, str]] = []
        self.title = ""

    def finish(self) -> Word:
        text = "".join(self.pieces).rstrip("\n")
        fixes = [Fix(kind, at, text[at:end]) for kind, at, end in self.spans if text[at:end]]
        return Word(text, fixes, self.counts, self.title)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def emit(self, text: str, removed: str = "") -> None:
        """Add text; with `removed`, the kind of fix that takes it out again."""
        if not text:
            return
        if removed:
            last = self.spans[-1] if self.spans else None
            if last and last[0] == removed and last[2] == self.length and removed != "ruby":
                last[2] += len(text)
            else:
                self.spans.append([removed, self.length, self.length + len(text)])
        self.pieces.append(text)
        self.length += len(text)

    def block(self, parent: etree._Element, removed: str = "") -> None:
        """Read paragraphs and tables below an element, through every wrapper Word puts around them."""
        for child in parent:
            name = local_name(child)
            if name == "p":
                self.paragraph(child, removed)
            elif name == "tbl":
                self.table(child, removed)
            elif name == "altChunk":
                self.count("chunks")
            elif name == "AlternateContent":
                self.block(_chosen(child), removed)
            elif name and name not in SKIPPED:
                if name in ("footnote", "endnote"):
                    self.count("notes")
                self.block(child, self.removes.get(name, removed))

    def paragraph(self, paragraph: etree._Element, removed: str) -> None:
        mark = self.mark_of(paragraph, "{*}pPr/{*}rPr")
        for name in ("ins", "del"):
            if paragraph.find(f"{{*}}pPr/{{*}}rPr/{{*}}{name}") is not None:
                self.count(COUNTED[name])
        start, first = self.length, len(self.pieces)
        self.inline(paragraph, removed)
        if paragraph.find("{*}pPr/{*}numPr") is not None and self.length > start:
            self.numbered.append("".join(self.pieces[first:]).strip()[:NAMED_CHARACTERS])
        style = paragraph.find("{*}pPr/{*}pStyle")
        if not self.title and style is not None and self.style_names.get(_attribute(style, "val")) == "title":
            self.title = "".join(self.pieces)[start:].strip()
        self.emit("\n", removed or mark)
        boxes, self.boxes = self.boxes, []
        for box, box_removed in boxes:
            self.block(box, box_removed)

    def mark_of(self, element: etree._Element, properties: str) -> str:
        """Return as what the end of a paragraph, or a whole row, is taken out; "" where it stays."""
        name = "del" if "del" in self.removes else "ins"
        return self.removes[name] if element.find(f"{properties}/{{*}}{name}") is not None else ""

    def inline(self, parent: etree._Element, removed: str) -> None:
        for child in parent:
            name = local_name(child)
            if name in COUNTED:
                self.count(COUNTED[name])
            if name in ("t", "delText"):
                self.emit(child.text or "", removed)
            elif name == "r":
                hidden = child.find("{*}rPr/{*}vanish")
                shown = hidden is None or _attribute(hidden, "val") in ("0", "false", "off")
                self.inline(child, removed or ("" if shown else "hidden_text"))
            elif name == "ruby":
                self.ruby(child, removed)
            elif name == "txbxContent":
                self.boxes.append((child, removed))
            elif name == "AlternateContent":
                self.inline(_chosen(child), removed)
            elif name == "instrText":
                self.guide_field(child.text or "", removed)
            elif name == "p":
                self.paragraph(child, removed)
            elif name == "tbl":
                self.table(child, removed)
            else:
                self.small(child, name, removed)

    def small(self, child: etree._Element, name: str, removed: str) -> None:
        """Read what stands for one character, count what cannot be read, and walk through any other wrapper."""
        if name in ("tab", "ptab"):
            self.emit("\t", removed)
        elif name in ("br", "cr"):
            self.emit("\n", removed)
        elif name == "noBreakHyphen":
            self.emit("-", removed)
        elif name == "sym":
            self.count("symbols")
        elif name in ("drawing", "pict", "object"):
            self.picture(child)
            self.inline(child, removed)
        elif name and name not in SKIPPED:
            self.inline(child, self.removes.get(name, removed))

    def picture(self, drawing: etree._Element) -> None:
        if next(drawing.iter("{*}blip", "{*}imagedata"), None) is not None:
            self.count("pictures")

    def ruby(self, ruby: etree._Element, removed: str) -> None:
        for base in ruby.findall("{*}rubyBase"):
            self.inline(base, removed)
        for reading in ruby.findall("{*}rt"):
            self.inline(reading, removed or "ruby")

    def guide_field(self, code: str, removed: str) -> None:
        if not code.lstrip().upper().startswith("EQ"):
            return
        for reading, base in EQ_GUIDE.findall(code):
            self.count("ruby")
            self.emit(base, removed)
            self.emit(reading, removed or "ruby")

    def table(self, table: etree._Element, removed: str) -> None:
        """Read row by row: one line of cells with tabs between, or line by line where a cell has several."""
        for row in table.iter("{*}tr"):
            if next(row.iterancestors("{*}tbl")) is not table:
                continue
            row_removed = removed or self.mark_of(row, "{*}trPr")
            cells = [cell for cell in row.iter("{*}tc") if next(cell.iterancestors("{*}tr")) is row]
            if any(_line_count(cell) > 1 for cell in cells):
                for cell in cells:
                    self.block(cell, row_removed)
                continue
            for index, cell in enumerate(cells):
                if index:
                    self.emit("\t", row_removed)
                for paragraph in cell.iter("{*}p"):
                    self.inline(paragraph, row_removed)
            self.emit("\n", row_removed)
            boxes, self.boxes = self.boxes, []
            for box, box_removed in boxes:
                self.block(box, box_removed)


def _line_count(cell: etree._Element) -> int:
    return sum(1 for paragraph in cell.iter("{*}p") if next(paragraph.iter("{*}t", "{*}delText"), None) is not None)


def _chosen(alternate: etree._Element) -> etree._Element:
    """Take the first choice; the fallback says the same again for older programs."""
    choice = alternate.find("{*}Choice")
    if choice is None:
        choice = alternate.find("{*}Fallback")
    return alternate.makeelement("none") if choice is None else choice


def _attribute(element: etree._Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
