"""Files on disk under the digest of their content, and the answer that serves one.

`MEDIA_ROOT/<shelf>/ab/cd/<sha256>`: the same bytes are kept once, a name can never lead out of the folder, and
a file either stands there whole or not at all (written aside, flushed, renamed). Folders 0700, files 0600.
Nothing here knows who may see a file: the view asks that before it calls `served`.
"""

import contextlib
import errno
import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from config.uploads.bounded import refused

ORIGINALS = "originals"
PICTURES = "pictures"
PUBLIC_SECONDS = 300  # how long a cache may show a published picture unasked: a withdrawal reaches it by then
PART = ".part-"  # a file still being written
SHELVES = {ORIGINALS, PICTURES}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_POLICY = "default-src 'none'; sandbox"


class Damaged(Exception):
    """The bytes on disk are not the ones that were kept: bring them back from the backup."""


def path_of(shelf, sha256):
    """Return where a file lies; ValueError for anything that is no shelf of ours or no digest."""
    if shelf not in SHELVES or not _DIGEST.fullmatch(sha256):
        raise ValueError(f"no such file: {shelf}/{sha256}")
    return Path(settings.MEDIA_ROOT) / shelf / sha256[:2] / sha256[2:4] / sha256


def keep(data, shelf=ORIGINALS):
    """Store the bytes and return their sha256; what is there already and whole is only marked as new.

    Call it inside the action, before the row is saved: a file without a row is harmless, a row without its file
    is not. Raises: FileRefused `disk_full` or `not_stored`, with nothing left behind.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(shelf, sha256)
    try:
        if _stands(target, sha256):
            os.utime(target)  # `leftovers` counts from the last time it was given
        else:
            _write(target, data)
    except OSError as error:
        raise refused("disk_full" if error.errno in _FULL else "not_stored") from error
    return sha256


def read(shelf, sha256):
    """Return the bytes, checked against their digest. Raises: FileNotFoundError, Damaged."""
    data = path_of(shelf, sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(f"{shelf}/{sha256}")
    return data


def forget(shelf, sha256):
    """Take a file off the disk; nothing happens where there is none. Call it once no row names the file."""
    path_of(shelf, sha256).unlink(missing_ok=True)


def hold(sha256, *, exclusive=False):
    """Let nobody clear a file away (or, if exclusive, add it) until this transaction ends.

    Otherwise the same bytes could be given again between the check that no row names their file and its removal.
    """
    lock = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"select {lock}(hashtextextended(%s, 0))", [sha256])  # noqa: S608 - one of two names of ours


def leftovers(shelf, older_than_seconds):
    """Yield the digests of a shelf's files given longer ago than that; torn writes of that age are removed."""
    for path in (Path(settings.MEDIA_ROOT) / shelf).glob("??/??/*"):
        if not is_older(path, older_than_seconds):
            continue
        if path.name.startswith(PART):
            path.unlink(missing_ok=True)
        elif _DIGEST.fullmatch(path.name):
            yield path.name


def is_older(path, seconds):
    """Tell whether a file stands there and was last given longer ago than that."""
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False


def served(request, *, shelf, sha256, content_type, filename, inline=False, public=False):
    """Return the response for a stored file: inert in a browser, cached by its digest, 304 where known.

    Only pictures we encoded ourselves may be shown inline. `public` lets any cache keep it for PUBLIC_SECONDS and
    then ask again, so a withdrawn photo is gone within minutes; otherwise the browser alone keeps it and asks each
    time.
    Raises: FileNotFoundError, Damaged, ValueError for an original asked to be shown inline.
    """
    if inline and shelf != PICTURES:
        raise ValueError("originals are downloaded, never shown inline")
    path = path_of(shelf, sha256)
    etag = f'"{sha256[:32]}"'
    response = get_conditional_response(request, etag=etag) if path.exists() else None
    if response is None:
        response = HttpResponse(read(shelf, sha256))
    if response.status_code == 200:
        response["Content-Type"] = content_type
        response["Content-Disposition"] = content_disposition_header(not inline, filename) or "inline"
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}, must-revalidate" if public else "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _stands(target, sha256):
    """Say whether the very bytes are there; a damaged copy is written anew."""
    try:
        return hashlib.sha256(target.read_bytes()).hexdigest() == sha256
    except FileNotFoundError:
        return False


def _write(target, data):
    """Write aside, flush to the disk, rename, flush the folder; leave nothing behind on failure."""
    for folder in (target.parents[2], target.parents[1], target.parents[0]):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=PART, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
