"""A case as an article for a 公众号: HTML whose every style stands inline, and its photos as files beside it.

The editor of a 公众号 drops stylesheets and classes, keeps inline styles, and takes photos from its own library alone:
so a line in the text says where each photo belongs, and the photos are numbered alike.
"""

import io
import zipfile

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.exports.word import Piece
from config.text import paragraphs, unseen
from config.uploads.names import safe_name

TEXT = "margin:0 0 16px;font-size:16px;line-height:1.8;color:#333333;text-align:justify;"
FIRST = "margin:28px 0 14px;font-size:18px;line-height:1.5;font-weight:bold;color:#b0211c;"
SECOND = "margin:20px 0 10px;font-size:16px;line-height:1.6;font-weight:bold;color:#333333;"
BY = "margin:0 0 24px;font-size:14px;line-height:1.6;color:#666666;"
PHOTO = "margin:16px 0;padding:12px;font-size:14px;line-height:1.6;color:#666666;text-align:center;background:#f6f6f6;"
IMAGE = "display:block;width:100%;height:auto;margin:16px 0 0;"
WHOLE = "max-width:677px;margin:0 auto;padding:16px;"
STYLES = {0: TEXT, 2: FIRST, 3: SECOND}


def article(piece: Piece, *, with_files: bool = False) -> str:
    """Return the article: headings, paragraphs, and a line for each photo; `with_files` shows those beside it, too."""
    lines = [_line(BY, piece.by)]
    lines += [
        _line(STYLES[block.level], block.text) for block in paragraphs.blocks(unseen.without_controls(piece.body))
    ]
    for number, row in enumerate(piece.pictures, 1):
        if with_files and row.data is not None:
            lines.append(
                f'<img style="{IMAGE}" src="{escape(_name(number, row.caption))}" alt="{escape(row.caption)}">'
            )
        lines.append(_line(PHOTO, place_of(number, row.caption)))
    return f'<section style="{WHOLE}">\n' + "\n".join(lines) + "\n</section>"


def place_of(number: int, caption: str) -> str:
    """Return the line that stands where a photo belongs."""
    told = {"number": number, "caption": caption or _("no caption")}
    return _("[Insert photo %(number)s here: %(caption)s]") % told


def archive(piece: Piece) -> bytes:
    """Return a zip: the article to open and copy from, and the photos."""
    title = escape(unseen.without_controls(piece.title))
    page = f'<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'
    page += f"{article(piece, with_files=True)}\n</body></html>\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_("Article") + ".html", page)
        for number, picture in enumerate(piece.pictures, 1):
            if picture.data is not None:
                packed.writestr(_name(number, picture.caption), picture.data)
    return out.getvalue()


def _name(number: int, caption: str) -> str:
    """Return where a photo lies beside the article."""
    return f"{pgettext('folder', 'Photos')}/{number} {safe_name(caption)}.jpg"


def _line(style: str, text: str) -> str:
    return f'<p style="{style}">{escape(unseen.without_controls(text))}</p>'
