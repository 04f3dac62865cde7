"""Data match from rosters to counts: what is understood, started, stopped, killed and forgotten."""

import json

import pytest

from config.errors import Refused, WrongState
from config.vault import Vault
from members import queries_match
from members.actions import match, match_read, match_run
from members.matching.sealed import SealedRoster
from members.middleware import set_scope
from members.models import MatchCandidate, MatchRoster, MatchRun, Notice
from members.models.match import Side
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory, VehicleFactory
from tests.members import match_world
from tests.members.match_world import OURS, THEIRS, csv, nothing, pair, person, strangers, xlsx
from tests.members.roster_files import number

pytestmark = pytest.mark.django_db

P, M = Side.PRACTITIONERS, Side.MEMBERS


@pytest.fixture
def office():
    found = match_world.office()
    set_scope(found.paths)
    return found


@pytest.fixture
def rolls():
    """Three people in both rolls, two in one roll only."""
    both = [pair(n) for n in range(3)]
    ours = csv([OURS, *(mine for mine, _theirs in both), *([*one, "", ""] for one in strangers(10, 2))])
    theirs = csv([THEIRS, *(theirs for _mine, theirs in both), *([*one, "第二党支部"] for one in strangers(20, 2))])
    return ours, theirs


def layout(run, side):
    return SealedRoster(Vault(run.uuid), side).layout


# Rosters


def test_what_was_understood_of_a_roster_is_told(office):
    run = office.open()

    roster = office.give(
        run, P, csv([OURS, *(pair(n)[0] for n in range(3)), ["李红", "37068519850312123", "", "", ""]])
    )

    found = layout(run, P)
    assert (roster.state, roster.row_count, roster.unusable_count) == ("ready", 4, 1)
    assert (found.fields, found.header_row) == (["name", "id_no", "phone", "plate", "employer"], 1)
    assert (found.bad, found.faults[-1], found.empty) == (1, ["phone", "missing", 1], ["plate"])
    assert found.examples == [[4, "id_no", "length"]]
    assert found.sample[0] == {
        "name": "王**",
        "id_no": f"3{'*' * 16}{person(0)[1][-1]}",
        "phone": "138******00",
        "plate": "",
        "birth": "",
        "employer": "顺达运输",
        "branch": "",
    }


@pytest.mark.parametrize(
    ("cell", "fault"), [("3.70685E+17", "scientific"), (3.70685e17, "scientific"), ("370685198503121232", "check")]
)
def test_a_bad_number_is_named_with_its_row(office, cell, fault):
    run = office.open()

    office.give(run, P, xlsx({"表": [["姓名", "身份证号", "手机号"], ["王建国", cell, "13864530017"]]}), "名册.xlsx")

    assert layout(run, P).examples == [[1, "id_no", fault]]
    assert SealedRoster(Vault(run.uuid), P).bad_rows()[0][2] == [["id_no", fault]]


def test_fifteen_digits_and_full_width_are_no_faults(office):
    run = office.open()
    wide = number().translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    office.give(run, P, csv([["姓名", "身份证号"], ["王建国", "370685850312123"], ["李红", wide]]))

    assert (layout(run, P).bad, layout(run, P).unusable) == (0, 0)


def test_titles_merged_heads_and_sheets_by_township_are_read_together(office):
    head = [["甲县驾驶员名册", "", ""], ["基本信息", "", "联系"], ["姓名", "身份证号码", "手机号码"]]
    sheets = {
        "东镇": [*head, person(1), person(2)],
        "西镇": [*head, person(3)],
        "说明": [["请勿改动"], ["联系人：局办公室"]],
    }
    run = office.open()

    roster = office.give(run, P, xlsx(sheets, ["A1:C1"]), "名册.xlsx")

    found = layout(run, P)
    assert (roster.row_count, found.header_row) == (3, 3)
    assert ([name for name, _first, _blocks in found.sheets], found.other_sheets) == (["东镇", "西镇"], ["说明"])


@pytest.mark.parametrize(
    ("data", "filename", "fault"),
    [
        (csv([["甲", "乙"], ["1", "2"]]), "名册.csv", "no_header"),
        (b"\x00\x01\x02", "名册.csv", "nul_bytes"),
        (b"%PDF-1.4 x", "名册.pdf", "extension"),
    ],
)
def test_an_unusable_file_is_refused_with_a_sentence(office, data, filename, fault):
    run = office.open()

    roster = office.give(run, P, data, filename)

    assert (roster.state, roster.fault) == ("refused", fault)
    assert layout(run, P).refusal.endswith("。")


def test_columns_can_be_corrected(office):
    run = office.open()
    office.give(run, P, csv([["姓名", "证号", "电话"], person(1)]))
    assert layout(run, P).fields == ["name", "", "phone"]

    match.map_columns(run=run, side=P, fields=["name", "id_no", "phone"], by=office.official, enqueue=nothing)
    roster = run.rosters.get()
    match_read.read(roster.pk, roster.attempt)

    assert layout(run, P).fields == ["name", "id_no", "phone"]
    roster.refresh_from_db()
    assert (roster.state, roster.row_count) == ("ready", 1)


def test_corrected_columns_are_remembered_for_that_bodys_next_roster(office):
    head = ["姓名", "号码一", "电话"]
    rows = csv([head, *(person(n) for n in range(3))])
    run = office.open()
    office.give(run, P, rows)
    match.map_columns(run=run, side=P, fields=["name", "id_no", ""], by=office.official, enqueue=nothing)

    again = office.open()
    office.give(again, P, rows)
    office.give(again, M, rows)

    assert layout(again, P).fields == ["name", "id_no", ""]
    assert layout(again, M).fields == ["name", "", "phone"]


@pytest.mark.parametrize(
    ("fields", "code"), [(["name", "name", "phone"], "same_meaning"), (["name", "", ""], "too_little")]
)
def test_columns_that_tell_nobody_apart_are_refused(office, fields, code):
    run = office.open()
    office.give(run, P, csv([["姓名", "证号", "电话"], person(1)]))

    with pytest.raises(Refused) as refused:
        match.map_columns(run=run, side=P, fields=fields, by=office.official, enqueue=nothing)

    assert refused.value.code == code


def test_a_roster_above_the_limit_is_refused_and_the_command_named(office, monkeypatch):
    monkeypatch.setattr(match, "DOORS", {"roster": type("Door", (), {"limit_bytes": 10})})

    with pytest.raises(Refused, match="manage.py match") as refused:
        match.give(run=office.open(), side=P, filename="名册.csv", data=b"x" * 11, by=office.official, enqueue=nothing)

    assert refused.value.code == "too_large"


def test_the_register_can_be_the_practitioners_roster(office, rolls):
    known = PersonFactory(organisation=office.bureau, name=person(0)[0], identity=person(0)[1], phone=person(0)[2])
    VehicleFactory(organisation=office.bureau, plate="鲁F12345", driver=known)
    PersonFactory(name="外县人", identity=person(1)[1])
    run = office.open()

    roster = match.take_register(run=run, by=office.official, enqueue=nothing)
    match_read.read(roster.pk, roster.attempt)
    office.give(run, M, rolls[1])
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    match_run.work(run.pk, run.attempt)

    candidate = run.candidates.get()
    assert (layout(run, P).rows, candidate.pass_code) == (1, "id-name")
    assert match_run.records_of(candidate)[0].person == known.pk


# Starting


def test_both_rosters_must_be_there(office, rolls):
    run = office.open()
    office.give(run, P, rolls[0])

    with pytest.raises(Refused) as refused:
        match.start(run=run, by=office.official, enqueue=nothing)

    assert refused.value.code == "unready"


def test_one_roster_given_twice_is_said_whatever_its_format(office):
    run = office.open()
    rows = [["姓名", "身份证号", "手机号"], person(1), person(2)]
    office.give(run, P, csv(rows))
    office.give(run, M, xlsx({"表": rows}), "名册.xlsx")

    with pytest.raises(Refused) as refused:
        match.start(run=run, by=office.official, enqueue=nothing)

    assert refused.value.code == "twice"


def test_swapped_rosters_are_noticed_and_can_be_exchanged(office, rolls):
    ours, theirs = rolls
    run = office.open()
    office.give(run, P, theirs)
    office.give(run, M, ours)
    with pytest.raises(Refused) as refused:
        match.start(run=run, by=office.official, enqueue=nothing)
    assert refused.value.code == "swapped"

    match.swap(run=run, by=office.official, enqueue=nothing)
    for roster in run.rosters.all():
        match_read.read(roster.pk, roster.attempt)
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    match_run.work(run.pk, run.attempt)

    run.refresh_from_db()
    assert (run.state, run.automatic_count, layout(run, M).filename) == ("counted", 3, "名册.csv")


# Running


def test_counts_come_first_and_no_name_lies_in_a_table(office, rolls):
    run = office.counted(*rolls)

    assert (run.state, run.automatic_count, run.review_count, run.sampled_count) == ("counted", 3, 0, 1)
    assert run.pass_counts == {"id-name": 3}
    assert sorted(run.candidates.values_list("state", flat=True)) == ["open", "waiting", "waiting"]
    assert {(c.practitioner_handle, c.member_handle) for c in run.candidates.all()} == {
        ("1", "1"),
        ("2", "2"),
        ("3", "3"),
    }
    told = json.dumps([list(MatchRun.objects.values()), list(MatchCandidate.objects.values())], default=str)
    assert not any(part in told for one in map(person, range(3)) for part in one)


def test_nothing_in_the_vault_can_be_read_without_its_key(office, rolls, tmp_path):
    office.counted(*rolls)

    stored = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    text = b"".join(path.read_bytes() for path in stored)
    assert len(stored) > 5
    assert {oct(path.stat().st_mode)[-3:] for path in stored} == {"600"}
    assert not any(part.encode() in text for part in person(0))


def test_generated_rolls_give_what_the_engine_finds(office):
    ours, theirs, truth = match_world.generated(7, 300, 2000, 90)

    run = office.counted(ours, theirs)

    found = {(c.practitioner_handle, c.member_handle): c for c in run.candidates.all()}
    automatic = {handles for handles, c in found.items() if c.is_automatic}
    assert automatic <= truth
    assert len(automatic) >= 85
    first = run.candidates.order_by("number").first()
    ours_record, theirs_record = match_run.records_of(first)
    assert first.probability == max(c.probability for c in found.values())
    assert ours_record.values["name"][0] == theirs_record.values["name"][0]


def test_a_stopped_run_keeps_its_rosters_and_starts_anew(office, rolls):
    run = office.open()
    office.give(run, P, rolls[0])
    office.give(run, M, rolls[1])
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    late = run.attempt
    match.stop(run=run, by=office.official)

    match_run.work(run.pk, late)
    run.refresh_from_db()
    stopped = (run.state, run.candidates.count())
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    match_run.work(run.pk, late)
    still = MatchRun.objects.get(pk=run.pk).state
    match_run.work(run.pk, run.attempt)

    run.refresh_from_db()
    assert (stopped, still, run.state, run.candidates.count()) == (("preparing", 0), "running", "counted", 3)


def test_a_run_stopped_in_the_middle_stops_its_worker(office, rolls, monkeypatch):
    run = office.open()
    office.give(run, P, rolls[0])
    office.give(run, M, rolls[1])
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    seen, real = [], match_run._progress

    def stop_at_join(at, first_rows, stage, rows):
        seen.append(stage)
        if stage == "join":
            match.stop(run=run, by=office.official)
        real(at, first_rows, stage, rows)

    monkeypatch.setattr(match_run, "_progress", stop_at_join)
    match_run.work(run.pk, run.attempt)

    run.refresh_from_db()
    assert (seen, run.state, run.candidates.count()) == (["practitioners", "members", "join"], "preparing", 0)


def test_a_run_acts_with_the_rights_its_account_has_now(office, rolls):
    run = office.open()
    office.give(run, P, rolls[0])
    office.give(run, M, rolls[1])
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    type(office.official).objects.filter(pk=office.official.pk).update(is_active=False)

    match_run.work(run.pk, run.attempt)

    run.refresh_from_db()
    assert (run.state, run.failure, run.candidates.count()) == ("failed", "rights", 0)


def test_a_worker_has_no_scope_and_needs_none(office, rolls):
    run = office.open()
    office.give(run, P, rolls[0])
    office.give(run, M, rolls[1])
    match.start(run=run, by=office.official, enqueue=nothing)
    run.refresh_from_db()
    set_scope([])

    match_run.work(run.pk, run.attempt)

    set_scope(office.paths)
    run.refresh_from_db()
    assert (run.state, run.candidates.count()) == ("counted", 3)


# Approving and closing


def test_names_open_after_two_approvals_by_two_people(office, rolls):
    run = office.counted(*rolls)

    match.approve(run=run, side=P, by=office.official, enqueue=nothing)
    after_one = MatchRun.objects.get(pk=run.pk).state
    with pytest.raises(Refused) as outside:
        match.approve(run=run, side=M, by=office.second, enqueue=nothing)
    with pytest.raises(WrongState):
        match.approve(run=run, side=P, by=office.second, enqueue=nothing)
    match.approve(run=run, side=M, by=office.officer, enqueue=nothing)

    run.refresh_from_db()
    assert (after_one, outside.value.code, run.state) == ("counted", "outside_scope", "open")


def test_in_one_office_the_second_approval_is_another_persons(office, rolls):
    run = office.counted(*rolls, run=office.open(members_organisation=office.bureau))
    match.approve(run=run, side=P, by=office.official, enqueue=nothing)

    with pytest.raises(Refused) as refused:
        match.approve(run=run, side=M, by=office.official, enqueue=nothing)
    match.approve(run=run, side=M, by=office.second, enqueue=nothing)

    run.refresh_from_db()
    assert (refused.value.code, run.state) == ("same_person", "open")


def test_a_closed_run_keeps_counts_and_nothing_else(office, rolls, django_capture_on_commit_callbacks):
    run = office.approve(office.counted(*rolls))

    with django_capture_on_commit_callbacks(execute=True):
        match.close(run=run, by=office.official)

    run.refresh_from_db()
    assert (run.state, run.automatic_count, run.confirmed_count, run.candidates.count()) == ("closed", 3, 2, 0)
    assert run.pass_counts == {"id-name": [3, 2, 0]}
    assert not Vault(run.uuid).folder.exists()
    with pytest.raises(WrongState):
        match.close(run=run, by=office.official)
    assert MatchRoster.objects.filter(run=run, row_count=5).count() == 2


def test_a_run_without_its_key_can_only_be_closed(office, rolls):
    run = office.counted(*rolls)
    Vault(run.uuid).destroy()

    with pytest.raises(Refused) as refused:
        match.approve(run=run, side=P, by=office.official, enqueue=nothing)
    match.close(run=run, by=office.official)

    assert refused.value.code == "key_gone"


def told(user):
    return [(notice.detail["body"], notice.url) for notice in Notice.objects.filter(user=user)]


def test_both_sides_are_told_that_a_counted_run_waits_for_them(office, rolls, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = office.counted(*rolls)

    address = run.get_absolute_url()
    assert told(office.official) == told(office.second) == [("甲县交通运输局", address)]
    assert told(office.officer) == [("中共甲县委组织部", address)]
    assert "寻找隐形党员" in Notice.objects.get(user=office.officer).sentence


def test_the_first_approval_tells_only_the_side_that_is_missing(office, rolls, django_capture_on_commit_callbacks):
    run = office.counted(*rolls)

    with django_capture_on_commit_callbacks(execute=True):
        match.approve(run=run, side=P, by=office.official, enqueue=nothing)
    with django_capture_on_commit_callbacks(execute=True):
        match.approve(run=run, side=M, by=office.officer, enqueue=nothing)

    assert (told(office.official), told(office.second)) == ([], [])
    assert told(office.officer) == [("中共甲县委组织部", run.get_absolute_url())]


def test_whoever_holds_the_nearest_role_is_asked_for_a_body():
    above = OrganisationFactory()
    body = OrganisationFactory(parent=above)
    wide = UserFactory(organisation=above, role="official")
    alone = queries_match.approvers(body)
    own = UserFactory(organisation=body, role="official")
    UserFactory(organisation=body, role="overseer")
    UserFactory(organisation=body, role="official", is_active=False)

    assert (alone, queries_match.approvers(body)) == ([wide], [own])
