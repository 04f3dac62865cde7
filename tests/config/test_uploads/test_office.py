"""Word and Excel at the gate: what deceives is refused with its own code, what is honest passes."""

import io
import struct
import time
import zipfile

import pytest

from config.uploads import office
from config.uploads.refusal import Rejected
from tests.config.test_uploads.sample_files import (
    OLE,
    RELATION,
    outside,
    package,
    photo,
    relationships,
    word,
    workbook,
    zipped,
)

FIELD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:fldChar w:fldCharType='
    '"begin"/>{}<w:fldChar w:fldCharType="end"/></w:document>'
)
BILLION_LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><w>&i;</w>"
)


def refusal(data, check=office.check_docx):
    with pytest.raises(Rejected) as caught:
        check(data)
    return caught.value.code


def instruction(*pieces):
    return FIELD.format("".join(f"<w:instrText>{piece}</w:instrText>" for piece in pieces))


def declared(data, offset, form, *values):
    """Return the data with packed values overwritten."""
    patched = bytearray(data)
    struct.pack_into(form, patched, offset, *values)
    return bytes(patched)


# What is honest passes


@pytest.mark.parametrize(
    "data",
    [
        word(),
        package(),
        package(unseekable=True),
        package({"word/media/image1.jpg": photo(), "word/media/": b"", "docProps/custom.xml": "<Properties/>"}),
        package({"customXml/item1.xml": "\ufeff<a/>".encode("utf-16-le")}),
        package(relations=outside("hyperlink", "https://example.org/a?b=1")),
        package(relations=outside("hyperlink", "file:///D:/通知.docx")),
        package(relations=outside("image", "https://example.org/640.jpg")),
        package(relations=outside("image", r"file:///C:\Users\lenovo\AppData\Local\Temp\ksohtml\wps1.jpg")),
        package(relations=outside("attachedTemplate", r"file:///D:\模板\公文.dotx")),
        package(body=instruction(" HYPER", 'LINK "https://example.org/dde/link" ')),
        package(body=instruction(r' INCLUDEPICTURE "https://example.org/640.jpg" \* MERGEFORMATINET ')),
        package({"word/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook()}),
    ],
)
def test_honest_word_document_passes(data):
    assert office.check_docx(data) is None


def test_workbook_passes_as_workbook_only():
    assert office.check_xlsx(workbook()) is None
    assert refusal(workbook()) == "not_word"
    assert refusal(word(), office.check_xlsx) == "not_excel"


# The container


def test_container_with_3000_members_is_refused():
    assert refusal(package({f"word/media/{n}.txt": "x" for n in range(3000)})) == "too_many_parts"


def test_bomb_is_stopped_by_what_comes_out_not_by_what_is_promised():
    honest = package({"word/media/a.bin": bytes(300 * 1024 * 1024)})
    central = honest.rindex(b"word/media/a.bin") - 46
    local = honest.index(b"word/media/a.bin") - 30
    lying = declared(declared(honest, central + 24, "<L", 1000), local + 22, "<L", 1000)

    assert len(honest) < 400_000
    started = time.perf_counter()
    assert refusal(honest) == "bomb"
    assert refusal(lying) == "bomb"
    assert time.perf_counter() - started < 10


def test_ratio_is_bounded_only_above_64_megabytes():
    flat = bytes(60 * 1024 * 1024)

    assert office.check_docx(package({"word/media/a.bin": flat})) is None
    assert refusal(package({"word/media/a.bin": flat, "word/media/b.bin": bytes(5 * 1024 * 1024)})) == "bomb"


def test_overlapping_members_are_refused():
    """Many directory entries that share one packed body, as David Fifield's bombs do."""
    data = package({"word/media/a.bin": "x" * 1000})
    end = data.rindex(b"PK\x05\x06")
    entry_at = data.rindex(b"PK\x01\x02")
    entry = data[entry_at:end]
    twin = entry.replace(b"a.bin", b"b.bin")
    count, size = struct.unpack_from("<HL", data, end + 10)
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, count + 1, count + 1, size + len(twin))

    assert refusal(data[:end] + twin + bytes(tail)) == "damaged_container"


def test_member_inside_another_member_is_refused():
    """Both headers of the inner one agree; only its place gives it away."""
    inner = zipped([("word/media/b.bin", b"hidden")])
    inner_directory, inner_end = inner.index(b"PK\x01\x02"), inner.index(b"PK\x05\x06")
    data = package({zipfile.ZipInfo("word/media/a.bin"): inner[:inner_directory]})
    directory, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry = declared(inner[inner_directory:inner_end], 42, "<L", directory - inner_directory)
    count, size = struct.unpack_from("<HL", data, end + 10)
    tail = declared(declared(data[end:], 8, "<HH", count + 1, count + 1), 12, "<L", size + len(entry))

    assert zipfile.ZipFile(io.BytesIO(data[:end] + entry + tail)).read("word/media/b.bin") == b"hidden"
    assert refusal(data[:end] + entry + tail) == "damaged_container"


@pytest.mark.parametrize(
    "member",
    ["../evil.xml", "/etc/passwd", "word\\document2.xml", "C:/a.xml", "word/./a.xml", "word//a.xml", "a\x01b.xml"],
)
def test_member_with_a_path_that_leads_out_is_refused(member):
    assert refusal(package({member: "<a/>"})) == "damaged_container"


def test_duplicate_member_in_another_case_is_refused():
    assert refusal(package({"Word/Document.xml": "<w/>"})) == "damaged_container"


def test_symlink_is_refused():
    link = zipfile.ZipInfo("word/media/link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16

    assert refusal(package({link: "/etc/passwd"})) == "damaged_container"


def test_local_header_that_names_another_member_is_refused():
    data = package()
    first = data.index(b"word/document.xml")

    assert refusal(data[:first] + b"word/documenT.xml" + data[first + 17 :]) == "damaged_container"


def test_data_in_front_behind_or_between_is_refused():
    data = package()
    end = data.rindex(b"PK\x05\x06")
    shifted = declared(data, end + 16, "<L", struct.unpack_from("<L", data, end + 16)[0] + 4)

    assert refusal(data + b"<html>") == "damaged_container"
    assert refusal(b"PK\x03\x04" + data) == "damaged_container"
    directory = struct.unpack_from("<L", data, end + 16)[0]
    assert refusal(shifted[:directory] + b"gap!" + shifted[directory:]) == "damaged_container"


def test_wrong_checksum_and_truncation_are_refused():
    data = package({"word/media/a.bin": b"hello hello hello"})
    central = data.rindex(b"word/media/a.bin") - 46
    local = data.index(b"word/media/a.bin") - 30
    wrong = declared(declared(data, central + 16, "<L", 1), local + 14, "<L", 1)

    assert refusal(wrong) == "damaged_container"
    assert {refusal(data[:size]) for size in range(4, len(data), 97)} == {"damaged_container"}


def test_encrypted_zip_member_asks_to_remove_the_password():
    data = package()
    central = data.rindex(b"word/document.xml") - 46

    assert refusal(declared(data, central + 8, "<H", 1)) == "password"


@pytest.mark.parametrize("inner", [zipped([("a", "b")]), OLE, b"Rar!\x1a\x07\x00", b"MZ\x90\x00rest"])
def test_nested_container_is_refused(inner):
    assert refusal(package({"word/media/image1.png": inner})) == "embedded"


def test_chart_workbook_is_held_to_the_same_rules():
    bad = workbook({"xl/vba.xml": "<!DOCTYPE a><a/>"})
    nested = workbook({"xl/embeddings/again.xlsx": workbook()})

    assert refusal(package({"word/embeddings/a.xlsx": bad})) == "doctype"
    assert refusal(package({"word/embeddings/a.xlsx": nested})) == "embedded"


# XML


@pytest.mark.parametrize(
    "body",
    [
        BILLION_LAUGHS,
        '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>',
        '<!DOCTYPE w SYSTEM "http://example.org/w.dtd"><w/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE w><w/>'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize(
    "part", ["word/document.xml", "docProps/app.xml", "word/_rels/a.xml.rels", "[Content_Types].xml"]
)
def test_declaration_in_any_part_is_refused(part, body):
    assert refusal(package({part: body})) == "doctype"


def test_declaration_in_a_part_that_is_xml_by_type_only_is_refused():
    types = '<Override PartName="/word/header.dat" ContentType="application/x.header+xml"/>'

    assert refusal(package({"word/header.dat": "<!DOCTYPE a><a/>"}, types=types)) == "doctype"


@pytest.mark.parametrize(
    "body", ["<w>", "", "no xml", "<w>\x00</w>", b"<w>\xff\xfe</w>", "<?xml version='1.0' encoding='utf-7'?><w/>"]
)
def test_part_that_is_no_xml_is_refused(body):
    assert refusal(package(body=body)) == "damaged_container"


def test_paragraph_of_100_megabytes_two_million_elements_and_deep_nesting_are_refused():
    assert refusal(package(body="<w>" + "x" * 100_000_000 + "</w>")) == "too_long"
    assert refusal(package(body="<w>" + "<b/>" * 2_000_000 + "</w>")) == "too_long"
    assert refusal(package(body="<b>" * 251 + "</b>" * 251)) == "too_long"


# Office


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + "WordDocument".encode("utf-16-le"), "not_word"),
        (b"{\\rtf1}", "not_word"),
        (zipped([("a.txt", "a")]), "not_word"),
        (package(main_type="application/vnd.ms-word.document.macroEnabled.main+xml"), "macro"),
        (package(types='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'), "macro"),
        (package(relations=f'<Relationship Id="a" Type="{RELATION}vbaProject" Target="v.bin"/>'), "macro"),
        (package({"word/VbaProject.bin": "undeclared"}), "macro"),
        (package(relations=f'<Relationship Id="a" Type="{RELATION}oleObject" Target="o.bin"/>'), "embedded"),
        (package(relations=f'<Relationship Id="a" Type="{RELATION}aFChunk" Target="c.htm"/>'), "embedded"),
        (package(relations=outside("attachedTemplate", "https://example.org/t.dotm")), "external"),
        (package(relations=outside("attachedTemplate", r"\\host\share\t.dotm")), "external"),
        (package(relations=outside("oleObject", "https://example.org/a.doc")), "external"),
        (package(relations=outside("frame", "https://example.org/")), "external"),
        (package(relations=outside("image", r"\\host\share\a.png")), "external"),
        (package(relations=outside("image", "file://host/a.png")), "external"),
        (package(body=instruction(" DDE", "AUTO c:\\\\windows\\\\system32\\\\cmd.exe ")), "external"),
        (package(body=instruction(r' INCLUDEPICTURE "\\\\host\\a.png" ')), "external"),
        (
            package(body=instruction(" INCLUDETEXT https://example.org/a ")),
            "external",
        ),
        (package(body='<w:p xmlns:w="w"><w:fldSimple w:instr=" DDE excel a b "/></w:p>'), "external"),
        (package(body=instruction(" DDE excel a").replace('<w:fldChar w:fldCharType="end"/>', "")), "external"),
    ],
)
def test_document_that_runs_or_fetches_is_refused(data, code):
    assert refusal(data) == code


def test_nested_fields_are_judged_each():
    inner = '<w:fldChar w:fldCharType="begin"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType="end"/>'
    body = FIELD.format(f"<w:instrText> DDE</w:instrText>{inner}<w:instrText> x</w:instrText>")

    assert refusal(package(body=body)) == "external"


def test_workbook_with_links_or_dde_is_refused():
    link = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"

    assert refusal(workbook(types=f'<Override PartName="/a" ContentType="{link}"/>'), office.check_xlsx) == "external"
    assert refusal(workbook({"xl/a.xml": '<x><ddeLink ddeService="cmd"/></x>'}), office.check_xlsx) == "external"


def test_package_with_two_main_parts_or_none_is_refused():
    twice = relationships(f'<Relationship Id="a" Type="{RELATION}officeDocument" Target="word/document.xml"/>' * 2)

    assert refusal(package({"_rels/.rels": twice})) == "not_word"
    assert refusal(package({"_rels/.rels": relationships("")})) == "not_word"


def test_flipped_byte_is_refused_or_harmless_never_a_crash():
    data = word()
    outcomes = set()
    for at in range(0, len(data), 701):
        flipped = bytearray(data)
        flipped[at] ^= 0x55
        try:
            office.check_docx(bytes(flipped))
            outcomes.add("passed")
        except Rejected:
            outcomes.add("refused")

    assert "refused" in outcomes


def test_usual_document_does_not_keep_anyone_waiting():
    data = word(*["支部走访物流企业，登记流动党员。" * 20] * 200)
    started = time.perf_counter()
    office.check_docx(data)

    assert time.perf_counter() - started < 2
