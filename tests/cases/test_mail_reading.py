"""Letters read within bounds: Chinese names right, bombs set aside, replies of machines known."""

import struct
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.intake import mail, mail_headers, mail_origin
from tests.cases.mail_files import AUTHORITY, NAMES, TEXT, archive, letter, word


def head(*lines):
    return "\r\n".join(lines).encode() + b"\r\n\r\ntext"


def test_names_of_people_survive_a_label_too_small_for_them():
    read = mail.read(letter(f"通讯员{NAMES}", subject=f"来稿{NAMES}", files=[(f"申报表(盖章)—{NAMES}.docx", b"PK")]))

    assert (read.subject, read.sender_name, read.sender_address) == (f"来稿{NAMES}", NAMES, "li@county.example")
    assert mail.text_of(read.parts[0]) == f"通讯员{NAMES}"
    assert (read.parts[1].name, read.parts[1].data) == (f"申报表(盖章)—{NAMES}.docx", b"PK")


def test_a_character_cut_between_two_encoded_words_is_whole_again():
    data = "驿站".encode("gb18030")
    first, second = data[:3], data[3:]
    value = " ".join(f"=?GBK?Q?{''.join(f'={byte:02X}' for byte in piece)}?=" for piece in (first, second))

    assert mail.read(head(f"Subject: {value}")).subject == "驿站"


def test_rfc_2231_names_in_pieces_are_joined():
    line = "Content-Disposition: attachment; filename*0*=utf-8''%E9%A9%BF; filename*1*=%E7%AB%99; filename*2=\".docx\""

    assert mail_headers.parameters(line.partition(": ")[2])[1]["filename"] == "驿站.docx"


def test_what_pythons_own_library_writes_is_read():
    message = EmailMessage()
    message["From"], message["Subject"] = "李通讯 <li@county.example>", "司机驿站的一年"
    message["Message-ID"], message["References"] = "<2@county.example>", "<0@x> <1@x>"
    message.set_content(TEXT)
    message.add_alternative("<p>同一段话</p>", subtype="html")
    message.add_attachment(b"\x01\x02", maintype="image", subtype="png", filename="盖章页.png")

    read = mail.read(message.as_bytes())

    assert (read.subject, read.sender_name, read.thread) == ("司机驿站的一年", "李通讯", ("<0@x>", "<1@x>"))
    assert [(part.name, part.content_type) for part in read.parts] == [
        ("", "text/plain"),
        ("", "text/html"),
        ("盖章页.png", "image/png"),
    ]
    assert mail.text_of(read.parts[0]).split() == TEXT.split()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 50_000, "too_many_parts"),
        (b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)), "too_deep"),
        (b"Content-Type: message/rfc822\n\n" * 3000, "too_deep"),
        (b"X: y\r\n" * 20_000 + b"\r\n", "headers"),
        (b"Subject: " + b"x" * 100_000 + b"\r\n\r\n", "headers"),
        (b"x" * (mail.MAX_BYTES + 1), "too_large"),
    ],
)
def test_a_bomb_is_refused_within_two_seconds(data, code):
    started = time.perf_counter()

    with pytest.raises(mail.Unsafe) as refused:
        mail.read(data)

    assert refused.value.code == code
    assert time.perf_counter() - started < 2


def test_no_second_header_and_no_path_hide_in_a_name():
    read = mail.read(
        head(f"Subject: {word('甲' + chr(13) + chr(10) + 'Bcc: x@y.example')}", "From: a@b.example")
        + letter(files=[("../../etc/passwd", b"x")]).partition(b"\r\n\r\n")[2]
    )

    assert read.subject == "甲 Bcc: x@y.example"
    assert [part.name for part in mail.read(letter(files=[("../../etc/passwd", b"x")])).parts] == ["", "passwd"]


@pytest.mark.parametrize(("charset", "is_marked"), [("gb18030", False), ("utf-8", False), ("utf-8", True)])
def test_archive_gives_its_files_with_their_names_right(charset, is_marked):
    data = archive(
        (f"材料/{NAMES}.docx", b"one"),
        ("__MACOSX/._a", b""),
        ("材料/.DS_Store", b""),
        ("照片.jpg", b"two"),
        charset=charset,
        is_marked=is_marked,
    )

    read = mail.read(letter(files=[("材料.ZIP", data)]))

    assert [(part.name, part.note, part.data) for part in read.parts[1:]] == [
        ("材料.ZIP", "zip_opened", data),
        (f"{NAMES}.docx", "", b"one"),
        ("照片.jpg", "", b"two"),
    ]


def locked(data):
    """Set the bit that says a password is asked for, in both headers."""
    at = data.index(b"PK\x01\x02")
    return data[:6] + b"\x01" + data[7 : at + 8] + b"\x01" + data[at + 9 :]


def far(data):
    """Say that the first file begins where no file is long enough: a ZIP64 field of 2**64 - 1."""
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    entry, tail = bytearray(data[at:end]), bytearray(data[end:])
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
    struct.pack_into("<L", tail, 12, len(entry) + len(extra))
    return data[:at] + bytes(entry) + extra + bytes(tail)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"PK no archive", "zip_broken"),
        (archive(("a.docx", b"x" * 100))[:-30], "zip_broken"),
        (locked(archive(("a.docx", b"x"))), "zip_locked"),
        (archive(*((f"{n}.txt", b"x") for n in range(31))), "zip_too_many"),
        (archive(("a.txt", bytes(41 * 1024 * 1024))), "zip_too_many"),
        (far(archive(("a.txt", b"x"))), "zip_broken"),
    ],
    ids=["no archive", "torn", "password", "files", "bytes", "far"],
)
def test_archive_that_stays_shut_says_why(data, note):
    assert [part.note for part in mail.read(letter(files=[("a.zip", data)])).parts] == ["", note]


def test_archive_that_lies_about_its_size_is_not_read_further():
    data = archive(("a.txt", bytes(60 * 1024 * 1024)))
    at = data.index(b"PK\x01\x02")
    lying = data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]

    assert [part.note for part in mail.read(letter(files=[("a.zip", lying)])).parts] == ["", "zip_broken"]


@pytest.mark.parametrize("kind", ["message/rfc822", "application/octet-stream"])
def test_letter_in_a_letter_gives_its_text_and_its_files(kind):
    inner = letter(f"正文{NAMES}", subject="驿站来稿", files=[("案例.docx", b"PK")])
    outer = letter("请转编辑部。", files=[("转发的信.eml", inner)]).replace(
        b"application/octet-stream", kind.encode(), 1
    )

    read = mail.read(outer)

    assert mail.body_of(read) == "请转编辑部。"
    assert [(part.name, part.data.decode()) for part in read.parts[1:]] == [
        ("案例.docx", "PK"),
        ("转发的信.txt", f"正文{NAMES}"),
    ]


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data):
    for whole in (data, b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + data, b"Subject: " + data):
        try:
            mail.read(whole)
        except mail.Unsafe:
            continue


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["Auto-Submitted: auto-replied"], "auto_submitted"),
        (["Auto-Submitted: no"], ""),
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=x"], "report"),
        (["Return-Path: <>"], "null_sender"),
        (["From: =?utf-8?B?5oiR5Lus?= <cases@news.example>"], "ourselves"),
        (["From: Mailer-Daemon@mx.example"], "daemon"),
        (["Precedence: auto_reply"], "auto_submitted"),
        ([f"Subject: {word('自动回复：您好')}"], "subject"),
        (["From: li@county.example", "Precedence: bulk"], ""),
    ],
)
def test_a_machines_letter_is_told_from_a_persons(lines, why):
    assert mail_origin.why_automatic(mail.read(head(*lines)), {"cases@news.example"}) == why


@pytest.mark.parametrize(
    ("lines", "may"),
    [
        (["From: li@county.example"], True),
        (["From: li@county.example", "From: b@county.example"], False),
        (["From: no-reply@county.example"], False),
        (["From: li@county.example", "Precedence: bulk"], False),
        (["From: li@county.example", "List-Id: <news.example>"], False),
        (["From: li@county.example", "X-Auto-Response-Suppress: All"], False),
        (["Subject: x"], False),
    ],
)
def test_an_acknowledgement_goes_to_one_person_who_did_not_ask_for_silence(lines, may):
    assert mail_origin.may_be_answered(mail.read(head(*lines))) is may


PASSED = f"Authentication-Results: {AUTHORITY}; spf=pass smtp.mailfrom=x; dmarc=pass header.from=county.example"
FROM = "From: li@county.example"


@pytest.mark.parametrize(
    ("lines", "verified"),
    [
        ([PASSED, FROM], True),
        ([FROM], False),
        ([PASSED.replace(AUTHORITY, "mx.elsewhere.example"), FROM], False),
        ([PASSED.replace("dmarc=pass", "dmarc=fail"), FROM], False),
        ([PASSED.replace("dmarc=pass", "dmarc=fail (dmarc=pass)"), FROM], False),
        ([PASSED.replace("dmarc=pass", "dmarc=fail"), PASSED, FROM], False),
        ([PASSED.replace("; dmarc=pass", "; x-dmarc=pass"), FROM], False),
        ([PASSED, FROM, "From: other@county.example"], False),
    ],
)
def test_only_our_own_server_vouches_for_a_sender(lines, verified):
    assert mail_origin.is_verified(mail.read(head(*lines)), AUTHORITY) is verified
    assert not mail_origin.is_verified(mail.read(head(*lines)), "")


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\r\nContent-Type: text/plain; charset=undefined\r\n\r\ntext",
        b'Subject: x\r\nContent-Type: text/plain; charset="a\0b"\r\n\r\ntext',
        b"Subject: x\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\ntext \\ud800",
        b"Subject: x\r\nContent-Type: text/plain; charset=utf-7\r\n\r\ntext +2AA-",
        b"Subject: x\r\nContent-Type: text/plain; charset=punycode\r\n\r\ntext-" + b"a" * 2_000_000,
        b"Subject: =?undefined?q?x?=\r\n\r\ntext",
        b"Subject: =?a\0b?q?x?=\r\n\r\ntext",
        b"Subject: x\r\nFrom: " + b"(" * 60_000 + b"\r\n\r\ntext",
        b"Subject: x\r\nContent-Type: text/html\r\n\r\ntext<!--",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n<!--\r\n--b--",
    ],
)
def test_no_label_and_no_brackets_keep_a_letter_from_being_read(data):
    started = time.monotonic()
    read = mail.read(data)
    body = mail.body_of(read)

    assert (read.subject, body[:4]) == ("x", "text")
    assert "\ud800" not in body
    assert time.monotonic() - started < 2


def test_page_of_comments_alone_is_an_empty_text():
    assert mail.body_of(mail.read(b"Content-Type: text/html\r\n\r\n<!--<!--")) == ""
