"""What was given: by name or by quantity in one row, with its papers, ended, taken back; the list and its export."""

import datetime
import io
import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from config.errors import Conflict, Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent, Organisation
from services.actions import grant as actions
from services.models import Grant
from services.models.ledger import VoidReason
from tests.factories import services as rows
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory, VehicleFactory

pytestmark = pytest.mark.django_db
FORM = "services:grant_create"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def gift(kinds, official, code="care-pack", **values):
    """What the form sends for 40 packs today."""
    plain = {
        "kind": kinds[code].pk,
        "given_on": timezone.localdate().isoformat(),
        "quantity": "40",
        "once": uuid.uuid4(),
        "organisation": official.organisation.pk,
    }
    return plain | {name: getattr(value, "pk", value) for name, value in values.items()}


def send(client, data, tab="goods"):
    return client.post(f"{reverse(FORM)}?tab={tab}", data)


def test_a_quantity_without_names_is_one_row(signed_in, official, kinds):
    response = send(signed_in, gift(kinds, official))

    grant = Grant.objects.get()
    assert response.url == grant.get_absolute_url()
    assert (grant.name, grant.quantity, grant.recipient) == ("关爱大礼包", 40, "")
    assert (grant.organisation, grant.logged_by, grant.given_on) == (
        official.organisation,
        official,
        timezone.localdate(),
    )
    assert AuditEvent.objects.filter(event="grant.give", object_id=grant.pk).count() == 1
    assert "未记名" in signed_in.get(response.url).content.decode()


def test_names_and_plates_are_one_row_each(signed_in, official, kinds):
    person = PersonFactory(organisation=official.organisation, name="秦师傅")
    firm = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name="顺风运输公司")
    truck = VehicleFactory(organisation=official.organisation, plate="鲁F51234")

    send(
        signed_in, gift(kinds, official, "wheel-mark", recipients="秦师傅、顺风运输公司，鲁f51234", quantity=1), "marks"
    )

    assert list(Grant.objects.order_by("pk").values_list("person", "body", "vehicle", "quantity")) == [
        (person.pk, None, None, 1),
        (None, firm.pk, None, 1),
        (None, None, truck.pk, 1),
    ]


def test_the_same_form_sent_twice_enters_nothing_twice(signed_in, official, kinds):
    PersonFactory(organisation=official.organisation, name="秦师傅")
    PersonFactory(organisation=official.organisation, name="宋师傅")
    data = gift(kinds, official, recipients="秦师傅、宋师傅", quantity=1)

    first, second = send(signed_in, data), send(signed_in, data)

    assert first.url == second.url
    assert Grant.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"given_on": "2099-01-01"}, "尚未到来"),
        ({"given_on": "1900-01-01"}, "太早"),
        ({"given_on": "昨天"}, "日期"),
        ({"quantity": "-5"}, "1"),
        ({"quantity": "99999999999"}, "10000000"),
        ({"recipients": "查无此人"}, "登记簿中没有"),
        ({"recipients": "鲁F99999"}, "登记簿中没有"),
        ({"recipients": "秦师傅"}, "同名"),
        ({"recipients": "宋师傅、宋师傅"}, "重复"),
        ({"recipients": "、".join(["某人"] * 51)}, "51"),
        ({"kind": "999999"}, "选择"),
        ({"organisation": "999999"}, "选择"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(signed_in, official, kinds, values, words):
    PersonFactory.create_batch(2, organisation=official.organisation, name="秦师傅")
    PersonFactory(organisation=official.organisation, name="宋师傅")

    response = send(signed_in, gift(kinds, official, name="清凉大礼包") | values)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert "清凉大礼包" in response.content.decode()
    assert Grant.objects.count() == 0


def test_nobody_of_another_county_is_found_by_name(signed_in, official, kinds):
    PersonFactory(name="外县人")

    response = send(signed_in, gift(kinds, official, recipients="外县人"))

    assert response.status_code == 422
    assert Grant.objects.count() == 0


def test_an_honour_asks_for_its_person_and_a_fund_for_its_body(signed_in, official, kinds):
    honour = send(signed_in, gift(kinds, official, "honour-person", quantity=1), "papers")
    fund = send(signed_in, gift(kinds, official, "party-fund", amount_yuan="100000"), "money")

    assert (honour.status_code, fund.status_code) == (422, 422)
    assert "写明人员" in honour.content.decode()
    assert "写明单位" in fund.content.decode()


def test_an_amount_is_kept_to_the_fen(signed_in, official, kinds):
    OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name="顺风运输公司")
    asked = gift(kinds, official, "party-fund", recipients="顺风运输公司")

    refused = send(signed_in, asked | {"amount_yuan": "-1"}, "money")
    send(signed_in, asked | {"amount_yuan": "100000.55"}, "money")

    assert refused.status_code == 422
    assert Grant.objects.get().amount_fen == 10_000_055
    assert "100000.55" in signed_in.get(Grant.objects.get().get_absolute_url()).content.decode()


def test_a_certificates_number_counts_once_with_its_issuer(signed_in, official, kinds):
    asked = gift(kinds, official, "skill-certificate", quantity=1, serial="S-1", issuer="市人社局")

    send(signed_in, asked, "papers")
    again = send(signed_in, asked | {"once": uuid.uuid4()}, "papers")
    other = send(signed_in, asked | {"once": uuid.uuid4(), "issuer": "省人社厅"}, "papers")

    assert (again.status_code, other.status_code) == (422, 302)
    assert "已经录入" in again.content.decode()
    assert Grant.objects.count() == 2


def test_the_database_keeps_a_number_from_standing_twice(official, kinds):
    same = {
        "organisation": official.organisation,
        "kind": kinds["honour-team"],
        "name": "先进集体",
        "given_on": timezone.localdate(),
        "by": official,
        "serial": "3",
        "recipients": [official.organisation],
    }
    actions.give(once=uuid.uuid4(), **same)

    with pytest.raises(Conflict):
        actions.give(once=uuid.uuid4(), **same)


def test_a_gift_is_tied_to_its_activity_and_campaign(signed_in, official, kinds):
    campaign = rows.CampaignFactory(organisation=official.organisation, name="安家工程")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    activity = rows.ActivityFactory(
        organisation=official.organisation, happened_on=yesterday, campaign=campaign, kind=kinds["condolence"]
    )
    set_scope([official.organisation.path])

    page = signed_in.get(reverse(FORM), {"tab": "goods", "activity": activity.pk})
    send(signed_in, gift(kinds, official, activity=activity, campaign=campaign))

    grant = Grant.objects.get()
    shown = signed_in.get(grant.get_absolute_url()).content.decode()
    assert page.context["form"]["activity"].value() == str(activity.pk)
    assert page.context["form"]["given_on"].value() == yesterday
    assert page.context["form"]["campaign"].value() == campaign.pk
    assert (grant.activity, grant.campaign) == (activity, campaign)
    assert activity.get_absolute_url() in shown
    assert grant.get_absolute_url() in signed_in.get(activity.get_absolute_url()).content.decode()


def test_a_photo_that_is_a_pdf_is_refused_and_the_entry_kept_on_the_page(signed_in, official, kinds):
    fake = SimpleUploadedFile("现场.jpg", PDF, "image/jpeg")

    response = send(signed_in, gift(kinds, official, name="清凉大礼包", paper=fake))

    assert response.status_code == 422
    assert "清凉大礼包" in response.content.decode()
    assert Grant.objects.count() == 0


def test_a_paper_sent_along_lies_on_the_page(signed_in, official, kinds):
    sent = SimpleUploadedFile("签领表.pdf", PDF, "application/pdf")

    send(signed_in, gift(kinds, official, paper=sent))

    grant = Grant.objects.get()
    assert [(paper.title, paper.sort) for paper in grant.attachments.all()] == [("签领表", "file")]
    assert "签领表" in signed_in.get(grant.get_absolute_url()).content.decode()


def test_undo_takes_back_what_was_entered_together(signed_in, official, kinds):
    for name in ("秦师傅", "宋师傅"):
        PersonFactory(organisation=official.organisation, name=name)
    send(signed_in, gift(kinds, official, recipients="秦师傅、宋师傅", quantity=1))
    send(signed_in, gift(kinds, official))
    first = Grant.objects.order_by("pk").first()

    signed_in.post(reverse("services:grant_undo", args=[first.pk]))

    assert [grant.quantity for grant in Grant.objects.standing()] == [40]
    assert "不再计数" in signed_in.get(first.get_absolute_url()).content.decode()


def test_undo_ends_after_ten_minutes_and_is_the_authors(official, kinds):
    colleague = UserFactory(role="official", organisation=official.organisation)
    grant = rows.GrantFactory(organisation=official.organisation, logged_by=official)
    set_scope(["*"])

    with pytest.raises(Refused):
        actions.void(grant=grant, reason=VoidReason.UNDONE, by=colleague)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=11)), pytest.raises(Refused):
        actions.void(grant=grant, reason=VoidReason.UNDONE, by=official)

    assert actions.void(grant=grant, reason=VoidReason.MISTAKE, by=colleague) == 1
    with pytest.raises(WrongState):
        actions.void(grant=grant, reason=VoidReason.MISTAKE, by=official)


def test_a_mark_that_came_down_is_no_longer_in_force(signed_in, official, kinds):
    grant = rows.GrantFactory(organisation=official.organisation, kind=kinds["wheel-mark"], given_on=rows.DAY)
    target = reverse("services:grant_end", args=[grant.pk])

    early = signed_in.post(target, {"end-on": "2024-01-01"})
    ahead = signed_in.post(target, {"end-on": "2099-01-01"})
    done = signed_in.post(target, {"end-on": "2024-06-30"})
    again = signed_in.post(target, {"end-on": "2024-07-30"})

    grant.refresh_from_db()
    assert (early.status_code, ahead.status_code, done.status_code, again.status_code) == (409, 422, 302, 409)
    assert "较晚" in early.content.decode()
    assert grant.ended_on == datetime.date(2024, 6, 30)


def test_nobody_gives_for_another_county(official, kinds):
    with pytest.raises(Refused):
        actions.give(
            organisation=OrganisationFactory(),
            kind=kinds["care-pack"],
            name="礼包",
            given_on=timezone.localdate(),
            once=uuid.uuid4(),
            by=official,
        )


def test_the_tabs_hold_their_groups_and_the_sums_are_those_of_the_indicators(signed_in, official, kinds):
    ours = {"organisation": official.organisation}
    rows.GrantFactory(kind=kinds["care-pack"], quantity=40, **ours)
    rows.GrantFactory(kind=kinds["skill-certificate"], quantity=3, **ours)
    rows.GrantFactory(kind=kinds["party-fund"], amount_fen=10_000_000, **ours)
    rows.GrantFactory(kind=kinds["care-pack"], quantity=7)

    everything = signed_in.get(reverse("services:grant_list"))
    goods = signed_in.get(reverse("services:grant_list"), {"tab": "goods"})
    money = signed_in.get(reverse("services:grant_list"), {"tab": "money"})

    assert everything.context["page"].paginator.count == 3
    assert [grant.quantity for grant in goods.context["page"]] == [40]
    assert goods.context["sums"]["quantity"] == 40
    assert money.context["sums"]["amount"] == "10 万元"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_for_many(
    signed_in, official, kinds, count, django_assert_max_num_queries
):
    for _number in range(count):
        rows.GrantFactory(
            organisation=official.organisation,
            kind=kinds["care-pack"],
            person=PersonFactory(organisation=official.organisation),
            campaign=rows.CampaignFactory(organisation=official.organisation),
        )

    with django_assert_max_num_queries(24):
        page = signed_in.get(reverse("services:grant_list"))

    assert page.context["page"].paginator.count == count


def test_the_export_is_exactly_what_is_filtered(signed_in, official, kinds):
    for level, day in (("province", 3), ("province", 20), ("city", 3)):
        rows.GrantFactory(
            organisation=official.organisation,
            kind=kinds["honour-person"],
            level=level,
            name="=1+1",
            given_on=datetime.date(2024, 1, day),
        )
    rows.GrantFactory(kind=kinds["honour-person"], level="province", given_on=datetime.date(2024, 1, 3))
    wanted = {"tab": "papers", "level": "province", "first_on": "2024-01-01", "last_on": "2024-01-10"}

    page = signed_in.get(reverse("services:grant_list"), wanted)
    response = signed_in.post(reverse("services:grant_export"), wanted)

    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert page.context["page"].paginator.count == len(lines) == 1
    assert lines[0][0].date() == datetime.date(2024, 1, 3)
    assert lines[0][1:3] == ["=1+1", "个人荣誉"]
    assert sheet["B2"].data_type == "s"
    assert AuditEvent.objects.filter(event="ledger.export").count() == 1


@pytest.mark.parametrize("wanted", [{"first_on": "2099-13-40"}, {"first_on": "2024-02-01", "last_on": "2024-01-01"}])
def test_filters_that_cannot_be_are_said_and_export_nothing(signed_in, wanted):
    page = signed_in.get(reverse("services:grant_list"), wanted)
    response = signed_in.post(reverse("services:grant_export"), wanted)

    assert page.context["form"].errors
    assert response.url.startswith(reverse("services:grant_list"))
