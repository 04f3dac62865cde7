"""Which column of somebody's workbook is which, for each sort of row the ledger takes in (pure)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from members.imports.layout import Layout
from members.matching import columns
from services.imports.values import seen

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
    "grant": (
        Column("kind", _("kind"), "发放类别 类别 给予类别 荣誉类别 证书类别 类型 种类", "关爱大礼包"),
        Column(
            "name",
            _("what"),
            "名称 物品名称 物资名称 荣誉名称 证书名称 奖项 奖项名称 内容 发放内容",
            f"{SAMPLE}夏季关爱包（本行不会导入）",
        ),
        Column(
            "given_on",
            _("given on"),
            "日期 发放日期 发放时间 时间 授予日期 授予时间 发证日期 获奖时间 表彰时间",
            "2024-05-20",
        ),
        Column("quantity", _("quantity"), "数量 份数 发放数量 发放份数 件数", "40"),
        Column("organisation", _("organisation"), OWNER),
        Column("person", _("person"), "姓名 领取人 获奖人 获得者 持证人 受助人 人员姓名 领取人姓名"),
        Column("employer", _("employer (tells namesakes apart)"), "工作单位 所在单位 从业单位"),
        Column("body", _("organisation that got it"), "获得单位 领取单位 领取企业 获奖单位 获评单位 受赠单位 拨付单位"),
        Column("amount", _("amount in yuan"), "金额 金额元 资金 拨付金额 补助金额"),
        Column("amount_wan", _("amount in ten thousand yuan"), "金额万元 资金万元 拨付金额万元 补助金额万元"),
        Column("level", _("level"), "级别 荣誉级别 表彰级别 层级", "省级"),
        Column("grade", _("grade"), "等级 技能等级 证书等级"),
        Column("issuer", _("given by"), "授予单位 颁发单位 发证机关 发证单位 表彰单位 发放单位"),
        Column("serial", _("number on the paper"), "证书编号 编号 证号 文号"),
        Column("campaign", _("campaign"), CAMPAIGN),
        Column("region", _("region"), REGION),
    ),
    "pairing": (
        Column("kind", _("kind"), "结对类别 类别 结对类型 帮扶类型 类型", "三个一帮扶"),
        Column("helper", _("person who helps"), "帮扶人 帮扶干部 结对干部 帮扶责任人 帮扶人姓名 师傅 企业秘书 联系人"),
        Column("helper_organisation", _("organisation that helps"), "帮扶单位 帮扶人单位 结对单位 甲方"),
        Column("helped", _("person helped"), "帮扶对象 司机 司机姓名 驾驶员 驾驶员姓名 被帮扶人 徒弟 对象姓名"),
        Column(
            "helped_organisation", _("organisation helped"), "帮扶企业 对象企业 联系企业 服务企业 企业 企业名称 乙方"
        ),
        Column("employer", _("employer (tells namesakes apart)"), "工作单位 所在单位 从业单位 司机单位"),
        Column(
            "started_on", _("from"), "开始日期 结对日期 结对时间 开始时间 起始日期 签订日期 签约日期 日期", "2024-01-01"
        ),
        Column("ended_on", _("to"), "结束日期 结束时间 终止日期 到期日期"),
        Column("end_reason", _("why it ended"), "结束原因 终止原因"),
        Column("organisation", _("organisation"), "填报单位 单位 主管单位 责任单位 牵头单位"),
        Column(
            "terms",
            _("what each side does"),
            "结对内容 约定内容 帮扶措施 帮扶内容 协议内容 备注",
            f"{SAMPLE}每周联系、每月走访（本行不会导入）",
        ),
        Column("campaign", _("campaign"), CAMPAIGN),
        Column("region", _("region"), REGION),
    ),
    "matter": (
        Column(
            "kind", _("category"), "事项类别 类别 诉求类别 问题类别 诉求类型 问题类型 事项类型 类型 分类", "运费拖欠"
        ),
        Column(
            "received_on",
            _("received on"),
            "受理日期 受理时间 登记日期 登记时间 反映日期 反映时间 收到日期 来电时间 交办日期 日期 时间",
            "2024-05-20",
        ),
        Column(
            "title",
            _("what is asked"),
            "诉求内容 事项内容 问题内容 反映内容 反映问题 问题描述 问题 诉求 事项 内容 主要内容 任务 任务内容 建议内容",
            f"{SAMPLE}运费被拖欠三个月（本行不会导入）",
        ),
        Column(
            "requester", _("name of who asks"), "反映人 诉求人 来电人 当事人 姓名 司机姓名 反映人姓名 建议人 提出人"
        ),
        Column("phone", _("mobile number"), "联系电话 电话 手机号 手机 手机号码 联系方式 反映人电话"),
        Column("body", _("enterprise or body concerned"), "涉及企业 企业 企业名称 所在企业 涉及单位 对象企业"),
        Column("way", _("came in"), "来源 受理方式 反映渠道 渠道 诉求来源 受理渠道 来源渠道", "电话"),
        Column("organisation", _("organisation"), "受理单位 填报单位 单位 登记单位"),
        Column("lead_body", _("leading unit"), "责任单位 承办单位 牵头单位 办理单位 主办单位 交办单位"),
        Column("due_on", _("due on"), "办理期限 办结期限 截止日期 完成时限 时限 办理时限"),
        Column("closed_on", _("closed on"), "办结日期 办结时间 完成日期 完成时间 解决时间 办复日期"),
        Column("outcome", _("outcome"), "办理结果 结果 是否解决 办结情况 解决情况 办理状态"),
        Column("answer", _("answer"), "答复内容 答复 办理情况 处理情况 处理结果 办理措施 落实情况"),
        Column("satisfaction", _("call-back"), "回访结果 满意度 满意情况 回访情况 是否满意 评价"),
        Column("campaign", _("campaign"), CAMPAIGN),
        Column("region", _("region"), REGION),
    ),
    "venue": (
        Column("kind", _("kind"), "阵地类别 类别 阵地类型 类型", "司机之家"),
        Column("name", _("name"), "阵地名称 名称 站点名称 驿站名称", f"{SAMPLE}东站司机之家（本行不会导入）"),
        Column("organisation", _("organisation"), "管理单位 填报单位 单位 责任单位 运营单位"),
        Column("region", _("region"), REGION),
        Column("address", _("address"), "地址 详细地址 位置 地点"),
        Column("opened_on", _("open since"), "启用日期 启用时间 建成日期 建成时间 投用时间 开放日期", "2024-01-01"),
        Column("opening_hours", _("opening hours"), "开放时间 服务时间 开放时段", "每天 8:00 至 20:00"),
        Column("rooms", _("rooms"), "房间数 房间 客房"),
        Column("beds", _("beds"), "床位数 床位"),
        Column("zones", _("zones"), "功能区数 功能区 分区"),
        Column("area_square_metres", _("area in square metres"), "面积 建筑面积 面积平方米 使用面积"),
        Column("offers", _("what is there"), "设施 服务内容 功能 配备设施 服务设施"),
        Column("campaign", _("campaign"), CAMPAIGN),
    ),
}
NEEDED = {
    "activity": frozenset({"happened_on"}),
    "grant": frozenset({"given_on"}),
    "pairing": frozenset({"started_on"}),
    "matter": frozenset({"received_on"}),
    "venue": frozenset({"name"}),
}
REMARK = re.compile(r"[(\[【].*?[)\]】]")
PUNCTUATION = re.compile(r"[\s_*#:：.、\-/\\\"'?！!()\[\]【】]+")
PERSONAL = frozenset({"people", "person", "helper", "helped", "requester", "phone"})

ALIASES = {
    subject: {alias: column.name for column in reversed(found) for alias in column.headers.split()}
    for subject, found in COLUMNS.items()
}


def plain(header: str) -> str:
    """Return a header cell without widths, spaces, stars and remarks in brackets."""
    return PUNCTUATION.sub("", REMARK.sub("", unicodedata.normalize("NFKC", seen(str(header)))))


def spellings(header: str) -> list[str]:
    """Return what a header cell says with the remark in brackets, then without it.

    A remark that says ten thousand changes what the column is, so it is never left out.
    """
    whole = PUNCTUATION.sub("", unicodedata.normalize("NFKC", seen(str(header))))
    return [whole] if "万" in whole else [whole, plain(header)]


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
            name = next((aliases[text] for text in spellings(cell) if text in aliases), None)
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
    return Layout([" ".join(seen(cell).split()) for cell in cells], fields, first)
