"""Logging what happened: once, in a few taps, honestly late, and taken back within ten minutes."""

import datetime
import io
import os
import uuid

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from cases.actions import sweep
from config.errors import Refused, WrongState
from config.paging import paginate
from config.uploads import storage
from members.middleware import set_scope, whole_scope
from members.models import AuditEvent, Organisation
from services.actions import activity as actions
from services.models import Activity, Attachment, Grant
from services.models.ledger import VoidReason
from services.queries import log as reading
from tests.factories import services as rows
from tests.factories.cases import CasePhotoFactory
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
FORM = "services:activity_log"


@pytest.fixture
def official(kinds):
    user = UserFactory(role="official", organisation__name="沂河县交通运输局")
    set_scope([user.organisation.path])
    return user


@pytest.fixture
def signed_in(client, official):
    client.force_login(official)
    return client


def entry(kinds, **values):
    """What the form sends for a round of snow clearing today."""
    plain = {"kind": kinds["snow"].pk, "about": "", "day": "0", "line": "清理主干道积雪", "once": uuid.uuid4()}
    return plain | {name: getattr(value, "pk", value) for name, value in values.items()}


def only():
    with whole_scope():
        return Activity.objects.get()


def test_an_entry_is_one_row_with_its_audit_row(signed_in, official, kinds):
    response = signed_in.post(reverse(FORM), entry(kinds))

    activity = only()
    assert response.url == activity.get_absolute_url()
    assert (activity.kind, activity.organisation, activity.logged_by) == (
        kinds["snow"],
        official.organisation,
        official,
    )
    assert (activity.happened_on, activity.line, activity.days_late) == (timezone.localdate(), "清理主干道积雪", 0)
    assert AuditEvent.objects.filter(event="activity.log", object_id=activity.pk).count() == 1


def test_the_same_form_sent_twice_is_one_row(signed_in, kinds):
    data = entry(kinds)

    first, second = signed_in.post(reverse(FORM), data), signed_in.post(reverse(FORM), data)

    assert first.url == second.url
    assert Activity.objects.count() == 1


def test_a_form_used_by_somebody_else_is_refused(official, kinds):
    other = UserFactory(role="official", organisation=official.organisation)
    once = uuid.uuid4()
    plain = {"organisation": official.organisation, "kind": kinds["snow"], "happened_on": timezone.localdate()}
    actions.log(by=official, once=once, **plain)

    with pytest.raises(WrongState):
        actions.log(by=other, once=once, **plain)


def test_save_and_next_offers_the_same_kind_and_day(signed_in, kinds):
    response = signed_in.post(reverse(FORM), entry(kinds, day="1", next="1"))

    assert response.url == f"{reverse(FORM)}?kind={kinds['snow'].pk}&day=1"
    page = signed_in.get(response.url)
    assert page.context["form"]["kind"].value() == str(kinds["snow"].pk)
    assert "清理主干道积雪" in page.content.decode()  # among those entered last, with its undo


def test_a_late_entry_says_how_late_it_is(signed_in, kinds):
    signed_in.post(reverse(FORM), entry(kinds, day="3"))

    page = signed_in.get(only().get_absolute_url())

    assert "补记（隔 3 天）" in page.content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": ""}, "请选择是什么活动"),
        ({"kind": "999999"}, "选择"),
        ({"earlier_on": "2099-01-01"}, "尚未到来"),
        ({"earlier_on": "1900-01-01"}, "太早"),
        ({"earlier_on": "去年"}, "日期"),
        ({"headcount": "-3"}, "1"),
        ({"about": "pairing:1"}, "重新选择"),
        ({"about": "person:1"}, "重新选择"),
        ({"named": "查无此处"}, "地点"),
        ({"given_quantity": "40"}, "两项"),
        ({"line": "长" * 201}, "201"),
        ({"once": "x"}, ""),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(signed_in, kinds, values, words):
    response = signed_in.post(reverse(FORM), entry(kinds, **values))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert values.get("line", "清理主干道积雪") in response.content.decode()
    assert Activity.objects.count() == 0


def test_a_kind_that_counts_by_enterprise_asks_for_one(signed_in, official, kinds):
    firm = OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name="顺风运输公司")
    asked = entry(kinds, kind=kinds["enterprise-visit"])

    refused = signed_in.post(reverse(FORM), asked)
    taken = signed_in.post(reverse(FORM), asked | {"named": "顺风"})

    assert refused.status_code == 422
    assert taken.status_code == 302
    assert (only().body, only().region) == (firm, firm.region)


def test_a_name_that_fits_several_is_asked_back(signed_in, official, kinds):
    for name in ("东城物流", "东城货运"):
        OrganisationFactory(parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name=name)

    response = signed_in.post(reverse(FORM), entry(kinds, named="东城"))

    assert "东城物流" in response.content.decode()
    assert response.status_code == 422


def test_my_pairings_come_first_the_longest_without_contact_on_top(official, kinds):
    person = PersonFactory(organisation=official.organisation)
    official.person = person
    official.save()
    pairings = rows.PairingFactory.create_batch(3, helper=person, organisation=official.organisation)
    for pairing, day in zip(pairings, (9, 2, 5), strict=True):
        rows.ActivityFactory(
            organisation=official.organisation, pairing=pairing, happened_on=datetime.date(2026, 3, day)
        )
    rows.PairingFactory(organisation=official.organisation)
    set_scope(["*"])

    label, offered = reading.about(official, timezone.localdate())[0]

    assert label == "pairings"
    assert [one.value for one in offered] == [f"pairing:{pairings[number].pk}" for number in (1, 2, 0)]


def test_chips_are_the_kinds_i_use_then_one_of_each_group(official, kinds):
    for code, times in (("snow", 1), ("forum", 3)):
        rows.ActivityFactory.create_batch(
            times, organisation=official.organisation, kind=kinds[code], logged_by=official
        )
    set_scope(["*"])

    chips = reading.chips(official)

    assert [kind.code for kind in chips[:2]] == ["forum", "snow"]
    assert len(chips) == len({kind.pk for kind in chips}) == 6


def test_hand_outs_at_a_visit_are_on_the_same_form(signed_in, official, kinds):
    given = {"kind": kinds["condolence"], "given_kind": kinds["care-pack"], "given_quantity": 40, "headcount": 38}

    signed_in.post(reverse(FORM), entry(kinds, **given))

    grant = Grant.objects.get()
    assert (grant.quantity, grant.name, grant.activity, grant.given_on) == (
        40,
        "关爱大礼包",
        only(),
        only().happened_on,
    )


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "navy").save(out, "JPEG")
    return SimpleUploadedFile("现场.jpg", out.getvalue(), "image/jpeg")


def test_a_photo_is_kept_in_three_sizes_and_shown(signed_in, kinds):
    signed_in.post(reverse(FORM), entry(kinds, photo=photo()))

    kept = Attachment.objects.get()
    served = signed_in.get(reverse("services:attachment_photo", args=[kept.pk, "small"]))
    assert kept.activity == only()
    assert served.headers["Content-Type"] == "image/jpeg"
    assert b"".join(served).startswith(b"\xff\xd8")


def test_no_sweep_clears_a_photo_of_the_ledger_away(kinds):
    kept = rows.PhotoFactory(small_sha256=storage.keep(b"ledger", storage.PICTURES))
    lost = storage.keep(b"nobody's", storage.PICTURES)
    CasePhotoFactory()
    for digest in (kept.small_sha256, lost):
        os.utime(storage.path_of(storage.PICTURES, digest), (0, 0))

    sweep.sweep()

    assert storage.path_of(storage.PICTURES, kept.small_sha256).exists()
    assert not storage.path_of(storage.PICTURES, lost).exists()


def test_a_photo_that_is_a_pdf_is_refused_and_the_entry_kept_on_the_page(signed_in, kinds):
    fake = SimpleUploadedFile("现场.jpg", b"%PDF-1.7 nothing", "image/jpeg")

    response = signed_in.post(reverse(FORM), entry(kinds, photo=fake))

    assert response.status_code == 422
    assert "清理主干道积雪" in response.content.decode()
    assert Activity.objects.count() == 0


def test_undo_within_ten_minutes_takes_hand_outs_along(signed_in, official, kinds):
    signed_in.post(reverse(FORM), entry(kinds, given_kind=kinds["care-pack"], given_quantity=40))
    activity = only()

    signed_in.post(reverse("services:activity_undo", args=[activity.pk]))

    activity.refresh_from_db()
    assert (activity.void_reason, activity.voided_by) == ("undone", official)
    assert Grant.objects.standing().count() == 0
    assert "不再计数" in signed_in.get(activity.get_absolute_url()).content.decode()


def test_undo_ends_after_ten_minutes_and_is_the_authors(official, kinds):
    colleague = UserFactory(role="official", organisation=official.organisation)
    activity = rows.ActivityFactory(organisation=official.organisation, logged_by=official)
    set_scope(["*"])

    with pytest.raises(Refused):
        actions.void(activity=activity, reason=VoidReason.UNDONE, by=colleague)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=11)), pytest.raises(Refused):
        actions.void(activity=activity, reason=VoidReason.UNDONE, by=official)

    assert actions.void(activity=activity, reason=VoidReason.MISTAKE, by=colleague).voided_by == colleague
    with pytest.raises(WrongState):
        actions.void(activity=activity, reason=VoidReason.MISTAKE, by=official)


def test_a_possible_double_is_shown_and_not_blocked(signed_in, official, kinds):
    signed_in.post(reverse(FORM), entry(kinds, day="1"))
    response = signed_in.post(reverse(FORM), entry(kinds))

    assert Activity.objects.count() == 2
    assert "可能已经记过" in signed_in.get(response.url).content.decode()


def test_nobody_logs_for_another_county(official, kinds):
    with pytest.raises(Refused):
        actions.log(
            organisation=OrganisationFactory(),
            kind=kinds["snow"],
            happened_on=timezone.localdate(),
            once=uuid.uuid4(),
            by=official,
        )


def test_the_page_is_light(signed_in, official, kinds):
    person = PersonFactory(organisation=official.organisation)
    official.person = person
    official.save()
    rows.PairingFactory.create_batch(30, helper=person, organisation=official.organisation)
    for number in range(30):
        OrganisationFactory(
            parent=official.organisation, kind=Organisation.Kind.ENTERPRISE, name=f"第{number}号道路货物运输有限公司"
        )
    rows.ActivityFactory.create_batch(6, organisation=official.organisation, logged_by=official, kind=kinds["snow"])

    page = signed_in.get(reverse(FORM))

    assert len(page.content) <= 40 * 1024


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_for_many(
    signed_in, official, kinds, count, django_assert_max_num_queries
):
    rows.ActivityFactory.create_batch(count, organisation=official.organisation, kind=kinds["snow"])

    with django_assert_max_num_queries(22):
        page = signed_in.get(reverse("services:activity_list"))

    assert page.context["page"].paginator.count == count


def test_a_page_of_the_list_holds_the_rows_that_come_next(signed_in, official, kinds):
    for day in (5, 1, 9, 9, 3):
        rows.ActivityFactory(
            organisation=official.organisation, kind=kinds["snow"], happened_on=datetime.date(2024, 1, day)
        )
    listed = Activity.objects.newest_first()

    shown = signed_in.get(reverse("services:activity_list")).context["page"]
    first, second = (paginate(RequestFactory().get("/", {"page": n}), listed, 3, keys_first=True) for n in (1, 2))

    assert list(shown) == list(listed) and len(shown) == 5
    assert [*first, *second] == list(listed) and (len(first), len(second)) == (3, 2)


def test_the_export_is_exactly_what_is_filtered(signed_in, official, kinds):
    for code, day in (("snow", 3), ("snow", 20), ("forum", 3)):
        rows.ActivityFactory(
            organisation=official.organisation, kind=kinds[code], happened_on=datetime.date(2024, 1, day), line="=1+1"
        )
    rows.ActivityFactory(kind=kinds["snow"], happened_on=datetime.date(2024, 1, 3))
    wanted = {"group": "volunteering", "first_on": "2024-01-01", "last_on": "2024-01-10"}

    page = signed_in.get(reverse("services:activity_list"), wanted)
    response = signed_in.post(reverse("services:activity_export"), wanted)

    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert page.context["page"].paginator.count == len(lines) == 1
    assert lines[0][0].date() == datetime.date(2024, 1, 3)
    assert lines[0][1:4] == ["清雪保畅", None, "=1+1"]
    assert sheet["D2"].data_type == "s"
    assert AuditEvent.objects.filter(event="ledger.export").count() == 1


def test_a_number_opens_its_rows_and_exports_them(signed_in, official, kinds):
    rows.ActivityFactory.create_batch(
        3, organisation=official.organisation, kind=kinds["snow"], happened_on=datetime.date(2024, 2, 1)
    )
    rows.ActivityFactory(organisation=official.organisation, kind=kinds["forum"], happened_on=datetime.date(2024, 2, 1))
    wanted = {"period": "2024", "kind__group": "volunteering"}

    page = signed_in.get(reverse("services:indicator_rows", args=["activity.count"]), wanted)
    response = signed_in.post(reverse("services:indicator_export", args=["activity.count"]), wanted)

    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    assert page.context["reading"].value == page.context["page"].paginator.count == sheet.max_row - 1 == 3


@pytest.mark.parametrize(
    ("data", "status"),
    [({"period": "lately"}, 422), ({"campaign": "三"}, 422), ({"organisation": "elsewhere"}, 422), ({}, 200)],
)
def test_a_number_asked_for_wrongly_says_so(signed_in, data, status):
    elsewhere = OrganisationFactory(code="elsewhere")

    page = signed_in.get(reverse("services:indicator_rows", args=["activity.count"]), data)

    assert page.status_code == status
    assert elsewhere.name not in page.content.decode()


def test_all_numbers_stand_on_one_page_with_their_meaning(signed_in):
    page = signed_in.get(reverse("services:indicator_index"), {"period": "2024"})

    keys = [reading.indicator.key for area in page.context["groups"] for reading in area.readings]
    assert {"activity.count", "matter.resolved", "enterprise.covered", "pairing.contact_rate"} <= set(keys)
    assert "按活动发生日期计" in page.content.decode()
