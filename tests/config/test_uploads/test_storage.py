"""Files on disk: whole or not at all, under their digest, and served so that nothing in them runs."""

import hashlib
import os
import resource
import stat

import pytest
from django.test import RequestFactory

from config.errors import FileRefused
from config.uploads import storage

DATA = "原件".encode()
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def files(media):
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def serve(shelf=storage.ORIGINALS, headers=None, **options):
    options = {"content_type": "text/plain", "filename": "案例.txt", **options}
    return storage.served(RequestFactory().get("/", headers=headers), shelf=shelf, sha256=DIGEST, **options)


def test_file_is_kept_once_under_its_digest_for_us_alone(media):
    assert storage.keep(DATA) == DIGEST
    written = storage.path_of(storage.ORIGINALS, DIGEST).stat().st_ino
    assert storage.keep(DATA) == DIGEST

    assert files(media) == [f"originals/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]
    path = storage.path_of(storage.ORIGINALS, DIGEST)
    assert path.stat().st_ino == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents[:3]} == {0o700}
    assert storage.read(storage.ORIGINALS, DIGEST) == DATA


def test_damaged_file_is_reported_and_mended_by_keeping_it_again():
    storage.keep(DATA)
    storage.path_of(storage.ORIGINALS, DIGEST).write_bytes(b"torn")

    with pytest.raises(storage.Damaged):
        storage.read(storage.ORIGINALS, DIGEST)
    storage.keep(DATA)

    assert storage.read(storage.ORIGINALS, DIGEST) == DATA


def test_full_disk_is_one_sentence_and_leaves_nothing(media):
    """A limit on file size fails the write half-way, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(FileRefused) as caught:
            storage.keep(bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert caught.value.code == "disk_full"
    assert str(caught.value) == "服务器磁盘已满，没有保存任何内容。请告知管理员，稍后再试。"
    assert files(media) == []


def test_folder_that_is_a_file_is_one_sentence(media):
    media.mkdir()
    (media / "originals").write_bytes(b"")

    with pytest.raises(FileRefused) as caught:
        storage.keep(DATA)

    assert caught.value.code == "not_stored"


@pytest.mark.parametrize(
    ("shelf", "digest"), [("../etc", DIGEST), ("originals", "../../passwd"), ("originals", DIGEST.upper())]
)
def test_path_never_leaves_the_folder(shelf, digest):
    with pytest.raises(ValueError, match="no such file"):
        storage.path_of(shelf, digest)


def test_original_is_served_as_an_inert_download():
    storage.keep(DATA)

    response = serve()

    assert (response.status_code, response.content) == (200, DATA)
    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "Content-Disposition": "attachment; filename*=utf-8''%E6%A1%88%E4%BE%8B.txt",
        "ETag": f'"{DIGEST[:32]}"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def test_only_our_own_pictures_are_shown_inline():
    storage.keep(DATA, storage.PICTURES)

    response = serve(storage.PICTURES, inline=True, public=True, content_type="image/jpeg", filename="a.jpg")

    assert response["Content-Disposition"] == 'inline; filename="a.jpg"'
    assert response["Cache-Control"] == "public, max-age=300, must-revalidate"
    with pytest.raises(ValueError, match="never shown inline"):
        serve(inline=True)


def test_known_file_is_answered_with_304_and_the_same_policy():
    storage.keep(DATA)

    response = serve(headers={"If-None-Match": f'"{DIGEST[:32]}"'})

    assert (response.status_code, response.content) == (304, b"")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert serve(headers={"If-None-Match": '"other"'}).status_code == 200


def test_missing_and_damaged_files_are_not_served():
    with pytest.raises(FileNotFoundError):
        serve(headers={"If-None-Match": f'"{DIGEST[:32]}"'})
    storage.keep(DATA)
    os.truncate(storage.path_of(storage.ORIGINALS, DIGEST), 2)
    with pytest.raises(storage.Damaged):
        serve()
