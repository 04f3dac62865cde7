"""Reports and the overview: every number is the registry's, opens its rows, and is remembered once sent."""

import io
from datetime import date

import pytest
import time_machine
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from members.middleware import set_scope
from members.models import AuditEvent, Region
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Snapshot
from services.queries import dashboard
from services.reports import outline, writing
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory
from tests.factories.services import ActivityFactory, CampaignFactory, GrantFactory, MatterFactory, TargetFactory

pytestmark = pytest.mark.django_db

QUARTER = "2024Q2"


@pytest.fixture(autouse=True)
def after_the_quarter():
    with time_machine.travel("2024-07-08T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def bureau():
    region = RegionFactory(code="370685", name="甲县")
    for number, name in enumerate(("东街道", "西街道", "南山镇"), 1):
        RegionFactory(code=f"37068510{number}", name=name, parent=region)
    return OrganisationFactory(name="甲县交通运输局", region=region)


@pytest.fixture
def official(bureau):
    found = UserFactory(organisation=bureau, role="official")
    set_scope([bureau.path])
    return found


@pytest.fixture
def period():
    return periods.parse(QUARTER, date(2024, 7, 8))


@pytest.fixture
def ledger(bureau, kinds):
    for month in (4, 5, 5):
        ActivityFactory(organisation=bureau, kind=kinds["condolence"], happened_on=date(2024, month, 20))
    GrantFactory(organisation=bureau, kind=kinds["care-pack"], given_on=date(2024, 5, 20), quantity=40)
    MatterFactory(organisation=bureau, kind=kinds["wages"], settled=True)


def line(report, label):
    return next(one for one in report.lines if one.label == label)


def test_every_line_is_what_the_registry_says(bureau, official, ledger, period):
    report = outline.build(Scope(bureau), period)
    for one in report.lines:
        reading = registry.read(one.reading.indicator.key, Scope(bureau), period, **one.reading.filters)
        assert one.reading.value == reading.value
    assert line(report, str(outline.Group.CARE.label)).reading.value == 3
    assert line(report, "诉求解决").reading.value == 1


def test_the_word_file_says_the_numbers_and_their_meaning(bureau, official, ledger, period):
    report = outline.build(Scope(bureau), period)
    made = Document(io.BytesIO(writing.word(report, date(2024, 7, 8))))
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    assert made.paragraphs[0].text.startswith("甲县交通运输局2024")
    assert "诉求解决1项" in text and "2024年7月8日" in text
    cells = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    assert len(cells) == len(report.lines) + 1
    assert all(row[2] for row in cells[1:])  # the meaning stands beside every number


def test_the_workbook_holds_numbers_not_texts(bureau, official, ledger, period):
    report = outline.build(Scope(bureau), period)
    sheet = load_workbook(io.BytesIO(writing.excel(report))).worksheets[0]
    values = {row[1].value: row[2].value for row in sheet.iter_rows(min_row=2)}
    assert values["诉求解决"] == 1


def test_what_was_sent_is_remembered_and_a_later_entry_explains_itself(bureau, official, ledger, kinds, client):
    client.force_login(official)
    asked = {"organisation": bureau.code, "period": QUARTER}
    assert client.post(reverse("services:report_send"), {**asked, "sent_to": "市局"}).status_code == 302
    snapshot = Snapshot.objects.get()
    assert snapshot.sent_to == "市局" and snapshot.values.count() == len(
        outline.build(Scope(bureau), periods.parse(QUARTER, date(2024, 7, 8))).lines
    )
    ActivityFactory(organisation=bureau, kind=kinds["condolence"], happened_on=date(2024, 6, 28))
    page = client.get(reverse("services:report_page"), asked)
    changed = line(page.context["report"], str(outline.Group.CARE.label))
    assert (changed.sent, changed.added) == (3, 1)
    assert "报送 3，现 4（补记 1）" in page.content.decode()


def test_downloads_are_audited_and_kept_to_the_scope(bureau, official, ledger, client):
    client.force_login(official)
    asked = {"organisation": bureau.code, "period": QUARTER}
    word = client.post(reverse("services:report_download"), asked)
    assert word.content[:2] == b"PK" and "attachment" in word["Content-Disposition"]
    assert client.post(reverse("services:report_download"), {**asked, "as": "excel"}).content[:2] == b"PK"
    assert AuditEvent.objects.filter(event="ledger.export").count() == 2
    other = OrganisationFactory()
    answer = client.post(reverse("services:report_download"), {"organisation": other.code, "period": QUARTER})
    assert answer.status_code == 302  # back to the page, which says so


@pytest.mark.parametrize("text", ["gestern", "2024Q9", "9999"])
def test_a_period_nobody_can_read_is_said(official, bureau, client, text):
    client.force_login(official)
    page = client.get(reverse("services:report_page"), {"period": text})
    assert page.status_code == 422 and page.context["form"].errors["period"]


def test_the_overview_draws_what_the_registry_counts(bureau, official, ledger, client):
    TargetFactory(organisation=bureau, campaign=CampaignFactory(organisation=bureau), label="发放大礼包", number=100)
    client.force_login(official)
    page = client.get(reverse("services:report_dashboard"), {"organisation": bureau.code, "period": "2024"})
    drawn = {chart.title: chart for chart in page.context["charts"]}
    months = drawn["每月活动"]
    care = next(series for series in months.series if series.label == str(outline.Group.CARE.label))
    assert dict(zip(months.categories, care.values, strict=True))["2024-05"] == 2
    assert drawn["目标"].series[0].values == (40,) and drawn["目标"].series[1].values == (100,)
    rows = client.get(care.links[months.categories.index("2024-05")])
    assert rows.context["reading"].value == 2


def test_the_map_counts_what_lies_in_each_place(bureau, official, kinds, period):
    east = Region.objects.get(name="东街道")
    ActivityFactory(organisation=bureau, kind=kinds["condolence"], happened_on=date(2024, 5, 20), region=east)
    chart = dashboard.by_region(Scope(bureau), period)
    assert dict(zip(chart.categories, chart.series[0].values, strict=True)) == {"东街道": 1, "西街道": 0, "南山镇": 0}
