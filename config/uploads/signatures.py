"""What a file is by its first bytes, whatever its name says. Pure."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
    (ZIP, "zip"),
    (b"PK\x05\x06", "zip"),
    (OLE, "ole"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ\x90\x00", "program"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def content_of(data):
    """Return the family of the content: `jpeg`, `zip`, `ole`, … `text`, or `binary` where nothing fits."""
    for start, family in _STARTS:
        if data.startswith(start):
            return family
    if data[:4] == b"RIFF":
        return "webp" if data[8:12] == b"WEBP" else "binary"
    if data[4:8] == b"ftyp":
        return "heic" if data[8:12] in _HEIF_BRANDS else "binary"
    if data.startswith(_UTF16) or b"\x00" not in data:
        return "text"
    return "binary"


def ole_kind(data):
    """Return what an OLE container holds: `password`, `old_word`, `old_excel`, or `broken`.

    Stream names stand in the directory as UTF-16, so a search over the bytes finds them without a parser.
    """
    for stream, code in (
        ("EncryptedPackage", "password"),
        ("WordDocument", "old_word"),
        ("Workbook", "old_excel"),
        ("Book", "old_excel"),
    ):
        if stream.encode("utf-16-le") in data:
            return code
    return "broken"
