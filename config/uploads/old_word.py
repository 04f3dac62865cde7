"""Old Word files (.doc, .wps) turned into .docx by LibreOffice, in a bounded child without a network.

LibreOffice is optional: without it such files are refused with a sentence that asks for .docx.
"""

import contextlib
import logging
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from config import confined
from config.uploads import office
from config.uploads.bounded import inline, refused
from config.uploads.signatures import ole_kind

WALL_SECONDS = 60  # three to start on a busy machine; the processor's time is limited to a third of it

# No macros, no links followed, nothing fetched: the document is only read.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
_ROOT = Path(__file__).resolve().parent.parent.parent
_FIB, _FIB_FLAGS_AT, _IS_ENCRYPTED = (
    re.compile(rb"\xec\xa5.[\x00\x01]", re.DOTALL),
    10,
    0x0100,
)  # Source: [MS-DOC] 2.5.2
_SECTOR = 64  # the smallest; short streams lie in such. Source: [MS-CFB] 2.6
_NAME_BYTES = 64  # of an entry in an OLE directory, padded with zeros. Source: [MS-CFB] 2.6.1
_logger = logging.getLogger(__name__)


def program():
    """Return where LibreOffice lies; None without it, or where it cannot be kept within bounds."""
    return shutil.which("soffice") or shutil.which("libreoffice") if confined.is_possible() else None


def check(data):
    """Let an old Word document pass that LibreOffice here could read. Raises: FileRefused."""
    kind = ole_kind(data)
    if kind != "old_word":
        raise refused("password" if kind == "password" else "not_word")
    if any(name.encode("utf-16-le").ljust(_NAME_BYTES, b"\0") in data for name in ("Macros", "_VBA_PROJECT")):
        raise refused("macro")
    if _is_encrypted(data):
        raise refused("password")
    if program() is None:
        raise refused("old_word")


def as_docx(data):
    """Return an old Word document as a .docx that passed the gate's rules for those.

    Raises: FileRefused as `check`, for what LibreOffice cannot read, and for what a .docx may not hold.
    """
    check(data)
    with tempfile.TemporaryDirectory(prefix="old-word-") as folder:
        home = Path(folder)
        (home / "profile" / "user").mkdir(parents=True)
        (home / "profile" / "user" / "registrymodifications.xcu").write_text(PROFILE)
        (home / "file.doc").write_bytes(data)
        _convert(home)
        try:
            converted = (home / "out" / "file.docx").read_bytes()
        except FileNotFoundError:
            raise refused("broken") from None
    inline(office.check_docx, converted)
    return converted


def _convert(home):
    command = [
        *(sys.executable, "-E", "-s", "-m", "config.confined", program()),
        *(f"-env:UserInstallation=file://{home}/profile", "--headless", "--norestore", "--nolockcheck"),
        *("--infilter=MS Word 97", "--convert-to", "docx:MS Word 2007 XML", "--outdir", f"{home}/out"),
        f"{home}/file.doc",
    ]
    environment = {"HOME": str(home), "TMPDIR": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    child = subprocess.Popen(
        command,
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = child.wait(WALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise refused("too_slow") from None
    finally:
        _end(child)
    if status == confined.NO_FILTER:
        raise refused("old_word")
    if status:
        _logger.warning("LibreOffice ended with %s", status)


def _end(child):
    """End whatever of the child's session is still there: the program starts others of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _is_encrypted(data):
    """Tell whether the text is under a password: one bit in the head of its stream, at the start of a sector."""
    head = next((found.start() for found in _FIB.finditer(data) if found.start() % _SECTOR == 0), None)
    if head is None or head + _FIB_FLAGS_AT + 2 > len(data):
        return False
    return bool(struct.unpack_from("<H", data, head + _FIB_FLAGS_AT)[0] & _IS_ENCRYPTED)
