"""The phone page, the receipt, the screen and the pages of officials; crowds and robots."""

import re

import pytest
import time_machine
from django.urls import reverse

from members import checkins, codes
from members.actions import checkin_point
from members.middleware import set_scope
from members.models import AuditEvent, CheckIn, ConsentText, Lead, Person
from members.views import checkin as views
from tests.factories.members import CheckInPointFactory, OrganisationFactory, RegionFactory, UserFactory
from tests.pages import TidyClient

pytestmark = pytest.mark.django_db

PHONE = "13864530017"
NOON = "2027-05-04 12:00:00+08:00"


@pytest.fixture
def bureau():
    return OrganisationFactory(name="甲县交通运输局", region=RegionFactory(code="370685", name="甲县"))


@pytest.fixture
def official(bureau):
    return UserFactory(organisation=bureau, role="official")


@pytest.fixture
def point(bureau):
    made = CheckInPointFactory(organisation=bureau, name="证件窗口")
    set_scope([bureau.path])
    return made


@pytest.fixture
def address(point):
    return reverse("members:checkin_here", args=[f"code{point.pk}"])


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def typed(response, **changes):
    """Return the form of a phone page as a person fills it in."""
    form = response.context["form"]
    hidden = {name: form[name].value() for name in ("ticket", "shown")}
    filled = {"name": "王建国", "phone": PHONE, "branch_name": "东街党支部", "born": "1985", "agreed": "on"}
    return {**hidden, **filled, **changes}


def look_and_send(client, address, clock, **changes):
    """Open the page, take half a minute to fill it in, send it."""
    response = client.get(address)
    clock.shift(30)
    return client.post(address, typed(response, **changes))


def code_on(response):
    return re.search(r'slip-code">([0-9A-Z-]+)<', response.content.decode()).group(1)


def errors(response):
    return " ".join(str(text) for texts in response.context["form"].errors.values() for text in texts)


def test_the_phone_page_is_small_and_says_who_why_and_how_long(client, address, point, bureau):
    for number in range(150):
        OrganisationFactory(
            name=f"甲县东街道第{number}社区流动党员党支部", kind="party_branch", region=bureau.region, parent=bureau
        )

    response = client.get(address)

    page = response.content.decode()
    assert len(response.content) <= 40_000
    for words in (bureau.name, point.contact, "用来做什么", "依据", "30 天", "单独同意"):
        assert words in page
    assert page.count("<option") == checkins.MOST_BRANCHES
    assert "checked" not in page
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert sorted(response.context["form"].fields) == sorted(
        ["name", "phone", "branch_name", "born", "agreed", "website", "ticket", "shown"]
    )


def test_checking_in_shows_a_code_that_opens_what_was_given(client, address, noon, bureau):
    done = look_and_send(client, address, noon)

    shown = client.post(reverse("members:checkin_receipt"), {"code": f" {code_on(done).lower()} "})
    page = shown.content.decode()
    assert done.status_code == 200
    assert [words in page for words in ("王建国", "东街党支部", "138******17", "证件窗口", bureau.name)] == [True] * 5
    assert PHONE not in page + done.content.decode()
    row = CheckIn.objects.get()
    assert row.consent_sha256 == done.context["check_in"].consent_sha256 != ""
    assert shown.headers["Cache-Control"] == "no-store"


def test_the_year_of_birth_is_kept_nowhere(client, address, noon, as_owner):
    look_and_send(client, address, noon, born="1949")

    assert "1949" not in str(CheckIn.objects.values().get()) + str(Person.objects.values().get())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agreed": ""}, "不同意就不会登记"),
        ({"born": "2014"}, "14 周岁"),
        ({"born": "一九八五"}, "四位年份"),
        ({"phone": "12345"}, ""),
        ({"name": "7"}, ""),
        ({"branch_name": ""}, "还没有填写"),
        ({"website": "http://x"}, "应当留空"),
        ({"ticket": "forged"}, "打开太久"),
        ({"shown": "0" * 64}, "刚刚更新"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client, address, noon, changes, said):
    response = look_and_send(client, address, noon, **changes)

    assert response.status_code == 422
    assert said in errors(response)
    assert (CheckIn.objects.count(), Person.objects.count(), Lead.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("changes", [{"name": "7"}, {"agreed": ""}, {"ticket": "forged"}])
def test_the_number_is_asked_for_again_beside_any_other_error(client, address, noon, changes):
    response = look_and_send(client, address, noon, **changes)

    assert response.context["form"].errors["phone"] == ["请再填一次：为保护您，号码不会留在页面上。"]
    assert PHONE not in response.content.decode()


def test_a_wrong_number_is_told_once(client, address, noon):
    response = look_and_send(client, address, noon, phone="12345")

    assert len(response.context["form"].errors["phone"]) == 1


def test_a_refused_form_comes_back_with_a_ticket_that_works(client, address, noon):
    refused = look_and_send(client, address, noon, ticket="forged")
    noon.shift(10)

    assert client.post(address, typed(refused)).status_code == 200


def test_a_changed_notice_has_to_be_read_first(client, address, noon, point, bureau):
    opened = client.get(address)
    steward = UserFactory(organisation=bureau, role="steward")
    notice, agreed = (getattr(ConsentText.objects.get(), name) for name in ("notice", "consent"))
    checkin_point.write_consent(notice=f"{notice}\n补充：另加一条。", agreed=agreed, by=steward)
    noon.shift(30)

    refused = client.post(address, typed(opened))
    noon.shift(10)
    done = client.post(address, typed(refused))

    assert (refused.status_code, done.status_code) == (422, 200)
    assert 'name="agreed" class="form-check-input" required id="id_agreed" checked' not in refused.content.decode()
    assert CheckIn.objects.get().consent.version == 2


def test_pressing_twice_makes_one_and_shows_the_same_code(client, address, noon):
    opened = client.get(address)
    noon.shift(30)

    pages = [client.post(address, typed(opened)) for _n in range(2)]

    assert len({code_on(page) for page in pages}) == 1
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize("trouble", ["closed", "replaced", "unknown"])
def test_a_code_that_opens_nothing_says_what_to_do(client, address, point, official, trouble):
    if trouble == "closed":
        checkin_point.close(point=point, by=official)
    elif trouble == "replaced":
        checkin_point.rotate(point=point, by=official)
    else:
        address = reverse("members:checkin_here", args=["nosuchcode"])

    response = client.get(address)

    assert (response.status_code, response.context["trouble"]) == (404, trouble)
    assert (point.contact in response.content.decode()) == (trouble != "unknown")


def test_who_opened_the_screens_code_in_time_may_finish(client, point, noon):
    address = reverse("members:checkin_here", args=[codes.for_screen(checkins.token_of(point))])
    opened = client.get(address)
    noon.shift(3 * codes.SCREEN_SECONDS)

    assert client.get(address).status_code == 404
    assert client.post(address, typed(opened)).status_code == 200
    assert client.post(address, typed(opened, ticket="forged")).status_code == 404


def test_three_hundred_people_behind_one_address_pass_in_five_minutes(client, address, noon):
    """A hundred come at once, then one every 1.3 seconds; each takes 20 seconds, every third errs once before."""
    begins = {number: max(0, number - 100) * 1.3 for number in range(300)}
    acts = [(begin, number, "open") for number, begin in begins.items()]
    acts += [(begin + 15, number, "err") for number, begin in begins.items() if number % 3 == 0]
    acts += [(begin + 20, number, "send") for number, begin in begins.items()]
    pages, statuses, now = {}, [], 0.0

    for moment, number, act in sorted(acts):
        noon.shift(moment - now)
        now = moment
        if act == "open":
            pages[number] = client.get(address)
            continue
        wrong = {"agreed": ""} if act == "err" else {}
        person = {"name": f"王{chr(0x4E00 + number)}", "phone": f"138{number:08d}"}
        statuses.append(client.post(address, typed(pages[number], **person, **wrong)).status_code)

    assert now <= 300
    assert {status: statuses.count(status) for status in set(statuses)} == {200: 300, 422: 100}
    assert CheckIn.objects.count() == Lead.objects.count() == 300


def test_a_robot_is_stopped_with_a_clear_sentence(client, address, noon):
    """It posts junk, forty times a second."""
    statuses, said = [], ""
    for number in range(600):
        if number % 40 == 0:
            noon.shift(1)
        response = client.post(address, {"name": "王建国", "phone": f"139{number:08d}"})
        statuses.append(response.status_code)
        said = errors(response) if response.status_code == 429 else said

    assert {status: statuses.count(status) for status in set(statuses)} == {422: 214, 429: 386}
    assert CheckIn.objects.count() == 0
    assert "登记的人太多" in said
    assert "窗口工作人员" in said


def test_a_robot_that_fills_forms_in_like_people_meets_the_days_limit(client, address, noon, monkeypatch):
    monkeypatch.setattr(views, "KEPT_AT_ONCE", 5)
    monkeypatch.setattr(views, "KEPT_PER_SECOND", 1 / 3600)

    sent = [look_and_send(client, address, noon, name=f"王{chr(0x4E00 + n)}", phone=f"139{n:08d}") for n in range(8)]

    assert [response.status_code for response in sent] == [200] * 5 + [429] * 3
    assert "代为登记" in errors(sent[-1])
    assert CheckIn.objects.count() == 5


def test_a_number_sent_again_and_again_stays_one_row(client, address, noon):
    for _n in range(4):
        look_and_send(client, address, noon)

    assert (CheckIn.objects.count(), Lead.objects.count(), Person.objects.count()) == (1, 1, 1)


def test_what_comes_too_fast_is_asked_to_press_again(client, address, noon):
    opened = client.get(address)
    noon.shift(1)
    fast = client.post(address, typed(opened))
    noon.shift(5)
    again = client.post(address, typed(fast))

    assert (fast.status_code, again.status_code) == (422, 200)
    assert "太快" in errors(fast)


def test_a_receipt_corrects_and_withdraws(client, address, noon):
    code = code_on(look_and_send(client, address, noon))
    changed = {"code": code, "name": "王建国", "phone": PHONE, "branch_name": "西街党支部"}

    corrected = client.post(reverse("members:checkin_correct"), changed)
    withdrawn = client.post(reverse("members:checkin_withdraw"), {"code": code})
    after = client.post(reverse("members:checkin_receipt"), {"code": code})

    assert "西街党支部" in corrected.content.decode()
    assert (corrected.status_code, withdrawn.status_code, after.status_code) == (200, 200, 422)
    assert (CheckIn.objects.count(), Lead.objects.count(), Person.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("code", ["", "ABCD", "0" * 20, "Z" * 60])
def test_a_code_that_is_none_shows_nothing(client, point, code):
    for name in ("receipt", "correct", "withdraw"):
        response = client.post(reverse(f"members:checkin_{name}"), {"code": code})

        assert response.status_code == 422


def test_the_screen_shows_a_code_that_changes(client, point, noon):
    address = reverse("members:checkin_screen_code", args=[point.screen_key])
    first = client.get(address).content
    same = client.get(address).content
    noon.shift(codes.SCREEN_SECONDS)

    page = client.get(reverse("members:checkin_screen", args=[point.screen_key]))
    assert first == same != client.get(address).content
    assert page.headers["Refresh"] == str(codes.SCREEN_SECONDS + 1)


@pytest.fixture
def office(official, noon):
    """The official's own browser, signed in at noon."""
    client = TidyClient()
    client.force_login(official)
    return client


def test_an_official_opens_a_window_and_prints_its_poster(office, bureau):
    what = {"name": "三号窗口", "address": "一楼", "contact": "0535-1", "organisation": bureau.pk}

    made = office.post(reverse("members:checkin_new"), what, follow=True)
    point = made.context["point"]
    poster = [office.get(reverse("members:checkin_poster", args=[point.pk, size])) for size in ("a4", "png", "b5")]

    assert "三号窗口" in made.content.decode()
    assert [response.status_code for response in poster] == [200, 200, 404]
    assert [response.content[:4] for response in poster[:2]] == [b"%PDF", b"\x89PNG"]


def test_every_count_opens_its_rows(office, client, address, noon, point, bureau):
    look_and_send(client, address, noon)
    second = CheckInPointFactory(organisation=bureau)
    page = office.get(reverse("members:checkin_points"))

    links = re.findall(r'<a href="(/check-in/given/\?[^"]+)">(\d+)</a>', page.content.decode())
    opened = {link: office.get(link.replace("&amp;", "&")).context["page"].paginator.count for link, _count in links}

    assert {link: int(count) for link, count in links} == opened
    assert opened[f"/check-in/given/?point={point.pk}"] == 1
    assert opened[f"/check-in/given/?point={second.pk}"] == 0
    assert opened["/check-in/given/?month=2027-05"] == 1


def test_the_list_asks_as_often_for_three_rows_as_for_one(office, client, address, noon, django_assert_max_num_queries):
    look_and_send(client, address, noon)
    with django_assert_max_num_queries(60) as one:
        office.get(reverse("members:checkin_given"))
    for number in range(2):
        look_and_send(client, address, noon, phone=f"1380000000{number}")
    with django_assert_max_num_queries(60) as three:
        page = office.get(reverse("members:checkin_given"))

    assert page.context["page"].paginator.count == 3
    assert len(three) == len(one)


def test_an_official_enters_a_check_in_for_somebody_and_prints_the_receipt(office, point, noon, official, client):
    opened = office.get(reverse("members:checkin_record", args=[point.pk]))
    noon.shift(30)

    done = office.post(reverse("members:checkin_record", args=[point.pk]), typed(opened))

    assert CheckIn.objects.get().recorded_by == official
    shown = client.post(reverse("members:checkin_receipt"), {"code": code_on(done)})
    assert "王建国" in shown.content.decode()


def test_an_official_erases_what_a_person_asks_to(office, client, address, noon):
    look_and_send(client, address, noon)

    office.post(reverse("members:checkin_erase", args=[CheckIn.objects.get().pk]))

    assert (CheckIn.objects.count(), Lead.objects.count(), Person.objects.count()) == (0, 0, 0)


def test_the_contact_list_marks_who_joined_and_is_exported_masked(office, client, address, noon, bureau):
    look_and_send(client, address, noon)
    lead = Lead.objects.get()
    office.post(reverse("members:discovery_group", args=[lead.pk]), {"has_joined": "on"})
    overseer = TidyClient()
    overseer.force_login(UserFactory(organisation=bureau, role="overseer"))

    page = office.get(reverse("members:discovery_contacts"), {"joined": "yes"}).content.decode()
    book = overseer.post(reverse("members:discovery_export_contacts"))

    assert "王建国" in page
    assert "138******17" in page
    assert "2027-05-04" in page
    assert book.content[:2] == b"PK"
    assert AuditEvent.objects.filter(event="contacts.export").get().detail == {"rows": 1}
    assert office.post(reverse("members:discovery_export_contacts")).status_code == 403


def test_a_steward_writes_the_next_version_of_the_consent(client, point, bureau):
    client.force_login(UserFactory(organisation=bureau, role="steward"))
    address = reverse("members:checkin_consent")

    refused = client.post(address, {"notice": "谁在使用：某局。", "consent": "我同意。"})
    done = client.post(address, {"notice": "谁在使用：{organisation}。\n保存多久：{days} 天。", "consent": "我同意。"})

    assert (refused.status_code, done.status_code) == (200, 302)
    assert checkins.current_text().version == 2
