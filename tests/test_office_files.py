"""Every Word file and workbook we write, opened by LibreOffice and looked at page by page."""

import io
import re
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import time_machine
from PIL import Image, ImageDraw

from cases import queries_recommend, queues
from cases.exports import call_notice, listing, proof, signatures, word
from cases.exports.word import Picture, Piece
from cases.models import Case
from members.imports import workbook
from members.middleware import set_scope
from services.imports import template
from services.indicators import periods
from services.indicators.registry import Scope
from services.models import ImportSubject
from services.reports import outline, sample, writing
from services.reports import template as own
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory
from tests.office import as_pdfs

ROOT = Path(__file__).resolve().parents[1]
# Where a file is finished; the files below come out of all of them.
WRITERS = {
    "cases/exports/call_notice.py",
    "cases/exports/proof.py",
    "cases/exports/signatures.py",
    "cases/exports/word.py",
    "members/imports/workbook.py",
    "services/imports/template.py",
    "services/indicators/sheets.py",
    "services/reports/sample.py",
    "services/reports/template.py",
    "services/reports/writing.py",
}
FINISHED = re.compile(r"layout\.as_bytes\(|\b(?:book|docx)\.save\(")
HEADINGS = "一、背景\n县里司机多，歇脚的地方少。\n（一）建站\n在国道旁建起驿站，登记党员12名。\n"
LONG = HEADINGS + "\n".join(
    f"第{number}天，站长把当天听到的难处记在本子上，逐件交给沿街单位认领。" for number in range(60)
)


def drawing():
    out, image = io.BytesIO(), Image.new("RGB", (640, 400), (200, 180, 150))
    ImageDraw.Draw(image).ellipse((150, 80, 480, 330), fill=(60, 90, 140))
    image.save(out, "JPEG")
    return out.getvalue()


def piece(title, body=LONG):
    return Piece(title, "青石县交通运输局", body, [Picture(drawing(), "建站当天")])


def pages(pdf):
    """Return what a PDF shows page by page: text, side of the page's number, whether anything is seen."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        text = page.get_textpage()
        darkest, _lightest = page.render(scale=0.4).to_pil().convert("L").getextrema()
        found.append((text.get_text_range().replace("\r\n", "\n"), number_place(text, page.get_width()), darkest < 128))
    document.close()
    return found


def number_place(text, width):
    """Return on which side of the page its number stands: right, left, or "" for none."""
    searched = text.search("—")
    at = searched.get_next()
    if at is None:
        return ""
    left, *_rest = text.get_charbox(at[0])
    return "right" if left > width / 2 else "left"


def looked_at(*files):
    """Have LibreOffice open files, each (data, ending, least pages, words), and check every page; return their pages.

    No page may be blank, and the words must stand on them.
    """
    found = []
    opened = as_pdfs(tuple((data, ending) for data, ending, _least, _words in files))
    for pdf, (_data, _ending, least, words) in zip(opened, files, strict=True):
        shown = pages(pdf)
        whole = re.sub(r"\s", "", "".join(text for text, _place, _seen in shown))
        assert len(shown) >= least
        assert [seen for _text, _place, seen in shown] == [True] * len(shown)
        assert [each for each in words if re.sub(r"\s", "", each) not in whole] == []
        found.append(shown)
    return found


def test_no_office_file_is_written_elsewhere():
    files = [path for app in ("members", "services", "cases") for path in (ROOT / app).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in files if FINISHED.search(path.read_text(encoding="utf-8"))}

    assert found == WRITERS


def test_a_case_stands_on_pages_numbered_outside():
    made = word.one(piece("国道旁的驿站"))

    (found,) = looked_at((made, ".docx", 3, ["国道旁的驿站", "青石县交通运输局", "（一）建站", "建站当天"]))

    assert [place for _text, place, _seen in found] == [("right", "left")[at % 2] for at in range(len(found))]
    assert [f"— {number} —" in text for number, (text, _place, _seen) in enumerate(found, 1)] == [True] * len(found)


def test_a_collection_begins_with_its_contents_and_each_case_on_a_page_of_its_own():
    bound = word.collection("驿站案例汇编", [piece("国道旁的驿站", HEADINGS), piece("粮库里的夜校", HEADINGS)])
    marked = proof.copy("国道旁的驿站", HEADINGS, proof.mark(2026, 1, 2), HEADINGS.replace("12名", "9名"))

    found, _proof = looked_at(
        (bound, ".docx", 3, ["驿站案例汇编"]), (marked, ".docx", 1, ["国道旁的驿站", "9名", "12名"])
    )

    first, second, third = (re.sub(r"\s", "", text) for text, _place, _seen in found[:3])
    assert "国道旁的驿站" in first and "粮库里的夜校" in first and "县里司机多" not in first
    assert second.startswith("国道旁的驿站") and third.startswith("粮库里的夜校")


def test_the_contents_of_a_collection_name_the_page_each_case_begins_on():
    bound = word.collection("驿站案例汇编", [piece("国道旁的驿站"), piece("粮库里的夜校", HEADINGS), piece("灯下")])

    (found,) = looked_at((bound, ".docx", 6, ["目录"]))

    texts = [re.sub(r"\s", "", text) for text, _place, _seen in found]
    for title in ("国道旁的驿站", "粮库里的夜校", "灯下"):
        begins = next(page for page, text in enumerate(texts, 1) if text.startswith(title))
        assert re.search(rf"{title}\.*{begins}(?!\d)", texts[0]), texts[0]


@time_machine.travel("2026-05-06T09:00:00+08:00", tick=False)
def test_the_notice_of_a_call_says_all_its_settings(db):
    body = OrganisationFactory(name="青石省委组织部")
    set_scope(["*"])
    call = CallFactory(
        organisation=body,
        name="第三届驿站案例征集",
        rules="一、只写做过的事。\n二、照片须征得同意。",
        contact="张老师 0531-88888888",
        statement="内容真实、原创。",
        most_characters=3000,
        least_photos=2,
        most_per_unit=2,
        needs_form=True,
        announced=True,
    )
    call.tracks.create(position=1, name="关爱服务", note="阵地、帮扶")
    call.parts.create(position=0, name="摘要", most_characters=300)
    call.quotas.create(body=OrganisationFactory(name="青石市委组织部", parent=body), places=7)

    made = call_notice.word(call, "https://cases.example/calls/1/")

    said = [
        "关于开展“第三届驿站案例征集”活动的通知",
        "2026年4月29日",
        "09:00",
        "关爱服务（阵地、帮扶）",
        "不超过3000字",
    ]
    said += ["摘要（不超过300字）", "不少于2张", "实效性（权重40%）", "青石市委组织部", "7", "公示", "0531-88888888"]
    said += ["https://cases.example/calls/1/", "内容真实、原创。", "附件", "照片须征得同意。", "2026年5月6日"]
    looked_at((made, ".docx", 2, said))


@pytest.fixture
def bureau(db):
    found = OrganisationFactory(name="甲县交通运输局")
    set_scope([found.path])
    return found


@time_machine.travel("2024-07-08T09:00:00+08:00", tick=False)
def test_a_report_in_our_layout_and_in_a_countys_own_and_a_queue_open(bureau):
    report = outline.build(Scope(bureau), periods.parse("2024Q2", date(2024, 7, 8)))
    case = CaseFactory(organisation=bureau, title="国道旁的驿站", state=Case.State.RECEIVED)
    rows = queries_recommend.with_recommended(Case.objects.with_row())
    queue = listing.workbook(queues.BY_NAME["received"], [("条数", "1")], rows)
    about = ["甲县交通运输局", "2024年7月8日"]

    looked_at(
        (writing.word(report, date(2024, 7, 8)), ".docx", 2, [*about, "一、"]),
        (writing.excel(report), ".xlsx", 1, [str(report.sections[0].heading)]),
        (own.fill(sample.word(), "docx", report, "2024年7月8日"), ".docx", 1, about),
        (sample.word(), ".docx", 1, ["{{ 标题 }}"]),
        (sample.excel(), ".xlsx", 1, ["指标"]),
        (queue, ".xlsx", 1, ["国道旁的驿站", case.number, "条数"]),
        (signatures.word(case), ".docx", 1, ["审稿单", "国道旁的驿站", case.number]),
    )


def test_what_is_given_out_to_be_filled_in_or_put_right_opens():
    bad = workbook.build(["姓名", "单位"], [(["张三", "甲局"], "没有这个单位")], "原因")
    empty = [
        (template.build(subject, str(label), {}, "必填"), ".xlsx", 1, [template.COLUMNS[subject][0].header])
        for subject, label in ImportSubject.choices
    ]

    looked_at((bad, ".xlsx", 1, ["张三", "没有这个单位"]), *empty)
