"""Other people's figures: typed with their source, corrected so that the older one stays, read by the registry."""

import io
import uuid
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from services.actions import figure as actions
from services.forms.figure import past_days
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Figure
from services.models.ledger import VoidReason
from services.queries import figure as queries
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
FORM = "services:figure_create"
TODAY = date(2026, 11, 22)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-22T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def said(official, **values):
    """What the form sends for the practitioners at the end of 2025."""
    plain = {
        "label": "从业人员",
        "value": "2900",
        "unit": "名",
        "qualifier": "余",
        "period": "2025-12-31",
        "source_name": "县统计局",
        "issued_on": "2026-01-10",
        "organisation": official.organisation.pk,
        "once": uuid.uuid4(),
    }
    return plain | values


def value_of(official, period, key):
    reading = registry.read("figure.value", Scope(official.organisation), periods.parse(period, TODAY), key=key)
    return reading.value


def test_a_figure_is_shown_with_its_source(signed_in, official):
    response = signed_in.post(reverse(FORM), said(official))

    figure = Figure.objects.get()
    page = signed_in.get(response.url).content.decode()
    listed = signed_in.get(reverse("services:figure_list")).content.decode()
    assert (figure.from_on, figure.to_on, figure.value) == (date(2025, 12, 31), date(2025, 12, 31), 2900)
    assert "2900余名" in page
    assert "外部数据·县统计局" in page
    assert "外部数据·县统计局" in listed
    assert value_of(official, "2025", figure.key) == 2900
    assert AuditEvent.objects.filter(event="figure.enter", object_id=figure.pk).count() == 1


def test_the_same_words_go_on_in_the_same_series(signed_in, official):
    rows.FigureFactory(organisation=official.organisation, key="practitioners", label="从业人员")
    set_scope([official.organisation.path])

    signed_in.post(reverse(FORM), said(official))
    signed_in.post(reverse(FORM), said(official, label="网约车司机"))

    assert sorted(Figure.objects.values_list("key", flat=True)) == [
        "practitioners",
        "practitioners",
        "wang-yue-che-si-ji",
    ]


def test_two_counties_name_a_new_series_alike(official):
    other = UserFactory(role="official")
    label = "公交优化线路（含城乡一体化班线与定制客运专线以及旅游直通车）"

    assert queries.key_of(official, label) == queries.key_of(other, label)
    assert len(queries.key_of(official, label)) <= queries.LONGEST_KEY


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025年", date(2025, 1, 1), date(2025, 12, 31)),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026年三季度", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("2026年10月", date(2026, 10, 1), date(2026, 10, 31)),
        ("2026年10月8日", date(2026, 10, 8), date(2026, 10, 8)),
        ("2026-01-01至2026-10-31", date(2026, 1, 1), date(2026, 10, 31)),
    ],
)
def test_periods_are_read_as_offices_write_them(text, first, last):
    assert past_days(text, TODAY) == (first, last)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"period": "2099"}, "尚未到来"),
        ({"period": "1900"}, "看不懂"),
        ({"period": "1948-05-01"}, "太早"),
        ({"period": "2026"}, "还没有结束"),
        ({"period": "去年"}, "看不懂"),
        ({"period": "asof:2025-01-01"}, "看不懂"),
        ({"period": "2025-05-01至2025-04-01"}, "早于"),
        ({"issued_on": "2099-01-01"}, "尚未到来"),
        ({"issued_on": "1900-01-01"}, "太早"),
        ({"value": "很多"}, "数字"),
        ({"value": "NaN"}, "数字"),
        ({"value": "9" * 30}, "14"),
        ({"source_name": ""}, "填写"),
        ({"organisation": "999999"}, "选择"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(signed_in, official, values, words):
    response = signed_in.post(reverse(FORM), said(official, label="网约车司机") | values)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert "网约车司机" in response.content.decode()
    assert Figure.objects.count() == 0


def test_a_series_has_one_figure_for_the_same_days(signed_in, official):
    data = said(official)

    signed_in.post(reverse(FORM), data)
    same_form = signed_in.post(reverse(FORM), data)
    again = signed_in.post(reverse(FORM), said(official, value="3000"))

    assert (same_form.status_code, again.status_code) == (302, 422)
    assert "已有数据" in again.content.decode()
    assert "3000" in again.content.decode()
    assert Figure.objects.count() == 1


def test_a_correction_keeps_the_older_figure(signed_in, official):
    signed_in.post(reverse(FORM), said(official))
    older = Figure.objects.get()

    response = signed_in.post(reverse("services:figure_correct", args=[older.pk]), said(official, value="3100.5"))

    older.refresh_from_db()
    newer = Figure.objects.standing().get()
    assert response.url == newer.get_absolute_url()
    assert (newer.corrects, newer.value, older.value) == (older, Decimal("3100.5"), 2900)
    assert (older.voided_by, older.void_reason) == (official, "mistake")
    assert "2900余名" in signed_in.get(newer.get_absolute_url()).content.decode()
    assert "以新数据为准" in signed_in.get(older.get_absolute_url()).content.decode()
    assert value_of(official, "2025", newer.key) == Decimal("3100.5")


def test_the_form_of_a_correction_holds_the_older_figure(signed_in, official):
    figure = rows.FigureFactory(
        organisation=official.organisation, from_on=date(2026, 7, 1), to_on=date(2026, 9, 30), value=Decimal("87.5")
    )

    page = signed_in.get(reverse("services:figure_correct", args=[figure.pk]))

    assert page.context["form"]["period"].value() == "2026Q3"
    assert str(page.context["form"]["value"].value()) == "87.5"


def test_two_who_correct_the_same_figure_do_not_both_count(official):
    figure = rows.FigureFactory(organisation=official.organisation)
    set_scope(["*"])
    fields = {
        name: getattr(figure, name)
        for name in ("key", "label", "unit", "qualifier", "from_on", "to_on", "source_name", "issued_on")
    }
    actions.correct(figure=figure, once=uuid.uuid4(), by=official, value=3000, **fields)

    with pytest.raises(WrongState):
        actions.correct(figure=figure, once=uuid.uuid4(), by=official, value=3200, **fields)
    with pytest.raises(WrongState):
        actions.void(figure=figure, reason=VoidReason.MISTAKE, by=official)


def test_a_figure_taken_back_counts_nowhere(signed_in, official):
    signed_in.post(reverse(FORM), said(official))
    figure = Figure.objects.get()

    signed_in.post(reverse("services:figure_void", args=[figure.pk]), {"reason": "mistake"})

    assert value_of(official, "2025", figure.key) is None
    assert "不再计数" in signed_in.get(figure.get_absolute_url()).content.decode()


def test_the_document_of_the_source_lies_with_the_figure(signed_in, official):
    sent = SimpleUploadedFile("统计公报.pdf", PDF, "application/pdf")

    response = signed_in.post(reverse(FORM), said(official, paper=sent))

    assert [paper.title for paper in Figure.objects.get().attachments.all()] == ["统计公报"]
    assert "统计公报" in signed_in.get(response.url).content.decode()


def test_nobody_enters_figures_of_another_county(official):
    with pytest.raises(Refused):
        actions.enter(organisation=OrganisationFactory(), by=official, once=uuid.uuid4())


def month(official, **values):
    plain = {
        "month": "2026-10",
        "fatigue-alerts": "320",
        "speeding-alerts": "115",
        "other-alerts": "0",
        "source_name": "第三方监管平台",
        "issued_on": "2026-11-03",
        "organisation": official.organisation.pk,
        "once": uuid.uuid4(),
    }
    return plain | values


def test_a_platforms_month_is_one_figure_for_each_sort(signed_in, official):
    data = month(official)

    for _time in range(2):
        signed_in.post(reverse("services:figure_alerts"), data)

    page = signed_in.get(reverse("services:figure_alerts"))
    chart = page.context["chart"]
    assert sorted(Figure.objects.values_list("key", "value")) == [
        ("fatigue-alerts", 320),
        ("other-alerts", 0),
        ("speeding-alerts", 115),
    ]
    assert page.context["form"]["source_name"].value() == "第三方监管平台"
    assert chart.categories == ("2026-10",)
    assert [line.values for line in chart.series] == [(320,), (115,), (0,)]
    assert value_of(official, "2026Q4", "fatigue-alerts") == 320


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"month": "2099-01"}, "尚未到来"),
        ({"month": "2026-11"}, "还没有结束"),
        ({"month": "2025"}, "一个月份"),
        ({"fatigue-alerts": "-3"}, "0"),
        ({"fatigue-alerts": ""}, "填写"),
    ],
)
def test_a_month_that_cannot_be_is_said(signed_in, official, values, words):
    response = signed_in.post(reverse("services:figure_alerts"), month(official) | values)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert "第三方监管平台" in response.content.decode()
    assert Figure.objects.count() == 0


def test_a_month_entered_already_is_refused_whole(signed_in, official):
    signed_in.post(reverse("services:figure_alerts"), month(official))

    response = signed_in.post(reverse("services:figure_alerts"), month(official, **{"fatigue-alerts": "400"}))

    assert response.status_code == 422
    assert "已有数据" in response.content.decode()
    assert Figure.objects.count() == 3


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_for_many(signed_in, official, count, django_assert_max_num_queries):
    for number in range(count):
        rows.FigureFactory(organisation=official.organisation, key=f"series-{number}")

    with django_assert_max_num_queries(22):
        page = signed_in.get(reverse("services:figure_list"))

    assert page.context["page"].paginator.count == count


def test_the_export_is_exactly_what_is_filtered(signed_in, official):
    for key, day in (("one", date(2024, 1, 3)), ("one", date(2024, 3, 3)), ("two", date(2024, 1, 3))):
        rows.FigureFactory(organisation=official.organisation, key=key, label="=1+1", from_on=day, to_on=day)
    rows.FigureFactory(key="one", from_on=date(2024, 1, 3), to_on=date(2024, 1, 3))
    wanted = {"key": "one", "first_on": "2024-01-01", "last_on": "2024-01-31"}

    page = signed_in.get(reverse("services:figure_list"), wanted)
    response = signed_in.post(reverse("services:figure_export"), wanted)

    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert page.context["page"].paginator.count == len(lines) == 1
    assert lines[0][:2] == ["=1+1", 2900]
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("value", "qualifier", "unit", "words"),
    [
        (Decimal("12.0000"), "超", "%", "超12%"),
        (Decimal("87.5000"), "", "%", "87.5%"),
        (Decimal("300"), "以上", "家", "300家以上"),
        (Decimal("4000.0000"), "余", "万元", "4000余万元"),
        (Decimal("-5.0000"), "", "家", "-5家"),
    ],
)
def test_a_number_reads_as_its_source_writes_it(value, qualifier, unit, words):
    assert Figure(value=value, qualifier=qualifier, unit=unit).amount == words
