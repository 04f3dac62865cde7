"""A courier scans a window's code on a phone without scripts: notice, consent, receipt, and all of it taken back."""

import pytest
from django.db import transaction
from django.urls import reverse

from members.middleware import set_scope
from members.models import CheckIn, Lead, Organisation, Person
from tests.axe import assert_accessible
from tests.factories.members import CheckInPointFactory, OrganisationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def point(transactional_db):
    OrganisationFactory(kind=Organisation.Kind.PLATFORM)
    return CheckInPointFactory(name="证件窗口")


def rows():
    with transaction.atomic():
        set_scope(["*"])
        return CheckIn.objects.count(), Lead.objects.count(), Person.objects.count()


@pytest.mark.parametrize("width", [390, 320])
def test_checking_in_and_withdrawing_without_scripts(new_page, point, width):
    page = new_page(width=width, height=844, java_script_enabled=False)
    page.goto(reverse("members:checkin_here", args=[f"code{point.pk}"]))
    assert page.get_by_role("checkbox").is_checked() is False

    page.get_by_label("您的姓名").fill("王建国")
    page.get_by_label("您的手机号").fill("13864530017")
    page.get_by_label("您的党支部").fill("东街党支部")
    page.get_by_label("出生年份").fill("1985")
    page.wait_for_timeout(3500)  # as long as nobody needs to read it
    page.get_by_role("button", name="登记").click()
    assert "如果同意，请勾选" in page.locator("main").inner_text()
    assert rows() == (0, 0, 0)

    page.get_by_label("您的手机号").fill("13864530017")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="登记").click()
    assert page.locator("h1").inner_text() == "登记成功"
    assert rows() == (1, 1, 1)
    code = page.locator(".slip-code").inner_text()

    page.get_by_role("link", name="已有回执码").click()
    page.get_by_label("回执码").fill(code)
    page.get_by_role("button", name="查看我的登记").click()
    assert "138******17" in page.locator("main").inner_text()
    page.get_by_text("撤回我的登记", exact=True).click()
    page.get_by_role("button", name="确定撤回我的登记").click()

    assert page.locator("h1").inner_text() == "您的登记已删除"
    assert rows() == (0, 0, 0)


def test_the_pages_on_the_way_are_accessible(page_phone, point):
    page_phone.goto(reverse("members:checkin_here", args=[f"code{point.pk}"]))
    assert_accessible(page_phone)
    page_phone.get_by_role("button", name="登记").click()
    assert_accessible(page_phone)
    page_phone.goto(reverse("members:checkin_receipt"))
    assert_accessible(page_phone)
    page_phone.goto(reverse("members:checkin_screen", args=[point.screen_key]))
    assert_accessible(page_phone)
