"""Reading: bytes and a name in, the text a submission says out; or one clear sentence why not."""

import io
import time
import zipfile

import pytest

from cases.intake.reading import MAX_BYTES, read, read_paste
from cases.intake.receipt import Fix, apply
from config.errors import FileRefused, Refused, Unreadable
from tests.cases import word_files as w
from tests.cases.mail_files import document, letter
from tests.office import old_word

SENTENCES = "某县成立行业党委，统一组建党组织。\n通讯员赟玥㛃报道，服务司机三百余人。"


# Plain text and its encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_text_without_a_label_is_decoded_right(encoding):
    reading = read(SENTENCES.encode(encoding), "稿件.txt")

    assert (reading.format, reading.text, reading.cautions) == ("txt", SENTENCES, ())


def test_utf16_without_a_mark_or_any_ascii_is_decoded_right():
    text = "某县成立行业党委，统一组建党组织，服务货车司机。" * 3

    assert read(text.encode("utf-16-le"), "a.txt").text == text


def test_big5_is_read_and_said():
    text = "縣委組織部統籌推進黨建工作，為司機提供貼心服務，大家都說這個辦法很好。" * 3

    reading = read(text.encode("big5"), "a.txt")

    assert reading.text == text
    assert [caution.code for caution in reading.cautions] == ["encoding"]


def test_traditional_text_in_gbk_is_not_taken_for_big5():
    text = "縣委組織部統籌推進黨建工作，為司機提供貼心服務。" * 3

    assert read(text.encode("gbk"), "a.txt").text == text


def test_gb2312_label_in_html_still_reads_rare_names():
    page = f'<html><head><meta charset="gb2312"></head><body><p>{SENTENCES}</p></body></html>'

    assert "赟玥㛃" in read(page.encode("gb18030"), "a.html").text


def test_one_cut_character_is_kept_visible_with_a_caution():
    data = (SENTENCES * 20).encode()[:-1]

    reading = read(data, "a.txt")

    assert reading.text.startswith(SENTENCES)
    assert [caution.code for caution in reading.cautions] == ["damaged_characters"]


def test_line_ends_of_every_system_become_one():
    assert read("一行\r\n二行\r三行\u2028四行".encode(), "a.txt").text == "一行\n二行\n三行\n四行"


def test_nul_bytes_are_dropped_with_a_caution():
    reading = read(b"\xe5\x85\x9a\x00\xe5\xbb\xba\x00 abc", "a.txt")

    assert reading.text == "党建 abc"
    assert [(caution.code, "2" in caution.message) for caution in reading.cautions] == [("nul_removed", True)]


def test_forty_thousand_characters_without_a_line_end_are_fine():
    text = "党建引领物流行业发展，" * 4000

    assert read(text.encode(), "a.txt").text == text


def test_paste_is_read_like_a_text_file():
    assert read_paste("第一段\r\n第二段\0").text == "第一段\n第二段"


def test_paste_that_looks_like_a_zip_is_text():
    assert read_paste("PK 赛记录").text == "PK 赛记录"


# Old Word files, and saved letters


def test_old_word_file_keeps_ruby_bases_insertions_and_rare_names():
    docx = w.word_file(
        w.paragraph(w.run("按照"), w.ruby("党建", "dǎngjiàn"), w.run("引领，赟玥㛃记录。")),
        w.paragraph(w.run("识别党员"), w.deleted("16"), w.inserted("18"), w.run("名。")),
    )

    reading = read(old_word(docx), "材料.doc")
    kept = apply(reading.text, reading.fixes)

    assert (reading.format, kept) == ("doc", "按照党建引领，赟玥㛃记录。\n识别党员18名。")
    assert {"unaccepted_revisions", "word_ruby"} == {caution.code for caution in reading.cautions}


def test_saved_letter_is_read_as_what_it_says():
    reading = read(letter(SENTENCES), "转发.eml")

    assert (reading.format, reading.text, reading.title) == ("eml", SENTENCES, "司机驿站的一年")


def test_the_one_document_of_a_saved_letter_is_read_instead():
    reading = read(letter("请查收附件。", files=[("案例.docx", document(SENTENCES)), ("a.png", b"x")]), "转发.eml")

    assert (reading.format, reading.text) == ("docx", SENTENCES)
    assert [caution.code for caution in reading.cautions] == ["from_letter"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (letter(files=[("一.docx", document()), ("二.docx", document())]), "several_documents"),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 60, "unsafe_letter"),
        (letter("请查收", files=[("一.docx", b"PK")]), "mismatch"),
    ],
    ids=["several", "bomb", "no document"],
)
def test_letter_that_is_no_one_text_says_what_to_do(data, code):
    with pytest.raises(Refused) as refusal:
        read(data, "转发.eml")

    assert refusal.value.code == code


# Refusals


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "empty"),
        (b" \r\n\t\x00", "a.docx", "empty"),
        (b"\xef\xbb\xbf", "a.txt", "empty"),
        (b"a" * (MAX_BYTES + 1), "a.txt", "too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "old_word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "password"),
        (b"%PDF-1.7 ...", "a.txt", "mismatch"),
        (b"\x89PNG\r\n\x1a\n....", "a.docx", "mismatch"),
        (b"{\\rtf1 abc}", "a.doc", "rtf"),
        (bytes(range(256)) * 40, "a.txt", "not_text"),
    ],
)
def test_refusal_says_why(data, name, code):
    with pytest.raises(Refused) as refusal:
        read(data, name)

    assert refusal.value.code == code
    assert len(str(refusal.value)) > 10


@pytest.mark.parametrize("data", [b"a" * 500_001, b"a\n" * 50_002])
def test_text_as_long_as_a_book_is_no_case(data):
    with pytest.raises(Unreadable) as refusal:
        read(data, "a.txt")

    assert refusal.value.code == "too_long"


def test_page_of_scripts_alone_is_empty():
    with pytest.raises(Unreadable) as refusal:
        read(b"<html><body><script>let a = 1</script></body></html>", "a.html")

    assert refusal.value.code == "empty"


# Content beats the extension


@pytest.mark.parametrize(
    ("data", "name", "format_"),
    [
        (w.word_file(w.paragraph(w.run("党建"))), "a.txt", "docx"),
        ("<!DOCTYPE html><html><body><p>党建</p></body></html>".encode(), "a.txt", "html"),
        ("党建".encode(), "a.docx", "txt"),
        ("党建".encode(), "a", "txt"),
    ],
)
def test_content_beats_the_extension_with_a_caution(data, name, format_):
    reading = read(data, name)

    assert (reading.format, reading.text) == (format_, "党建")
    assert [caution.code for caution in reading.cautions] == ["format_differs"]


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "a.md", "a.markdown"])
def test_known_extension_raises_no_caution(name):
    assert read("党建".encode(), name).cautions == ()


# HTML


def test_page_blocks_become_lines_and_scripts_vanish():
    page = """<html><head><title>某县样板_党建网</title><style>p{color:red}</style></head><body>
    <script>alert(1)</script><!-- note --><h1>某县样板</h1>
    <div><p>第一段&ldquo;引号&rdquo;，<b>加粗</b>字<br>换行。</p><p>第二段&nbsp;A&amp;B
    续行
    还是续行。</p></div><ul><li>甲</li><li>乙</li></ul>
    <table><tr><td>姓名</td><td>人数</td></tr><tr><td>张三</td><td>3</td></tr></table></body></html>"""

    reading = read(page.encode(), "a.html")

    assert reading.title == "某县样板"
    assert reading.text == (
        "某县样板\n第一段“引号”，加粗字\n换行。\n第二段\xa0A&B 续行还是续行。\n甲\n乙\n姓名\t人数\n张三\t3"
    )


def test_page_title_loses_the_site_name():
    page = "<html><head><title>某县打造样板 - 某某党建网</title></head><body><p>正文。</p></body></html>"

    assert read(page.encode(), "a.html").title == "某县打造样板"


def test_page_furniture_and_ruby_are_read_but_taken_out_with_a_receipt():
    page = (
        "<html><body><nav><a>首页</a></nav><p>按照<ruby>党建<rp>(</rp><rt>dǎngjiàn</rt><rp>)</rp></ruby>要求</p>"
        "<footer>版权</footer></body></html>"
    )

    reading = read(page.encode(), "a.html")

    assert reading.text == "首页\n按照党建dǎngjiàn要求\n版权"
    assert reading.fixes == (
        Fix("site_chrome", 0, "首页\n"),
        Fix("ruby", 7, "dǎngjiàn"),
        Fix("site_chrome", 18, "版权"),
    )


def test_html_fragment_without_blocks_keeps_its_own_line_ends():
    reading = read("甲句，\n乙句。<br/>\n<strong>丙</strong>".encode(), "a.html")

    assert (reading.format, reading.text) == ("html", "甲句，\n乙句。<br/>\n<strong>丙</strong>")


def test_deep_nesting_neither_fails_nor_hangs():
    page = ("<div>" * 20_000 + "<p>党建</p>").encode()
    started = time.process_time()

    try:
        read(page, "a.html")
    except Refused as refusal:
        assert refusal.code == "empty"

    assert time.process_time() - started < 5


# Word


def test_ruby_base_and_insertion_stay_reading_and_deletion_go_with_a_receipt():
    data = w.word_file(
        w.paragraph(w.run("按照"), w.ruby("党建", "dǎngjiàn"), w.run("引领要求")),
        w.paragraph(w.run("识别隐形党员"), w.deleted("16"), w.inserted("18"), w.run("名。")),
    )

    reading = read(data, "a.docx")

    assert reading.text == "按照党建dǎngjiàn引领要求\n识别隐形党员1618名。"
    assert reading.fixes == (Fix("ruby", 4, "dǎngjiàn"), Fix("tracked_deletion", 23, "16"))
    assert [caution.code for caution in reading.cautions] == ["unaccepted_revisions", "word_ruby"]
    assert reading.counts == {"ruby": 1, "deletions": 1, "insertions": 1, "comments": 0}


def test_phonetic_guide_of_older_files_is_an_equation_field():
    code = "<w:r><w:instrText>EQ \\* jc2 \\* hps10 \\o\\ad(\\s\\up 9(dǎng),党)</w:instrText></w:r>"

    reading = read(w.word_file(w.paragraph(w.run("加强"), code, w.run("的建设"))), "a.docx")

    assert reading.text == "加强党dǎng的建设"
    assert reading.fixes == (Fix("ruby", 3, "dǎng"),)


def test_deleted_paragraph_mark_joins_the_paragraphs():
    mark = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"

    reading = read(w.word_file(w.paragraph(w.run("前半"), properties=mark), w.paragraph(w.run("后半"))), "a.docx")

    assert reading.fixes == (Fix("tracked_deletion", 2, "\n"),)
    assert reading.text == "前半\n后半"


def test_moved_text_is_read_where_it_went():
    moved = "<w:moveFrom><w:r><w:t>甲</w:t></w:r></w:moveFrom>"
    target = "<w:moveTo><w:r><w:t>甲</w:t></w:r></w:moveTo>"

    reading = read(w.word_file(w.paragraph(moved, w.run("乙"), target)), "a.docx")

    assert reading.text == "甲乙甲"
    assert reading.fixes == (Fix("tracked_move", 0, "甲"),)


def test_text_box_is_read_once_whatever_its_fallback_says():
    box = "<w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent>"
    drawing = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )

    assert read(w.word_file(w.paragraph(w.run("正文"), drawing)), "a.docx").text == "正文\n框内"


def test_table_is_read_row_by_row():
    rows = w.table(
        [w.paragraph(w.run("类别")), w.paragraph(w.run("数量"))],
        [w.paragraph(w.run("驿站")), w.paragraph(w.run("12处"))],
    )

    assert read(w.word_file(w.paragraph(w.run("表")), rows), "a.docx").text == "表\n类别\t数量\n驿站\t12处"


def test_cell_that_holds_a_whole_text_keeps_its_paragraphs():
    rows = w.table([w.paragraph(w.run("案例正文")), w.paragraph(w.run("第一段")) + w.paragraph(w.run("第二段"))])

    assert read(w.word_file(rows), "a.docx").text == "案例正文\n第一段\n第二段"


def test_nested_table_is_read_once():
    inner = w.table([w.paragraph(w.run("内一")), w.paragraph(w.run("内二"))])
    outer = w.table([w.paragraph(w.run("外")), inner + w.paragraph()])

    assert read(w.word_file(outer), "a.docx").text == "外\n内一\t内二"


def test_footnotes_follow_the_text_once_without_separators():
    notes = (
        f'<w:footnotes xmlns:w="{w.W}"><w:footnote w:type="separator" w:id="0">'
        "<w:p><w:r><w:t>隔线</w:t></w:r></w:p></w:footnote>"
        '<w:footnote w:id="1"><w:p><w:r><w:t>见年报。</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    parts = {"word/footnotes.xml": notes, "word/_rels/document.xml.rels": w.relations(footnotes="footnotes.xml")}

    reading = read(
        w.word_file(w.paragraph(w.run("正文"), '<w:r><w:footnoteReference w:id="1"/></w:r>'), parts=parts), "a.docx"
    )

    assert reading.text == "正文\n见年报。"
    assert [caution.code for caution in reading.cautions] == ["word_notes"]


def test_title_style_names_the_title():
    styles = f'<w:styles xmlns:w="{w.W}"><w:style w:styleId="a3"><w:name w:val="Title"/></w:style></w:styles>'
    parts = {"word/styles.xml": styles, "word/_rels/document.xml.rels": w.relations(styles="styles.xml")}
    title = w.paragraph(w.run("某县打造样板"), properties='<w:pPr><w:pStyle w:val="a3"/></w:pPr>')

    assert read(w.word_file(title, w.paragraph(w.run("正文。")), parts=parts), "a.docx").title == "某县打造样板"


def test_hidden_text_is_taken_out_with_a_receipt():
    reading = read(w.word_file(w.paragraph(w.run("明"), w.run("暗", "<w:rPr><w:vanish/></w:rPr>"))), "a.docx")

    assert (reading.text, reading.fixes) == ("明暗", (Fix("hidden_text", 1, "暗"),))


def test_field_codes_are_no_text_but_their_results_are():
    field = "<w:r><w:instrText> PAGEREF x </w:instrText></w:r>" + w.run("7")

    assert read(w.word_file(w.paragraph(w.run("见第"), field, w.run("页"))), "a.docx").text == "见第7页"


# Word files that may not come in


def _zip(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _macro_types():
    return w.CONTENT_TYPES.replace("wordprocessingml.document.main", "ms-word.document.macroEnabled.main")


ENTITY = '<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "data",
    [
        w.word_file(w.paragraph(w.run("a")), parts={"word/vbaProject.bin": b"x"}),
        w.word_file(w.paragraph(w.run("a")), parts={"[Content_Types].xml": _macro_types()}),
        w.word_file(w.paragraph(w.run("a")), parts={"word/media/big.bin": bytes(80_000_000)}),
        w.word_file(w.paragraph(w.run("&a;")), head=ENTITY),
        w.word_file(w.paragraph(w.run("a")), parts={"word/styles.xml": ENTITY + "<a/>"}),
        _zip(a="b"),
        w.word_file(w.paragraph(w.run("a")))[:-30],
        w.word_file(parts={"word/document.xml": "<not closed"}),
        w.word_file(parts={"word/document.xml": "<other/>"}),
    ],
    ids=["macro", "macro type", "bomb", "entity", "dtd elsewhere", "plain zip", "cut off", "broken xml", "no body"],
)
def test_word_file_that_may_not_come_in_is_refused_quickly(data):
    started = time.process_time()

    with pytest.raises((FileRefused, Unreadable)) as refusal:
        read(data, "a.docx")

    assert refusal.value.code != "empty"
    assert time.process_time() - started < 2


def test_a_paragraph_word_numbered_itself_is_named_in_the_warning():
    numbering = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    lines = ["强化组织领导，压实各级党组织的责任", "建好阵地", "导语"]
    blocks = [w.paragraph(w.run(text), properties=numbering if text != "导语" else "") for text in lines]

    (caution,) = read(w.word_file(*blocks), "a.docx").cautions

    assert caution.code == "word_numbered"
    assert "“强化组织领导，压实各级党”、“建好阵地”" in caution.message
    assert "2" in caution.message
    assert "导语" not in caution.message


@pytest.mark.parametrize("label", [b"undefined", b"punycode", b"unicode_escape", b"utf-7"])
def test_a_label_that_is_no_character_set_is_passed_over(label):
    words = b"-" + b"a" * 300_000 + b" \\ud800 +2AA-"
    data = b"<html><head><meta charset=%s></head><body><p>title</p><p>%s</p></body></html>" % (label, words)

    assert read(data, "page.html").text.encode() == b"title\n" + words
