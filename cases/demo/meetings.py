"""A year of party life in the demo: each branch's meetings by month and quarter, some missed, some members absent."""

import random
from datetime import date, datetime, time, timedelta
from itertools import cycle

from django.utils import timezone

from cases.demo.book import YEAR, Book, log
from cases.demo.clock import clock
from members.models import Organisation, Person
from services.actions import entry, orglife
from services.models import Duty, Participation

HELD = 0.92  # of the meetings owed
AWAY = 0.12  # of the members at a meeting
SUBJECTS = {
    "party-day": [
        "到物流园清扫停车区，交流安全行车。",
        "学习先进事迹，讨论怎样帮新人。",
        "走访困难司机家庭，送政策上门。",
    ],
    "branch-committee": ["研究流动党员联系安排。", "研究本月主题党日内容。", "研究发展党员事项。"],
    "party-congress": ["通报半年工作，讨论党员意见。", "民主评议，改进联系办法。"],
    "party-lecture": ["书记讲党课：方向盘上的责任。"],
}
DAYS = {"party-day": 5, "branch-committee": 11, "party-congress": 18, "party-lecture": 24}
QUARTERLY = {"party-congress", "party-lecture"}
REASONS = ("出车在外", "值班", "生病")


def hold(book: Book) -> None:
    """Log the meetings of the industry's branches, with who was absent; one branch is excused for a month."""
    draw = random.Random(book.plan["seed"] + 7)  # noqa: S311 - the same demo on every machine
    lines = {code: cycle(texts) for code, texts in SUBJECTS.items()}
    months = _months()
    for number, branch in enumerate(book.branches):
        members = list(Person.objects.filter(party_branch=branch).order_by("pk"))
        for first in months:
            for code, day in DAYS.items():
                moment = _moment(first, day + number % 4)
                is_owed = code not in QUARTERLY or first.month % 3 == 2
                if is_owed and moment < timezone.now() and draw.random() < HELD:
                    _meet(book, code, moment, branch, members, draw, next(lines[code]))
    if book.branches:
        _excuse(book, book.branches[-1], months[-2])


def _meet(
    book: Book,
    code: str,
    moment: datetime,
    branch: Organisation,
    members: list[Person],
    draw: random.Random,
    line: str,
) -> None:
    meeting = log(book, code, moment, body=branch, line=line)
    states = {}
    for person in members:
        is_away = draw.random() < AWAY
        states[person] = (Participation.State.ABSENT, draw.choice(REASONS)) if is_away else ("present", "")
    if states:
        with clock(moment + timedelta(hours=9)):
            entry.note_people(activity=meeting, states=states, removed=[], by=book.official)


def _excuse(book: Book, branch: Organisation, first: date) -> None:
    """Excuse a branch whose members were all on the road."""
    duty = Duty.objects.get(label="主题党日", organisation=None)
    until = first + timedelta(days=27)
    orglife.excuse(body=branch, duty=duty, from_on=first, to_on=until, reason="away", by=book.official)


def _months() -> list[date]:
    """Return the first days of the demo year's months, the current one last."""
    today = timezone.localdate()
    day, found = (today - timedelta(days=YEAR)).replace(day=1), []
    while day <= today:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _moment(first: date, day: int) -> datetime:
    return timezone.make_aware(datetime.combine(first.replace(day=day), time(8, 30)))
