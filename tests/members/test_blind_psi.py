"""A match by private set intersection: tickets and numbers only, two approvals, the members' side's rows as leads."""

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from config.errors import FileRefused, Refused, WrongState
from members.actions import blind, blind_psi
from members.blind import build
from members.middleware import set_scope
from members.models import Lead, LeadEvidence, MatchRun, Notice
from members.models.match import MatchState, Side
from tests.members.blind_world import World
from tests.members.match_world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    set_scope(["*"])
    return World(tmp_path)


@pytest.fixture
def run(world):
    return world.run(mode=MatchRun.Mode.PSI)


@pytest.fixture
def opened(world, run):
    blind_psi.compared(run=run, sure=2, decide=1, by=world.party.user)
    blind.approve(run=run, side=Side.PRACTITIONERS, by=world.drivers.user)
    return blind.approve(run=run, side=Side.MEMBERS, by=world.party.user)


def written(codes):
    """The workbook as the program writes it, a person for each pass."""
    book = Workbook()
    book.active.append(["序号", "依据", "处理", "句柄", "姓名", "身份证号", "手机号"])
    for number, code in enumerate(codes, 1):
        book.active.append([str(number), code, "", "", *person(number)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def enter(world, run, codes, side=Side.MEMBERS, by=None):
    return blind_psi.enter(run=run, side=side, filename="a.xlsx", data=written(codes), by=by or world.party.user)


def test_the_numbers_come_from_the_members_side_alone(world, run, django_capture_on_commit_callbacks):
    with pytest.raises(Refused):
        blind_psi.compared(run=run, sure=2, decide=1, by=world.drivers.user)
    with django_capture_on_commit_callbacks(execute=True):
        blind_psi.compared(run=run, sure=2, decide=1, by=world.party.user)
    with pytest.raises(WrongState):
        blind_psi.compared(run=run, sure=3, decide=1, by=world.party.user)

    run.refresh_from_db()
    assert (run.state, run.automatic_count, run.review_count) == (MatchState.COUNTED, 2, 1)
    assert {notice.user for notice in Notice.objects.all()} == {world.drivers.user, world.party.user}


def test_sure_rows_become_leads_once_and_doubtful_ones_wait(world, opened):
    codes = ["id-name", "rep-name", "review-id"]

    first = enter(world, opened, codes)
    again = enter(world, opened, codes)

    assert (first.leads, first.undecided, first.known, first.bad) == (2, 1, 0, [])
    assert (again.leads, again.known) == (0, 2)
    assert Lead.objects.filter(organisation=world.party.organisation).count() == 2
    assert set(LeadEvidence.objects.values_list("match_run", "pass_code")) == {
        (opened.pk, "id-name"),
        (opened.pk, "rep-name"),
    }


def test_nobody_else_enters_and_not_more_than_was_counted(world, opened):
    with pytest.raises(Refused):
        enter(world, opened, ["id-name"], side=Side.PRACTITIONERS, by=world.drivers.user)
    with pytest.raises(Refused):
        enter(world, opened, ["id-name"], by=world.drivers.user)
    with pytest.raises(FileRefused):
        enter(world, opened, ["id-name"] * 3)
    with pytest.raises(FileRefused):
        enter(world, opened, ["顺达运输"])

    assert not Lead.objects.exists()


def test_names_wait_for_both_approvals_and_a_run_stays_until_its_month_is_over(world, run):
    blind_psi.compared(run=run, sure=2, decide=0, by=world.party.user)
    blind.approve(run=run, side=Side.MEMBERS, by=world.party.user)
    with pytest.raises(WrongState):
        enter(world, run, ["id-name"])
    opened = blind.approve(run=run, side=Side.PRACTITIONERS, by=world.drivers.user)

    assert (opened.state, opened.settled_at) == (MatchState.OPEN, None)


def test_no_token_file_is_taken_by_such_a_run(world, run):
    with pytest.raises(WrongState):
        blind.give(run=run, side=Side.MEMBERS, data=b"x", by=world.party.user, enqueue=lambda pk, attempt: None)


def test_the_page_leads_from_programs_and_ticket_to_leads(world, client, django_capture_on_commit_callbacks):
    bodies = {"own": world.party.organisation.pk, "other": world.drivers.organisation.pk, "side": "members"}
    client.force_login(world.party.user)
    client.post(reverse("members:blind_create"), bodies | {"purpose": "直算", "basis": "一号", "mode": "psi"})
    run = MatchRun.objects.get()
    address = run.get_absolute_url()

    first = client.get(address).content.decode()
    program = client.get(reverse("members:blind_psi_program"))
    ticket = client.get(reverse("members:blind_ticket", args=[run.pk, "members"]))
    bad = client.post(reverse("members:blind_compared", args=[run.pk]), {"sure": "-1", "decide": ""})
    client.post(reverse("members:blind_compared", args=[run.pk]), {"sure": "1", "decide": "0"})
    blind.approve(run=run, side=Side.MEMBERS, by=world.party.user)
    blind.approve(run=run, side=Side.PRACTITIONERS, by=world.drivers.user)
    file = SimpleUploadedFile("a.xlsx", written(["id-name"]))
    done = client.post(reverse("members:blind_enter", args=[run.pk, "members"]), {"members-file": file}, follow=True)

    assert all(words in first for words in ("blind-psi.pyz", "blind-match.pyz", build.sha256("psi"), "确认这两个数"))
    assert program.content == build.packed("psi")
    assert json.loads(ticket.content)["run"] == str(run.uuid)
    assert bad.status_code == 200
    assert "新建了 1 条线索" in done.content.decode()
    client.force_login(world.drivers.user)
    assert "确认这两个数" not in client.get(address).content.decode()
