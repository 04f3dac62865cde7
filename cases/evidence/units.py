"""Which units a figure may have, what kind each makes it, and where a unit's sign is part of another word (pure)."""

import re

MONEY = "元 美元 欧元 港元 日元 人民币 块钱"
AREA = "平方米 平米 平方公里 平方千米 平方厘米 平方 亩 公顷 ㎡ m² m2 km²"
LENGTH = "公里 千米 米 厘米 毫米 海里 华里 延米 km cm mm"
WEIGHT = "吨 公吨 公斤 千克 克 斤 毫克 kg"
TIME = """
年 个年头 个月 个多月 周 个星期 个多星期 星期 天 个小时 个多小时 小时 分钟 秒 秒钟 个工作日 工作日 学时 课时 昼夜
个季度 个昼夜 个学期 载
"""
AGE = "岁 周岁"
PERCENT = "% ％ ‰ 个百分点 百分点 成 倍 番"
COUNT = """
个 名 人 家 处 项 条 次 份 部 对 类 辆 台 套 件 户 支 场 期 批 位 所 座 间 张 面 块 种 组 篇 本 册 幅 封 例 起 宗
单 笔 只 头 株 棵 栋 幢 层 节 堂 门 票 款 道 轮 届 页 字 盏 桶 箱 瓶 盒 袋 副 双 顶 床 枚 顿 餐 剂 针 艘 架 列 口
眼 员 队 分 样 辆次 人次 户次 车次 台次 场次 班次 件次 批次 架次 人份 家次 例次 头次 点次 站次 人天 余人
立方米 立方 升 千瓦时 千瓦 兆瓦 千伏 度电 标箱 车位
"""
KINDS = {
    unit: kind
    for kind, units in (
        ("count", COUNT),
        ("money", MONEY),
        ("area", AREA),
        ("length", LENGTH),
        ("weight", WEIGHT),
        ("time", TIME),
        ("age", AGE),
        ("percent", PERCENT),
    )
    for unit in units.split()
}
# A sign that begins another word here is no unit: 18部门, 3名单, 20家庭. Written as unit: what may not follow.
NOT_BEFORE = """
个:体半 名:单义称额录词牌 人:民员口才大均力社家群身防事文心居物工士选生情为类武保格间气数
家:庭园属长乡具电政教国门风人 项:目 条:件例款约文 次:方序日要数生 份:额 部:门分队委长级署 类:型别似
台:账阶风湾州 套:餐路 件:套 户:籍外型主口均 场:所地景馆合 期:间限望待刊 批:评示复准 位:置于列居
所:有在以属需得谓长 间:接隔 张:贴家店榜 面:积向临对貌粉 块:头 种:类子植养 组:织长建成团合
本:地级县市局报月年人职领身科 起:来步草到诉码点 单:位元独体 只:有要是能需 头:雁号条 层:面次级
节:点约日能俗假 门:店户诊槛 道:路德理 轮:流换训候岗值 双:方向重拥创招 口:岸号碑径 列:入为出举车
队:伍员长列 分:钟别类为管片层级批之享公散布析工支局厅会明解子站队 年:级代度轻龄会底初末终货产均味画检审限报
周:年边岁围期密 天:然津气下空 载:体客重货 米:饭粉面厂 克:服难 升:级旗学温值降 元:旦素宵首帅
成:立为员果功效长绩本熟型就都 倍:感加受增 页:面 字:样体号形 样:板本式子貌态品 床:位 对:全接于口象外党照标应待策各其
"""
FOLLOWERS = {row.split(":")[0]: row.split(":")[1] for row in NOT_BEFORE.split()}


def _pattern() -> str:
    """Write the alternation of all units, longest first, each with what may not follow it."""
    parts = []
    for unit in sorted(KINDS, key=len, reverse=True):
        if unit in ("万", "亿"):
            continue
        followers = FOLLOWERS.get(unit, "")
        guard = f"(?![{followers}])" if followers else ""
        guard += r"(?![A-Za-z])" if unit.isascii() and unit != "%" else ""
        parts.append(re.escape(unit) + guard)
    return "|".join(parts)


UNIT = _pattern()


def kind_of(unit: str) -> str:
    """Give the kind of figure a unit makes, its scale (万, 亿) apart; count for none."""
    return KINDS.get(unit, "count")
