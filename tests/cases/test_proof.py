"""A text out to a proof-reader and back, and out to a 公众号: files, then pages."""

import io
import re
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn

from cases import proofing
from cases.actions import case as case_actions
from cases.exports import proof
from cases.intake import proof as returned
from cases.intake.docx_package import Package
from cases.models import Case, Revision
from config.errors import FileRefused, Unreadable
from config.text import diff
from members.models import AuditEvent
from tests.cases import word_files as word
from tests.factories.cases import CaseFactory, CasePhotoFactory
from tests.factories.members import UserFactory

BODY = "一、背景\n县里司机多，歇脚难。\n（一）建站\n登记党员12名。"
MARK = proof.mark(2026, 7, 2)


def edited(data, *changes):
    """Return a proof as a proof-reader sends it back: each change is (words, instead), tracked."""
    made = Document(io.BytesIO(data))
    for words, instead in changes:
        (paragraph,) = [row for row in made.paragraphs if words in row.text]
        text = paragraph.text
        before, after = text.split(words)
        for run in list(paragraph.runs):
            run._r.getparent().remove(run._r)
        for kind, piece in (("", before), ("w:del", words), ("w:ins", instead), ("", after)):
            run = paragraph.add_run(piece)._r
            if kind:
                wrapper = proof._change(kind, 900)
                paragraph._p.replace(run, wrapper)
                wrapper.append(run)
            if kind == "w:del":
                run.find(qn("w:t")).tag = qn("w:delText")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_copy_comes_back_as_it_went():
    found = returned.read(proof.copy("驿站", BODY, MARK), "校样.docx", BODY)

    assert found == returned.Returned("驿站", BODY, (2026, 7, 2), 0, 0, 0)


def test_word_records_every_change_in_a_copy():
    settings = Document(io.BytesIO(proof.copy("驿站", BODY, MARK))).settings.element

    assert settings.find(qn("w:trackRevisions")) is not None
    assert settings.find(qn("w:documentProtection")).get(qn("w:edit")) == "trackedChanges"


def test_tracked_changes_accepted_give_the_present_text_and_rejected_the_earlier_one():
    earlier = "一、背景\n县里司机多，歇脚很难。\n早先的一段要删去。\n（一）建站\n登记党员9名。"
    made = proof.copy("驿站", BODY, MARK, earlier)
    root = Document(io.BytesIO(made)).element.body

    accepted = returned.read(made, "a.docx", "")
    rejected = []
    for paragraph in root.iter(qn("w:p")):
        if paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:ins')}") is not None:
            continue
        kept = [each for each in paragraph.iter(qn("w:t"), qn("w:delText")) if not inserted(each)]
        rejected.append("".join(each.text for each in kept))

    assert accepted.body == BODY
    assert [line for line in rejected if line] == ["驿站", *earlier.split("\n")]


def inserted(element):
    return any(above.tag == qn("w:ins") for above in element.iterancestors())


def test_what_the_proof_reader_did_is_accepted_and_counted():
    data = edited(proof.copy("驿站", BODY, MARK), ("12名", "十二名"), ("歇脚难", "歇脚不易"))

    found = returned.read(data, "校样.docx", BODY)

    assert found.body == BODY.replace("12名", "十二名").replace("歇脚难", "歇脚不易")
    assert (found.insertions, found.deletions) == (2, 2)


def test_an_indent_that_a_line_had_stays():
    indented = "\n".join(f"　　{line}" for line in BODY.split("\n"))

    assert returned.read(proof.copy("驿站", indented, MARK), "a.docx", indented).body == indented


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [(b"only words\nand words", "a.txt", Unreadable), (b"%PDF-1.7 x", "a.docx", FileRefused)],
)
def test_what_is_no_word_file_is_refused_in_words(data, name, error):
    with pytest.raises(error):
        returned.read(data, name, BODY)


@pytest.fixture
def case(db):
    editor = UserFactory(role="editor", name="陈编辑")
    made = CaseFactory(organisation=editor.organisation, state=Case.State.FIRST_REVIEW, title="驿站", body=BODY)
    made.editor = editor
    return made


def sent_out(client, case, query=""):
    return client.get(reverse("cases:proof_file", args=[case.pk]) + query).content


def upload(client, case, data, name="校样.docx"):
    return client.post(reverse("cases:proof_page", args=[case.pk]), {"file": SimpleUploadedFile(name, data)})


def save(client, case, page):
    form = page.context["form"]
    typed = {name: form[name].value() for name in ("base", "title", "body", "note")}
    return client.post(reverse("cases:revision_edit", args=[case.pk]), typed)


def test_a_proof_is_looked_at_and_then_saved_as_a_revision(client, case):
    client.force_login(case.editor)
    client.get(reverse("cases:proof_page", args=[case.pk]))
    page = upload(client, case, edited(sent_out(client, case), ("12名", "15名")))
    before = case.revisions.count()

    form = page.context["form"]
    client.post(
        reverse("cases:revision_edit", args=[case.pk]),
        {name: form[name].value() for name in ("base", "title", "body", "note")},
    )

    case.refresh_from_db()
    assert [block.figures_new for block in page.context["numbers"]] == [["15名"]]
    assert (before, case.current_revision.number, case.current_revision.body) == (1, 2, BODY.replace("12名", "15名"))
    assert case.current_revision.note == "外校：校样.docx"


def test_a_proof_of_an_older_revision_is_brought_together_with_what_was_saved_since(client, case):
    client.force_login(case.editor)
    data = edited(sent_out(client, case), ("12名", "15名"))
    case_actions.append(
        case, title="驿站", body=BODY.replace("歇脚难", "歇脚不易"), by=case.editor, source=Revision.Source.EDIT
    )
    page = upload(client, case, data)

    form = page.context["form"]
    conflict = client.post(
        reverse("cases:revision_edit", args=[case.pk]),
        {name: form[name].value() for name in ("base", "title", "body", "note")},
    )

    assert page.context["is_older"]
    assert conflict.status_code == 409
    assert conflict.context["form"]["body"].value() == BODY.replace("12名", "15名").replace("歇脚难", "歇脚不易")


def test_the_proof_of_another_case_is_refused(client, case):
    other = CaseFactory(organisation=case.organisation, state=Case.State.FIRST_REVIEW, body=BODY)
    client.force_login(case.editor)

    page = upload(client, case, sent_out(client, other))

    assert page.status_code == 422
    assert other.number in page.content.decode()


def test_what_changed_since_a_revision_stands_in_the_file(client, case):
    case_actions.append(
        case, title="驿站", body=BODY.replace("12名", "15名"), by=case.editor, source=Revision.Source.EDIT
    )
    client.force_login(case.editor)

    root = Document(io.BytesIO(sent_out(client, case, "?from=1"))).element.body

    gone = [each.text for each in root.iter(qn("w:delText"))]
    came = [each.text for each in root.iter(qn("w:t")) if inserted(each)]
    assert (gone, came) == (["12名"], ["15名"])
    assert client.get(reverse("cases:proof_file", args=[case.pk]) + "?from=9").status_code == 404


def test_an_article_for_a_wechat_account_has_inline_styles_alone_and_its_photos(client, case):
    CasePhotoFactory(case=case, caption="建站当天")
    client.force_login(case.editor)
    page = client.get(reverse("cases:export_wechat", args=[case.pk])).content.decode()

    sent = client.post(reverse("cases:export_wechat_zip", args=[case.pk]))

    packed = zipfile.ZipFile(io.BytesIO(sent.content))
    article = packed.read("正文.html").decode()
    assert packed.namelist() == ["正文.html", "照片/1 建站当天.jpg"]
    assert "县里司机多，歇脚难。" in page and "此处插入照片 1：建站当天" in page
    assert "此处插入照片 1：建站当天" in article
    assert re.findall(r"<(?!/|!doctype|html|head|meta|title|body)(\w+)\b(?! style=)", article) == []
    assert "class=" not in article and "<style" not in article
    assert AuditEvent.objects.get(event="case.export").detail["key"] == "wechat"


def test_the_submitting_side_has_neither(client, case):
    client.force_login(case.created_by)

    assert client.get(reverse("cases:proof_page", args=[case.pk])).status_code == 403
    assert client.get(reverse("cases:export_wechat", args=[case.pk])).status_code == 403


def by(data, author, *changes):
    """Return a proof with tracked changes of one person on a day."""
    made = Document(io.BytesIO(edited(data, *changes)))
    for name in ("w:ins", "w:del"):
        for change in made.element.body.iter(qn(name)):
            if change.get(qn("w:date")) is None:
                change.set(qn("w:author"), author)
                change.set(qn("w:date"), "2026-03-05T09:30:00Z")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_each_change_is_listed_with_whose_it_is(client, case):
    client.force_login(case.editor)
    data = by(sent_out(client, case), "李校对", ("12名", "15名"))
    data = by(data, "王主任", ("歇脚难", "歇脚不易"))

    page = upload(client, case, data)

    listed = [(change.gone, change.came, change.hands, change.is_number) for change in page.context["listed"]]
    assert listed == [
        ("难", "不易", ("王主任 2026-03-05",), False),
        ("12名", "15名", ("李校对 2026-03-05",), True),
    ]
    assert page.context["untracked"] == []


def test_a_change_nobody_tracked_is_said_to_be_one(client, case):
    client.force_login(case.editor)
    made = Document(io.BytesIO(sent_out(client, case)))
    (run,) = next(row for row in made.paragraphs if "歇脚难" in row.text).runs
    run.text = run.text.replace("歇脚难", "歇脚不易")
    out = io.BytesIO()
    made.save(out)

    page = upload(client, case, out.getvalue())

    assert [change.hands for change in page.context["untracked"]] == [()]
    assert "未留修订痕迹" in page.content.decode()


def test_a_single_change_is_refused_and_the_rest_is_saved(client, case):
    client.force_login(case.editor)
    first = upload(client, case, by(sent_out(client, case), "李校对", ("12名", "15名"), ("县里司机多", "全县司机很多")))
    number = next(change.number for change in first.context["listed"] if change.is_number)

    page = client.post(reverse("cases:proof_page", args=[case.pk]), {"kept": first.context["kept"], "refuse": [number]})
    save(client, case, page)

    case.refresh_from_db()
    assert case.current_revision.body == BODY.replace("县里司机多", "全县司机很多")
    assert page.context["refused"] == {number}


def test_a_file_looked_at_by_somebody_else_is_not_opened(client, case):
    client.force_login(case.editor)
    kept = upload(client, case, edited(sent_out(client, case), ("12名", "15名"))).context["kept"]
    client.force_login(UserFactory(role="editor", organisation=case.organisation))

    page = client.post(reverse("cases:proof_page", args=[case.pk]), {"kept": kept})

    assert page.status_code == 422
    assert "已失效" in page.content.decode()


@pytest.mark.parametrize(
    ("old", "new", "refused", "text"),
    [
        ("甲段。\n乙段。", "甲段。\n新来一段。\n乙段。", {1}, "甲段。\n乙段。"),
        ("甲段。\n要删的一段。\n乙段。", "甲段。\n乙段。", {1}, "甲段。\n要删的一段。\n乙段。"),
        ("甲段9个。\n乙段8个。", "甲段7个。\n乙段6个。", {2}, "甲段7个。\n乙段8个。"),
        ("甲段9个。", "甲段7个。", set(), "甲段7个。"),
        ("甲段9个。", "甲段7个。", {5}, "甲段7个。"),
    ],
)
def test_the_text_without_a_change_is_as_it_was_there(old, new, refused, text):
    assert proofing.without(diff.compare(old, new), refused) == text


def test_paragraphs_in_each_other_are_walked_once():
    texts = word.inserted("字") * 12_000
    nested = "<w:p>" * 200 + texts + "</w:p>" * 200
    data = word.word_file(word.paragraph(word.run("标题")), word.paragraph(word.run("正文")), nested)
    started = time.monotonic()

    found = returned.touched(Package(data).main())

    assert list(found) == ["字" * 12_000]
    assert time.monotonic() - started < 5
