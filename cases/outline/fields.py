"""Bound fields within a draft's text: {{3 走访慰问 · 2026年}} stands for field 3, whatever is written behind it (pure).

The number alone binds; the words are there for whoever reads the box they type in, and are put right on every save.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LABEL_CHARACTERS = 40
TOKEN = re.compile(r"[{\uff5b]{2}[ \u3000]*(\d{1,3})(?!\d)[^{}\uff5b\uff5d\n]{0,80}[}\uff5d]{2}")
LEAD = re.compile(r"(?:截至[^，{}。]{2,20}|[^，{}。]{4,24}(?:年|月|季度|日|以来))，")
BRACES = re.compile(r"[{\uff5b]{2}|[}\uff5d]{2}")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: plain words, or the field of this number. `start` and `end` are its place in the box."""

    text: str
    number: int | None
    start: int
    end: int


def token(number: int, label: str) -> str:
    """Write a field as it stands in the box."""
    words = " ".join(re.sub(r"[{}\uff5b\uff5d\s]+", " ", label).split())[:LABEL_CHARACTERS]
    return f"{{{{{number} {words}}}}}" if words else f"{{{{{number}}}}}"


def pieces(text: str) -> Iterator[Piece]:
    """Yield a text as plain stretches and fields, in order; nothing is left out."""
    at = 0
    for found in TOKEN.finditer(text):
        if found.start() > at:
            yield Piece(text[at : found.start()], None, at, found.start())
        yield Piece(found[0], int(found[1]), found.start(), found.end())
        at = found.end()
    if at < len(text):
        yield Piece(text[at:], None, at, len(text))


def numbers(text: str) -> set[int]:
    """Return which fields a text uses."""
    return {piece.number for piece in pieces(text) if piece.number is not None}


def relabelled(text: str, labels: dict[int, str]) -> str:
    """Write every known field anew with its own label; unknown ones stay as they were typed."""
    return "".join(
        token(piece.number, labels[piece.number]) if piece.number in labels else piece.text for piece in pieces(text)
    )


def is_broken(text: str) -> bool:
    """Tell whether double braces stand in a text that make no field: {{3 is not closed."""
    return any(piece.number is None and BRACES.search(piece.text) for piece in pieces(text))


def joined(sentences: list[str]) -> str:
    """Write sentences as one paragraph; those that begin with the same days say them once, with ； between."""
    paragraph, before = "", ""
    for sentence in sentences:
        lead, clause = _split(sentence)
        if lead and lead == before:
            paragraph = f"{paragraph.removesuffix('。')}；{clause}。"
        else:
            paragraph += sentence
        before = lead
    return paragraph


def without_sentence(text: str, sentence: str) -> str | None:
    """Take a sentence out as it was put in, alone or joined to others; None where it was changed since."""
    clause = _split(sentence)[1]
    for written in (f"；{clause}", f"{clause}；", sentence):
        if written in text:
            left = text.replace(written, "", 1)
            return re.sub(r"\n{3,}", "\n\n", left).strip("\n")
    return None


def _split(sentence: str) -> tuple[str, str]:
    """Return the days a sentence begins with, "" for none, and the rest of it without its full stop."""
    lead = LEAD.match(sentence)
    return (lead[0], sentence[lead.end() :].removesuffix("。")) if lead else ("", sentence.removesuffix("。"))
