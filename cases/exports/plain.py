"""A case as plain text for an e-paper's own layout program: one paragraph a line, two full-width spaces before it."""

from django.utils.translation import gettext as _

from cases.exports.word import Piece
from config.text import paragraphs, unseen

INDENT = "\u3000\u3000"
BYTE_ORDER = "\ufeff"  # Chinese Windows programs take a text without it for GBK


def text(piece: Piece) -> bytes:
    """Return title, byline, the text and a line for each photo, in UTF-8 with a mark and Windows line ends."""
    lines = [unseen.without_controls(piece.title), unseen.without_controls(piece.by), ""]
    for block in paragraphs.blocks(unseen.without_controls(piece.body)):
        lines.append(f"{INDENT}{block.text}")
    for number, picture in enumerate(piece.pictures, 1):
        caption = unseen.without_controls(picture.caption) or _("no caption")
        lines.append(_("[Photo %(number)s] %(caption)s") % {"number": number, "caption": caption})
    return (BYTE_ORDER + "\r\n".join(lines) + "\r\n").encode()
