"""The demo's ledger: a year of both counties, so that every figure the write-ups quote comes out of the registry.

Single rows go through the actions the pages use; what comes by the hundred is written together, as those actions do.
"""

import random
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import cycle
from pathlib import Path

from django.utils import timezone

from cases.demo import assessments, dealings, meetings
from cases.demo.book import YEAR, Book, log
from cases.demo.clock import morning
from config.uploads import storage
from members.actions import organisation, register
from members.middleware import whole_scope
from members.models import Organisation, User
from services.actions import activity as activities
from services.models import (
    Attachment,
    Campaign,
    CampaignMember,
    Figure,
    Grant,
    Kind,
    Target,
    Venue,
)
from services.queries.figure import ALERTS

HERE = Path(__file__).parent


def build(say: Callable[[str], None], bodies: dict[str, Organisation], users: dict[str, User]) -> None:
    """Fill both ledgers; the scope is lifted, since nobody's request is being answered."""
    kinds = {kind.code: kind for kind in Kind.objects.all()}
    with whole_scope():
        for plan in tomllib.loads((HERE / "ledger.toml").read_text(encoding="utf-8"))["county"]:
            keeper = bodies[plan["keeper"]]
            say(f"台账：{keeper}")
            book = Book(
                plan=plan,
                official=users[plan["official"]],
                keeper=keeper,
                committee=bodies[plan["committee"]],
                kinds=kinds,
                draw=random.Random(plan["seed"]),  # noqa: S311 - the same demo on every machine
            )
            _agencies(book, bodies)
            _campaigns(book)
            _venues(book)
            _activities(book)
            dealings.pairings(book)
            dealings.appeals(book)
            dealings.requests(book)
            _grants(book)
            _figures(book)
            _papers(book)
            meetings.hold(book)
            if plan.get("assesses"):
                assessments.assess(book, users["contributor"])


def _agencies(book: Book, bodies: dict[str, Organisation]) -> None:
    """Found the departments that take part, and fill the office's three posts."""
    for number, name in enumerate(book.plan["agencies"], start=1):
        code = f"{book.plan['official']}-agency-{number:02}"
        book.agencies.append(
            organisation.found(
                code=code, name=name, kind="agency", region=book.keeper.region, parent=book.keeper.parent, by=None
            )
        )
    if office := bodies.get(book.plan.get("office", "")):
        for person, title in zip(book.people[:3], ("办公室主任", "组织干事", "联络干事"), strict=True):
            since = morning(YEAR, 0).date()
            register.add_post(person=person, organisation=office, title=title, from_on=since, by=book.official)


def _campaigns(book: Book) -> None:
    since = morning(YEAR + 30, 0).date()
    until = since + timedelta(days=730)
    for plan in book.plan["campaigns"]:
        campaign = Campaign.objects.create(
            **book.owned,
            form=plan["form"],
            name=plan["name"],
            aliases=plan.get("aliases", ""),
            parent=book.campaigns.get(plan.get("part_of", "")),
            starts_on=since,
            created_by=book.official,
        )
        book.campaigns[plan["name"]] = campaign
        for number, body in enumerate(book.agencies[: plan.get("members", 0)]):
            CampaignMember.objects.create(
                **book.owned, campaign=campaign, body=body, joined_on=since, is_lead=number == 0
            )
        if target := plan.get("target"):
            Target.objects.create(
                **book.owned,
                campaign=campaign,
                label=target["label"],
                indicator="grant.quantity",
                filters={"kind": target["kind"]},
                number=target["number"],
                starts_on=since,
                due_on=until,
                document=plan.get("document", ""),
                set_by=book.official,
            )
        dealings.problems(book, campaign, plan.get("problems", 0))
        dealings.tasks(book, campaign, plan)


def _venues(book: Book) -> None:
    towns = list(book.keeper.region.region_set.order_by("code")) or [book.keeper.region]
    for plan in book.plan["venues"]:
        many = plan.get("count", 1)
        for number in range(1, many + 1):
            name = f"{towns[number % len(towns)].name}{plan['name']}{number}" if many > 1 else plan["name"]
            venue = Venue.objects.create(
                **book.owned,
                kind=book.kinds[plan["kind"]],
                name=name,
                region=towns[number % len(towns)],
                address=f"{towns[number % len(towns)].name}物流路{number * 8}号",
                opened_on=morning(YEAR - number, 0).date(),
                parent=book.venues.get(plan.get("inside", "")),
                rooms=plan.get("rooms"),
                beds=plan.get("beds"),
                zones=plan.get("zones"),
                area_square_metres=plan.get("area"),
                opening_hours=plan.get("hours", ""),
                batch=plan.get("batch", ""),
                phone=plan.get("phone", ""),
                services=plan.get("services", ""),
                offers=plan.get("offers", ""),
                is_public=plan.get("is_public", False),
                created_by=book.official,
            )
            book.venues[name] = venue
            if "visits" in plan:
                _use(book, venue, plan["visits"])


def _use(book: Book, venue: Venue, visits: int) -> None:
    """Note a venue's use month by month, so many people in a year."""
    for month, moment in enumerate(book.moments(10, YEAR - 20)):
        count = visits // 10 + (visits % 10 if month == 9 else 0)
        log(book, "venue-use", moment, venue=venue, headcount=count, line="本月接待休息、就餐人员。")


def _activities(book: Book) -> None:
    """Log the year's activities; a visit of condolence hands out packs, a branch's meeting names its branch."""
    branches = cycle(book.branches or [book.committee])
    for code, count in book.plan["activity"].items():
        lines = cycle(book.plan["lines"][code])
        for moment in book.moments(count):
            about = {"body": next(branches)} if book.kinds[code].is_body_needed else {}
            given = None
            if code == "condolence" and book.plan["official"] == "zhaoyuan":
                given = activities.Given(book.kinds["care-pack"], 14)
            log(book, code, moment, given, line=next(lines), headcount=book.draw.randint(6, 48), **about)


def _grants(book: Book) -> None:
    """What was given; packs are handed out in the last second quarter that is over."""
    people, firms = cycle(book.people), cycle(book.firms)
    today = timezone.localdate()
    spring = date(today.year if today > date(today.year, 6, 30) else today.year - 1, 4, 12)
    for plan in book.plan["grants"]:
        to = plan.get("to", "")
        for number, quantity in enumerate(plan["quantities"]):
            is_pack = plan["kind"].endswith("-pack")
            day = spring + timedelta(days=20 * number) if is_pack else morning(YEAR - 40 - 25 * number, 0).date()
            Grant.objects.create(
                **book.owned,
                kind=book.kinds[plan["kind"]],
                name=plan["name"],
                given_on=day,
                quantity=quantity,
                amount_fen=plan["yuan"] * 100 if "yuan" in plan else None,
                level=plan.get("level", ""),
                person=next(people) if to == "person" else None,
                body={"keeper": book.keeper, "firm": next(firms)}.get(to),
                campaign=book.campaigns.get(plan.get("campaign", "")),
                matter=book.projects.get(plan.get("project", "")),
                logged_at=min(_evening(day), timezone.now()),
                logged_by=book.official,
            )


def _evening(day: date) -> datetime:
    """Return the moment a day's entries are made."""
    return timezone.make_aware(datetime.combine(day, time(17, 30)))


def _figures(book: Book) -> None:
    day = morning(60, 0).date()
    for plan in book.plan["figures"]:
        values = {name: plan[name] for name in ("key", "label", "value", "unit", "qualifier") if name in plan}
        Figure.objects.create(
            **book.owned,
            **values,
            from_on=day,
            to_on=day,
            source_name="行业主管部门通报",
            issued_on=day,
            logged_at=_evening(day),
            logged_by=book.official,
        )
    for plan in book.plan.get("alerts", []):
        _alerts(book, plan)


def _alerts(book: Book, plan: dict) -> None:
    """Enter a platform's monthly reminders, the last month that is over first."""
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    for value in plan["months"]:
        attested = last + timedelta(days=1)
        Figure.objects.create(
            **book.owned,
            key=plan["key"],
            label=str(ALERTS[plan["key"]]),
            value=value,
            unit="次",
            from_on=last.replace(day=1),
            to_on=last,
            source_name="货运监管平台",
            issued_on=attested,
            logged_at=min(_evening(attested), timezone.now()),
            logged_by=book.official,
        )
        last = last.replace(day=1) - timedelta(days=1)


def _papers(book: Book) -> None:
    """Keep the policy papers; their files are plain texts of our own."""
    for number, (title, issue) in enumerate(book.plan["papers"]):
        day = morning(YEAR - 30 - number * 20, 0).date()
        data = f"{title}\n{issue.format(year=day.year)}\n\n（演示文件）\n".encode()
        Attachment.objects.create(
            **book.owned,
            sort=Attachment.Sort.POLICY,
            issuer=book.committee,
            title=title,
            number=issue.format(year=day.year),
            issued_on=day,
            filename=f"{title}.txt",
            sha256=storage.keep(data),
            size_bytes=len(data),
            added_by=book.official,
        )
