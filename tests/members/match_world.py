"""A county for tests of a data match: two offices, their officials, rosters of people who do not exist."""

from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook

from members.actions import match, match_read, match_review, match_run
from members.matching import generate
from members.models import MatchRun, Organisation, User
from members.models.match import Side
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory
from tests.members.roster_files import number

OURS = ["姓名", "身份证号", "手机号", "车牌号", "工作单位"]
THEIRS = ["党员姓名", "公民身份号码", "联系电话", "所在党支部"]


def nothing(*_args):
    """Queue nothing."""


def csv(rows, encoding="utf-8"):
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


def xlsx(sheets, merged=()):
    """A workbook of {sheet name: rows}; a cell that is a number is stored as one."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass
class Office:
    """Two bodies of one county and who acts for them."""

    bureau: Organisation
    department: Organisation
    official: User
    second: User
    officer: User

    @property
    def paths(self):
        return [self.bureau.path, self.department.path]

    def open(self, **changes):
        wanted = {
            "organisation": self.bureau,
            "members_organisation": self.department,
            "purpose": "寻找隐形党员",
            "basis": "数据比对协议2026年1号",
            "by": self.official,
        }
        return match.create(**wanted | changes)

    def give(self, run, side, data, filename="名册.csv"):
        roster = match.give(run=run, side=side, filename=filename, data=data, by=self.official, enqueue=nothing)
        match_read.read(roster.pk, roster.attempt)
        roster.refresh_from_db()
        return roster

    def counted(self, ours, theirs, run=None):
        """Give two rosters, compare them, and return the run with its counts."""
        run = run or self.open()
        self.give(run, Side.PRACTITIONERS, ours)
        self.give(run, Side.MEMBERS, theirs)
        match.start(run=run, by=self.official, enqueue=nothing)
        return self.work(run)

    def work(self, run):
        """Compare as the worker does; return the run as it then stands."""
        run.refresh_from_db()
        match_run.work(run.pk, run.attempt)
        run.refresh_from_db()
        return run

    def approve(self, run):
        """Let both sides approve and the automatic pairs become leads."""
        match.approve(run=run, side=Side.PRACTITIONERS, by=self.official, enqueue=nothing)
        match.approve(run=run, side=Side.MEMBERS, by=self.officer, enqueue=nothing)
        while match_review.open_leads(run.pk):
            pass
        return MatchRun.objects.get(pk=run.pk)


def office():
    region = RegionFactory(code="370685", name="甲县")
    bureau = OrganisationFactory(name="甲县交通运输局", region=region)
    department = OrganisationFactory(name="中共甲县委组织部", region=region)
    return Office(
        bureau,
        department,
        official=UserFactory(organisation=bureau, role="official"),
        second=UserFactory(organisation=bureau, role="official"),
        officer=UserFactory(organisation=department, role="official"),
    )


def person(n, name="", phone=""):
    """Somebody of an own name, identity number and phone for each n."""
    given = "建国红强明磊静伟芳敏军"
    return [
        name or f"王{given[n // 10 % 10]}{given[n % 10]}",
        number(birth=f"19{70 + n % 30}0{n % 9 + 1}{n % 18 + 10}", sequence=f"{n % 1000:03d}"),
        phone or f"138{n:08d}",
    ]


def pair(n):
    """The same person in both rolls, all equal."""
    one = person(n)
    return [*one, "", "顺达运输"], [*one, "第一党支部"]


def strangers(start, count):
    """People of one roll only."""
    return [person(n) for n in range(start, start + count)]


def generated(seed, practitioners, members, shared):
    """Two generated rolls as csv, and the truth as pairs of row numbers."""
    world = generate.generate(seed, practitioners, members, shared, "real")
    keys = [key for key in world.practitioners[0] if key != "rid"]
    other = [key for key in world.members[0] if key != "rid"]
    ours = csv([keys, *([row[key] for key in keys] for row in world.practitioners)])
    theirs = csv([other, *([row[key] for key in other] for row in world.members)])
    places = {row["rid"]: str(at) for at, row in enumerate(world.practitioners, 1)}
    members_places = {row["rid"]: str(at) for at, row in enumerate(world.members, 1)}
    return ours, theirs, {(places[p], members_places[m]) for p, m in world.truth}
