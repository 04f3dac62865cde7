"""The text of a case as a Word file for an outside proof-reader, every change of whom Word records (pure).

The file names its case and revision in a bookmark, which Word, WPS and LibreOffice all keep, so that what comes back
finds its text. Changes since an earlier revision stand in it as tracked changes, to be read by people who stay in Word.
"""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

from config import official_layout as layout
from config.text import diff, paragraphs, unseen

MARK = re.compile(r"^case_(\d{4})_(\d{1,6})_r(\d{1,4})$")
# What stands behind `trackRevisions` in the settings, by the schema's order; the first of them that is there.
BEHIND = ("doNotTrackMoves", "doNotTrackFormatting", "documentProtection", "defaultTabStop", "evenAndOddHeaders")


def mark(year: int, sequence: int, revision: int) -> str:
    """Return the bookmark by which a file is known again."""
    return f"case_{year}_{sequence}_r{revision}"


def marked(root: etree._Element) -> tuple[int, int, int] | None:
    """Return year, sequence and revision of the file whose main part this is; None where it says nothing."""
    for bookmark in root.iter("{*}bookmarkStart"):
        if match := MARK.match(bookmark.get(qn("w:name"), "")):
            return int(match[1]), int(match[2]), int(match[3])
    return None


def copy(title: str, body: str, name: str, earlier: str | None = None) -> bytes:
    """Return the .docx: title, then the text; `earlier` is the text whose changes are to be seen, `name` the mark."""
    made = layout.document()
    layout.title(made, unseen.without_controls(title))
    _bookmark(made.paragraphs[0], name)
    body = unseen.without_controls(body)
    blocks = paragraphs.blocks(body)
    if earlier is None:
        for block in blocks:
            _paragraph(made, block.level).add_run(block.text)
    else:
        levels = {block.text: block.level for block in blocks}
        _changes(made, diff.compare(unseen.without_controls(earlier), body), levels)
    _protect(made)
    return layout.as_bytes(made)


def _paragraph(made: Document, level: int) -> Paragraph:
    if level:
        return layout.heading(made, "", level - 1)
    return layout.paragraph(made, "")


def _changes(made: Document, blocks: Iterable[diff.Block], levels: dict[str, int]) -> None:
    """Write what stayed, came and went, paragraph by paragraph; accepting all of it gives the present text."""
    number = 0
    for block in blocks:
        now = "".join(run.text for run in block.runs if run.kind != "delete").strip(" \t\u3000")
        paragraph = _paragraph(made, levels.get(now, 0))
        is_whole = {"added": "w:ins", "deleted": "w:del"}.get(block.kind)
        for run in block.runs:
            if not run.text:
                continue
            number += 1
            _run(paragraph, run, number)
        if is_whole:
            number += 1
            of_the_mark = OxmlElement("w:rPr")
            of_the_mark.append(_change(is_whole, number))
            paragraph._p.get_or_add_pPr().append(of_the_mark)


def _run(paragraph: Paragraph, run: diff.Run, number: int) -> None:
    written = paragraph.add_run(run.text)._r
    if run.kind == "equal":
        return
    wrapper = _change("w:ins" if run.kind == "insert" else "w:del", number)
    paragraph._p.replace(written, wrapper)
    wrapper.append(written)
    if run.kind == "delete":
        for text in written.findall(qn("w:t")):
            text.tag = qn("w:delText")
            text.set(qn("xml:space"), "preserve")


def _change(name: str, number: int) -> etree._Element:
    element = OxmlElement(name)
    element.set(qn("w:id"), str(number))
    element.set(qn("w:author"), _("The editors"))
    return element


def _bookmark(paragraph: Paragraph, name: str) -> None:
    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        element = OxmlElement(tag)
        element.set(qn("w:id"), "0")
        if tag == "w:bookmarkEnd":
            paragraph._p.append(element)
        else:
            element.set(qn("w:name"), name)
            paragraph._p.get_or_add_pPr().addnext(element)


def _protect(made: Document) -> None:
    """Have Word record every change, and allow no other way of working in the file."""
    tracking, guarding = OxmlElement("w:trackRevisions"), OxmlElement("w:documentProtection")
    guarding.set(qn("w:edit"), "trackedChanges")
    guarding.set(qn("w:enforcement"), "1")
    settings = made.settings.element
    behind = next((found for name in BEHIND if (found := settings.find(qn(f"w:{name}"))) is not None), None)
    for element in (tracking, guarding):
        if behind is None:
            settings.append(element)
        else:
            behind.addprevious(element)
