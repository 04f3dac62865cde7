"""The quick log in a browser: its budget, and what a lost signal does to an entry."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from members.middleware import whole_scope
from services.actions import vocabulary
from services.models import Activity
from tests.factories.members import PASSWORD, OrganisationFactory, PersonFactory, UserFactory
from tests.factories.services import PairingFactory

SHOWN = "form.log :is(input, select, textarea):visible"
TYPED = "form.log :is(textarea, input:not([type=radio]):not([type=checkbox]):not([type=date]):not([type=file])):visible"


@pytest.fixture
def helper(transactional_db):
    """An official who helps a driver."""
    vocabulary.load()
    user = UserFactory(username="official", role="official", organisation=OrganisationFactory(name="沂河县交通运输局"))
    user.person = PersonFactory(organisation=user.organisation)
    user.save()
    PairingFactory(helper=user.person, organisation=user.organisation, helped__name="秦师傅")
    return user


def open_log(page):
    page.goto("/account/login/?next=/activities/new/")
    page.locator("input[name=username]").fill("official")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("h1")).to_have_text("记一笔")


def entries():
    with transaction.atomic(), whole_scope():
        return list(Activity.objects.order_by("pk").values_list("line", flat=True))


def names(page, selector):
    return {field.get_attribute("name") for field in page.locator(selector).all()}


def test_four_things_are_shown_and_one_is_typed(page_phone, helper):
    answers = []
    page_phone.on("response", lambda response: answers.append(response))
    open_log(page_phone)

    assert names(page_phone, SHOWN) == {"kind", "about", "day", "line"}
    assert names(page_phone, TYPED) == {"line"}
    page = [answer for answer in answers if answer.url.endswith("/activities/new/") and answer.status == 200][-1]
    assert len(page.body()) <= 40 * 1024


def test_a_contact_is_entered_in_three_taps_and_undone_in_one(page_phone, helper, transactional_db):
    open_log(page_phone)

    page_phone.get_by_role("radio", name="电话联系").check()
    page_phone.locator("select[name=about]").select_option(index=1)
    page_phone.get_by_role("button", name="保存", exact=True).click()

    expect(page_phone.locator("h1")).to_contain_text("秦师傅")
    expect(page_phone.locator(".message-success")).to_contain_text("已记下")
    page_phone.get_by_role("button", name="撤销", exact=True).first.click()
    expect(page_phone.locator(".message-success")).to_contain_text("不再计数")
    with transaction.atomic(), whole_scope():
        assert Activity.objects.get().void_reason == "undone"


def test_without_scripts_it_is_a_plain_form(new_page, helper):
    page = new_page(width=390, java_script_enabled=False)
    open_log(page)

    page.get_by_role("radio", name="电话联系").check()
    page.locator("input[name=line]").fill("没有脚本")
    page.get_by_role("button", name="保存", exact=True).click()

    expect(page.locator(".message-success")).to_contain_text("已记下")
    assert entries() == ["没有脚本"]


def write(page, line):
    page.get_by_role("radio", name="电话联系").check()
    page.locator("input[name=line]").fill(line)
    page.get_by_role("button", name="保存", exact=True).click()


def test_a_lost_signal_keeps_the_entry_and_sends_it_once(page_phone, helper):
    open_log(page_phone)
    page_phone.context.set_offline(True)

    write(page_phone, "山里没有信号")

    bar = page_phone.locator("[data-unsent]")
    expect(bar).to_contain_text("有 1 条记录存在本机")
    expect(page_phone.locator("input[name=line]")).to_have_value("")
    assert entries() == []
    page_phone.context.set_offline(False)
    expect(bar).to_be_hidden()
    assert entries() == ["山里没有信号"]


def test_an_answer_that_got_lost_doubles_nothing(page_phone, helper):
    open_log(page_phone)

    def swallow(route):
        if route.request.method == "POST":
            route.fetch()  # the server hears it, the phone does not hear the server
            route.abort()
        else:
            route.continue_()

    page_phone.route("**/activities/new/", swallow)
    write(page_phone, "回话丢了")
    bar = page_phone.locator("[data-unsent]")
    expect(bar).to_contain_text("有 1 条记录存在本机")
    assert entries() == ["回话丢了"]
    page_phone.unroute("**/activities/new/")

    page_phone.goto("/activities/")  # the bar is on every page, and sends from there

    expect(bar).to_be_hidden()
    assert entries() == ["回话丢了"]


def test_a_draft_survives_a_closed_page(page_phone, helper):
    open_log(page_phone)
    page_phone.locator("input[name=line]").fill("写到一半")

    page_phone.goto("/activities/")
    page_phone.goto("/activities/new/")

    expect(page_phone.locator("input[name=line]")).to_have_value("写到一半")
    expect(page_phone.locator("[data-draft]")).to_be_visible()
