"""The parent's side of the bounded child: start a job, wait, and turn whatever happens into a sentence."""

import datetime
import json
import logging
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from config.errors import FileRefused
from config.uploads.refusal import SENTENCES, Rejected

WALL_SECONDS = 30

_ROOT = Path(__file__).resolve().parent.parent.parent
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendition:
    """One size of a picture: an upright sRGB JPEG without metadata."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Picture:
    """What came out of one photo; width and height are the upright original's.

    `taken_on` is what the camera says, a suggestion to the person who uploads, or None. `prints` are fingerprints of
    the whole and of its inside, by which copies are known; none for a plain picture.
    """

    width: int
    height: int
    taken_on: datetime.date | None
    prints: list[tuple[int, int]]
    large: Rendition
    medium: Rendition
    small: Rendition


def refused(code, **values):
    """Return the FileRefused of a code of `refusal.SENTENCES`, translated when it is shown."""
    return FileRefused(format_lazy(gettext_lazy(SENTENCES[code]), **values), code=code)


def picture(data):
    """Return the three sizes of a photo that came through the gate. Raises: FileRefused."""
    head, blobs = run("config.uploads.pictures:render", data, crashed="broken_picture")
    sizes = {
        name: Rendition(width, height, blob) for (name, width, height), blob in zip(head["sizes"], blobs, strict=True)
    }
    taken_on = datetime.date.fromisoformat(head["taken_on"]) if head["taken_on"] else None
    prints = [(across, down) for across, down in head["prints"]]
    return Picture(head["width"], head["height"], taken_on, prints, **sizes)


def run(job, data, *, wall=WALL_SECONDS, crashed="broken"):
    """Run `module:function` on the bytes in a child of its own; return (value, blobs).

    The function gets bytes and returns a JSON-able value, or (value, list of bytes); it may raise `Rejected`.
    `job` is written in our code, never by a user. At most 1 GB of address space, 20 s of processor and `wall`
    seconds by the clock; no core file, no file written, no environment, a session of its own.
    Raises: FileRefused with the job's own code, `too_slow`, `too_heavy`, or `crashed`.
    """
    command = [sys.executable, "-E", "-s", "-m", "config.uploads.child", job]
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            timeout=wall,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refused("too_slow") from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise refused("too_slow")
    frames = _frames(done.stdout)
    if done.returncode or not frames:
        _logger.warning("upload child %s ended with %s", job, done.returncode)
        raise refused(crashed)
    head = json.loads(frames[0])
    if "rejected" in head:
        raise refused(head["rejected"], **head["values"])
    if "failed" in head:
        _logger.warning("upload child %s failed with %s", job, head["failed"])
        raise refused(crashed)
    return head["ok"], frames[1:]


def inline(check, data):
    """Run a check that is safe in this process; same refusals as the child's."""
    try:
        check(data)
    except Rejected as rejected:
        raise refused(rejected.code, **rejected.values) from None


def _frames(stream):
    frames, at = [], 0
    while at + 4 <= len(stream):
        (length,) = struct.unpack_from(">I", stream, at)
        frames.append(stream[at + 4 : at + 4 + length])
        at += 4 + length
    return frames if at == len(stream) else []
