"""Word and Excel files: nothing runs, nothing loads, nothing explodes. Pure.

`check_docx` and `check_xlsx` read every member once. Each XML part goes whole through expat, which stops at
the first declaration (so no entity is ever expanded), and whose events tell content types, relationships
and field codes apart; other parts are inflated in steps and thrown away.

Word documents are checked in the web process: memory is bounded by their XML (50 MB), time by the counters
below (the worst file they let through is measured by `bench/drill_uploads.py`), and a usual document costs
milliseconds where a child costs a tenth of a second. Workbooks have parts three times as large and go through
the bounded child.

Allowed, because honest files carry it: links that open on a click; pictures that Word or WPS left linked to
the page or local folder they were pasted from; a template named by a local path; the small workbook behind a
chart, which must pass the same rules and may nest nothing itself. Refused: macros, ActiveX, other embedded
objects, imported chunks, fields and relationships that fetch something on opening.
Source: security promises 31, 32 and 34; which relationships load is our reading of ECMA-376 part 1.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from config.uploads import container
from config.uploads.refusal import Rejected
from config.uploads.signatures import ZIP, content_of, ole_kind

MAX_DEPTH = 250
_NESTED = {"zip", "ole", "archive", "program", "rtf", "pdf"}
_LOCAL_PATH = re.compile(r"(?i)^(file:/{0,3})?[a-z]:[\\/]|^file://(localhost)?/[^/\\]|^[^:/\\]+$")
_WEB = re.compile(r"(?i)^https?://")
_UNC_IN_FIELD = re.compile(r"[\s\"]\\{2,4}[^\\\s\"*@#]|file:/{2}[^/]")
_LOADING_FIELDS = {"DDE", "DDEAUTO", "LINK", "INCLUDETEXT", "INCLUDE", "IMPORT", "DATABASE"}
_PROJECTS = ("vbaproject.bin", "vbadata.xml")
_EMBEDDING = {"oleObject", "aFChunk", "control", "activeXControlBinary", "vbaProject", "attachedToolbars"}


@dataclass(frozen=True)
class Format:
    """What one office format must be, and how much XML of it is read, all parts together."""

    main: str
    wrong: str
    xml_bytes: int
    elements: int


DOCX = Format("wordprocessingml.document.main+xml", "not_word", 50 * 1024 * 1024, 2_000_000)
XLSX = Format("spreadsheetml.sheet.main+xml", "not_excel", 150 * 1024 * 1024, 12_000_000)
CHART = Format(XLSX.main, "not_excel", 20 * 1024 * 1024, 500_000)


def check_docx(data):
    """Let a Word document pass, or raise Rejected."""
    _check(data, DOCX)


def check_xlsx(data):
    """Let an Excel workbook pass, or raise Rejected."""
    _check(data, XLSX)


def _check(data, wanted, budget=None):
    family = content_of(data)
    if family == "ole":
        code = ole_kind(data)
        raise Rejected(code if code == "password" else wanted.wrong)
    if family != "zip":
        raise Rejected(wanted.wrong)
    members = container.members(data)
    by_name = {member.name.lower(): member for member in members}
    if "[content_types].xml" not in by_name or "_rels/.rels" not in by_name:
        raise Rejected(wanted.wrong)
    if any(name.endswith(_PROJECTS) for name in by_name):
        raise Rejected("macro")  # Word asks the declared types alone; other readers go by the name
    reader = _Reader(data, wanted, budget or container.Budget(len(data)))
    types, main = _Types(), []
    first = by_name["[content_types].xml"]
    reader.parse(first, types.start)
    _check_types(types, wanted)
    for member in members:
        if member is not first and not member.name.endswith("/"):
            _check_part(reader, member, types.of(member.name), main)
    if len(main) != 1 or not types.of(main[0]).endswith(wanted.main):
        raise Rejected(wanted.wrong)
    if main[0].lower() not in by_name:
        raise Rejected("damaged_container")


def _check_types(types, wanted):
    """Refuse what the list of content types already gives away."""
    listed = sorted({*types.defaults.values(), *types.overrides.values()})
    if any(re.search(r"macroenabled|vbaproject|vbadata", content_type) for content_type in listed):
        raise Rejected("macro")
    for content_type in listed:
        if "activex" in content_type:
            raise Rejected("embedded", part="ActiveX")
        if re.search(r"externallink|\.connections\+xml|querytable", content_type):
            raise Rejected("external", part=content_type.rpartition(".")[2].removesuffix("+xml"))
    if not any(content_type.endswith(wanted.main) for content_type in types.overrides.values()):
        raise Rejected(wanted.wrong)


def _check_part(reader, member, content_type, main):
    """Read one part to its end: parsed if it is XML, else only inflated and recognised."""
    name = member.name.lower()
    if name.endswith(".rels"):
        reader.parse(member, _Relations(top=name == "_rels/.rels", main=main).start)
    elif name.endswith((".xml", ".vml")) or content_type.endswith(("+xml", "/xml")):
        fields = _Fields()
        reader.parse(member, fields.start, fields.end, fields.text)
        fields.finish()
    else:
        _check_blob(reader, member)


def _check_blob(reader, member):
    """Unpack a part that is not XML and throw it away; only a chart's workbook is looked into."""
    kept, head = [], b""
    for chunk in reader.chunks(member):
        head = head or chunk
        if head.startswith(ZIP) and member.name.lower().endswith(".xlsx") and member.unpacked <= CHART.xml_bytes:
            kept.append(chunk)
    if kept and reader.wanted is not CHART:
        _check(b"".join(kept), CHART, reader.budget)
    elif content_of(head) in _NESTED:
        raise Rejected("embedded", part=member.name.rpartition("/")[2])


class _Reader:
    """Reads the parts of one document and counts what it reads against the limits of its format."""

    def __init__(self, data, wanted, budget):
        self.data = data
        self.wanted = wanted
        self.budget = budget
        self.bytes_left = wanted.xml_bytes
        self.elements_left = wanted.elements
        self.depth = 0

    def chunks(self, member):
        return container.inflate(self.data, member, self.budget)

    def parse(self, member, start, end=None, text=None):
        """Parse one part; `start(local name, attributes)`, `end(local name)` and `text(characters)` hear of it."""
        self.bytes_left -= member.unpacked
        if self.bytes_left < 0:
            raise Rejected("too_long")
        body = b"".join(self.chunks(member))
        self.depth = 0
        parser = expat.ParserCreate(namespace_separator="\n")
        parser.buffer_text = True

        def declaration(*args):
            raise Rejected("doctype", part=member.name)

        def opened(tag, attributes):
            self.elements_left -= 1
            self.depth += 1
            if self.elements_left < 0 or self.depth > MAX_DEPTH:
                raise Rejected("too_long")
            start(tag.rpartition("\n")[2], attributes)

        def closed(tag):
            self.depth -= 1
            if end:
                end(tag.rpartition("\n")[2])

        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = declaration
        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        if text:
            parser.CharacterDataHandler = text
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, ValueError):
            raise Rejected("damaged_container") from None


@dataclass
class _Types:
    """`[Content_Types].xml`: by ending and by part name."""

    defaults: dict = field(default_factory=dict)
    overrides: dict = field(default_factory=dict)

    def start(self, tag, attributes):
        content_type = attributes.get("ContentType", "").lower()
        if tag == "Default":
            self.defaults[attributes.get("Extension", "").lower()] = content_type
        elif tag == "Override":
            self.overrides[attributes.get("PartName", "").lstrip("/").lower()] = content_type

    def of(self, name):
        name = name.lower()
        return self.overrides.get(name) or self.defaults.get(name.rpartition(".")[2], "")


@dataclass
class _Relations:
    """A `.rels` part: where the main part is, and whether anything reaches outside."""

    top: bool
    main: list

    def start(self, tag, attributes):
        if tag != "Relationship":
            return
        kind = attributes.get("Type", "").rpartition("/")[2]
        target = attributes.get("Target", "")
        if self.top and kind == "officeDocument":
            self.main.append(target.lstrip("/"))
        if kind == "vbaProject":
            raise Rejected("macro")
        if attributes.get("TargetMode") == "External":
            if not _harmless(kind, target):
                raise Rejected("external", part=kind)
        elif kind in _EMBEDDING:
            raise Rejected("embedded", part=target.rpartition("/")[2])


def _harmless(kind, target):
    """Say whether an outside target waits for a click, is a pasted picture, or lies on the reader's own disk."""
    if kind == "hyperlink":
        return True
    if kind == "image":
        return bool(_WEB.match(target) or _LOCAL_PATH.match(target))
    return kind == "attachedTemplate" and bool(_LOCAL_PATH.match(target))


class _Fields:
    """Field codes of a Word part, put together from the runs they are scattered over."""

    def __init__(self):
        self.open = []
        self.inside = 0

    def start(self, tag, attributes):
        if tag == "fldChar":
            self._mark(next((value for key, value in attributes.items() if key.endswith("fldCharType")), ""))
        elif tag == "instrText":
            self.inside += 1
        elif tag == "fldSimple":
            self._judge(next((value for key, value in attributes.items() if key.endswith("instr")), ""))
        elif tag == "ddeLink":
            raise Rejected("external", part="DDE")

    def end(self, tag):
        if tag == "instrText":
            self.inside -= 1

    def text(self, characters):
        if self.inside:
            if not self.open:
                self.open.append([])
            self.open[-1].append(characters)

    def finish(self):
        """Judge the fields that were never closed."""
        for pieces in self.open:
            self._judge("".join(pieces))

    def _mark(self, kind):
        if kind == "begin":
            self.open.append([])
        elif kind in ("separate", "end") and self.open:
            self._judge("".join(self.open[-1]))
            self.open[-1] = []
            if kind == "end":
                self.open.pop()

    def _judge(self, code):
        word = (code.split(None, 1) or [""])[0].upper()
        if word in _LOADING_FIELDS or (word != "HYPERLINK" and _UNC_IN_FIELD.search(code)):
            raise Rejected("external", part=word[:20])
