"""A .zip that came with a letter into the files in it, within bounds (pure).

Chinese programs write names in GBK without saying so, others in UTF-8. Nothing inside is unpacked again, no path in
a name is used, and every file goes through the gate by itself afterwards.
"""

import io
import lzma
import stat
import struct
import zipfile
import zlib

from cases.intake.mail_headers import characters, file_name

MAX_FILES = 30
MAX_BYTES = 40 * 1024 * 1024  # all files together: twice the largest letter
IS_UTF8, IS_LOCKED = 0x800, 0x1
PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Closed(Exception):
    """The archive stays shut; `code` is zip_locked, zip_too_many or zip_broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def files_in(data: bytes) -> list[tuple[str, bytes]]:
    """Return the name and bytes of each file of an archive, in its order. Raises: Closed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data), metadata_encoding="latin-1") as archive:
            entries = [entry for entry in archive.infolist() if _is_file(entry)]
            if any(entry.flag_bits & IS_LOCKED for entry in entries):
                raise Closed("zip_locked")
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise Closed("zip_too_many")
            return _read(archive, entries)
    except (
        *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError),
        *(OverflowError, struct.error),  # a place in the file that no file is long enough for
    ):
        raise Closed("zip_broken") from None


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> list[tuple[str, bytes]]:
    found, room = [], MAX_BYTES
    for entry in entries:
        if entry.compress_type not in PACKED_AS:
            raise Closed("zip_broken")
        with archive.open(entry) as stream:
            content = stream.read(room + 1)
        room -= len(content)
        if room < 0:
            raise Closed("zip_too_many")
        found.append((_name(entry), content))
    return found


def _is_file(entry: zipfile.ZipInfo) -> bool:
    """Tell a document from folders, links and what systems leave beside it."""
    last = entry.filename.rpartition("/")[2]
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return bool(last) and not is_link and not last.startswith(".") and not entry.filename.startswith("__MACOSX/")


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the last part of the name; without the mark of UTF-8 it is guessed, and GB18030 where it is not that."""
    name = entry.filename
    if not entry.flag_bits & IS_UTF8:
        name = characters(name.encode("latin-1"), "")
    return file_name(name.replace("\\", "/").rpartition("/")[2]) or "file"
