"""Venues: entered, used month by month, closed, shown to everybody by choice and to nobody otherwise."""

import datetime
import io
import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html
from openpyxl import load_workbook

from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from services import venue_sign
from services.actions import venue as actions
from services.indicators import registry
from services.indicators.periods import parse
from services.indicators.registry import Scope
from services.models import Activity, Kind, Matter, Venue
from services.views import station
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2024, 6, 20)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def official(kinds):
    county = RegionFactory(name="沂河县", level="county", code="371399", path="37.3713.371399.")
    user = UserFactory(role="official", organisation__name="沂河县交通运输局", organisation__region=county)
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


@pytest.fixture
def home(official, kinds):
    """A drivers' home that shows itself to everybody."""
    return rows.VenueFactory(
        organisation=official.organisation,
        kind=kinds["drivers-home"],
        name="城东司机之家",
        address="物流大道18号",
        phone="0539-6212345",
        opening_hours="全天开放",
        services="休息、热餐、洗浴",
        rooms=8,
        beds=28,
        is_public=True,
    )


def form(official, kinds, **values):
    plain = {
        "kind": kinds["drivers-home"].pk,
        "name": "城东司机之家",
        "region": official.organisation.region_id,
        "address": "物流大道18号",
        "opened_on": "2024-03-01",
        "organisation": official.organisation_id,
        "rooms": "8",
    }
    return plain | values


def value(key, official, text, **filters):
    return registry.read(key, Scope(official.organisation), parse(text, TODAY), **filters).value


def test_a_venue_is_entered_once_and_counts(signed_in, official, kinds):
    union = OrganisationFactory(name="沂河县总工会", region=official.organisation.region)

    response = signed_in.post(reverse("services:venue_create"), form(official, kinds, partners="沂河县总工会"))

    venue = Venue.objects.get()
    assert response.url == venue.get_absolute_url()
    assert (venue.organisation, venue.created_by, venue.rooms) == (official.organisation, official, 8)
    assert list(venue.partners.all()) == [union]
    assert AuditEvent.objects.filter(event="venue.open", object_id=venue.pk).count() == 1
    assert value("venue.open", official, "2024", kind="drivers-home") == 1
    assert "沂河县总工会" in signed_in.get(venue.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "没有填写"),
        ({"opened_on": "2099-01-01"}, "核对年份"),
        ({"opened_on": "1900-01-01"}, "核对年份"),
        ({"rooms": "-3"}, "1"),
        ({"rooms": "99999999999"}, "9999"),
        ({"phone": "13864530017"}, "个人手机号"),
        ({"phone": "138-6453 0017"}, "个人手机号"),
        ({"phone": "王师傅"}, "区号"),
        ({"is_public": "on", "address": ""}, "补填地址"),
        ({"partners": "查无此单位"}, "查无此单位"),
        ({"region": "999999"}, "选择"),
        ({"parent": "999999"}, "选择"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(signed_in, official, kinds, values, words):
    response = signed_in.post(reverse("services:venue_create"), form(official, kinds, batch="第一批", **values))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert 'value="第一批"' in response.content.decode()
    assert Venue.objects.count() == 0


def test_two_open_venues_of_one_name_are_told_apart(signed_in, official, kinds, home):
    response = signed_in.post(reverse("services:venue_create"), form(official, kinds))

    assert response.status_code == 422
    assert "已有开放的阵地叫“城东司机之家”" in response.content.decode()


def test_a_change_leaves_the_names_of_fields_in_the_audit(signed_in, official, kinds, home):
    page = signed_in.get(reverse("services:venue_edit", args=[home.pk]))
    sent = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}

    signed_in.post(reverse("services:venue_edit", args=[home.pk]), sent | {"beds": "30", "opened_on": "2024-01-01"})

    home.refresh_from_db()
    assert (home.beds, home.rooms, home.is_public) == (30, 8, True)
    event = AuditEvent.objects.get(event="venue.change", object_id=home.pk)
    assert event.detail == {"fields": ["beds"]}


def test_a_venue_never_lies_inside_itself(official, home, kinds):
    inner = rows.VenueFactory(organisation=official.organisation, parent=home, kind=kinds["talk-bar"])

    with pytest.raises(Refused):
        actions.change(venue=home, by=official, parent=inner)


def test_the_months_use_is_one_line_and_counts_in_its_month(signed_in, official, home):
    once = uuid.uuid4()
    sent = {"once": once, "month": "2024-05", "headcount": "36"}

    for _time in range(2):  # the same form twice
        response = signed_in.post(reverse("services:venue_use", args=[home.pk]), sent)
    signed_in.post(
        reverse("services:venue_use", args=[home.pk]), {"once": uuid.uuid4(), "month": "2024-06", "headcount": "20"}
    )

    assert response.url == home.get_absolute_url()
    entered = Activity.objects.order_by("happened_on").values_list("happened_on", "headcount", "venue", "kind__code")
    assert list(entered) == [
        (datetime.date(2024, 5, 31), 36, home.pk, "venue-use"),
        (TODAY, 20, home.pk, "venue-use"),
    ]
    assert [value("venue.visits", official, text, venue=str(home.pk)) for text in ("2024-05", "2024-06", "2024")] == [
        36,
        20,
        56,
    ]
    chart = signed_in.get(home.get_absolute_url()).context["chart"]
    months = dict(zip(chart.categories, chart.series[0].values, strict=True))
    assert (len(months), months["2024-05"], months["2024-06"], months["2024-04"]) == (12, 36, 20, 0)
    assert all("venue.visits" in link for link in chart.series[0].links)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"headcount": "0"}, "1"),
        ({"headcount": "-5"}, "1"),
        ({"headcount": ""}, "没有填写"),
        ({"month": "2099-01"}, "2099-01"),
        ({"month": "2023-12"}, "没有开放"),
    ],
)
def test_a_use_that_cannot_be_is_said_on_the_page(signed_in, home, values, words):
    sent = {"once": uuid.uuid4(), "month": "2024-06", "headcount": "20"} | values

    response = signed_in.post(reverse("services:venue_use", args=[home.pk]), sent)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Activity.objects.count() == 0


def test_without_a_kind_for_it_the_use_is_refused_with_a_sentence(signed_in, home, kinds):
    Kind.objects.filter(code="venue-use").update(retired_on=TODAY)

    sent = {"once": uuid.uuid4(), "month": "2024-06", "headcount": "20"}
    response = signed_in.post(reverse("services:venue_use", args=[home.pk]), sent)

    assert response.status_code == 422
    assert "数据管理员" in response.content.decode()


def test_closing_takes_it_out_of_the_count_and_from_the_public(signed_in, official, home):
    signed_in.post(reverse("services:venue_close", args=[home.pk]), {"closed_on": "2024-06-10"})

    assert value("venue.open", official, "asof:2024-06-09") == 1
    assert value("venue.open", official, "asof:2024-06-10") == 0
    assert signed_in.get(home.get_public_url()).status_code == 404
    with pytest.raises(WrongState):
        actions.close(venue=home, closed_on=TODAY, by=official)
    signed_in.post(reverse("services:venue_reopen", args=[home.pk]))
    assert value("venue.open", official, "2024") == 1
    assert signed_in.get(home.get_public_url()).status_code == 200
    with pytest.raises(WrongState):
        actions.reopen(venue=home, by=official)


@pytest.mark.parametrize(("day", "words"), [("2023-12-31", "启用"), ("2099-01-01", "核对年份"), ("昨天", "日期")])
def test_a_day_of_closing_that_cannot_be_is_said(signed_in, home, day, words):
    response = signed_in.post(reverse("services:venue_close", args=[home.pk]), {"closed_on": day})

    assert response.status_code == 422
    assert words in response.content.decode()


def test_what_holds_open_venues_is_not_closed_before_them(signed_in, official, home, kinds):
    rows.VenueFactory(organisation=official.organisation, parent=home, kind=kinds["talk-bar"])

    response = signed_in.post(reverse("services:venue_close", args=[home.pk]), {"closed_on": "2024-06-10"})

    assert "1 处开放的阵地" in response.content.decode()


def test_a_matter_is_taken_in_at_a_venue(signed_in, official, home, kinds):
    page = signed_in.get(reverse("services:matter_receive"), {"venue": home.pk})
    sent = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}

    signed_in.post(
        reverse("services:matter_receive"), sent | {"title": "拖欠运费", "kind": kinds["wages"].pk, "is_mine": ""}
    )

    assert (Matter.objects.get().venue, Matter.objects.get().way) == (home, "venue")
    assert "拖欠运费" in signed_in.get(home.get_absolute_url()).content.decode()
    assert value("matter.received", official, "2024", venue=str(home.pk)) == 1


def test_who_may_only_read_changes_nothing(client, official, home):
    client.force_login(UserFactory(role="overseer", organisation=official.organisation))

    page = client.get(home.get_absolute_url())

    assert page.status_code == 200
    assert reverse("services:venue_use", args=[home.pk]) not in page.content.decode()
    assert client.post(reverse("services:venue_use", args=[home.pk]), {}).status_code == 403


def test_another_countys_venue_is_not_there(signed_in):
    theirs = rows.VenueFactory(organisation=OrganisationFactory(name="别县交通运输局"))

    names = ("services:venue_detail", "services:venue_edit", "services:venue_sign")
    assert [signed_in.get(reverse(name, args=[theirs.pk])).status_code for name in names] == [404, 404, 404]
    assert signed_in.post(reverse("services:venue_close", args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["城东司机之家", "东街驿站"]),
        ({"state": "closed"}, ["旧驿站"]),
        ({"state": "public"}, ["城东司机之家"]),
        ({"state": "all"}, ["城东司机之家", "东街驿站", "旧驿站"]),
        ({"text": "东街"}, ["东街驿站"]),
        ({"text": "物流大道"}, ["城东司机之家"]),
        ({"batch": "第一批"}, ["东街驿站"]),
    ],
)
def test_the_export_holds_exactly_what_the_list_shows(signed_in, official, kinds, home, asked, names):
    mine = {"organisation": official.organisation, "kind": kinds["red-station"]}
    rows.VenueFactory(name="东街驿站", batch="第一批", **mine)
    rows.VenueFactory(name="旧驿站", closed_on=TODAY, **mine)

    page = signed_in.get(reverse("services:venue_list"), asked)
    sheet = load_workbook(io.BytesIO(signed_in.post(reverse("services:venue_export"), asked).content)).worksheets[0]

    assert [venue.name for venue in page.context["page"]] == names
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == names


def test_the_list_costs_as_much_for_one_venue_as_for_many(signed_in, official, home):
    costs = []
    signed_in.get(reverse("services:venue_list"))  # a session's first page costs more
    for _time in range(2):
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(reverse("services:venue_list"))
        costs.append(len(captured))
        for _count in range(5):
            rows.VenueFactory(organisation=official.organisation, parent=home)

    assert costs[0] == costs[1]


def test_the_database_keeps_peoples_numbers_out(official):
    with pytest.raises(Exception, match="venue_phone_is_an_offices"):
        rows.VenueFactory(organisation=official.organisation, phone="电话13864530017")


def test_a_stranger_finds_what_is_published_and_nothing_else(client, official, kinds, home):
    hidden = rows.VenueFactory(organisation=official.organisation, kind=kinds["red-station"], name="未公开驿站")
    set_scope([])

    listed = client.get(reverse("services:station_list"))
    page = client.get(home.get_public_url()).content.decode()

    assert "城东司机之家" in listed.content.decode()
    assert "未公开驿站" not in listed.content.decode()
    assert all(word in page for word in ("物流大道18号", "0539-6212345", "全天开放", "热餐", "沂河县交通运输局"))
    assert 'href="tel:05396212345"' in page
    assert official.name not in page
    assert client.get(hidden.get_public_url()).status_code == 404
    assert Venue.objects.count() == 0, "the scope is narrow again after the page"


def test_a_stranger_chooses_a_county_and_a_kind(monkeypatch, client, official, kinds, home):
    other = RegionFactory(name="海县", level="county", code="370699", path="37.3706.370699.")
    office = OrganisationFactory(name="海县交通运输局", region=other)
    public = {"organisation": office, "address": "港路1号", "is_public": True}
    rows.VenueFactory(name="港区驿站", kind=kinds["red-station"], **public)
    rows.VenueFactory(name="港区司机之家", kind=kinds["drivers-home"], **public)
    address = reverse("services:station_list")

    def names(**asked):
        return html.document_fromstring(client.get(address, asked).content.decode()).xpath(
            "//ul[@class='stations']//h2/a/text()"
        )

    assert names() == ["港区司机之家", "城东司机之家", "港区驿站"]
    assert names(county="370699") == ["港区司机之家", "港区驿站"]
    assert names(county="370699", kind="red-station") == ["港区驿站"]
    assert names(county="371399") == ["城东司机之家"]
    assert names(kind="red-station") == ["港区驿站"]
    monkeypatch.setattr(station, "SHOWN_AT_ONCE", 2)
    assert names() == []
    assert names(county="999999") == []


def test_search_engines_find_what_is_published(client, settings, home):
    settings.SITE_URL = "https://anli.example.cn"

    page = html.document_fromstring(client.get(home.get_public_url()).content.decode())
    listed = client.get(reverse("services:station_sitemap")).content.decode()

    canonical = f"https://anli.example.cn{home.get_public_url()}"
    assert page.xpath("//link[@rel='canonical']/@href") == [canonical]
    assert "物流大道18号" in page.xpath("//meta[@name='description']/@content")[0]
    assert page.xpath("//*[@itemprop='telephone']/text()") == ["0539-6212345"]
    assert re.findall("<loc>(.*?)</loc>", listed) == [canonical]
    assert "Sitemap: https://anli.example.cn/stations/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_the_public_list_costs_the_same_for_one_and_for_many(client, official, kinds, home):
    costs = []
    client.get(reverse("services:station_list"))
    for _time in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("services:station_list"))
        costs.append(len(captured))
        for _count in range(5):
            rows.VenueFactory(organisation=official.organisation, address="路口", is_public=True)

    assert costs[0] == costs[1]


def test_the_sign_is_a_pdf_whose_code_leads_to_the_public_page(signed_in, home, settings):
    settings.SITE_URL = "https://anli.example.cn"

    response = signed_in.get(reverse("services:venue_sign", args=[home.pk]))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    facts = venue_sign.Facts(
        kind="司机之家",
        name=home.name,
        keeper="沂河县交通运输局",
        address=home.address,
        hours=home.opening_hours,
        phone=home.phone,
        services="休息、热餐\n洗浴",
        link=f"https://anli.example.cn{home.get_public_url()}",
    )
    said = [shape.text for shape in venue_sign.draw(facts) if hasattr(shape, "text")]
    assert {"司机之家", "城东司机之家", "全天开放", "0539-6212345", "物流大道18号", "热餐", "洗浴"} <= set(said)


def test_what_is_not_published_has_no_sign(signed_in, official):
    venue = rows.VenueFactory(organisation=official.organisation)

    assert signed_in.get(reverse("services:venue_sign", args=[venue.pk])).url == venue.get_absolute_url()


def test_a_very_long_sign_stays_on_its_page():
    facts = venue_sign.Facts(
        kind="新就业群体党群服务中心",
        name="沂" * 80,
        keeper="局" * 60,
        address="路" * 160,
        hours="每日八点至二十点，节假日照常，" * 6,
        phone="0539-6212345 转 8001",
        services="、".join(["热餐与洗浴服务" * 3] * 40),
        link="https://anli.example.cn/stations/1/",
    )

    shapes = venue_sign.draw(facts)

    assert venue_sign.made(facts).startswith(b"%PDF-")
    assert max(shape.y for shape in shapes if hasattr(shape, "text")) < 297
