"""Cases as files: a list as a workbook, a case and a collection as Word, a dossier as a zip."""

import io
import zipfile

import pytest
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from cases.actions import evidence, letter, question
from cases.evidence import verdicts
from cases.exports import word
from cases.models import Case, Comment
from members.middleware import set_scope
from members.models import AuditEvent
from tests.factories.cases import CaseFactory, CasePhotoFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

State = Case.State
BODY = "一、背景\n县里司机多。\n（一）建站\n登记党员12名。"


@pytest.fixture
def editor():
    return UserFactory(role="chief_editor", name="陈主编")


def arrived(editor, state=State.RECEIVED, **fields):
    return CaseFactory(organisation=editor.organisation, state=state, **fields)


def sheets_of(response):
    book = load_workbook(io.BytesIO(response.content))
    return [[[cell.value for cell in row] for row in sheet.rows] for sheet in book.worksheets]


def document_of(response):
    return Document(io.BytesIO(response.content))


def test_a_queue_is_exported_as_filtered_and_sorted(client, editor):
    for title in ("驿站甲", "别的", "驿站乙"):
        arrived(editor, title=title)
    CaseFactory(organisation=OrganisationFactory(), state=State.RECEIVED, title="驿站在外县")
    client.force_login(editor)
    filters = "?q=驿站&sort=-number"

    page = client.get(reverse("cases:review_queue", args=["received"]) + filters)
    sent = client.post(page.context["export"])

    assert page.context["export"] in page.content.decode().replace("&amp;", "&")
    rows, about = sheets_of(sent)
    assert [row[1] for row in rows] == ["标题", "驿站乙", "驿站甲"]
    assert rows[1][0] == Case.objects.get(title="驿站乙").number
    assert about[0] == ["条数", "2"] and ["编号、标题或单位", "驿站"] in about
    assert AuditEvent.objects.get(event="case.export").detail == {"key": "queue:received", "count": 2}


def test_a_title_that_is_a_formula_stays_words(client, editor):
    arrived(editor, title="=1+1")
    client.force_login(editor)

    sent = client.post(reverse("cases:export_queue", args=["received"]))

    cell = load_workbook(io.BytesIO(sent.content)).worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_submitting_side_is_told_no_holder_and_its_own_words(client, editor):
    case = arrived(editor, state=State.SECOND_REVIEW)
    client.force_login(case.created_by)

    rows, _about = sheets_of(client.post(reverse("cases:export_ours", args=["sent"])))

    assert [row[5] for row in rows[1:]] == [State.SECOND_REVIEW.public_label]
    assert "承办人" not in rows[0] and len(rows[0]) == 10


def test_the_export_of_a_queue_costs_the_same_for_one_row_and_for_three(client, editor, django_assert_max_num_queries):
    client.force_login(editor)
    client.get("/desk/")
    counted = []
    for total in (1, 3):
        while Case.objects.count() < total:
            arrived(editor)
        with django_assert_max_num_queries(20) as queries:
            client.post(reverse("cases:export_queue", args=["received"]))
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_case_is_a_word_file_with_headings_unit_and_photos(client, editor):
    case = arrived(editor, title="驿站", body=BODY)
    CasePhotoFactory(case=case, caption="建站当天")
    client.force_login(editor)

    sent = client.get(reverse("cases:export_word", args=[case.pk]))

    made = document_of(sent)
    assert [(row.text, row.style.name) for row in made.paragraphs if row.text] == [
        ("驿站", "Normal"),
        (str(case.organisation), "Normal"),
        ("一、背景", "Heading 1"),
        ("县里司机多。", "Normal"),
        ("（一）建站", "Heading 2"),
        ("登记党员12名。", "Normal"),
        ("建站当天", "Normal"),
    ]
    assert len(made.inline_shapes) == 1
    assert sent.headers["Content-Disposition"].startswith("attachment")


def test_a_photo_without_its_file_is_said_and_stops_nothing(client, editor):
    case = arrived(editor)
    CasePhotoFactory(case=case, caption="丢了的", large_sha256="0" * 64)
    client.force_login(editor)

    made = document_of(client.get(reverse("cases:export_word", args=[case.pk])))

    assert made.paragraphs[-1].text == "［丢了的：照片文件缺失］"


def test_a_case_of_another_county_is_not_to_be_had(client, editor):
    client.force_login(UserFactory(role="editor"))

    assert client.get(reverse("cases:export_word", args=[arrived(editor).pk])).status_code == 404


def test_marks_that_no_file_may_hold_are_left_out():
    made = Document(io.BytesIO(word.one(word.Piece("题\x0b目", "单\x00位", "正\x1f文"))))

    assert [row.text for row in made.paragraphs if row.text] == ["题目", "单位", "正文"]


def test_a_collection_has_contents_and_the_chosen_cases_alone(client, editor):
    chosen, other, unpublished = (
        arrived(editor, state=State.PUBLISHED, title="驿站甲", body=BODY),
        arrived(editor, state=State.PUBLISHED, title="驿站乙"),
        arrived(editor, title="未发布"),
    )
    client.force_login(editor)
    address = reverse("cases:export_collection")

    page = client.get(address)
    refused = client.post(address, {"title": "汇编", "cases": [unpublished.pk]})
    sent = client.post(address, {"title": "典型案例汇编", "cases": [chosen.pk]})

    offered = [label for _value, label in page.context["form"].fields["cases"].choices]
    assert len(offered) == 2 and not any("未发布" in label for label in offered)
    assert refused.status_code == 422 and "汇编" in refused.content.decode()
    made = document_of(sent)
    assert [row.text for row in made.paragraphs if row.style.name == "Part title"] == ["驿站甲"]
    assert "PAGEREF part_1 " in made.element.xml and other.title not in made.element.xml
    assert AuditEvent.objects.get(event="case.export").detail == {"key": "collection", "count": 1}


def test_the_dossier_holds_revisions_decisions_signatures_and_photos(client, editor):
    case = arrived(editor, state=State.PUBLISHED, title="驿站", body=BODY)
    CasePhotoFactory(case=case, caption="建站当天")
    CasePhotoFactory(case=case, caption="丢了的", large_sha256="0" * 64)
    client.force_login(editor)

    sent = client.post(reverse("cases:export_dossier", args=[case.pk]))

    packed = zipfile.ZipFile(io.BytesIO(sent.content))
    assert packed.namelist() == [
        "卷内目录.txt",
        f"{case.number}.docx",
        "稿次/1.txt",
        "决定.txt",
        "签名.txt",
        "数字与台账.txt",
        "照片/1 建站当天.jpg",
    ]
    assert packed.read("稿次/1.txt").decode() == f"驿站\n\n{BODY}\n"
    signers = [row.signed_by.name for row in case.signatures.order_by("pk")]
    assert all(name in packed.read("签名.txt").decode() for name in signers) and len(signers) == 3
    assert "照片/2 丢了的.jpg  （文件缺失）" in packed.read("卷内目录.txt").decode()
    assert AuditEvent.objects.get(event="case.export").detail == {"key": "dossier", "count": 6}


def test_the_submitting_side_gets_no_dossier(client, editor):
    case = arrived(editor)
    client.force_login(case.created_by)

    assert client.post(reverse("cases:export_dossier", args=[case.pk])).status_code == 403


def test_the_dossier_holds_the_letters_without_anybodys_address(client, editor):
    case = arrived(editor, state=State.PUBLISHED, title="驿站", body=BODY)
    to = letter.Recipient("李卫东", "li@county.example")
    letter.draft(kind="question", to=to, case=case, note="第二段的人数", by=editor)
    client.force_login(editor)

    packed = zipfile.ZipFile(io.BytesIO(client.post(reverse("cases:export_dossier", args=[case.pk])).content))

    (name,) = [name for name in packed.namelist() if name.startswith("往来信件/")]
    said = packed.read(name).decode()
    assert ("第二段的人数" in said, "李卫东" in said, "county.example" in said) == (True, True, False)


def test_the_dossier_holds_opinions_figures_questions_and_comments(client, editor):
    case = arrived(editor, state=State.FIRST_REVIEW, title="驿站", body=BODY)
    set_scope(["*"])
    line = verdicts.lines_of(case, case.current_revision)[0]
    evidence.confirm(
        case=case,
        context=line.context,
        key="activity.count",
        filters={},
        organisation=case.organisation,
        period="2025",
        by=editor,
    )
    asked = question.ask(case=case, context=line.context, text="12名从哪天算起？", by=editor)
    question.answer(question=asked, answer="explained", note="从年初算起", by=None)
    Comment.objects.create(case=case, name="读者甲", body="我们县也想学。")
    client.force_login(editor)

    packed = zipfile.ZipFile(io.BytesIO(client.post(reverse("cases:export_dossier", args=[case.pk])).content))

    figures = packed.read("数字与台账.txt").decode()
    assert [word in figures for word in ("【12名】", "已确认", "12名从哪天算起？", "从年初算起")] == [True] * 4
    assert "我们县也想学。" in packed.read("读者留言.txt").decode()


def test_plain_text_for_an_e_paper_has_indented_paragraphs_and_captions(client, editor):
    case = arrived(editor, title="驿站", body=BODY)
    CasePhotoFactory(case=case, caption="建站当天")
    client.force_login(editor)

    sent = client.get(reverse("cases:export_plain", args=[case.pk]))

    said = sent.content.decode("utf-8-sig")
    assert said.startswith("驿站\r\n")
    assert "\r\n\u3000\u3000一、背景\r\n\u3000\u3000县里司机多。\r\n" in said
    assert said.endswith("【图1】建站当天\r\n")
