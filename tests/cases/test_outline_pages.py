"""The pages of drafting from the ledger: begun, chosen, written, read, sent in, shared within the offices alone."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from cases.models import Case, Outline
from config.uploads import storage
from members.middleware import set_scope
from tests.factories.cases import CallFactory, OutlineFactory, small_jpeg
from tests.factories.members import OrganisationFactory, UserFactory
from tests.factories.services import ActivityFactory, KindFactory, PhotoFactory

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 6, 20)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 6, 20, 10, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def official():
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


@pytest.fixture
def visits(official):
    kind = KindFactory(group="care", label="走访慰问")
    return [
        ActivityFactory(organisation=official.organisation, logged_by=official, kind=kind, happened_on=TODAY)
        for _each in range(3)
    ]


def url(name, outline):
    return reverse(f"cases:outline_{name}", args=[outline.pk])


def text_of(response):
    return " ".join(html.fromstring(response.content).text_content().split())


def begin(signed_in, official, period="2026"):
    asked = {"organisation": official.organisation_id, "period": period}
    response = signed_in.post(reverse("cases:outline_begin"), asked)
    assert response.status_code == 302
    return Outline.objects.latest("pk")


def write(signed_in, outline, then="stay", **values):
    outline.refresh_from_db()
    asked = {"title": "走访暖人心", "seen": outline.version, "then": then, **outline.texts} | values
    return signed_in.post(url("edit", outline), asked)


def test_from_the_empty_list_to_the_receipt(signed_in, official, visits):
    assert "还没有草稿" in text_of(signed_in.get(reverse("cases:outline_list")))
    outline = begin(signed_in, official)
    page = html.fromstring(signed_in.get(url("choose", outline)).content)
    box = page.xpath("//li[contains(., '走访慰问')]//input[@name='chosen']")[0]
    signed_in.post(url("choose", outline), {"chosen": box.get("value")})
    assert "{{1 走访慰问 活动次数}}" in signed_in.get(url("edit", outline)).content.decode()
    assert write(signed_in, outline, "preview")["Location"] == url("preview", outline)
    page = signed_in.get(url("preview", outline))
    assert "2026年以来，开展走访慰问3次。" in text_of(page)

    outline.refresh_from_db()
    response = signed_in.post(url("submit", outline), {"seen": outline.version, "contributor_name": "王通讯"})

    case = Case.objects.get()
    assert response["Location"] == reverse("cases:receipt_detail", args=[case.pk])
    assert case.contributor_name == "王通讯"
    evidence = text_of(signed_in.get(reverse("cases:evidence_page", args=[case.pk])))
    assert "相符" in evidence
    assert "起草时取自台账" in evidence
    assert signed_in.get(url("edit", outline)).status_code == 404


def test_it_is_sent_in_for_an_open_call(signed_in, official, visits):
    call = CallFactory(organisation=official.organisation, announced=True)
    outline = begin(signed_in, official)
    write(signed_in, outline, practice="我们走访了司机。")
    outline.refresh_from_db()
    page = html.fromstring(signed_in.get(url("preview", outline)).content)
    (place,) = [value for value in page.xpath("//select[@name='place']//option/@value") if value]

    signed_in.post(url("submit", outline), {"seen": outline.version, "place": place})

    assert Case.objects.get().call == call


def test_a_period_nobody_can_read_or_that_lies_ahead_is_refused(signed_in, official):
    for period, said in (("去年", "asof"), ("2027", "还没到")):
        response = signed_in.post(
            reverse("cases:outline_begin"), {"organisation": official.organisation_id, "period": period}
        )
        assert response.status_code == 422
        assert said in text_of(response)
    assert Outline.objects.count() == 0


def test_a_number_typed_by_hand_is_marked_and_one_that_fits_can_be_bound(signed_in, official, visits):
    outline = begin(signed_in, official)
    write(signed_in, outline, practice="走访3次，捐款8000元。")
    page = html.fromstring(signed_in.get(url("preview", outline)).content)
    assert [each.text for each in page.xpath("//b[@class='span-typed' and not(ancestor::ul)]")] == ["8000元"]
    form = page.xpath("//form[contains(@class, 'span-bind')]")[0]

    signed_in.post(url("bind", outline), {each.get("name"): each.get("value") for each in form.xpath(".//input")})

    outline.refresh_from_db()
    assert outline.practice == "走访{{1 走访慰问 活动次数}}，捐款8000元。"


def test_the_shape_of_a_number_is_chosen_where_it_is_listed(signed_in, official):
    kind = KindFactory(group="care", label="走访慰问")
    for _each in range(34):
        ActivityFactory(organisation=official.organisation, logged_by=official, kind=kind, happened_on=TODAY)
    outline = begin(signed_in, official)
    page = html.fromstring(signed_in.get(url("choose", outline)).content)
    box = page.xpath("//li[contains(., '走访慰问')]//input[@name='chosen']")[0]
    signed_in.post(url("choose", outline), {"chosen": box.get("value")})

    write(signed_in, outline, shape_1="leading")

    assert "走访慰问30余次" in text_of(signed_in.get(url("preview", outline)))
    assert write(signed_in, outline, shape_1="rubbish").status_code == 422


def test_what_somebody_else_saved_meanwhile_is_shown_and_nothing_typed_is_lost(signed_in, official):
    outline = begin(signed_in, official)
    write(signed_in, outline, background="甲写的背景")

    response = write(signed_in, outline, background="乙写的背景", seen=1)

    assert response.status_code == 422
    page = html.fromstring(response.content)
    assert "甲写的背景" in page.xpath("//details[contains(@class, 'panel')]")[0].text_content()
    assert page.xpath("//textarea[@name='background']")[0].text.strip() == "乙写的背景"
    seen = page.xpath("//input[@name='seen']/@value")[0]
    assert write(signed_in, outline, background="乙写的背景", seen=seen).status_code == 302


def test_photos_ask_for_consent_and_captions(signed_in, official, visits):
    photo = PhotoFactory(activity=visits[0], large_sha256=storage.keep(small_jpeg(), storage.PICTURES))
    outline = begin(signed_in, official)

    refused = signed_in.post(url("photos", outline), {f"take_{photo.pk}": "on"})
    taken = signed_in.post(
        url("photos", outline),
        {f"take_{photo.pk}": "on", f"caption_{photo.pk}": "志愿者走访司机", "may_be_shown": "on"},
    )

    assert refused.status_code == 422
    assert taken.status_code == 302
    assert outline.photos.get().caption == "志愿者走访司机"


def test_drafts_are_shared_within_the_offices_and_with_nobody_else(signed_in, official, client):
    town = OrganisationFactory(parent=official.organisation)
    mine, other = OutlineFactory(organisation=town, title="镇里的草稿"), OutlineFactory(title="外县的草稿")

    page = text_of(signed_in.get(reverse("cases:outline_list")))

    assert "镇里的草稿" in page
    assert "外县的草稿" not in page
    assert signed_in.get(url("edit", mine)).status_code == 200
    assert signed_in.get(url("edit", other)).status_code == 404


def test_editors_see_no_drafts(client):
    client.force_login(UserFactory(role="chief_editor"))
    assert client.get(reverse("cases:outline_list")).status_code == 403


def test_a_draft_is_deleted_by_post(signed_in, official):
    outline = begin(signed_in, official)
    assert signed_in.post(url("discard", outline)).status_code == 302
    assert Outline.objects.count() == 0


def test_the_list_costs_the_same_for_one_and_for_many(signed_in, official):
    OutlineFactory(organisation=official.organisation)
    signed_in.get(reverse("cases:outline_list"))
    with CaptureQueriesContext(connection) as few:
        signed_in.get(reverse("cases:outline_list"))
    for _each in range(5):
        OutlineFactory(organisation=official.organisation)
    with CaptureQueriesContext(connection) as many:
        signed_in.get(reverse("cases:outline_list"))
    assert len(many) == len(few)


def test_a_draft_is_held_against_its_call_while_it_is_written(signed_in, official, visits):
    call = CallFactory(
        announced=True, organisation=official.organisation, name="百优案例征集", least_characters=500, least_photos=1
    )
    begun_with = {"organisation": official.organisation_id, "period": "2026", "place": f"call-{call.pk}"}
    signed_in.post(reverse("cases:outline_begin"), begun_with)
    outline = Outline.objects.latest("pk")

    write(signed_in, outline, practice="走访了司机。", place=f"call-{call.pk}")
    page = signed_in.get(url("edit", outline))

    unmet = [finding.code for finding in page.context["findings"] if not finding.is_met]
    assert unmet == ["short", "parts", "photos_few"]
    assert "百优案例征集" in text_of(page)
    preview = signed_in.get(url("preview", outline))
    assert [finding.code for finding in preview.context["findings"] if not finding.is_met] == unmet
    assert preview.context["form"]["place"].value() == f"call-{call.pk}"


def test_a_draft_says_that_its_call_closed_and_is_still_saved(signed_in, official, visits):
    call = CallFactory(announced=True, organisation=official.organisation, takes_late=False)
    outline = OutlineFactory(organisation=official.organisation, created_by=official, period="2026", call=call)
    with time_machine.travel(datetime.datetime(2026, 12, 20, 10, tzinfo=datetime.UTC), tick=False):
        signed_in.force_login(official)
        saved = write(signed_in, outline, practice="走访了司机。", place=f"call-{call.pk}")
        page = signed_in.get(url("edit", outline))

    assert saved.status_code == 302
    assert next(finding.code for finding in page.context["findings"] if not finding.is_met) == "place"


def test_photos_of_the_body_itself_stand_before_those_of_bodies_under_it(signed_in, official):
    below = OrganisationFactory(parent=official.organisation)
    set_scope([official.organisation.path])
    days = [datetime.date(2026, 3, 1), datetime.date(2026, 5, 1)]
    own = [
        PhotoFactory(activity=ActivityFactory(organisation=official.organisation, happened_on=day, place="东高速口"))
        for day in days
    ]
    under = PhotoFactory(activity=ActivityFactory(organisation=below, happened_on=TODAY))
    outline = begin(signed_in, official)

    page = signed_in.get(url("photos", outline))

    assert [photo for photo, _take, _caption in page.context["form"].rows] == [own[1], own[0], under]
    assert "2026-05-01 · 东高速口" in text_of(page)
    assert below.name in text_of(page)
