"""Which column of somebody's workbook is which, for each sort of row the ledger takes in (pure)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from members.imports.layout import Layout
from members.matching import columns

SAMPLE = "示例："  # a cell of our template's sample row begins with it


@dataclass(frozen=True)
class Column:
    """One thing a row may say. `headers` are what workbooks call it, first what our own template writes."""

    name: str
    label: str
    headers: str
    sample: str = ""

    @property
    def header(self) -> str:
        """The name of the column in our template."""
        return self.headers.split()[0]


DATE = "日期 活动日期 活动时间 时间 开展时间 开展日期 走访时间 走访日期 联系时间 联系日期 举办时间 会议时间 服务时间"
OWNER = "填报单位 单位 主办单位 组织单位 开展单位 责任单位 实施单位 牵头单位 主办方 所属单位"
REGION = "镇街 属地 所属镇街 所在镇街 乡镇 街道"
CAMPAIGN = "所属行动 行动 专项行动 品牌 工程 行动名称 品牌名称"
FIRM = "企业名称 企业 走访企业 走访单位 服务企业 对象企业 对象单位 入企名称 党支部 支部 支部名称 所在支部"

COLUMNS: dict[str, tuple[Column, ...]] = {
    "activity": (
        Column("kind", _("kind"), "活动类别 类别 活动类型 类型 活动形式 活动种类 工作类别", "走访慰问"),
        Column("happened_on", _("date"), DATE, "2024-05-20"),
        Column("organisation", _("organisation"), OWNER),
        Column("body", _("organisation visited or meeting"), FIRM),
        Column(
            "line",
            _("one line"),
            "活动内容 内容 简要内容 主要内容 活动情况 具体内容 工作内容 情况 走访情况 联系内容 "
            "联系情况 简要情况 一句话",
            f"{SAMPLE}看望一线司机，送去防暑用品（本行不会导入）",
        ),
        Column("title", _("title"), "活动名称 名称 主题 活动主题 标题 会议名称"),
        Column(
            "headcount",
            _("number of people"),
            "人数 参加人数 参与人数 参加人次 参与人次 人次 服务人数 惠及人数 参会人数",
            "35",
        ),
        Column("channel", _("how"), "方式 活动方式 开展方式 走访方式 联系形式", "现场"),
        Column("place", _("place"), "地点 活动地点 走访地点 地址 活动地址"),
        Column("venue", _("venue"), "阵地 阵地名称 驿站 驿站名称 场所"),
        Column("campaign", _("campaign"), CAMPAIGN),
        Column("region", _("region"), REGION),
        Column("people", _("people who took part, by name"), "参加人员姓名 人员姓名 参训人员姓名"),
        Column("helped", _("person helped"), "帮扶对象 联系对象 走访对象 被帮扶人 司机姓名 驾驶员姓名"),
        Column("helper", _("person who helps"), "帮扶人 帮扶干部 结对干部 帮扶责任人 联系干部"),
        Column("co_organisations", _("together with"), "协办单位 联合单位 参与单位 参加单位 参会单位"),
    ),
}
NEEDED = {"activity": frozenset({"happened_on"})}
# What may hold for every row where no column says it.
CONSTANT = {"activity": ("kind", "year")}
PERSONAL = frozenset({"people", "person", "helper", "helped"})

ALIASES = {
    subject: {alias: column.name for column in reversed(found) for alias in column.headers.split()}
    for subject, found in COLUMNS.items()
}


def plain(header: str) -> str:
    """Return a header cell without widths, spaces, stars and remarks in brackets."""
    text = re.sub(r"[(\[【].*?[)\]】]", "", unicodedata.normalize("NFKC", str(header)))
    return re.sub(r"[\s_*#:：.、\-/\\\"'?！!]+", "", text)


def meanings(subject: str) -> list[tuple[str, str]]:
    """Return what a column may mean, as choices."""
    return [("", _("left out")), *((column.name, column.label) for column in COLUMNS[subject])]


def understand(subject: str, rows: list[list[str]], remembered: Mapping[str, str]) -> Layout | None:
    """Find the header and what its columns mean; None where no row names what is needed.

    `remembered` (header to field, "" for a column left out on purpose) overrules what the words suggest. The sample
    row of our template is passed over.
    """
    aliases = ALIASES[subject]

    def reading(cells: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for position, cell in enumerate(cells):
            name = aliases.get(plain(cell))
            if name is not None:
                found.setdefault(name, position)
        return found

    wanted = {header: name for header, name in remembered.items() if name}
    header = columns.find_header(rows, wanted, reading, NEEDED[subject])
    if header is None:
        return None
    positions, cells, first = header
    fields = [""] * len(cells)
    for name, position in positions.items():
        if remembered.get(cells[position], name) == name:
            fields[position] = name
    if first < len(rows) and any(cell.startswith(SAMPLE) for cell in rows[first]):
        first += 1
    return Layout([" ".join(cell.split()) for cell in cells], fields, first)
