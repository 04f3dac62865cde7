"""A case as a Word file in the layout of official documents (pure)."""

import io
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from docx.document import Document

from config import official_layout as layout
from config.text import paragraphs, unseen

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Picture:
    """A photo as it is printed; `data` is None where its file is not to be had."""

    data: bytes | None
    caption: str


@dataclass(frozen=True)
class Piece:
    """What is printed of a case: title, who wrote it, the text, the photos after it."""

    title: str
    by: str
    body: str
    pictures: list[Picture] = field(default_factory=list)


def one(piece: Piece) -> bytes:
    """Return a .docx of one case."""
    made = layout.document()
    layout.title(made, unseen.without_controls(piece.title), by=unseen.without_controls(piece.by))
    _write(made, piece)
    return layout.as_bytes(made)


def collection(title: str, pieces: list[Piece]) -> bytes:
    """Return a .docx of several cases: title and contents on the first page, each case on a page of its own."""
    made = layout.document()
    layout.title(made, unseen.without_controls(title))
    layout.contents(made, [unseen.without_controls(piece.title) for piece in pieces])
    for number, piece in enumerate(pieces, 1):
        layout.part_title(made, unseen.without_controls(piece.title), number, by=unseen.without_controls(piece.by))
        _write(made, piece)
    return layout.as_bytes(made)


def _write(made: Document, piece: Piece) -> None:
    """Write text and photos: 一、 as headings of the first level, （一） of the second, the words as they are."""
    for block in paragraphs.blocks(unseen.without_controls(piece.body)):
        if block.level:
            layout.heading(made, block.text, block.level - 1)
        else:
            layout.paragraph(made, block.text)
    for number, picture in enumerate(piece.pictures, 1):
        caption = unseen.without_controls(picture.caption) or _("Photo %(number)s") % {"number": number}
        if picture.data is None:
            layout.paragraph(made, _("[%(caption)s: the file of this photo is missing]") % {"caption": caption})
        else:
            layout.picture(made, io.BytesIO(picture.data), caption)
