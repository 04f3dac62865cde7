"""One write-up from a file to the public library, each step by the person whose step it is."""

import io

import pytest
from docx import Document
from playwright.sync_api import expect

from cases.models import Case, Intake
from members.models import Organisation
from tests.factories.cases import SubjectFieldFactory
from tests.factories.members import PASSWORD, OrganisationFactory, UserFactory

NOISY = [
    "驿站里的夜班支部",
    "驿站里的夜班支部",
    "县里为货车司机(sījī)建起驿站，登记党员(dǎngyuán)12名，由邢海涛(xínghǎitāo)担任支部书记。",
    "相关推荐",
    "评论列表",
]


@pytest.fixture
def people(transactional_db, settings, tmp_path):
    """The submitting county and the desk's three editors, all under one root."""
    settings.MEDIA_ROOT = tmp_path
    root = OrganisationFactory(kind=Organisation.Kind.PLATFORM, name="案例库")
    county = OrganisationFactory(parent=root, name="沂河县交通运输局")
    SubjectFieldFactory(name="新就业群体")
    UserFactory(username="official", organisation=county, role="official")
    for name, role in (("first", "editor"), ("second", "editor"), ("chief", "chief_editor")):
        UserFactory(username=name, name=f"编辑{name}", organisation=root, role=role)


def word_file():
    """Build a .docx of the noisy text, as a county would send it."""
    document = Document()
    for line in NOISY:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return {
        "name": "驿站里的夜班支部.docx",
        "mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "buffer": out.getvalue(),
    }


def sign_in(page, username):
    page.goto("/account/login/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("h1")).to_have_text("我的工作")


def decide(page, case, kind):
    """Press the button of one decision on the case's page."""
    page.goto(f"/desk/cases/{case.pk}/")
    page.locator(f"form:has(input[name$=kind][value={kind}]) button:not([name=when])").click()
    expect(page.locator("h1")).to_contain_text("夜班支部")


@pytest.mark.parametrize("scripted", [True, False], ids=["with scripts", "without scripts"])
def test_a_write_up_travels_from_a_word_file_to_the_library(new_page, people, scripted):
    official = new_page(java_script_enabled=scripted)
    sign_in(official, "official")
    official.goto("/desk/submit/")
    official.locator("input[type=file]").set_input_files(word_file())
    official.locator("button[value=preview]").click()
    expect(official.locator("main")).to_contain_text("拼音标注")
    official.locator("button[value=submit]").click()
    expect(official.locator("h1")).not_to_have_text("发送前核对")

    case = Case.objects.get()
    assert case.state == Case.State.RECEIVED
    assert case.current_revision.body == "县里为货车司机建起驿站，登记党员12名，由邢海涛担任支部书记。"
    assert case.intakes.get().door == Intake.Door.UPLOAD

    for username, kinds in (
        ("first", ["take_up", "pass_first"]),
        ("second", ["pass_second"]),
        ("chief", ["pass_final", "publish"]),
    ):
        desk = new_page(java_script_enabled=scripted)
        sign_in(desk, username)
        for kind in kinds:
            decide(desk, case, kind)
    case.refresh_from_db()
    assert case.state == Case.State.PUBLISHED
    assert case.signatures.filter(voided_at=None).values("signed_by").distinct().count() == 3

    reader = new_page(width=390, java_script_enabled=scripted)
    reader.goto("/")
    reader.locator("input[name=q]").first.fill("海涛")
    reader.locator("input[name=q]").first.press("Enter")
    expect(reader.locator("mark").first).to_have_text("海涛")
    reader.get_by_role("link", name="驿站里的夜班支部").first.click()
    expect(reader.locator("h1")).to_have_text("驿站里的夜班支部")

    reader.locator("input[name$=name]").last.fill("邻县读者")
    reader.locator("main textarea").fill("想去看看这个驿站。")
    reader.locator("main textarea").locator("xpath=ancestor::form").locator("button").click()
    assert case.comments.get().state == "pending"
    expect(reader.locator("main")).not_to_contain_text("想去看看这个驿站。")
