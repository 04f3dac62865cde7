"""Read a web page or a pasted fragment: text by blocks, furniture handed over as fixes (lxml, no network)."""

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml import html as lxml_html

from cases.intake.receipt import Fix

SILENT = {"script", "style", "template", "noscript", "head", "svg", "iframe", "object", "canvas", "video", "audio"}
SILENT |= {"map", "datalist", "textarea", "select", "math", "rp"}
FURNITURE = {"nav", "footer", "aside", "form", "button", "menu"}
BLOCK_NAMES = """
address article blockquote body caption center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6
header hr html legend li main ol p pre section summary table tbody tfoot thead tr ul
"""
BLOCKS = set(BLOCK_NAMES.split()) | FURNITURE
# Chinese and its punctuation: a line break in the source between two of these is no space in the text.
WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…"
BREAK_IN_CHINESE = re.compile(f"(?<=[{WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{WIDE}])")
SPACES = re.compile("[ \t\r\n\f]+")


@dataclass
class Page:
    """A page's text, its furniture as fixes, and the title its own markup names."""

    text: str = ""
    fixes: list[Fix] = field(default_factory=list)
    title: str = ""


def has_blocks(source: str) -> bool:
    """Tell whether the source has block elements, so that its line breaks are layout and not the author's."""
    return bool(re.search(r"<(?:!doctype|html|body|p|div|table|tr|li|section|article|h[1-6])[\s>/]", source, re.I))


def read_html(source: str) -> Page:
    """Read the blocks in order. Scripts and styles vanish; navigation, forms and ruby readings become fixes."""
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", source)
    try:
        root = lxml_html.document_fromstring(source, parser=lxml_html.HTMLParser(encoding=None, huge_tree=False))
    except etree.ParserError:  # only comments, or nothing at all
        return Page()
    writer = _Writer()
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        writer.see(event, element)
    text, fixes = writer.finish()
    return Page(text, fixes, _title(root))


def _title(root: etree._Element) -> str:
    headings = [SPACES.sub(" ", element.text_content()).strip() for element in root.iter("h1")]
    headings = [heading for heading in headings if heading]
    if len(headings) == 1:
        return headings[0]
    declared = root.find(".//head/title")
    if declared is None or not declared.text:
        return headings[0] if headings else ""
    # Sites append their own name: title_column_site, title - site, title | site.
    return re.split(r"\s*(?:[_|｜]|\s[-–—]\s|--)", SPACES.sub(" ", declared.text).strip())[0]


class _Writer:
    """Collects text, one line a block; remembers what stands inside removed elements."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.spans: list[list] = []
        self.removed: list[str] = []
        self.silent = 0
        self.preformatted = 0

    def finish(self) -> tuple[str, list[Fix]]:
        text = "".join(self.pieces)
        trimmed = text.rstrip()
        fixes = [Fix(kind, at, trimmed[at:end]) for kind, at, end in self.spans if trimmed[at:end]]
        return trimmed, fixes

    def see(self, event: str, element: etree._Element) -> None:
        if event in ("comment", "pi"):
            self.write(element.tail)
            return
        tag = element.tag.lower() if isinstance(element.tag, str) else ""
        if event == "start":
            self.open(tag, element)
        else:
            self.close(tag)
            self.write(element.tail)

    def open(self, tag: str, element: etree._Element) -> None:
        self.silent += tag in SILENT
        self.preformatted += tag == "pre"
        if tag in BLOCKS:
            self.new_line()
        if kind := self.kind(tag):
            self.removed.append(kind)
        if tag == "br":
            self.raw("\n")
        elif tag in ("td", "th") and self.pieces and not self.pieces[-1].endswith("\n"):
            self.raw("\t")
        self.write(element.text)

    def close(self, tag: str) -> None:
        self.silent -= tag in SILENT
        self.preformatted -= tag == "pre"
        if tag in BLOCKS:
            self.new_line()
        if self.kind(tag):
            self.removed.pop()

    def kind(self, tag: str) -> str:
        if tag in FURNITURE:
            return "site_chrome"
        return {"rt": "ruby", "del": "tracked_deletion"}.get(tag, "")

    def new_line(self) -> None:
        while self.pieces and self.pieces[-1].strip(" ") == "" and not self.spans_end_here():
            self.length -= len(self.pieces.pop())
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.raw("\n")

    def spans_end_here(self) -> bool:
        return bool(self.spans) and self.spans[-1][2] == self.length

    def write(self, text: str | None) -> None:
        if not text or self.silent:
            return
        if not self.preformatted:
            text = SPACES.sub(" ", BREAK_IN_CHINESE.sub("", text))
            if not self.pieces or self.pieces[-1].endswith(("\n", " ")):
                text = text.lstrip(" ")
        self.raw(text)

    def raw(self, text: str) -> None:
        if not text or self.silent:
            return
        if self.removed:
            kind = self.removed[0]
            last = self.spans[-1] if self.spans else None
            if last and last[0] == kind and last[2] == self.length and kind != "ruby":
                last[2] += len(text)
            else:
                self.spans.append([kind, self.length, self.length + len(text)])
        self.pieces.append(text)
        self.length += len(text)
