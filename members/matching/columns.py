"""Which column of somebody's workbook is which: header cells in Chinese or English, in one or two rows (pure).

Runs on Python 3.8, since the stand-alone token script carries it along.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

HEADER_ROWS = 20  # titles and notes stand above the header in real workbooks, never more than this

FIELDS = ("rid", "name", "id_no", "phone", "plate", "birth", "employer", "branch")

ALIASES = {
    "rid": "rid",
    "name": (
        "name fullname realname xm driver drivername courier member 姓名 名字 党员姓名 "
        "党员 人员姓名 员工姓名 从业人员 从业人员姓名 驾驶员 驾驶员姓名 司机 司机姓名 快递员 "
        "快递员姓名 骑手 骑手姓名 外卖员姓名 车主 "
        "车主姓名 本人姓名 真实姓名"
    ),
    "id_no": (
        "idno id_no idnumber idcard idcardno identityno identitynumber sfz sfzh "
        "sfzhm 身份证 身份证号 身份证号码 居民身份证 居民身份证号 居民身份证号码 公民身份号码 "
        "公民身份证号 公民身份证号码 身份号码 "
        "证件号 证件号码 证件编号"
    ),
    "phone": (
        "phone phoneno phonenumber mobile mobileno mobilephone cellphone tel "
        "telephone sjh sjhm 手机 手机号 手机号码 联系电话 电话 电话号码 联系方式 移动电话 本人电话 联系手机 本人手机 "
        "本人手机号 手机电话"
    ),
    "plate": (
        "plate plateno platenumber licenseplate licenceplate vehicle cph 车牌 车牌号 "
        "车牌号码 号牌 号牌号码 车辆号牌 车辆牌照 牌照号 车号 车辆牌号"
    ),
    "birth": "birth birthday birthdate dateofbirth dob 出生日期 出生年月 出生年月日 生日",
    "employer": (
        "employer company enterprise workplace 单位 工作单位 单位名称 所属单位 企业 企业名称 所属企业 公司 "
        "公司名称 所属公司 运输企业 从业单位 所在单位 业户名称 用人单位 所在企业"
    ),
    "branch": (
        "branch partybranch 党支部 支部 所在党支部 所属党支部 支部名称 党支部名称 所在支部 组织关系 "
        "组织关系所在党支部 "
        "组织关系所在支部 党组织 党组织名称 所在党组织 所属党组织"
    ),
}
EXACT = {alias: field for field, aliases in ALIASES.items() for alias in aliases.split()}
CONTAINED = (
    ("id_no", "身份证"),
    ("id_no", "身份号"),
    ("phone", "手机"),
    ("plate", "车牌"),
    ("plate", "号牌"),
    ("branch", "党支部"),
    ("birth", "出生"),
    ("employer", "工作单位"),
    ("employer", "企业名称"),
)
SOMEONE_ELSE = re.compile(
    "联系人|紧急|配偶|爱人|家属|家庭|介绍人|父|母|子女|法人|法定|负责人|经办|书记|填表|单位电话|办公|地址|复印|照片|有效期|类型|颜色|日期$"
)

NEEDED = frozenset({"name", "id_no", "phone", "plate"})
PERSONAL = {"name", "id_no", "phone", "birth"}
WHOSE = re.compile("车主|所有人|owner|keeper|驾驶员|驾驶人|司机|driver")


def field_of(header: str) -> tuple[str, int]:
    """Name the field a header cell means, and how sure (2 exact, 1 contained); ("", 0) if none."""
    text = unicodedata.normalize("NFKC", str(header)).lower()
    for kept in (text, re.sub(r"[(\[【].*?[)\]】]", "", text)):
        kept = re.sub(r"[\s_*#:：.、\-/\\\"'?！!]+", "", kept)
        if kept in EXACT:
            return EXACT[kept], 2
    kept = re.sub(r"\s", "", text)
    if not SOMEONE_ELSE.search(kept):
        for field, word in CONTAINED:
            if word in kept:
                return field, 1
    return "", 0


def understand(cells: Sequence[str]) -> dict[str, int]:
    """Map fields to positions in one row of header cells; the surest wins, then the leftmost.

    Where a row holds a vehicle's keeper and its driver, everything is taken from the one whose identity number (else
    phone) is there, so that nobody gets another's number.
    """
    offers: dict[str, list[tuple[int, int, str]]] = {}
    for position, cell in enumerate(cells):
        field, certainty = field_of(cell)
        if field:
            offers.setdefault(field, []).append((-certainty, position, _whose(cell)))
    key = min(offers.get("id_no") or offers.get("phone") or [(0, 0, "")])[2]
    fitting = {
        field: [offer for offer in found if not key or field not in PERSONAL or offer[2] in {key, ""}]
        for field, found in offers.items()
    }
    return {
        field: min(fitting[field], key=lambda offer: (offer[2] != key, offer))[1]
        for field in FIELDS
        if fitting.get(field)
    }


def _whose(header: str) -> str:
    """Tell whether a header speaks of the keeper or the driver; "" where it does not say."""
    found = WHOSE.match(re.sub(r"\s", "", str(header)).lower())
    return {"车主": "keeper", "所有人": "keeper", "owner": "keeper", "keeper": "keeper", None: ""}.get(
        found and found.group(), "driver"
    )


def find_header(
    rows: Sequence[Sequence[str]],
    remembered: Mapping[str, str] | None = None,
    reading: Callable[[Sequence[str]], dict[str, int]] = understand,
    needed: frozenset[str] = NEEDED,
) -> tuple[dict[str, int], list[str], int] | None:
    """Find the header among the first rows: (fields to positions, header cells, index of the first data row).

    A title above it is passed over. Of a header in two rows (merged cells give a group its name, the row below says
    what each column is) the lower cell counts where it says something. `remembered` maps a header cell to its field.
    Returns None where no row names one of the `needed` fields: a name, an identity number, a phone or a plate. Tables
    of other things than people bring their own `reading` of a row of header cells.
    """
    best = None
    for index, row in enumerate(rows[:HEADER_ROWS]):
        options = [(list(row), index + 1)]
        if index + 1 < len(rows):
            below = rows[index + 1]
            width = max(len(row), len(below))
            upper, lower = [list(cells) + [""] * (width - len(cells)) for cells in (row, below)]
            if any(reading([cell]) for cell in lower):
                options.append(([low if low.strip() else upper[at] for at, low in enumerate(lower)], index + 2))
        for cells, first in options:
            found = reading(cells)
            for position, cell in enumerate(cells):
                if remembered and cell in remembered:
                    found[remembered[cell]] = position
            if needed & found.keys() and (best is None or len(found) > len(best[0])):
                best = (found, cells, first)
    return best
