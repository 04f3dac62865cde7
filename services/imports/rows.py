"""Rows of workbooks into what the ledger keeps, or why they cannot be taken: one reader a subject (pure)."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from services.imports import values
from services.imports.columns import PERSONAL
from services.imports.reading import Fault, Reading, Row, Texts
from services.models.activity import Channel
from services.models.ledger import Level
from services.models.matter import Outcome, Satisfaction, Way
from services.models.pairing import EndReason
from services.queries.named import Names

LONG_NUMBER, SPACERS = re.compile(r"\d{11}"), re.compile(r"[\s-]")  # a phone's eleven digits, an identity number's more
TOTALS = {"合计", "总计", "小计", "共计", "总数"}
MOST_PEOPLE = 1_000_000
MOST_THINGS = 10_000_000
MOST_ROOMS = 10_000
CHANNELS = {
    **dict.fromkeys(("现场", "实地", "上门", "走访", "当面", "面对面"), Channel.ON_SITE),
    **dict.fromkeys(("电话", "电话联系"), Channel.PHONE),
    **dict.fromkeys(("线上", "网络", "微信", "视频"), Channel.ONLINE),
}
LEVELS = {
    **dict.fromkeys(("国家级", "国家", "全国", "部级"), Level.STATE),
    **dict.fromkeys(("省级", "省", "全省"), Level.PROVINCE),
    **dict.fromkeys(("市级", "市", "全市"), Level.CITY),
    **dict.fromkeys(("县级", "县", "全县", "区级", "县区级"), Level.COUNTY),
    **dict.fromkeys(("镇街级", "镇级", "乡镇级", "镇街"), Level.TOWNSHIP),
    **dict.fromkeys(("本单位", "单位", "企业"), Level.UNIT),
}
ENDS = {
    **dict.fromkeys(("帮扶人离任", "离任", "调离", "帮扶人调离"), EndReason.HELPER_LEFT),
    **dict.fromkeys(("帮扶对象离开", "离开", "离职"), EndReason.HELPED_LEFT),
    **dict.fromkeys(("移交", "移交他人", "换人"), EndReason.HANDED_OVER),
    **dict.fromkeys(("到期", "协议到期", "期满"), EndReason.EXPIRED),
    **dict.fromkeys(("完成", "已完成", "目的达到", "办结"), EndReason.DONE),
}
WAYS = {
    **dict.fromkeys(("电话", "来电", "热线", "电话反映"), Way.PHONE),
    **dict.fromkeys(("来访", "当面", "上门", "现场", "走访", "窗口"), Way.VISIT),
    **dict.fromkeys(("结对", "帮扶", "三个一", "联系"), Way.PAIRING),
    **dict.fromkeys(("会议", "座谈会", "联席会", "座谈"), Way.MEETING),
    **dict.fromkeys(("阵地", "驿站", "司机之家"), Way.VENUE),
    **dict.fromkeys(("平台", "12345", "政务热线", "12345热线", "平台转办"), Way.PLATFORM),
    **dict.fromkeys(("线上", "网络", "微信", "微信群", "小程序"), Way.ONLINE),
    **dict.fromkeys(("交办", "上级交办", "转办"), Way.ORDER),
}
OUTCOMES = {
    **dict.fromkeys(("已解决", "解决", "是", "已办结", "办结", "完成", "已完成", "采纳", "已采纳"), Outcome.SOLVED),
    **dict.fromkeys(("部分解决", "部分办结", "部分采纳"), Outcome.PARTLY),
    **dict.fromkeys(("解释说明", "已解释", "解释", "未采纳", "未解决", "不采纳"), Outcome.EXPLAINED),
}
HEARD = {
    **dict.fromkeys(("满意", "非常满意", "是"), Satisfaction.SATISFIED),
    **dict.fromkeys(("基本满意", "较满意", "比较满意"), Satisfaction.BASICALLY),
    **dict.fromkeys(("不满意", "否"), Satisfaction.UNSATISFIED),
    **dict.fromkeys(("未接通", "无人接听", "联系不上", "未联系上"), Satisfaction.UNREACHED),
    **dict.fromkeys(("无需回访", "不需回访", "未留电话"), Satisfaction.NOT_NEEDED),
}
LONGEST_TITLE, LONGEST_DETAIL = 120, 2000


def activity(reading: Reading) -> None:
    """Read something that happened."""
    reading.kind()
    day = reading.day("happened_on")
    reading.named("organisation")
    about = reading.named("body")
    place = reading.named("venue")
    reading.text("line", 200)
    reading.text("title", 100)
    reading.text("place", 100)
    reading.count("headcount", MOST_PEOPLE)
    reading.choice("channel", CHANNELS)
    reading.named("campaign")
    reading.listed("people", "person")
    reading.listed("co_organisations", "body")
    reading.region(about, place, reading.paired("helped", day))


def grant(reading: Reading) -> None:
    """Read something given: to somebody, to a body, or just so many."""
    label = reading.kind()
    reading.day("given_on")
    reading.named("organisation")
    if not reading.text("name", 100):
        reading.row.values["name"] = label
    reading.count("quantity", MOST_THINGS)
    reading.amount("amount")
    reading.amount("amount_wan", is_wan=True)
    person = reading.named("person", told_by="employer")
    body = reading.named("body")
    if person is not None and body is not None:
        reading.fault("body", "two_recipients")
    reading.choice("level", LEVELS)
    reading.text("grade", 20)
    reading.text("issuer", 100)
    reading.text("serial", 60)
    reading.named("campaign")
    reading.region(body)


def pairing(reading: Reading) -> None:
    """Read who stands by whom: a person or a body on each side."""
    reading.kind()
    reading.named("organisation")
    started = reading.day("started_on")
    ended = reading.day("ended_on", is_needed=False, is_past=False)
    reading.choice("end_reason", ENDS)
    if ended is not None and "end_reason" not in reading.row.values:
        reading.fault("end_reason", "missing")
    if ended is None and "end_reason" in reading.row.values:
        reading.fault("ended_on", "missing")
    if started is not None and ended is not None and ended < started:
        reading.fault("ended_on", "before", ended.isoformat())
    helped = reading.named("helped", "person", told_by="employer")
    helped_body = reading.named("helped_organisation", "body")
    reading.named("helper", "person", told_by="helper_organisation")
    if "helper" not in reading.row.said:
        reading.named("helper_organisation", "body")
    for side in ("helper", "helped"):
        if side not in reading.row.said and f"{side}_organisation" not in reading.row.said:
            reading.fault(side, "missing")
    if helped is not None and helped_body is not None:
        reading.fault("helped_organisation", "two_sides")
    reading.named("campaign")
    reading.text("terms", 1000)
    reading.region(helped_body)


def matter(reading: Reading) -> None:
    """Read what was asked or assigned, and what came of it. What is too long for one line becomes the detail."""
    reading.kind()
    received = reading.day("received_on")
    reading.named("organisation")
    said = reading.text("title", LONGEST_DETAIL, is_needed=True)
    if len(said) > LONGEST_TITLE:
        reading.row.values |= {"title": said[: LONGEST_TITLE - 1] + "…", "detail": said}
    reading.asked_by()
    about = reading.named("body")
    reading.choice("way", WAYS)
    reading.named("lead_body", "body")
    due = reading.day("due_on", is_needed=False, is_past=False)
    closed = reading.day("closed_on", is_needed=False)
    for name, day in (("due_on", due), ("closed_on", closed)):
        if received is not None and day is not None and day < received:
            reading.fault(name, "before", day.isoformat())
    reading.choice("outcome", OUTCOMES)
    reading.choice("satisfaction", HEARD)
    reading.text("answer", 1000)
    found = reading.row.values
    if closed is not None and "outcome" not in found and not reading.texts.get("outcome"):
        reading.fault("outcome", "no_outcome")
    if "closed_on" not in reading.row.said and ("outcome" in found or "satisfaction" in found):
        reading.fault("closed_on", "not_closed")
    reading.named("campaign")
    reading.region(about)


def venue(reading: Reading) -> None:
    """Read a place."""
    reading.kind()
    reading.named("organisation")
    reading.text("name", 80, is_needed=True)
    reading.day("opened_on")
    reading.text("address", 160)
    reading.text("opening_hours", 100)
    for name in ("rooms", "beds", "zones"):
        reading.count(name, MOST_ROOMS)
    reading.count("area_square_metres", MOST_THINGS)
    reading.text("offers", 1000)
    reading.named("campaign")
    reading.region()


READERS: dict[str, Callable[[Reading], None]] = {
    "activity": activity,
    "grant": grant,
    "pairing": pairing,
    "matter": matter,
    "venue": venue,
}
# Which sort of name each column holds, so that all names of a file are looked up together.
SORTS = {
    "activity": {
        "organisation": "organisation",
        "body": "body",
        "venue": "venue",
        "campaign": "campaign",
        "region": "region",
        "people": "person",
        "co_organisations": "body",
        "helped": "pairing",
    },
    "grant": {
        "organisation": "organisation",
        "person": "person",
        "body": "body",
        "campaign": "campaign",
        "region": "region",
    },
    "pairing": {
        "organisation": "organisation",
        "helper": "person",
        "helper_organisation": "body",
        "helped": "person",
        "helped_organisation": "body",
        "campaign": "campaign",
        "region": "region",
    },
    "matter": {
        "organisation": "organisation",
        "requester": "person",
        "body": "body",
        "lead_body": "body",
        "campaign": "campaign",
        "region": "region",
    },
    "venue": {"organisation": "organisation", "campaign": "campaign", "region": "region"},
}
LISTED = frozenset({"people", "co_organisations"})


def texts_of(cells: list[str], fields: list[str], constants: Mapping[str, str]) -> Texts:
    """Return a row's cells by meaning, with what holds for every row where its own cell says nothing."""
    found = {name: values.seen(cell) for name, cell in zip(fields, cells, strict=False) if name}
    for name, text in constants.items():
        if values.is_blank(found.get(name, "")):
            found[name] = text
    return found


def names_in(subject: str, rows: list[Texts]) -> dict[str, set[str]]:
    """Return every name the rows hold, by sort."""
    wanted: dict[str, set[str]] = {sort: set() for sort in SORTS[subject].values()}
    for name, sort in SORTS[subject].items():
        cells = {text for row in rows if not values.is_blank(text := row.get(name, ""))}
        wanted[sort] |= {one for text in cells for one in values.read_names(text)} if name in LISTED else cells
    return wanted


def read(subject: str, texts: Texts, names: Names, today: date) -> Row:
    """Read one row."""
    if any(values.fold(text) in TOTALS for text in list(texts.values())[:3]):
        return Row(faults=[("", "total", "")])
    year = texts.get("year", "")
    reading = Reading(texts, names, today, int(year) if year.isdecimal() else None)
    READERS[subject](reading)
    return reading.row


def without_names(faults: list[Fault]) -> list[Fault]:
    """Return faults as the database may keep them: of people's names and numbers only that there was one."""
    return [
        (name, code, "" if name in PERSONAL or LONG_NUMBER.search(SPACERS.sub("", text)) else text)
        for name, code, text in faults
    ]
