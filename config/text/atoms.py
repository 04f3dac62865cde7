"""A text cut for comparing: words, and each number with its unit as one atom (pure)."""

import re

from config.text.segment import words

UNITS = (
    "平方公里|平方千米|平方米|个百分点|个工作日|立方米|个小时|个星期|人次|户次|车次|场次|批次|公里|千米|厘米|毫米|平米|公顷|公斤|千克"
    "|小时|分钟|个月|周岁|月份|万元|亿元|美元|余家|[%％‰㎡元亩米吨斤岁年月日天周秒时点分期届个名人家处项条次份部对类辆台套件户支场批位所"
    "座间张面块种组篇本册幅封例起宗单笔只头株棵栋幢层节堂门票款道轮页字成倍番号]"
)
ARABIC = r"\d+(?:[.,:：]\d+)*"
CHINESE = (
    "百分之[零一二三四五六七八九十百点]+|[零〇一二两三四五六七八九十百千万亿]{2,12}(?=[余多几]?[万亿]?(?:"
    + UNITS
    + "))"
)
ATOM = re.compile(rf"(?P<figure>(?:{ARABIC}|{CHINESE})[ \u00a0]?[余多几]?[ \u00a0]?[万亿]?余?[ \u00a0]?(?:{UNITS})?)")


def atoms(text: str) -> list[str]:
    """Cut a text into atoms; together they are the text again. `18 名` and `30余次` are one atom each."""
    found: list[str] = []
    position = 0
    for match in ATOM.finditer(text):
        if match.start() > position:
            found += words(text[position : match.start()])
        figure = match.group().rstrip(" \u00a0")
        found.append(figure)
        position = match.start() + len(figure)
    return found + (words(text[position:]) if position < len(text) else [])


def is_figure(atom: str) -> bool:
    """Tell whether an atom is a number with or without its unit."""
    return bool(ATOM.fullmatch(atom))
