"""Files built for the upload tests: honest ones, and ones put together by hand to deceive."""

import io
import struct
import zipfile
import zlib

from docx import Document
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def word(*paragraphs):
    """Return a .docx as python-docx writes it."""
    document = Document()
    for paragraph in paragraphs or ("支部每月走访一次物流企业。",):
        document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def package(
    parts=None, *, main="word/document.xml", main_type=WORD, types="", relations="", body="<w/>", **zip_options
):
    """Return a minimal office package; `parts` are added as they are, `types` and `relations` as XML."""
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{main_type}"/>{types}</Types>',
        "_rels/.rels": relationships(f'<Relationship Id="r1" Type="{RELATION}officeDocument" Target="{main}"/>'),
        main: body,
        **(parts or {}),
    }
    if relations:
        members["word/_rels/document.xml.rels"] = relationships(relations)
    return zipped(members.items(), **zip_options)


def workbook(parts=None, **options):
    """Return a minimal .xlsx."""
    return package(parts, main="xl/workbook.xml", main_type=EXCEL, **options)


def relationships(inner):
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
    )


def outside(kind, target):
    """Return a relationship that points out of the document."""
    return f'<Relationship Id="r2" Type="{RELATION}{kind}" Target="{target}" TargetMode="External"/>'


def zipped(members, *, unseekable=False):
    """Return a zip of (name or ZipInfo, content) pairs; unseekable writes data descriptors, as Java does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(_Stream(buffer) if unseekable else buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


class _Stream:
    """A file that can only be written on."""

    def __init__(self, buffer):
        self.buffer = buffer

    def write(self, data):
        return self.buffer.write(data)

    def flush(self):
        pass


def photo(width=640, height=480, form="JPEG", **options):
    """Return a picture whose upper left quarter is red, the rest blue."""
    image = Image.new("RGB", (width, height), (20, 40, 200))
    image.paste((220, 20, 20), (0, 0, width // 2, height // 2))
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png_header(width, height):
    """Return a PNG that promises a size and brings next to nothing."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
