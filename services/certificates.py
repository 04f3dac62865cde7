"""A list of certificates or honours as people paste it: rows in, awards and reasons out (pure).

A fault is (column, code, text) as in `services.imports.reasons`, whose sentences tell it.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext_lazy as _

from config.text.unseen import without_unseen
from members.identity import tidy_name
from services.imports import values
from services.imports.columns import plain
from services.models.ledger import EARLIEST, Level

MOST_ROWS = 1000
# What the columns are called in other people's lists; the first word is what ours says.
HEADERS = {
    "name": "姓名 名字 持证人 获得者 获奖人 人员姓名 姓名(持证人)",
    "unit": "工作单位 单位 所在单位 所属单位 企业 企业名称 支部",
    "level": "等级 级别 技能等级 证书等级 荣誉级别 等级级别",
    "serial": "编号 证书编号 证号 证书号 证书号码 编码 文号",
    "issued_on": "颁发日期 发证日期 日期 发证时间 颁发时间 授予时间 授予日期 时间",
    "issuer": "颁发单位 发证机关 发证单位 授予单位 颁发机构 发证机构 评价机构",
    "title": "名称 证书名称 荣誉名称 称号 职业 工种 职业工种",
}
LABELS = {
    "name": _("Full name"),
    "unit": _("Employer"),
    "level": _("Level"),
    "serial": _("Number on the paper"),
    "issued_on": _("Date of issue"),
    "issuer": _("Awarded by"),
    "title": _("Name of it"),
}
LONGEST = {"name": 60, "unit": 100, "level": 20, "serial": 60, "issuer": 100, "title": 100}
UNNAMED_ORDER = ("name", "level", "serial", "issued_on", "issuer")  # a list without a first row of names
ALIASES = {plain(alias): column for column, words in HEADERS.items() for alias in words.split()}
LEVELS = {
    word: level
    for level, words in {
        Level.STATE: "国家级 国家 全国",
        Level.PROVINCE: "省级 省 全省",
        Level.CITY: "市级 市 全市",
        Level.COUNTY: "县级 县 区级 区 全县 县区级 县市区级",
        Level.TOWNSHIP: "镇级 乡镇级 镇街级 街道级 乡级",
        Level.UNIT: "本单位 单位级 单位 公司级 企业级",
    }.items()
    for word in words.split()
}

Fault = tuple[str, str, str]


@dataclass(frozen=True)
class Line:
    """One row of the list, its cells by column. `key` stays the same wherever the row stands."""

    cells: tuple[tuple[str, str], ...]

    def cell(self, column: str) -> str:
        """Return what stands in a column, "" for nothing."""
        return dict(self.cells).get(column, "")

    @property
    def words(self) -> str:
        """The row in one line, for people."""
        return " · ".join(cell for _column, cell in self.cells)

    @property
    def key(self) -> str:
        """A name for the row made of what it says."""
        said = "\n".join(f"{column}={values.fold(cell)}" for column, cell in sorted(self.cells))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Award:
    """What a row says, read; `name` is whose it is, before anybody looked who that may be."""

    name: str
    unit: str
    title: str
    level: str
    grade: str
    serial: str
    issuer: str
    issued_on: date | None


def rows_of(text: str) -> list[list[str]]:
    """Split pasted text into rows and cells: by tabs where there are any, else by commas or wide gaps."""
    lines = [line for line in text.splitlines() if line.strip()]
    split = re.compile(r"\t" if "\t" in text else r"[,，;；|]|\s{2,}")
    return [[without_unseen(cell).strip() for cell in split.split(line)] for line in lines]


def read_lines(rows: Iterable[list[str]]) -> list[Line]:
    """Return the rows below the header, which names the columns; without one they stand in the printed order."""
    columns, lines = list(UNNAMED_ORDER), []
    for cells in rows:
        cells = [without_unseen(cell).strip() for cell in cells]
        if not any(cells):
            continue
        named = [ALIASES.get(plain(cell), "") for cell in cells]
        if not lines and "name" in named:
            columns = [column if column not in named[:at] else "" for at, column in enumerate(named)]
            continue
        found = [(column, cell) for column, cell in zip(columns, cells, strict=False) if column]
        lines.append(Line(tuple((column, cell) for column, cell in found if not values.is_blank(cell))))
    return [line for line in lines if line.cells]


def written(lines: list[Line]) -> str:
    """Return lines as text to be pasted again, with a header of the columns they use."""
    used = [column for column in HEADERS if any(line.cell(column) for line in lines)]
    heads = [HEADERS[column].split()[0] for column in used]
    return "\n".join("\t".join(cells) for cells in (heads, *([line.cell(column) for column in used] for line in lines)))


def read(line: Line, usual: Award, today: date) -> tuple[Award, list[Fault]]:
    """Read a line; where it says nothing, what holds for the whole list stands in."""
    faults: list[Fault] = [
        (column, "long", str(limit)) for column, limit in LONGEST.items() if len(line.cell(column)) > limit
    ]
    name = tidy_name(line.cell("name"))
    if not name:
        faults.append(("name", "missing", ""))
    level = LEVELS.get(values.fold(line.cell("level")), "")
    issued_on = usual.issued_on
    if text := line.cell("issued_on"):
        issued_on, fault = values.read_day(text)
        if not fault and not EARLIEST <= issued_on <= today:
            fault = "ahead" if issued_on > today else "long_ago"
        if fault:
            faults.append(("issued_on", fault, text[:60]))
    elif issued_on is None:
        faults.append(("issued_on", "missing", ""))
    award = replace(
        usual,
        name=name,
        unit=values.fold(line.cell("unit")),
        title=line.cell("title") or usual.title,
        level=level or usual.level,
        grade="" if level else line.cell("level"),
        serial=line.cell("serial"),
        issuer=line.cell("issuer") or usual.issuer,
        issued_on=issued_on,
    )
    return award, faults
