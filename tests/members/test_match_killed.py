"""Worker processes killed in the middle of a data match: the next one comes to exactly the same end."""

import time

import pytest
from django.conf import settings
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from members import tasks
from members.actions import match
from members.middleware import whole_scope
from members.models import Lead, LeadEvidence, MatchCandidate, MatchRoster, MatchRun, Person
from members.models.match import Side
from tests.members import match_world
from tests.members.match_world import OURS, THEIRS, csv, nothing, pair
from tests.members.roster_files import number

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = 240


@pytest.fixture(autouse=True)
def queue_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def office():
    return match_world.office()


@pytest.fixture
def worker(manage, test_database_url):
    """Start a worker process."""

    def start():
        return manage(
            "worker",
            "--no-startup-delay",
            "--interval=0.1",
            DATABASE_URL=test_database_url,
            APP_VAULT=str(settings.VAULT_DIR),
            APP_KEY_RING=str(settings.KEY_RING_PATH),
        )

    return start


def seen(read):
    """Read with the scope lifted, in a transaction of its own."""
    with transaction.atomic(), whole_scope():
        return read()


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not seen(condition):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def is_started(path):
    return DBTaskResult.objects.filter(task_path=path, status="RUNNING").exists()


def kill_when(worker, condition):
    """Start a worker, kill it outright once the condition holds, and return a second one."""
    first = worker()
    wait_for(condition)
    first.kill()
    first.wait()
    return worker()


def rolls(filler):
    both = [pair(n) for n in range(BOTH)]
    # Who stands in one roll only was born in another county than everybody of the other roll, under another name.
    ours = [["赵铁柱", number(f"19{n % 90 + 10}0101", "370102", f"{n % 1000:03d}"), "", "", ""] for n in range(filler)]
    theirs = [["孙大圣", number(f"19{n % 90 + 10}0202", "370103", f"{n % 1000:03d}"), "", ""] for n in range(filler)]
    return (
        csv([OURS, *(mine for mine, _ in both), *ours]),
        csv([THEIRS, *(theirs for _, theirs in both), *theirs]),
    )


def given(office, filler=20):
    """A run with both rosters given and read."""

    def prepare():
        run = office.open()
        for side, data in zip(Side, rolls(filler), strict=True):
            office.give(run, side, data)
        return run

    return seen(prepare)


def test_a_roster_whose_reader_was_killed_is_read_whole(office, worker):
    def upload():
        run = office.open()
        match.give(
            run=run,
            side=Side.PRACTITIONERS,
            filename="名册.csv",
            data=rolls(30_000)[0],
            by=office.official,
            enqueue=tasks.read_roster.enqueue,
        )
        return run

    run = seen(upload)

    second = kill_when(worker, lambda: is_started("members.tasks.read_roster"))
    before = seen(lambda: run.rosters.get().state)
    wait_for(lambda: run.rosters.get().state != MatchRoster.State.READING)

    assert before == "reading"
    assert seen(lambda: (run.rosters.get().state, run.rosters.get().row_count)) == ("ready", 30_000 + BOTH)
    second.terminate()


def test_a_comparison_that_was_killed_starts_over_and_finds_the_same(office, worker):
    run = given(office, 20_000)
    seen(lambda: match.start(run=run, by=office.official, enqueue=tasks.run_match.enqueue))

    second = kill_when(worker, lambda: MatchRun.objects.get().stage != "")
    before = seen(lambda: (MatchRun.objects.get().state, MatchCandidate.objects.count()))
    wait_for(lambda: MatchRun.objects.get().state != "running")

    pairs = seen(lambda: set(MatchCandidate.objects.values_list("practitioner_handle", "member_handle", "pass_code")))
    assert before == ("running", 0)
    assert pairs == {(str(n), str(n), "id-name") for n in range(1, BOTH + 1)}
    assert seen(lambda: MatchRun.objects.get().automatic_count) == BOTH
    second.terminate()


def test_leads_whose_opener_was_killed_are_opened_once_each(office, worker):
    run = given(office)

    def approve():
        match.start(run=run, by=office.official, enqueue=nothing)
        office.work(run)
        match.approve(run=run, side=Side.PRACTITIONERS, by=office.official, enqueue=nothing)
        match.approve(run=run, side=Side.MEMBERS, by=office.officer, enqueue=tasks.open_leads.enqueue)

    seen(approve)
    sampled = seen(lambda: MatchRun.objects.get().sampled_count)

    second = kill_when(worker, lambda: Lead.objects.exists())
    before = seen(Lead.objects.count)
    wait_for(lambda: not MatchCandidate.objects.filter(state="waiting").exists())

    assert 0 < before < BOTH - sampled
    counts = seen(lambda: (Lead.objects.count(), LeadEvidence.objects.count(), Person.objects.count()))
    assert counts == (BOTH - sampled,) * 3
    second.terminate()
