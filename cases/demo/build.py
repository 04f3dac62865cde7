"""Builds the demo through the same actions as the pages, so that every row of it is true."""

import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.actions import annotation, intake, photo, review, terms
from cases.actions import case as case_actions
from cases.actions import comment as comment_actions
from cases.demo import calls, checkin, figures, ledger, members, reviews
from cases.demo.clock import clock, morning
from cases.demo.drawings import picture
from cases.models import Case, Decision, Intake, SubjectField
from members.actions import account as account_actions
from members.actions import organisation as organisation_actions
from members.middleware import whole_scope
from members.models import Notice, Organisation, Region, User
from members.permissions import Role
from services.actions import vocabulary

HERE = Path(__file__).parent
Kind, State = Decision.Kind, Case.State

# Which decisions lead to each state, and which demo account makes them.
ROAD = [
    (Kind.TAKE_UP, "editor1"),
    (Kind.PASS_FIRST, "editor1"),
    (Kind.PASS_SECOND, "editor2"),
    (Kind.PASS_FINAL, "chief"),
    (Kind.PUBLISH, "chief"),
]
STEPS = {
    "draft": 0,
    "received": 0,
    "first_review": 1,
    "second_review": 2,
    "final_review": 3,
    "ready": 4,
    "published": 5,
    "returned": 1,
    "declined": 1,
    "withdrawn": 5,
}
ENDINGS = {
    "returned": (Kind.RETURN, "editor1"),
    "declined": (Kind.DECLINE, "editor1"),
    "withdrawn": (Kind.RETRACT, "chief"),
}
# How many days ago a case of the call that has ended was decided on: after its window, its scoring, its notice.
IN_CALL = {Kind.TAKE_UP: 26, Kind.PASS_FIRST: 19, Kind.PASS_SECOND: 18, Kind.PASS_FINAL: 17, Kind.PUBLISH: 9}
DAYS_OF_HISTORY = 365
SYLLABLES = ("ling", "shan", "qing", "yuan", "mei", "song", "lan", "feng", "xing", "tao", "yun", "he", "lin", "cheng")


@dataclass(frozen=True)
class Account:
    """A demo account with the password nobody else knows."""

    username: str
    name: str
    roles: str
    password: str


@transaction.atomic
def build(say: Callable[[str], None]) -> list[Account]:
    """Fill an empty database, or leave it empty; `say` hears a line before each part.

    Returns the accounts with their passwords.
    """
    parts = tomllib.loads((HERE / "organisations.toml").read_text(encoding="utf-8"))
    say("机构与账号……")
    fields = {row["code"]: _field(row, position) for position, row in enumerate(parts["field"])}
    bodies: dict[str, Organisation] = {}
    for row in parts["organisation"]:
        bodies[row["code"]] = _organisation(row, bodies)
    accounts = [_account(row, bodies) for row in parts["account"]]
    users = {user.username: user for user in User.objects.all()}
    members.build(say, bodies, users)
    vocabulary.load()
    terms.load()
    ledger.build(say, bodies, users)
    checkin.build(say, bodies, users)
    called = calls.announce(bodies, users)
    cases = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]
    for number, row in enumerate(cases):
        say(f"案例 {number + 1}/{len(cases)}：{row['title']}")
        started = morning(days_ago=3 * (len(cases) - number), minutes=number * 7)
        with clock(started):
            case = _arrive(row, bodies, fields, users, called)
        with whole_scope():
            _walk(case, row, users, started, called.scores.get(row["title"]))
    with whole_scope():
        calls.carry_on(called, users)
    _comments(users)
    reviews.build(say, users)
    transaction.on_commit(_read_old_notices)  # after the notices themselves
    return accounts


def _read_old_notices() -> None:
    """Leave unread what came within twelve days, as with people who look in now and then."""
    old = Notice.objects.filter(created_at__lt=timezone.now() - timedelta(days=12))
    old.update(read_at=F("created_at") + timedelta(hours=1))


def _field(row: dict, position: int) -> SubjectField:
    return SubjectField.objects.create(code=row["code"], name=row["name"], position=position)


def _organisation(row: dict, bodies: dict[str, Organisation]) -> Organisation:
    return organisation_actions.found(
        code=row["code"],
        name=row["name"],
        short_name=row.get("short_name", ""),
        kind=row["kind"],
        region=Region.objects.get(code=row["region"]),
        parent=bodies.get(row.get("under", "")),
        by=None,
    )


def _account(row: dict, bodies: dict[str, Organisation]) -> Account:
    password = "-".join(secrets.choice(SYLLABLES) for _n in range(4)) + f"-{secrets.randbelow(9000) + 1000}"
    user = account_actions.open_account(
        username=row["username"], name=row["name"], organisation=bodies[row["organisation"]], by=None, password=password
    )
    labels = []
    for role, over in row["roles"]:
        account_actions.grant(
            user=user,
            role=Role(role),
            organisation=bodies[over],
            by=None,
            starts_on=timezone.localdate() - timedelta(days=DAYS_OF_HISTORY),
        )
        labels.append(f"{Role(role).label}（{bodies[over]}）")
    return Account(row["username"], row["name"], "、".join(labels), password)


def _author(organisation: Organisation, users: dict[str, User]) -> User:
    return users["zhaoyuan"] if organisation.code.startswith("zhaoyuan") else users["linshu"]


def _arrive(row: dict, bodies: dict, fields: dict, users: dict[str, User], called: calls.Calls) -> Case:
    organisation = bodies[row["organisation"]]
    by = _author(organisation, users)
    text = row["body"].lstrip("\n")
    case = intake.receive(
        data=text.encode(),
        filename="" if "noise" in row else f"{row['title']}.txt",
        door=Intake.Door.PASTE if "noise" in row else Intake.Door.UPLOAD,
        organisation=organisation,
        by=by,
        title=row["title"],
        field=fields[row["field"]],
        contributor_name=row["contributor"],
        contact=row.get("contact", ""),
        submit=row["state"] != "draft",
        place=called.place_of(row["title"]),
    )
    for scene, caption in row.get("photos", []):
        photo.add(
            case=case, data=picture(scene), filename=f"{scene}.jpg", caption=caption, credit="本库绘制（示意图）", by=by
        )
    return case


def _walk(case: Case, row: dict, users: dict[str, User], started: datetime, marks: dict | None) -> None:
    """Make the decisions that lead to the row's state, half a working day apart; in a call with its days.

    `marks` are what reviewers give it once it is taken up.
    """
    steps = [(kind, account, "") for kind, account in ROAD[: STEPS[row["state"]]]]
    if row["state"] in ENDINGS:
        steps.append((*ENDINGS[row["state"]], row["note"]))
    for number, (kind, account, note) in enumerate(steps, start=1):
        moment = started + timedelta(days=number // 2, hours=5 * (number % 2))
        with clock(morning(days_ago=IN_CALL[kind], minutes=10 * number) if marks else moment):
            case = Case.objects.select_related("current_revision", "organisation").get(pk=case.pk)
            if kind == Kind.PUBLISH:
                figures.check(case, users[account])
            review.decide(
                case=case,
                kind=kind,
                by=users[account],
                revision=case.current_revision,
                note=note,
                items=row.get("asked", ()),
            )
        if marks and kind == Kind.TAKE_UP:
            reviews.score(case, marks, users)
    if row["state"] == "first_review":
        case_actions.take(case=case, by=users["editor1"])
        case.refresh_from_db()
        annotation.write(
            case=case,
            revision=case.current_revision,
            paragraph=2,
            quote="审批时限压减87.5%",
            text="出自哪份文件、截至哪一天，请注明。",
            by=users["editor1"],
            is_shown=True,
        )


def _comments(users: dict[str, User]) -> None:
    """Leave a few readers' comments: one public, one waiting."""
    first = Case.objects.filter(state=State.PUBLISHED).order_by("sequence").first()
    with clock(morning(days_ago=6, minutes=190)):
        seen = comment_actions.leave(
            case=first, name="邻县同行", body="扫码登记摆在办证窗口这个办法好学，我们也想试试。"
        )
    with clock(morning(days_ago=5, minutes=20)):
        comment_actions.approve(comment=seen, by=users["editor1"])
    with clock(morning(days_ago=1, minutes=400)):
        comment_actions.leave(case=first, name="老邢", body="联络群里真有人回话，不是摆样子。")
