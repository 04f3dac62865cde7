"""Rows out of a roster of any length, a block at a time. Runs in the bounded child only.

`config.uploads.tables` holds a whole sheet in memory and is for files that people look at; here a text of 200 MB
passes through in blocks of 5,000 rows, each compressed JSON.
"""

import codecs
import csv
import io
import json
import zlib

import python_calamine

from config.uploads.refusal import Rejected
from config.uploads.signatures import content_of
from config.uploads.tables import MAX_COLUMNS, cell_text

ROWS = 5_000
MAX_ROWS = 6_000_000  # no sheet of 200 MB has more


def blocks(data):
    """Read every sheet that has rows; a text is one sheet without a name. Raises: Rejected.

    Returns [[name, rows, blocks], …], and the blocks of all sheets in that order.
    """
    found = _csv(data) if content_of(data) == "text" else _workbook(data)
    head, blobs = [], []
    for name, rows in found:
        packed = list(_packed(rows))
        blobs += [block for _count, block in packed]
        if packed:
            head.append([name, packed[-1][0], len(packed)])
    return head, blobs


def unpack(block):
    """Return the rows of a block."""
    return json.loads(zlib.decompress(block))


def pack(rows):
    """Return a block of these rows."""
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(errors="surrogatepass"), 1)


def _packed(rows):
    """Yield (rows so far, block); a sheet in which no cell says anything yields nothing."""
    block, count, says_something = [], 0, False
    for row in rows:
        count += 1
        if count > MAX_ROWS or len(row) > MAX_COLUMNS:
            raise Rejected("too_many_rows", rows=MAX_ROWS, columns=MAX_COLUMNS)
        says_something = says_something or any(row)
        block.append(row)
        if len(block) >= ROWS and says_something:
            yield count, pack(block)
            block = []
    if block and says_something:
        yield count, pack(block)


def _workbook(data):
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
                raise Rejected("too_many_rows", rows=MAX_ROWS, columns=MAX_COLUMNS)
            yield name, ([cell_text(cell) for cell in row] for row in sheet.iter_rows())
    except python_calamine.CalamineError:
        raise Rejected("not_excel") from None


def _csv(data):
    encoding = _encoding(data)
    head = data[:4096].decode(encoding, "replace")
    csv.field_size_limit(100_000)
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    yield "", _sound(csv.reader((line.replace("\0", "") for line in text), delimiter=max(",\t;|", key=head.count)))


def _sound(rows):
    try:
        yield from rows
    except csv.Error:
        raise Rejected("not_table") from None


def _encoding(data):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for at in range(0, len(data), 1 << 20):
                decoder.decode(data[at : at + (1 << 20)])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Rejected("not_table")
