"""The one gate: which files pass through which door, decided by name, first bytes and content together."""

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from config.uploads import office, old_word
from config.uploads.bounded import inline, refused, run
from config.uploads.names import extension_of, safe_name, shown_name
from config.uploads.signatures import content_of, ole_kind

MEGABYTE = 1024 * 1024
_TEXT = "text"


@dataclass(frozen=True)
class Kind:
    """A kind of file: its endings, the family its first bytes belong to, and how it is served."""

    extensions: tuple
    family: str
    content_type: str


@dataclass(frozen=True)
class Door:
    """What one door takes, and up to which size."""

    kinds: tuple
    limit_bytes: int

    @property
    def extensions(self):
        """Every ending the door takes, for `accept=` and for sentences."""
        return tuple(ending for kind in self.kinds for ending in KINDS[kind].extensions)


KINDS = {
    "jpeg": Kind((".jpg", ".jpeg"), "jpeg", "image/jpeg"),
    "png": Kind((".png",), "png", "image/png"),
    "webp": Kind((".webp",), "webp", "image/webp"),
    "docx": Kind((".docx",), "zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "doc": Kind((".doc", ".wps"), "ole", "application/msword"),
    "xlsx": Kind((".xlsx",), "zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xls": Kind((".xls",), "ole", "application/vnd.ms-excel"),
    "pdf": Kind((".pdf",), "pdf", "application/pdf"),
    "txt": Kind((".txt",), _TEXT, "text/plain"),
    "md": Kind((".md", ".markdown"), _TEXT, "text/plain"),
    # Served as bytes: a page from outside must never be a page of ours.
    "html": Kind((".html", ".htm"), _TEXT, "application/octet-stream"),
    "eml": Kind((".eml",), _TEXT, "application/octet-stream"),
    "csv": Kind((".csv",), _TEXT, "text/csv"),
}
DOORS = {
    "photo": Door(("jpeg", "png", "webp"), 20 * MEGABYTE),
    "text": Door(("docx", "doc", "txt", "md", "html", "eml"), 20 * MEGABYTE),
    "mail": Door(("eml",), 20 * MEGABYTE),
    "attachment": Door(("jpeg", "png", "webp", "docx", "xlsx", "pdf"), 20 * MEGABYTE),
    "stamped_form": Door(("pdf", "jpeg", "png"), 20 * MEGABYTE),
    "paper": Door(("docx", "pdf"), 20 * MEGABYTE),
    "workbook": Door(("xlsx",), 20 * MEGABYTE),
    "roster": Door(("xlsx", "xls", "csv"), 200 * MEGABYTE),
    "template": Door(("docx", "xlsx"), 2 * MEGABYTE),
    "tokens": Door(("txt",), 200 * MEGABYTE),
}
_OUTDATED = {".doc": "old_word", ".wps": "old_word", ".xls": "old_excel", ".et": "old_excel", ".rtf": "rtf"}
_MACRO = {".docm", ".dotm", ".xlsm", ".xltm", ".xlam"}
_PICTURES = {"jpeg", "png", "webp", "gif", "tiff"}
_FAMILIES = {
    "zip": _("a zip or Office file"),
    "text": _("plain text"),
    "archive": _("an archive"),
    "program": _("a program"),
}


@dataclass(frozen=True)
class Admitted:
    """A file that passed. `shown_name` is its name as given, for people; `safe_name` is for downloads and disks."""

    kind: str
    safe_name: str
    shown_name: str
    sha256: str
    size: int

    @property
    def content_type(self):
        return KINDS[self.kind].content_type


def content_type_of(filename):
    """Return how a file that passed under this name is served: as its kind, else as bytes."""
    extension = extension_of(filename)
    found = (kind.content_type for kind in KINDS.values() if extension in kind.extensions)
    return next(found, "application/octet-stream")


def read(door, upload):
    """Return the bytes of a Django UploadedFile, refused by its size before anything is read. Raises: FileRefused."""
    _check_size(DOORS[door], upload.size)
    return upload.read()


def admit(door, filename, data):
    """Let a file through a door, or raise FileRefused with a sentence that says what to do.

    Ending, first bytes and the inner structure of office files must agree. A photo's pixels are judged later, by
    `bounded.picture`, which decodes it anyway. Changes nothing, stores nothing.
    """
    allowed = DOORS[door]
    _check_size(allowed, len(data))
    extension = extension_of(filename)
    family = content_of(data)
    accepted = " ".join(allowed.extensions)
    kind = next((name for name in allowed.kinds if extension in KINDS[name].extensions), None)
    if kind is None:
        raise _unknown_extension(extension, family, data, accepted)
    if KINDS[kind].family != family:
        raise _mismatch(kind, extension, family, data, accepted)
    if kind == "docx":
        inline(office.check_docx, data)
    if kind == "doc":
        old_word.check(data)
    if kind == "xls":
        _check_old_workbook(data)
    if kind == "xlsx":
        run("config.uploads.office:check_xlsx", data)
    return Admitted(kind, safe_name(filename), shown_name(filename), hashlib.sha256(data).hexdigest(), len(data))


def _check_old_workbook(data):
    """Let an .xls pass that holds a workbook and nothing that runs; its cells are read in the bounded child only."""
    code = ole_kind(data)
    if code != "old_excel":
        raise refused("password" if code == "password" else "not_excel")
    if any(name.encode("utf-16-le") in data for name in ("_VBA_PROJECT_CUR", "Macros")):
        raise refused("macro")


def _check_size(door, size):
    if size == 0:
        raise refused("empty")
    if size > door.limit_bytes:
        raise refused("too_large", size=-(-size // MEGABYTE), limit=door.limit_bytes // MEGABYTE)


def _unknown_extension(extension, family, data, accepted):
    """Return the refusal of an ending the door does not take, as helpful as the content allows."""
    if extension in _MACRO:
        return refused("macro")
    if family == "heic":
        return refused("heic")
    if family == "ole" and ole_kind(data) == "password":
        return refused("password")
    if extension in _OUTDATED:
        return refused(_OUTDATED[extension])
    return refused("extension", extension=extension, accepted=accepted)


def _mismatch(kind, extension, family, data, accepted):
    """Return the refusal of a file whose content is not what its ending says."""
    if family == "heic":
        return refused("heic")
    if family == "ole":
        code = ole_kind(data)
        return refused("unknown", extension=extension) if code == "broken" else refused(code)
    if family == "rtf":
        return refused("rtf")
    if KINDS[kind].family == _TEXT and family == "binary":
        return refused("nul_bytes")
    if KINDS[kind].family in _PICTURES and family in _PICTURES - {"jpeg", "png", "webp"}:
        return refused("picture_format")
    if family == "binary":
        return refused("unknown", extension=extension)
    return refused("mismatch", extension=extension, actual=_FAMILIES.get(family, family.upper()), accepted=accepted)
