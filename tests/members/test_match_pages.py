"""Pages of a data match: from opening it to closing it, two officials at once, the key board, what each page hides."""

import json
import threading
from datetime import timedelta
from io import BytesIO

import pytest
import python_calamine
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from config.errors import WrongState
from config.uploads import handlers
from config.vault import Vault
from members.actions import match, match_review
from members.matching.model import shipped
from members.middleware import set_scope, whole_scope
from members.models import AuditEvent, Lead, MatchCandidate, MatchRun
from tests.members import match_world
from tests.members.match_world import OURS, THEIRS, csv, pair, person
from tests.members.roster_files import number

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    found = match_world.office()
    set_scope(found.paths)
    return found


@pytest.fixture
def rolls():
    """Two people in both rolls, one number under two names, one bad number."""
    other = person(8, name="李红梅")
    ours = [*(pair(n)[0] for n in range(2)), [*other, "", ""], ["孙明", "370685198503121232", "", "", ""]]
    theirs = [*(pair(n)[1] for n in range(2)), ["赵铁柱", other[1], "13900000000", "二支部"]]
    return csv([OURS, *ours]), csv([THEIRS, *theirs])


@pytest.fixture
def run(office, rolls):
    return office.approve(office.counted(*rolls))


def url(name, run, *rest):
    return reverse(f"members:match_{name}", args=[run.pk, *rest])


def names_on(page):
    return [name for name in ("王建建", "王建国", "李红梅", "赵铁柱") if name in page]


def upload(data, name="名册.csv"):
    return {"file": SimpleUploadedFile(name, data)}


def test_from_the_first_page_to_a_closed_run(client, office, rolls, django_capture_on_commit_callbacks):
    def post(by, name, *rest, **data):
        client.force_login(by)
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse(f"members:match_{name}", args=rest), data)

    bodies = {"organisation": office.bureau.pk, "members_organisation": office.department.pk}
    post(office.official, "create", purpose="货车司机摸排", basis="协议1号", is_agreed="on", **bodies)
    run = MatchRun.objects.get()
    post(office.official, "give", run.pk, "practitioners", **upload(rolls[0]))
    post(office.officer, "give", run.pk, "members", **upload(rolls[1], "党员.csv"))
    understood = client.get(run.get_absolute_url()).content.decode()
    post(office.official, "start", run.pk)
    counted = client.get(run.get_absolute_url()).content.decode()
    hidden = [client.get(url(name, run)).status_code for name in ("review", "pairs")]
    post(office.official, "approve", run.pk, "practitioners")
    post(office.officer, "approve", run.pk, "members")
    client.force_login(office.official)
    card = client.get(url("review", run)).content.decode()
    post(office.official, "close", run.pk)
    closed = client.get(run.get_absolute_url()).content.decode()

    assert "身份证号校验码不符" in understood
    assert (names_on(understood), names_on(counted), names_on(closed)) == ([], [], [])
    assert hidden == [302, 302]
    assert names_on(card) != []
    assert number() not in card
    assert "已关闭" in closed
    assert Lead.objects.count() == 1  # the other automatic pair was the sample, and nobody decided


def test_a_basis_and_both_sides_consent_are_asked_for(client, office):
    client.force_login(office.official)
    bodies = {"organisation": office.bureau.pk, "members_organisation": office.department.pk}

    page = client.post(reverse("members:match_create"), {"purpose": "摸排", **bodies}).content.decode()

    assert MatchRun.objects.count() == 0
    assert page.count("is-invalid") >= 2


def test_an_oversized_roster_is_refused_before_it_is_kept(client, office, monkeypatch):
    monkeypatch.setattr(handlers, "ROSTER_BYTES", 1000)
    client.force_login(office.official)
    run = office.open()

    page = client.post(url("give", run, "practitioners"), upload(b"x" * 2000)).content.decode()

    assert "manage.py match" in page
    assert not Vault(run.uuid).names("p-")


def test_other_forms_keep_their_own_limit(client, office):
    """The larger limit belongs to one address alone."""
    client.force_login(office.official)

    page = client.post(
        reverse("members:batch_upload"),
        {"organisation": office.bureau.pk, **upload(b"x" * (handlers.LARGEST_BYTES + 1))},
    )

    assert "文件超过 20 MB。请拆分成几个文件，分次上传。" in page.content.decode()


def test_bad_rows_come_back_with_reasons(client, office, rolls):
    run = office.open()
    office.give(run, "practitioners", rolls[0])
    client.force_login(office.official)

    back = client.post(url("bad_rows", run, "practitioners"))

    rows = python_calamine.CalamineWorkbook.from_filelike(BytesIO(back.content)).get_sheet_by_index(0).to_python()
    assert rows[0][1:3] == ["姓名", "身份证号"]
    assert rows[1][:3] == ["4", "孙明", "370685198503121232"]
    assert "校验" in rows[1][-1]


def test_swapped_rosters_are_said_with_a_button(client, office, rolls):
    run = office.open()
    office.give(run, "practitioners", rolls[1])
    office.give(run, "members", rolls[0])
    client.force_login(office.official)

    page = client.get(run.get_absolute_url()).content.decode()

    assert url("swap", run) in page
    assert url("start", run) not in page


def test_a_busy_run_tells_its_progress_with_and_without_a_script(client, office, rolls):
    run = office.open()
    for side, data in zip(("practitioners", "members"), rolls, strict=True):
        office.give(run, side, data)
    match.start(run=run, by=office.official, enqueue=match_world.nothing)
    MatchRun.objects.update(stage="members", step_rows=5)
    client.force_login(office.official)

    told = client.get(url("progress", run)).json()
    page = client.get(run.get_absolute_url()).content.decode()
    client.post(url("stop", run))

    run.refresh_from_db()
    assert (told["is_busy"], told["percent"]) == (True, 71)
    assert '<noscript><meta http-equiv="refresh"' in page
    assert run.state == "preparing"


def test_the_weights_show_after_the_answer_only(client, office, run):
    client.force_login(office.official)
    candidate = run.candidates.get(is_sampled=True)

    before = client.get(url("review", run)).content.decode()
    answered = client.post(url("decide", run, candidate.number), {"answer": "yes"})
    after = client.get(answered.url).content.decode()

    assert ("<meter" in before, "<meter" in after) == (False, True)


def test_a_pair_is_explained_with_the_weights_of_the_model_that_found_it(client, office, run):
    client.force_login(office.official)
    candidate = run.candidates.get(is_sampled=True)
    then = run.weights["id_no:same"]
    MatchRun.objects.filter(pk=run.pk).update(weights=run.weights | {"id_no:same": 7.25}, model_version="older")

    page = client.get(client.post(url("decide", run, candidate.number), {"answer": "yes"}).url).content.decode()

    assert (then == shipped().weights["id_no", "same"], "7.2" in page, f"{then:.1f}" in page) == (True, True, False)


def test_who_said_yes_first_does_not_see_the_pair_again(client, office, run):
    doubtful = run.candidates.get(pass_code="review-id")
    client.force_login(office.official)
    client.post(url("decide", run, run.candidates.get(is_sampled=True).number), {"answer": "no"})

    client.post(url("decide", run, doubtful.number), {"answer": "yes"})
    mine = client.get(url("review", run)).content.decode()
    client.force_login(office.second)
    theirs = client.get(url("review", run)).content.decode()

    assert ("赵铁柱</mark>" in mine, "存疑" in theirs) == (False, True)


def test_a_wrong_or_missing_answer_changes_nothing(client, office, run):
    client.force_login(office.official)
    candidate = run.candidates.get(is_sampled=True)

    answers = [client.post(url("decide", run, candidate.number), {"answer": word}).status_code for word in ("", "9")]

    candidate.refresh_from_db()
    assert (answers, candidate.state) == ([302, 302], "open")


def test_a_decision_is_taken_back_from_the_list(client, office, run):
    client.force_login(office.official)
    confirmed = run.candidates.get(state="confirmed")
    assert Lead.objects.count() == 1

    client.post(url("undo", run, confirmed.number))

    confirmed.refresh_from_db()
    assert (confirmed.state, Lead.objects.count()) == ("open", 0)


def test_the_lead_says_what_agreed(client, office, run):
    client.force_login(office.official)

    page = client.get(Lead.objects.get().get_absolute_url()).content.decode()

    assert "身份证号一致，姓名一致" in page


def test_no_audit_row_holds_a_value_of_anybody(office, run):
    told = json.dumps(list(AuditEvent.objects.values_list("event", "detail")), ensure_ascii=False)

    assert "match.count" in told
    assert not any(value in told for one in (person(0), person(1), person(8)) for value in one)


# Time


def test_runs_nobody_closed_are_closed_after_a_month_and_settled_ones_after_a_week(
    office, rolls, django_capture_on_commit_callbacks
):
    forgotten, settled = office.open(), office.approve(office.counted(*rolls))
    for candidate in settled.candidates.filter(state="open"):
        match_review.decide(candidate=candidate, answer="no", by=office.official)
    set_scope([])
    left = []

    for days in (6, 8, 31):
        with (
            time_machine.travel(timezone.now() + timedelta(days=days)),
            django_capture_on_commit_callbacks(execute=True),
        ):
            call_command("retention", verbosity=0)
        left.append([Vault(run.uuid).is_open for run in (forgotten, settled)])

    assert left == [[True, True], [True, False], [False, False]]


def test_a_vault_left_by_a_killed_process_goes_with_the_next_sweep(office):
    run = office.open()
    match.close(run=run, by=office.official)  # the test's transaction never commits: the vault is still there
    assert Vault(run.uuid).is_open

    match.close_stale()

    assert not Vault(run.uuid).folder.exists()


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_officials_deciding_the_same_pair_make_one_lead(rolls):
    with transaction.atomic(), whole_scope():
        office = match_world.office()
        run = office.approve(office.counted(*rolls))
        sampled = run.candidates.get(is_sampled=True)
        before = Lead.objects.count()
    start, said = threading.Barrier(2), []

    def decide(by):
        try:
            with transaction.atomic():
                set_scope(office.paths)
                candidate = MatchCandidate.objects.get(pk=sampled.pk)
                start.wait(10)
                match_review.decide(candidate=candidate, answer="yes", by=by)
            said.append("done")
        except WrongState as refused:
            said.append(str(refused))
        finally:
            connections.close_all()

    both = [threading.Thread(target=decide, args=(by,)) for by in (office.official, office.second)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    with transaction.atomic(), whole_scope():
        assert Lead.objects.count() == before + 1
    assert sorted(word == "done" for word in said) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_pairs_are_decided_by_keys(new_page, live_server, rolls):
    with transaction.atomic(), whole_scope():
        office = match_world.office()
        run = office.approve(office.counted(*rolls))
        left = run.candidates.filter(state="open").count()
    page = new_page()
    page.goto(reverse("members:account_login"))
    page.get_by_label("用户名").fill(office.official.username)
    page.get_by_label("密码", exact=True).fill("granite-lantern-0429")
    page.get_by_role("button", name="登录").click()
    page.goto(url("review", run))

    for key in "nl":
        page.keyboard.press(key)
        page.wait_for_url("**?last=*")
        page.goto(url("review", run))

    with transaction.atomic(), whole_scope():
        assert sorted(run.candidates.filter(decided_at=None).values_list("state", flat=True)) == ["later"]
        assert run.candidates.filter(state="rejected", decided_by=office.official).count() == 1
    assert left == 2
