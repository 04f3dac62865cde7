"""The gate as a whole: name, first bytes and structure must agree, and each refusal says what to do."""

import dataclasses
import hashlib
import io
import string
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from config.errors import FileRefused, Refused
from config.uploads import gate
from config.uploads.names import extension_of, safe_name, shown_name
from config.uploads.refusal import SENTENCES
from tests.config.test_uploads.sample_files import OLE, outside, package, photo, word, workbook, zipped

GIF = b"GIF89a\x01\x00\x01\x00"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
PDF = b"%PDF-1.7\n%%EOF\n"


def utf16(name):
    return name.encode("utf-16-le")


def refusal(door, name, data):
    with pytest.raises(FileRefused) as caught:
        gate.admit(door, name, data)
    return caught.value


@pytest.mark.parametrize(
    ("door", "name", "data", "kind"),
    [
        ("photo", "合影.jpg", photo(), "jpeg"),
        ("photo", "合影.JPEG", photo(), "jpeg"),
        ("photo", "a.png", photo(form="PNG"), "png"),
        ("photo", "a.webp", photo(form="WEBP"), "webp"),
        ("text", "案例.docx", word(), "docx"),
        ("text", "案例.txt", "支部走访企业".encode("gb18030"), "txt"),
        ("text", "案例.txt", "支部 2024".encode("utf-16"), "txt"),
        ("text", "案例.md", b"# x", "md"),
        ("text", "网页.html", b"<!DOCTYPE html><p>x", "html"),
        ("text", "a.eml", b"From: a@example.org\n\nx", "eml"),
        ("mail", "a.eml", b"From: a@example.org\n\nx", "eml"),
        ("workbook", "a.xlsx", workbook(), "xlsx"),
        ("roster", "a.csv", b"a,b\n1,2\n", "csv"),
        ("attachment", "a.pdf", PDF, "pdf"),
    ],
)
def test_honest_file_is_admitted(door, name, data, kind):
    admitted = gate.admit(door, name, data)

    assert dataclasses.asdict(admitted) == {
        "kind": kind,
        "safe_name": name,
        "shown_name": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }


@pytest.mark.parametrize(
    ("door", "name", "data", "code"),
    [
        ("photo", "a.jpg", b"", "empty"),
        ("photo", "a.jpg", photo() + bytes(20 * 1024 * 1024), "too_large"),
        ("photo", "a.gif", GIF, "extension"),
        ("photo", "a.svg", b"<svg/>", "extension"),
        ("photo", "a", photo(), "extension"),
        ("photo", "a.jpg", GIF, "picture_format"),
        ("photo", "a.jpg", photo(form="PNG"), "mismatch"),
        ("photo", "a.jpg", b"<html>", "mismatch"),
        ("photo", "a.png", zipped([("a", "b")]), "mismatch"),
        ("photo", "a.heic", HEIC, "heic"),
        ("photo", "a.jpg", HEIC, "heic"),
        ("photo", "a.jpg", bytes(100), "unknown"),
        ("photo", "a.docx", word(), "extension"),
        ("text", "a.docx", photo(), "mismatch"),
        ("text", "a.docx", OLE + utf16("EncryptedPackage"), "password"),
        ("text", "a.doc", OLE + utf16("EncryptedPackage"), "password"),
        ("text", "a.docx", OLE + utf16("WordDocument"), "old_word"),
        ("text", "a.wps", OLE, "not_word"),
        ("text", "a.doc", word(), "mismatch"),
        ("text", "a.docx", OLE, "unknown"),
        ("text", "a.docx", b"{\\rtf1}", "rtf"),
        ("text", "a.rtf", b"{\\rtf1}", "rtf"),
        ("text", "a.docm", word(), "macro"),
        ("text", "a.docx", workbook(), "not_word"),
        ("text", "a.docx", package(relations=outside("attachedTemplate", "http://example.org/")), "external"),
        ("text", "a.docx", zipped([("a", "b")]), "not_word"),
        ("text", "a.txt", b"abc\x00def", "nul_bytes"),
        ("text", "a.txt", word(), "mismatch"),
        ("text", "a.txt.exe", b"MZ\x90\x00", "extension"),
        ("text", "a.html", PDF, "mismatch"),
        ("workbook", "a.xls", OLE + utf16("Workbook"), "old_excel"),
        ("workbook", "a.xlsx", OLE + utf16("Workbook"), "old_excel"),
        ("workbook", "a.xlsx", word(), "not_excel"),
        ("workbook", "a.xlsx", workbook({"xl/a.xml": "<!DOCTYPE a><a/>"}), "doctype"),
        ("attachment", "a.pdf", b"  %PDF-1.7", "mismatch"),
    ],
)
def test_file_that_does_not_fit_is_refused_with_its_reason(door, name, data, code):
    refused = refusal(door, name, data)

    assert refused.code == code
    assert str(refused).endswith("。")
    assert "{" not in str(refused)


def test_gif_renamed_jpg_is_refused_by_its_bytes():
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "GIF")

    assert (
        str(refusal("photo", "a.jpg", buffer.getvalue()))
        == "图片只接收 JPEG、PNG 或 WebP 格式。请另存为其中一种后再上传。"
    )


def test_sentence_names_the_trouble_and_follows_the_reader():
    refused = refusal("photo", "合影.jpg", word())

    assert isinstance(refused, Refused)
    assert str(refused) == (
        "文件名以“.jpg”结尾，内容却是 压缩包或办公文档。请用正确的格式重新保存；可接收：.jpg .jpeg .png .webp。"
    )
    with translation.override("en"):
        assert "a zip or Office file" in str(refused)


def test_every_sentence_is_translated():
    for sentence in SENTENCES.values():
        translated = translation.gettext(sentence)

        assert translated != sentence
        assert translated.endswith("。")


def test_50_megabytes_are_refused_before_they_are_read():
    class Unreadable(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("read in spite of its size")

    upload = Unreadable("a.txt", b"")
    upload.size = 50 * 1024 * 1024

    with pytest.raises(FileRefused) as caught:
        gate.read("text", upload)

    assert str(caught.value) == "文件有 50 MB，最多可接收 20 MB。请缩小后重新上传。"
    assert gate.read("text", SimpleUploadedFile("a.txt", b"abc")) == b"abc"


# Names


@pytest.mark.parametrize(
    ("given_name", "safe", "shown"),
    [
        ("案例.docx", "案例.docx", "案例.docx"),
        ("../../etc/passwd", "passwd", "../../etc/passwd"),
        (r"C:\Users\李\案例.docx", "案例.docx", r"C:\Users\李\案例.docx"),
        ("photo\u202egpj.exe", "photogpj.exe", "photogpj.exe"),
        ("a\x00b\r\nc.txt", "abc.txt", "abc.txt"),
        ("e\u0301.txt", "é.txt", "e\u0301.txt"),
        ("  . .hidden.txt. ", "hidden.txt", ". .hidden.txt."),
        ('a<b>:"|?*.txt', "a_b______.txt", 'a<b>:"|?*.txt'),
        ("con.txt", "_con.txt", "con.txt"),
        ("", "file", ""),
        (".docx", "docx", ".docx"),
        ("a\u3000\u3000b.txt", "a b.txt", "a\u3000\u3000b.txt"),
    ],
)
def test_name_is_safe_for_disks_and_shown_as_given(given_name, safe, shown):
    assert (safe_name(given_name), shown_name(given_name)) == (safe, shown)


def test_long_name_keeps_its_ending():
    assert safe_name("长" * 300 + ".docx") == "长" * 65 + ".docx"
    assert safe_name("a" * 300 + ".docx") == "a" * 95 + ".docx"
    assert len(shown_name("长" * 300)) == 255


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("A.DOCX", ".docx"),
        ("a.tar.gz", ".gz"),
        ("a", ""),
        (".docx", ""),
        ("a.docx\u202e", ".docx"),
        ("a.docx. ", ".docx"),
    ],
)
def test_ending_is_read_from_the_cleaned_name(name, extension):
    assert extension_of(name) == extension


@given(
    st.text(st.one_of(st.characters(), st.sampled_from("./\\:*\u202e\x00 \u3000" + string.ascii_letters)), max_size=400)
)
def test_any_name_becomes_a_safe_one(name):
    safe = safe_name(name)

    assert 1 <= len(safe) <= 101
    assert len(safe.encode()) <= 201
    assert not set(safe) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in safe)
    assert safe not in {".", ".."}
    assert safe_name(safe) == safe
