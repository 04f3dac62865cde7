"""A county's own templates: filled with the registry's numbers, refused with the place, kept by version."""

import io
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from openpyxl import Workbook, load_workbook

from config.errors import FileRefused, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from services.actions import template as actions
from services.indicators import periods
from services.indicators.registry import Scope
from services.models import ReportTemplate
from services.queries import template as queries
from services.reports import outline, sample
from services.reports import template as templates
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory
from tests.factories.services import ActivityFactory, MatterFactory

pytestmark = pytest.mark.django_db

TODAY = date(2024, 7, 8)
SOLVED = '{{ 指标("matter.resolved", kind__group="appeal") }}'


@pytest.fixture(autouse=True)
def after_the_quarter():
    with time_machine.travel("2024-07-08T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局 & 运输", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def report(bureau, official, kinds):
    MatterFactory(organisation=bureau, kind=kinds["wages"], settled=True)
    for month in (4, 5):
        ActivityFactory(organisation=bureau, kind=kinds["condolence"], happened_on=date(2024, month, 20))
    return outline.build(Scope(bureau), periods.parse("2024Q2", TODAY))


def word(*paragraphs, head=""):
    made = Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if head:
        made.sections[0].header.paragraphs[0].text = head
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def book(**cells):
    made = Workbook()
    made.active.title = "季报"
    for place, text in cells.items():
        made.active[place] = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text_of(data):
    return [paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs]


def test_a_word_template_is_filled_with_the_registrys_numbers(report):
    torn = Document()
    paragraph = torn.add_paragraph("化解诉求")
    for piece in ("{{ 指标(“matter", ".resolved”, kind__group=“appeal”)", " }}", "项"):
        paragraph.add_run(piece)
    torn.add_paragraph("{{ 单位 }}，{{ 时段 }}")
    torn.add_paragraph("{%p for 部分 in 各部分 %}")
    torn.add_paragraph(
        "{{ 部分.标题 }}：{% for 项 in 部分.各项 %}{{ 项.名称 }}{{ 项.数值 }}{{ 项.单位 }}；{% endfor %}"
    )
    torn.add_paragraph("{%p endfor %}")
    out = io.BytesIO()
    torn.save(out)

    made = text_of(templates.fill(out.getvalue(), "docx", report, "2024年7月8日"))

    assert made[:2] == ["化解诉求1项", f"甲县交通运输局 & 运输，{report.period.label}"]
    assert [line.partition("：")[0] for line in made[2:]] == [section.heading for section in report.sections]
    assert "诉求解决1项；" in made[4]


def test_a_workbook_gets_numbers_and_keeps_its_formulas(report):
    given = book(A1="{{ 标题 }}", B2=SOLVED, C2=f"解决 {SOLVED} 项", D2="=B2*2", E2="不变")
    sheet = load_workbook(io.BytesIO(templates.fill(given, "xlsx", report, ""))).active
    assert sheet["A1"].value.startswith("甲县交通运输局 & 运输") and sheet["E2"].value == "不变"
    assert (sheet["B2"].value, sheet["C2"].value, sheet["D2"].value) == (1, "解决 1 项", "=B2*2")


def test_the_samples_are_templates_themselves(report):
    asked = [(line.reading.indicator.key, line.reading.filters) for line in report.lines]
    for sort, data in (("docx", sample.word()), ("xlsx", sample.excel())):
        assert [(key, filters) for key, filters, _place in templates.check(data, sort).numbers] == asked
    made = "".join(text_of(templates.fill(sample.word(), "docx", report, "2024年7月8日")))
    assert "诉求解决1项" in made and "2024年7月8日" in made and "{" not in made


def test_a_number_may_be_named_by_its_label(report):
    made = text_of(templates.fill(word('{{ 指标("活动次数") }}'), "docx", report, ""))
    assert made == ["2"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{{ ''.__class__.__mro__ }}", "code"),
        ("{{ 单位.__class__ }}", "code"),
        ("{{ 指标.__globals__ }}", "code"),
        ("{{ 指标('matter.resolved').__init__ }}", "code"),
        ("{{ cycler.__init__ }}", "code"),
        ("{{ self }}", "word"),
        ("{{ 密码 }}", "word"),
        ("{% for x in range(10) %}{{ x }}{% endfor %}", "code"),
        (
            "{% for a in 各部分 %}{% for b in 各部分 %}{% for c in 各部分 %}x{% endfor %}{% endfor %}{% endfor %}",
            "code",
        ),
        ("{% include 'settings.py' %}", "code"),
        ("{% import 'os' as os %}{{ 单位 }}", "code"),
        ("{% set x = 1 %}", "code"),
        ("{{ 单位 * 1000000000 }}", "code"),
        ("{{ 单位 | upper }}", "code"),
        ("{{ 单位", "syntax"),
        ("{% for 项 in 各部分 %}", "syntax"),
        ("{{ 指标('matter.wished') }}", "number"),
        ("{{ 指标('matter.resolved', colour='red') }}", "number"),
    ],
)
def test_what_a_template_may_not_say_is_refused_with_its_place(said, code):
    with pytest.raises(Refused) as refusal:
        templates.check(word("季度报告", f"合计 {said}"), "docx")
    assert refusal.value.code == f"template_{code}"
    assert "合计" in str(refusal.value) or code == "number"
    with pytest.raises(Refused) as refusal:
        templates.check(book(B7=said), "xlsx")
    assert "季报!B7" in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "sort", "code"),
    [
        (b"PK\x03\x04 not a package", "docx", "broken"),
        (b"PK\x03\x04 not a package", "xlsx", "broken"),
        (word("没有占位符"), "docx", "empty"),
        (word("{{ 单位 }}", head="{{ 单位 }}"), "docx", "edge"),
    ],
)
def test_a_file_that_is_no_template_is_said(data, sort, code):
    with pytest.raises(Refused) as refusal:
        templates.check(data, sort)
    assert refusal.value.code == f"template_{code}"


def test_a_macro_file_is_refused_at_the_door(bureau, official):
    with pytest.raises(FileRefused):
        actions.add(organisation=bureau, span="quarter", data=word("{{ 单位 }}"), filename="报告.docm", by=official)
    assert not ReportTemplate.objects.exists()


def test_versions_take_turns_and_go_back(bureau, official):
    first, second = (
        actions.add(
            organisation=bureau, span="quarter", data=word(f"{{{{ 单位 }}}}{n}"), filename="a.docx", by=official
        )
        for n in "12"
    )
    period = periods.parse("2024Q2", TODAY)
    assert (first.version, second.version) == (1, 2) and queries.in_force(bureau, period, "docx") is None
    actions.use(template=first, by=official)
    actions.use(template=second, by=official)
    assert queries.in_force(bureau, period, "docx") == second
    with pytest.raises(WrongState):
        actions.use(template=second, by=official)
    actions.use(template=first, by=official)
    assert list(ReportTemplate.objects.in_use()) == [first] and queries.file_of(first) != queries.file_of(second)
    actions.stop(template=first, by=official)
    with pytest.raises(WrongState):
        actions.stop(template=first, by=official)
    assert queries.in_force(bureau, period, "docx") is None
    assert AuditEvent.objects.filter(event__startswith="template.").count() == 6


def test_a_township_reports_with_its_countys_template(bureau, official):
    town = OrganisationFactory(parent=bureau)
    of_county = actions.add(organisation=bureau, span="year", data=word("{{ 单位 }}"), filename="a.docx", by=official)
    of_town = actions.add(organisation=town, span="year", data=word("{{ 时段 }}"), filename="a.docx", by=official)
    actions.use(template=of_county, by=official)
    set_scope([town.path])
    period = periods.parse("2023", TODAY)
    assert queries.in_force(town, period, "docx") == of_county
    set_scope([bureau.path])
    actions.use(template=of_town, by=official)
    assert queries.in_force(town, period, "docx") == of_town
    assert queries.in_force(town, periods.parse("since:2023-01-01", TODAY), "docx") is None
    set_scope([OrganisationFactory().path])
    assert not ReportTemplate.objects.exists()


def test_the_page_takes_a_template_shows_it_and_reports_with_it(bureau, official, report, client):
    client.force_login(official)
    address = reverse("services:template_index")
    sent = {"organisation": bureau.pk, "span": "quarter"}
    bad = client.post(address, sent | {"file": SimpleUploadedFile("季报.docx", word("{{ 密码 }}"))})
    assert bad.status_code == 422 and "密码" in str(bad.context["form"].errors["file"])
    good = SimpleUploadedFile("季报.docx", word(f"本季解决{SOLVED}项"))
    assert client.post(address, sent | {"file": good}).status_code == 302
    made = ReportTemplate.objects.get()
    assert made.filename in client.get(address).content.decode()
    asked = {"organisation": bureau.code, "period": "2024Q2"}

    looked = client.post(reverse("services:template_preview", args=[made.pk]))
    before = client.post(reverse("services:report_download"), asked)
    client.post(reverse("services:template_use", args=[made.pk]))
    after = client.post(reverse("services:report_download"), asked)
    client.post(reverse("services:template_stop", args=[made.pk]))
    back = client.post(reverse("services:report_download"), asked)

    assert text_of(looked.content) == text_of(after.content) == ["本季解决1项"]
    assert len(text_of(before.content)) == len(text_of(back.content)) > 5
    for kind, start in (("", b"PK"), ("excel", b"PK")):
        assert client.post(reverse("services:template_start"), {"as": kind}).content.startswith(start)


def test_a_report_sent_before_says_so_in_word_and_excel(bureau, official, report, kinds, client):
    client.force_login(official)
    asked = {"organisation": bureau.code, "period": "2024Q2"}
    client.post(reverse("services:report_send"), asked)
    ActivityFactory(organisation=bureau, kind=kinds["condolence"], happened_on=date(2024, 6, 28))
    made = Document(io.BytesIO(client.post(reverse("services:report_download"), asked).content))
    assert "报送 2，现 3（补记 1）" in [row.cells[1].text for row in made.tables[0].rows]
    sheet = load_workbook(io.BytesIO(client.post(reverse("services:report_download"), asked | {"as": "excel"}).content))
    assert (3, 2) in {(row[2].value, row[3].value) for row in sheet.worksheets[0].iter_rows(min_row=2)}
