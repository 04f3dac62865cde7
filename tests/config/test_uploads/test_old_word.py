"""Old Word files: what passes, what LibreOffice makes of it, and how it is kept within bounds."""

import struct
import subprocess
import sys
import time

import pytest

from config import confined
from config.errors import FileRefused
from config.uploads import gate, office, old_word
from config.uploads.signatures import OLE
from tests import office as libreoffice
from tests.cases import word_files as w

TEXT = "驿站登记党员12名。"


@pytest.fixture(scope="module")
def old():
    """A Word 97 file."""
    return libreoffice.old_word(w.word_file(w.paragraph(w.run(TEXT))))


def utf16(text):
    return text.encode("utf-16-le")


def refusal(call, *args):
    with pytest.raises(FileRefused) as caught:
        call(*args)
    return caught.value.code


def confined_python(code):
    command = [sys.executable, "-E", "-s", "-m", "config.confined", sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["案例.doc", "案例.wps"])
def test_old_word_file_passes_the_door_of_texts(old, name):
    assert gate.admit("text", name, old).kind == "doc"


def test_old_word_file_becomes_a_docx_that_passes_the_gate(old):
    docx = old_word.as_docx(old)

    office.check_docx(docx)
    assert gate.admit("text", "a.docx", docx).kind == "docx"


def test_without_libreoffice_another_format_is_asked_for(old, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    assert refusal(gate.admit, "text", "a.doc", old) == "old_word"
    assert refusal(old_word.as_docx, old) == "old_word"


def test_macros_are_refused_but_not_the_word(old):
    talking = libreoffice.old_word(w.word_file(w.paragraph(w.run("赟 Macros _VBA_PROJECT"))))
    entry = utf16("Macros").ljust(64, b"\0")

    assert refusal(old_word.check, old + entry) == "macro"
    old_word.check(talking)


def test_password_is_seen_in_the_head_of_the_text(old):
    at = next(at for at in range(0, len(old), 64) if old[at : at + 2] == b"\xec\xa5")
    flags = struct.unpack_from("<H", old, at + 10)[0] | 0x0100
    locked = old[: at + 10] + struct.pack("<H", flags) + old[at + 12 :]

    assert refusal(old_word.check, locked) == "password"


def test_torn_file_is_refused_with_a_sentence(old):
    torn = old[:512] + utf16("WordDocument") + bytes(2000)

    assert refusal(old_word.as_docx, torn) == "broken"
    assert refusal(old_word.check, OLE + bytes(600)) == "not_word"


def test_confined_program_opens_no_connection_and_neither_do_its_children():
    attempt = (
        "import socket, subprocess, sys\n"
        "socket.socketpair()\n"
        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):\n"
        "    try:\n"
        "        socket.socket(family)\n"
        "        print('open')\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    nested = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {attempt!r}]).returncode)"

    assert confined_python(attempt).stdout.split() == ["refused"] * 3
    assert confined_python(nested).stdout.split() == ["refused"] * 3


def test_confined_program_has_no_more_memory_than_it_may():
    done = confined_python(f"bytearray({confined.MEMORY})")

    assert "MemoryError" in done.stderr


def test_what_hangs_is_ended_with_all_it_started(old, monkeypatch, tmp_path):
    program = tmp_path / "soffice"
    mark = tmp_path / "pid"
    program.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {mark}\nwait\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(old_word, "WALL_SECONDS", 2)

    assert refusal(old_word.as_docx, old) == "too_slow"
    time.sleep(0.2)
    state = subprocess.run(["ps", "-o", "stat=", "-p", mark.read_text().strip()], capture_output=True, text=True)
    assert state.stdout.strip()[:1] in ("", "Z")
