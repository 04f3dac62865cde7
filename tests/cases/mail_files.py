"""Letters as bytes, as clients write them."""

import base64
import io
import zipfile

from tests.cases.word_files import paragraph, run, word_file

NAMES = "赟玥㛃"  # 赟 is in GBK only, 㛃 in GB18030 only: what a reader of plain GB2312 loses
TEXT = "县里为货车司机建起驿站，登记党员12名。\n每月走访一次，解决停车难题3个。" * 3
AUTHORITY = "mx.news.example"


def word(text, charset="gb2312", real="gb18030"):
    """Write an encoded word as old clients do: the small set's name over the large set's bytes."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(real)).decode()}?="


def letter(
    text=TEXT,
    *,
    subject="司机驿站的一年",
    sender="li@county.example",
    name=NAMES,
    message_id="<1@county.example>",
    files=(),
    headers="",
    verified=False,
):
    """Write a letter labelled gb2312 with its attachments, as (name, bytes)."""
    if verified:
        headers = f"Authentication-Results: {AUTHORITY}; dmarc=pass header.from=county.example\r\n" + headers
    head = (
        f"{headers}Message-ID: {message_id}\r\nFrom: {word(name)} <{sender}>\r\n"
        f"Subject: {word(subject)}\r\nDate: Mon, 16 Nov 2026 09:00:00 +0800\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_edge"\r\n\r\n'
    )
    parts = [
        b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text.encode("gb18030")
    ]
    for filename, data in files:
        parts.append(
            f'Content-Type: application/octet-stream; name="{word(filename)}"\r\n'
            f'Content-Disposition: attachment; filename="{word(filename)}"\r\n'
            "Content-Transfer-Encoding: base64\r\n\r\n".encode()
            + base64.encodebytes(data)
        )
    edged = b"".join(b"--=_edge\r\n" + part + b"\r\n" for part in parts)
    return head.encode() + edged + b"--=_edge--\r\n"


def document(text=TEXT):
    """A small .docx."""
    return word_file(*(paragraph(run(line)) for line in text.split("\n")))


def archive(*files, charset="gb18030", is_marked=False):
    """A .zip of (name, bytes) with names in a charset, and the mark of UTF-8 only on request."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files:
            opened.writestr(_Entry(name, charset, is_marked), data)
    return buffer.getvalue()


class _Entry(zipfile.ZipInfo):
    """An entry whose name is written as other programs write it."""

    def __init__(self, name, charset, is_marked):
        super().__init__(name)
        self.compress_type = zipfile.ZIP_DEFLATED
        self.written = name.encode(charset), 0x800 if is_marked else 0

    def _encodeFilenameFlags(self):  # noqa: N802 - zipfile's name
        return self.written[0], self.flag_bits | self.written[1]
