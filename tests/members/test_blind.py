"""A blind match: two departments, two accounts, tokens in, counts, two approvals, handles out, leads; then nothing."""

import hashlib
import json
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.errors import FileRefused, Refused, WrongState
from config.uploads import handlers
from config.vault import Vault
from members import queries
from members.actions import blind, blind_leads, blind_run
from members.actions import match as matches
from members.blind import build, phrase, tokenfile
from members.blind.texts import Faulty
from members.blind.tokenfile import Reader
from members.forms import blind as forms
from members.matching import run as matching
from members.matching.engine_duckdb import Engine
from members.matching.rosters import open_roster
from members.middleware import set_scope
from members.models import AuditEvent, Lead, MatchRoster, MatchRun, Notice, Person
from members.models.match import MatchState, PairState, Side
from members.permissions import Role
from tests.factories.members import PASSWORD, UserFactory
from tests.members.blind_world import World, is_handle, pairs_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    set_scope(["*"])
    return World(tmp_path)


@pytest.fixture
def run(world):
    return world.run()


def give(department, run, words, **options):
    return blind.give(
        run=run, side=department.side, data=department.make(run, words, **options), by=department.user, enqueue=ignore
    )


def ignore(pk, attempt):
    """Stand in for the queue where a test runs the work itself."""


@pytest.fixture
def counted(world, run, django_capture_on_commit_callbacks):
    give(world.drivers, run, world.words)
    give(world.party, run, world.words)
    run.refresh_from_db()
    set_scope([])  # the worker has none
    with django_capture_on_commit_callbacks(execute=True):
        blind_run.work(run.pk, run.attempt)
    set_scope(["*"])
    run.refresh_from_db()
    return run


@pytest.fixture
def opened(world, counted):
    blind.approve(run=counted, side=Side.PRACTITIONERS, by=world.drivers.user)
    return blind.approve(run=counted, side=Side.MEMBERS, by=world.party.user)


def test_a_run_finds_exactly_what_one_office_would_find(world, counted):
    clear = matching.match(open_roster(world.drivers.roll), open_roster(world.party.roll), Engine())
    found = counted.candidates.order_by("number")

    assert [(pair.pass_code, pair.probability) for pair in found] == [
        (pair.code, pair.probability) for pair in clear.pairs
    ]
    assert (counted.state, counted.pair_count) == (MatchState.COUNTED, len(clear.pairs))
    assert counted.automatic_count == sum(pair.is_automatic for pair in clear.pairs) > 20
    assert counted.token_version == f"sm3-{str(counted.uuid)[:8]}"


def test_counting_destroys_the_tokens_and_leaves_nothing_readable(world, counted):
    values = world.values() | {"".join(world.words), world.words[0]}
    kept = json.dumps([list(row) for row in counted.candidates.values_list()], default=str)
    pairs = counted.candidates.values_list("practitioner_handle", "member_handle")

    assert [path.name for path in Vault(counted.uuid).folder.parent.rglob("*") if path.is_file()] == ["key"]
    assert [value for value in values if value in kept] == []
    assert all(is_handle(handle) for pair in pairs for handle in pair)
    assert len(values) > 300


def test_the_server_holds_nothing_readable_while_the_tokens_lie_there(world, run):
    give(world.drivers, run, world.words)
    values = world.values()
    files = [path.read_bytes() for path in Vault(run.uuid).folder.rglob("*") if path.name != "key"]

    clear = b"".join([*files, blind.open_tokens(run, Side.PRACTITIONERS).read()])
    assert [value for value in values if value.encode() in clear or value.encode("gb18030") in clear] == []
    assert world.words[0].encode() not in clear
    assert len(files) >= 2
    assert blind.open_tokens(run, Side.PRACTITIONERS).read(30) not in b"".join(files)


def other_words(words):
    """Return a phrase that differs in one word, its check word made to fit."""
    drawn = [phrase.words()[0] if words[0] != phrase.words()[0] else phrase.words()[1], *words[1:9]]
    return [*drawn, phrase._last(drawn)]


def refused_code(department, run, data):
    with pytest.raises(FileRefused) as refusal:
        blind.give(run=run, side=department.side, data=data, by=department.user, enqueue=ignore)
    assert not MatchRoster.objects.filter(run=run, side=department.side).exists()
    return refusal.value.code


def test_one_wrong_word_is_noticed_before_anything_is_joined(world, run):
    give(world.drivers, run, world.words)

    assert refused_code(world.party, run, world.party.make(run, other_words(world.words))) == "phrase"


def test_a_file_of_another_run_is_refused_even_with_its_number_changed(world, run):
    replayed = world.party.make(world.run(), world.words)
    give(world.drivers, run, world.words)

    assert refused_code(world.party, run, replayed) == "run"
    assert refused_code(world.party, run, renamed(replayed, **as_of(run))) == "phrase"


def as_of(run):
    return {"run": str(run.uuid), "tokens": run.token_version}


def renamed(data, **changes):
    """Write something else into the head of a token file, with a sum that is right again."""
    lines = data.splitlines(keepends=True)
    head = {**json.loads(lines[0]), **changes}
    body = json.dumps(head).encode() + b"\n" + b"".join(lines[1:-1])
    end = {"rows": len(lines) - 2, "sha256": hashlib.sha256(body).hexdigest()}
    return body + json.dumps(end).encode() + b"\n"


def test_swapped_sides_are_refused(world, run):
    theirs = world.party.make(run, world.words)

    assert refused_code(world.drivers, run, theirs) == "side"


def test_one_roll_for_both_sides_is_refused(world, run):
    give(world.drivers, run, world.words)
    world.party.roll = world.drivers.roll

    data = renamed(world.drivers.made.tokens.read_bytes(), side="members")
    assert refused_code(world.party, run, data) == "twice"


def test_another_version_of_the_program_is_refused(world, run):
    give(world.drivers, run, world.words)

    assert refused_code(world.party, run, world.party.make(run, world.words, release="cd" * 32)) == "release"


def test_another_algorithm_is_refused_until_both_use_it(world, run):
    give(world.drivers, run, world.words)
    old = world.party.make(run, world.words)

    blind.use_sha256(run=run, by=world.party.user)
    run.refresh_from_db()

    assert run.rosters.count() == 0
    assert refused_code(world.party, run, old) == "algorithm"
    assert give(world.party, run, world.words).row_count == 80
    assert run.token_version.startswith("sha256-")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-20],
        lambda data: (
            data.replace(b'"c":"A', b'"c":"B', 1) if b'"c":"A' in data else data.replace(b'"c":"', b'"c":"QUJD', 1)
        ),
        lambda data: b"".join(sorted(data.splitlines(keepends=True)[1:])),
        lambda data: data + b"{}\n",
        lambda data: b"".join([*data.splitlines(keepends=True)[:5], *data.splitlines(keepends=True)[6:]]),
        lambda data: data.replace(b'"h":"', b'"name":"', 1),
        lambda data: "姓名,身份证号\n王守田,370685198003051235\n".encode(),
        lambda data: b"",
        lambda data: b"[" * 100_000 + b"\n",
        lambda data: data.split(b"\n")[0] + b"\n" + b'{"rows": 0, "sha256": "00"}\n',
    ],
)
def test_a_damaged_or_changed_file_is_refused(world, run, spoil):
    data = world.drivers.make(run, world.words)

    spoilt = spoil(data)

    assert spoilt != data
    assert refused_code(world.drivers, run, spoilt) == "tokens"


HEAD = {
    "run": "5d3c1c52-3f0b-4f4e-9c68-0d5a4d3f1b22",
    "side": "members",
    "tokens": "sm3-5d3c1c52",
    "release": "ab",
    "check": "cd",
    "roll": "ef",
}


@pytest.mark.parametrize("key", ["format", "version", *HEAD])
@pytest.mark.parametrize("value", [None, "", 7, "x" * 70, [], "1 or 1"])
def test_every_line_of_the_head_is_checked(tmp_path, key, value):
    path = tmp_path / "t.txt"
    tokenfile.write(path, HEAD, [tokenfile.row(bytes(24), (None,) * 8, [], [])])
    data = path.read_bytes()

    assert len(list(Reader(BytesIO(data)).rows())) == 1
    with pytest.raises(Faulty):
        list(Reader(BytesIO(renamed(data, **{key: value}))).rows())


def test_a_side_gives_for_itself_and_nobody_gives_for_both(world, run):
    data = world.drivers.make(run, world.words)
    county = UserFactory(organisation=world.drivers.organisation.parent, role=Role.OFFICIAL)
    blind.give(run=run, side=Side.PRACTITIONERS, data=data, by=county, enqueue=ignore)

    with pytest.raises(Refused) as twice:
        blind.give(run=run, side=Side.MEMBERS, data=world.party.make(run, world.words), by=county, enqueue=ignore)
    with pytest.raises(Refused) as refusal:
        blind.give(run=run, side=Side.MEMBERS, data=data, by=world.drivers.user, enqueue=ignore)
    assert (twice.value.code, refusal.value.code) == ("same_person", "outside_scope")


def test_handles_are_given_out_after_two_people_approved_only(world, counted):
    with pytest.raises(WrongState):
        blind.handles(run=counted, side=Side.MEMBERS, by=world.party.user)
    county = UserFactory(organisation=world.drivers.organisation.parent, role=Role.OFFICIAL)
    blind.approve(run=counted, side=Side.PRACTITIONERS, by=county)
    with pytest.raises(WrongState):
        blind.handles(run=counted, side=Side.MEMBERS, by=world.party.user)
    with pytest.raises(Refused) as refusal:
        blind.approve(run=counted, side=Side.MEMBERS, by=county)

    run = blind.approve(run=counted, side=Side.MEMBERS, by=world.party.user)

    assert refusal.value.code == "same_person"
    assert run.state == MatchState.OPEN
    assert not run.candidates.filter(state=PairState.WAITING).exists()
    with pytest.raises(Refused):
        blind.handles(run=run, side=Side.MEMBERS, by=world.drivers.user)


def test_each_side_opens_its_own_rows_and_they_are_the_pairs(world, opened):
    books = {
        department.side: openpyxl.load_workbook(
            department.open(blind.handles(run=opened, side=department.side, by=department.user))
        )
        for department in (world.drivers, world.party)
    }
    rows = {side: list(book.active.iter_rows(values_only=True)) for side, book in books.items()}
    named = {side: {row[0]: row[list(table[0]).index("姓名")] for row in table[1:]} for side, table in rows.items()}
    same = [named[Side.MEMBERS][number] == name for number, name in named[Side.PRACTITIONERS].items()]

    assert world.drivers.foreign == world.party.foreign == 0
    assert named[Side.PRACTITIONERS].keys() == named[Side.MEMBERS].keys()
    assert len(same) == opened.pair_count
    assert sum(same) > 0.8 * len(same)


def test_returned_handles_changed_on_the_way_do_not_open(world, opened):
    returned = json.loads(blind.handles(run=opened, side=Side.MEMBERS, by=world.party.user))
    first = returned["pairs"][0]
    first["handle"] = ("0" if first["handle"][0] != "0" else "1") + first["handle"][1:]

    world.party.open(json.dumps(returned))

    assert world.party.foreign == 1


def enter(department, run):
    path = department.open(blind.handles(run=run, side=department.side, by=department.user))
    return blind_leads.enter(
        run=run, side=department.side, filename=path.name, data=path.read_bytes(), by=department.user
    )


def test_opened_rows_become_leads_once(world, opened):
    sure = opened.candidates.filter(state=PairState.CONFIRMED).count()

    first, second = enter(world.party, opened), enter(world.party, opened)

    assert (first.leads, first.bad) == (sure, [])
    assert (second.leads, second.known) == (0, first.leads)
    assert first.undecided == opened.pair_count - sure
    assert Lead.objects.count() == Person.objects.count() == first.leads > 20
    assert {person.organisation for person in Person.objects.all()} == {world.party.organisation}


@pytest.mark.parametrize(("name", "leads", "told"), [("王守田", 1, "without"), ("", 0, "bad")])
def test_a_row_whose_number_is_mistyped_is_entered_without_it(world, opened, name, leads, told):
    pair = opened.candidates.filter(state=PairState.CONFIRMED).first()
    book = openpyxl.Workbook()
    book.active.append(["序号", "句柄", "姓名", "身份证号"])
    book.active.append(["1", pair.member_handle, name, "370685198503121232"])
    data = BytesIO()
    book.save(data)

    found = blind_leads.enter(
        run=opened, side=Side.MEMBERS, filename="a.xlsx", data=data.getvalue(), by=world.party.user
    )

    assert (found.leads, Person.objects.filter(name="王守田", identity_digest=None).count()) == (leads, leads)
    assert (pair.number + 1, ["id_no", "check"]) in [(number, faults[-1]) for number, faults in getattr(found, told)]


def test_the_sample_that_waits_for_a_person_is_counted(world, counted, client):
    client.force_login(world.drivers.user)
    blind.approve(run=counted, side=Side.PRACTITIONERS, by=world.drivers.user)
    opened = blind.approve(run=counted, side=Side.MEMBERS, by=world.party.user)
    opened.candidates.filter(is_automatic=False).update(state=PairState.REJECTED)

    page = client.get(opened.get_absolute_url()).content.decode()

    assert (opened.sampled_count, queries.to_decide_count(opened)) == (1, 1)
    assert '1</span> <span class="stat-label">尚待判定' in page


def test_another_workbook_is_no_workbook_of_opened_rows(world, opened):
    book = openpyxl.Workbook()
    book.active.append(["姓名", "手机号"])
    book.active.append(["王守田", "13805351234"])
    data = BytesIO()
    book.save(data)

    with pytest.raises(FileRefused) as refusal:
        blind_leads.enter(run=opened, side=Side.MEMBERS, filename="a.xlsx", data=data.getvalue(), by=world.party.user)
    assert refusal.value.code == "not_opened"


def test_a_doubtful_pair_needs_two_people(world, opened):
    pair = opened.candidates.filter(state=PairState.OPEN).first()

    blind.decide(candidate=pair, is_same=True, by=world.drivers.user)
    with pytest.raises(Refused):
        blind.decide(candidate=pair, is_same=True, by=world.drivers.user)
    pair = blind.decide(candidate=pair, is_same=True, by=world.party.user)

    assert (pair.state, pair.first_by, pair.decided_by) == (
        PairState.CONFIRMED,
        world.drivers.user,
        world.party.user,
    )
    with pytest.raises(WrongState):
        blind.decide(candidate=pair, is_same=False, by=world.party.user)


@pytest.mark.parametrize("who", ["drivers", "party"])
def test_one_no_ends_a_doubtful_pair(world, opened, who):
    pair = opened.candidates.filter(state=PairState.OPEN).first()
    blind.decide(candidate=pair, is_same=True, by=world.drivers.user)

    pair = blind.decide(candidate=pair, is_same=False, by=getattr(world, who).user)

    assert pair.state == PairState.REJECTED
    assert pair.number + 1 not in pairs_in(blind.handles(run=opened, side=Side.MEMBERS, by=world.party.user))


def test_closing_forgets_all_but_leads_and_counts(world, opened, django_capture_on_commit_callbacks):
    leads, pairs = enter(world.party, opened).leads, opened.pair_count

    with django_capture_on_commit_callbacks(execute=True):
        matches.close(run=opened, by=world.drivers.user)

    run = MatchRun.objects.get(pk=opened.pk)
    assert (run.state, run.pair_count, run.candidates.count()) == (MatchState.CLOSED, pairs, 0)
    assert run.closed_at <= timezone.now()
    assert Lead.objects.count() == leads
    assert not Vault(run.uuid).folder.exists()
    with pytest.raises(WrongState):
        blind.handles(run=run, side=Side.MEMBERS, by=world.party.user)


def test_every_step_is_on_record_without_a_value(world, opened):
    enter(world.party, opened)
    matches.close(run=opened, by=world.party.user)

    events = list(AuditEvent.objects.filter(object_type="members.matchrun").order_by("number"))
    assert [event.event for event in events] == [
        "match.create",
        "match.give",
        "match.give",
        "match.count",
        "match.approve",
        "match.approve",
        "match.handles",
        "match.enter",
        "match.close",
    ]
    said = json.dumps([event.detail for event in AuditEvent.objects.all()], ensure_ascii=False)
    assert [value for value in world.values() if value in said] == []


def test_a_killed_workers_successor_comes_to_the_same(world, run, monkeypatch):
    give(world.drivers, run, world.words)
    give(world.party, run, world.words)
    run.refresh_from_db()

    class Killed(BaseException):
        pass

    def kill(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(blind_run, "_store", kill)
        with pytest.raises(Killed):
            blind_run.work(run.pk, run.attempt)
    blind_run.work(run.pk, run.attempt)
    before = list(run.candidates.values_list("practitioner_handle", "member_handle", "pass_code"))
    blind_run.work(run.pk, run.attempt)

    run.refresh_from_db()
    assert run.state == MatchState.COUNTED
    assert list(run.candidates.values_list("practitioner_handle", "member_handle", "pass_code")) == before


# Pages


def url(name, run, *rest):
    return reverse(f"members:blind_{name}", args=[run.pk, *rest])


def test_two_departments_walk_the_pages(world, client, django_capture_on_commit_callbacks):
    client.force_login(world.drivers.user)
    bodies = {"own": world.drivers.organisation.pk, "other": world.party.organisation.pk}
    client.post(
        reverse("members:blind_create"),
        {**bodies, "side": "practitioners", "mode": "broker", "purpose": "春季比对", "basis": "协议一号"},
    )
    set_scope(["*"])
    run = MatchRun.objects.get()
    steps = [client.get(url("detail", run)).content.decode()]
    for department in (world.drivers, world.party):
        set_scope(["*"])
        client.force_login(department.user)
        file = SimpleUploadedFile("t.txt", department.make(run, world.words))
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url("tokens", run, department.side), {f"{department.side}-file": file})
    steps.append(client.get(url("detail", run)).content.decode())
    for department in (world.drivers, world.party):
        client.force_login(department.user)
        client.post(url("approve", run, department.side))
    steps.append(client.get(url("detail", run)).content.decode())
    back = client.post(url("handles", run, "members"))
    path = world.party.open(back.content.decode())
    told = client.post(
        url("enter", run, "members"), {"members-file": SimpleUploadedFile(path.name, path.read_bytes())}, follow=True
    )

    assert build.sha256() in steps[0]
    assert "两份名册上都有的人数" in steps[1]
    assert "各对（不含姓名）" in steps[2]
    assert "新建了" in told.content.decode()
    everything = "".join([*steps, told.content.decode()])
    assert [value for value in world.values() if value in everything] == []


def test_a_wrong_file_is_told_beside_the_field(world, run, client):
    client.force_login(world.drivers.user)
    file = SimpleUploadedFile("名册.txt", world.drivers.roll.read_bytes())

    page = client.post(url("tokens", run, "practitioners"), {"practitioners-file": file})

    assert "这不是令牌文件" in page.content.decode()


def test_tokens_may_be_larger_than_the_files_of_other_forms(world, run, client, monkeypatch):
    monkeypatch.setattr(handlers, "LARGEST_BYTES", 100)
    client.force_login(world.drivers.user)
    file = SimpleUploadedFile("t.txt", world.drivers.make(run, world.words))

    client.post(url("tokens", run, "practitioners"), {"practitioners-file": file})

    assert MatchRoster.objects.filter(run=run, side="practitioners").count() == 1


@pytest.mark.parametrize(("name", "limit"), [("tokens", "ROSTER_BYTES"), ("enter", "LARGEST_BYTES")])
def test_a_file_dropped_for_its_size_is_told_with_the_limit(world, run, client, monkeypatch, name, limit):
    monkeypatch.setattr(handlers, limit, 10)
    client.force_login(world.drivers.user)
    file = SimpleUploadedFile("t.txt", b"x" * 11)

    page = client.post(url(name, run, "practitioners"), {"practitioners-file": file}).content.decode()

    assert f"超过 {getattr(forms, limit) // 2**20} MB" in page


def test_handles_ask_who_is_there(world, opened, client):
    client.post(reverse("members:account_login"), {"username": world.drivers.user.username, "password": PASSWORD})
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        asked = client.post(url("handles", opened, "practitioners"))

    assert 'name="proof_password"' in asked.content.decode()
    assert not AuditEvent.objects.filter(event="match.handles").exists()


def test_the_program_and_the_ticket_are_what_the_page_says(world, run, client):
    client.force_login(world.party.user)

    program = client.get(reverse("members:blind_program"))
    ticket = client.get(url("ticket", run, "members"))

    assert program.content == build.packed()
    assert json.loads(ticket.content)["run"] == str(run.uuid)
    assert client.get(url("ticket", run, "members").replace("members", "nobody")).status_code == 404


def test_the_page_for_leaders_names_all_three_ways(world, client):
    client.force_login(world.party.user)

    page = client.get(reverse("members:blind_explained")).content.decode()

    assert all(words in page for words in ("甲：一个单位", "乙：令牌盲比", "丙：双方直算", "860 亿", build.sha256()))


def test_the_list_takes_the_same_queries_for_one_run_and_three(world, client):
    client.force_login(world.drivers.user)
    client.get(reverse("members:blind_list"))
    counts = []

    for more in (1, 2):
        set_scope(["*"])
        for _again in range(more):
            world.run()
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("members:blind_list"))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_both_departments_are_told_that_a_counted_run_waits_for_them(world, counted):
    found = {notice.user: notice.url for notice in Notice.objects.all()}

    assert found == dict.fromkeys([world.drivers.user, world.party.user], counted.get_absolute_url())
