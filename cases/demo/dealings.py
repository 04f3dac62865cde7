"""The demo's pairings and matters: written together with their steps, since there are hundreds."""

from datetime import datetime, timedelta
from itertools import cycle

from django.utils import timezone

from cases.demo.book import YEAR, Book
from cases.demo.clock import morning
from members import audit
from members.actions import organisation
from members.models import Organisation
from services.models import Activity, Campaign, Matter, MatterStep, Pairing


def problems(book: Book, campaign: Campaign, count: int) -> None:
    """Hard problems claimed by the members of an alliance, all settled."""
    titles = cycle(
        ("大货车夜间无处停放", "运费拖欠无人出面", "车贷压力集中到期", "装卸等待时间过长", "外地司机看病报销难")
    )
    claimers = cycle(book.agencies)
    rows = [
        _matter(book, "hard-problem", f"{next(titles)}（第{number}批）", moment, campaign=campaign, lead=next(claimers))
        for number, moment in enumerate(book.moments(count, YEAR, 40), start=1)
    ]
    _settle(book, rows)


def tasks(book: Book, campaign: Campaign, plan: dict) -> None:
    """The list of tasks: every responsible unit leads or helps with one; all but the last three are done."""
    titles = plan.get("tasks", [])
    towns = Organisation.objects.filter(kind="township", path__startswith=book.keeper.parent.path).order_by("pk")
    units = cycle([*book.agencies, *towns][: plan.get("units", 0)])
    rows = []
    for number, title in enumerate(titles, start=1):
        row = _matter(
            book, "task", title, morning(YEAR - 5, number), campaign=campaign, lead=next(units), number=number
        )
        row.due_on = morning(YEAR - 5 - number * 17, 0).date()
        rows.append(row)
    done = len(rows) - 3
    _settle(book, rows[:done])
    _save(book, rows[done:], "handling")
    for row in rows[: plan.get("units", 0) - len(rows)]:
        row.co_bodies.add(next(units))


def pairings(book: Book) -> None:
    """Pair people and bodies; three-ones drivers get a year of contacts and problems solved."""
    people, firms, towns = book.people, cycle(book.firms), cycle(book.agencies)
    helpers, helped = people[:12], cycle(people[12:])
    for code, count in book.plan["pairings"].items():
        kind = book.kinds[code]
        for number in range(count):
            since = morning(YEAR + 7 - number % 30, 0)
            sides = {"helper": helpers[number % len(helpers)], "helped": next(helped)}
            if kind.is_body_needed or code == "two-commissioners":
                sides = {"helper": helpers[number % len(helpers)], "helped_organisation": next(firms)}
            if code in {"co-building", "safety-platform", "monitoring-platform"}:
                sides = {"helper_organisation": book.keeper, "helped_organisation": _partner(book, code, number)}
            pairing = Pairing.objects.create(
                **book.owned, **sides, kind=kind, started_on=since.date(), logged_at=since, logged_by=book.official
            )
            if code == "co-building":
                pairing.parties.add(next(towns))
            if code == "three-ones":
                _help(book, pairing, number)


def _partner(book: Book, code: str, number: int) -> Organisation:
    """Found the body on the other side of an agreement."""
    names = {
        "co-building": "兄弟县交通运输局",
        "safety-platform": "安全教育平台",
        "monitoring-platform": "车辆监管平台",
    }
    return organisation.found(
        code=f"{book.plan['official']}-{code}-{number}",
        name=f"{names[code]}{number + 1 if code == 'safety-platform' else ''}",
        kind="agency" if code == "co-building" else "platform",
        region=book.keeper.region,
        parent=book.keeper.parent,
        by=None,
    )


def _help(book: Book, pairing: Pairing, number: int) -> None:
    """A year with one driver: nearly every week a call, every month a visit, two or three problems solved."""
    rows = []
    for week in range(2, 47):
        if book.draw.random() < 0.06:
            continue
        moment = morning(YEAR - week * 7 + number % 5, number)
        code = "home-visit" if week % 4 == 0 else "contact"
        rows.append(
            Activity(
                **book.owned,
                kind=book.kinds[code],
                pairing=pairing,
                happened_on=moment.date(),
                channel="on_site" if code == "home-visit" else "phone",
                line="上门看望，问近况。" if code == "home-visit" else "电话问候，近期跑车正常。",
                logged_at=moment,
                logged_by=book.official,
            )
        )
    Activity.objects.bulk_create(rows)
    count = 3 if number < 30 else 2
    titles = cycle(("接单淡季帮联系货源", "孩子放学无人接", "异地就医报销", "车辆审验时间冲突"))
    codes = cycle(("orders", "child-care", "health", "permit"))
    asked = [
        _matter(book, next(codes), next(titles), moment, pairing=pairing, requester=pairing.helped, way="pairing")
        for moment in book.moments(count, YEAR - 20 - number, 30)
    ]
    _settle(book, asked)


def appeals(book: Book) -> None:
    """Appeals by phone, settled after a call-back; the newest are still open, one of them past its day."""
    people = cycle(book.people)
    titles = {"wages": "运费拖欠三个月", "rights": "劳动合同未签", "legal-aid": "事故赔偿需要律师"}
    for code, count in book.plan["appeals"].items():
        rows = [
            _matter(book, code, titles.get(code, book.kinds[code].label), moment, requester=next(people))
            for moment in book.moments(count, YEAR, 40)
        ]
        _settle(book, rows)
    waiting = [
        _matter(book, code, title, morning(days, 10), requester=next(people))
        for code, title, days in (
            ("parking", "园区门口无处停车", 30),
            ("permit", "营运证补办", 4),
            ("loan", "车贷想延期", 2),
        )
    ]
    _save(book, waiting, "handling")


def requests(book: Book) -> None:
    """Projects with a cadre and a stage, suggestions from a meeting, errands of enterprises in their three modes."""
    cadres, firms, people = cycle(book.people), cycle(book.firms or [book.keeper]), cycle(book.people)
    meeting = Activity.objects.filter(organisation=book.keeper, kind=book.kinds["forum"]).order_by("pk").first()
    for number, plan in enumerate(book.plan.get("projects", [])):
        moment = morning(YEAR - 30 - number * 20, 9)
        row = _matter(book, plan["kind"], plan["title"], moment, body=next(firms), guide=next(cadres), way="order")
        row.stage, row.due_on = plan["stage"], moment.date() + timedelta(days=540)
        _save(book, [row], "handling")
        book.projects[plan["title"]] = row
    for number, plan in enumerate(book.plan.get("requests", [])):
        days = plan.get("days", YEAR - 60 - number * 15)
        fields = {"requester": next(people), "body": next(firms)}
        if plan["kind"] == "suggestion":
            fields = {"requester": next(people), "meeting": meeting, "way": "meeting"}
        row = _matter(book, plan["kind"], plan["title"], morning(days, 10), **fields)
        row.outcome = plan.get("outcome", "")
        if row.outcome:
            _settle(book, [row])
        else:
            _save(book, [row], "handling")


def _matter(
    book: Book, code: str, title: str, moment: datetime, lead: Organisation | None = None, **fields: object
) -> Matter:
    kind = book.kinds[code]
    due = moment.date() + timedelta(days=(kind.due_days or 90) * 7 // 5)
    return Matter(
        **book.owned,
        kind=kind,
        title=title,
        received_on=moment.date(),
        due_on=due,
        logged_at=moment,
        logged_by=book.official,
        lead_body=lead,
        handler=book.official,
        **fields,
    )


def _settle(book: Book, rows: list[Matter]) -> None:
    """Close and, where somebody asked, call back; every eighth is only satisfied by and large."""
    for number, row in enumerate(rows):
        row.closed_on = min(row.received_on + timedelta(days=3 + number % 9), timezone.localdate())
        row.outcome, row.is_solved = row.outcome or "solved", True
        row.answer = "已协调有关单位办理，结果告知本人。"
        if row.requester_id:
            row.satisfaction = "basically" if number % 8 == 7 else "satisfied"
            row.called_back_at = min(row.logged_at + timedelta(days=14), timezone.now())
            row.called_back_by = book.official
    _save(book, rows, "settled")


def _save(book: Book, rows: list[Matter], state: str) -> None:
    """Write matters with their steps."""
    roads = {"handling": ["receive", "take"], "settled": ["receive", "take", "close"]}
    after = {"receive": "received", "take": "handling", "close": "closed", "call_back": "settled"}
    for row in rows:
        row.state = state
    Matter.objects.bulk_create(rows)
    steps = []
    for row in rows:
        road = roads[state] + (["call_back"] if row.satisfaction else [])
        before, moment = "", row.logged_at
        for kind in road:
            to = "settled" if kind == "close" and not row.satisfaction else after[kind]
            steps.append(
                MatterStep(matter=row, kind=kind, from_state=before, to_state=to, made_at=moment, made_by=book.official)
            )
            before, moment = to, min(moment + timedelta(days=2), timezone.now())
    MatterStep.objects.bulk_create(steps)
    for row in rows:
        audit.record(actor=book.official, event="matter.receive", target=row)
