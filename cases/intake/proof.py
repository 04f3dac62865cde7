"""What comes back from a proof-reader: the text with all changes accepted, and which text it was made from (pure)."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from lxml import etree

from cases.exports import proof
from cases.intake import reading
from cases.intake.docx_package import Package, local_name
from cases.proofing import Touch
from config.errors import Unreadable
from config.uploads import gate


@dataclass(frozen=True)
class Returned:
    """A proof-read text. `made_from` is year, sequence and revision, None where the file does not say.

    The counts are of what the file carried: insertions, deletions, and comments, which are no part of the text.
    """

    title: str
    body: str
    made_from: tuple[int, int, int] | None
    insertions: int
    deletions: int
    comments: int
    touches: dict[str, list[Touch]] = field(default_factory=dict)


CAME, WENT = frozenset({"ins", "moveTo"}), frozenset({"del", "moveFrom"})


def read(data: bytes, filename: str, base: str) -> Returned:
    """Read a proof-reader's Word file; a paragraph that stayed keeps the indent it has in `base`.

    Raises: FileRefused or Unreadable with the sentence for the sender.
    """
    gate.admit("text", filename, data)
    found = reading.read(data, filename)
    if found.format not in ("docx", "doc"):
        raise Unreadable(_("Send back the Word file that the proof-reader worked in (.docx or .doc)."), code="no_word")
    main = Package(data).main() if found.format == "docx" else None
    made_from = proof.marked(main) if main is not None else None
    text, taken = found.text, 0
    for fix in sorted(found.fixes, key=lambda each: each.at):
        text = text[: fix.at - taken] + text[fix.at - taken + len(fix.removed) :]
        taken += len(fix.removed)
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        raise Unreadable(_("Only a title or nothing at all is left in this file. Check that it is the right one."))
    known = {line.strip(): line.rstrip() for line in base.split("\n")}
    body = "\n".join(known.get(line.strip(), line) for line in lines[1:])
    counts = found.counts
    return Returned(
        lines[0].strip(), body, made_from,
        counts.get("insertions", 0) + counts.get("moves", 0), counts.get("deletions", 0), counts.get("comments", 0),
        touched(main) if main is not None else {},
    )  # fmt: skip


def touched(main: etree._Element) -> dict[str, list[Touch]]:
    """Return the tracked changes of each paragraph, by its words with all accepted; of one that went, by its own."""
    kept, own = {}, {}
    for text in main.iter("{*}t", "{*}delText"):
        change, paragraph = _around(text)
        if paragraph is None:
            continue
        if change is None or local_name(change) in CAME:
            kept.setdefault(paragraph, []).append(text.text or "")
        if change is not None:
            own.setdefault(paragraph, []).append(
                Touch(_said(change, "author"), _said(change, "date")[:10], text.text or "")
            )
    found = {}
    for paragraph, touches in own.items():
        words = "".join(kept.get(paragraph, ())).strip() or "".join(touch.text for touch in touches).strip()
        found.setdefault(words, touches)
    return found


def _around(text: etree._Element) -> tuple[etree._Element | None, etree._Element | None]:
    """Return the innermost tracked change around a text, and its paragraph, climbing once: paragraphs can nest."""
    change = None
    for above in text.iterancestors():
        name = local_name(above)
        if name == "p":
            return change, above
        if change is None and name in CAME | WENT:
            change = above
    return change, None


def _said(change: etree._Element, name: str) -> str:
    value = next((value for key, value in change.attrib.items() if key.rpartition("}")[2] == name), "")
    return " ".join(value.split())[:60]
