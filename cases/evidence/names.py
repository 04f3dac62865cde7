"""What has a number and a unit and yet claims nothing: names, dates, ordinals, idioms, structure (pure)."""

import re

CHINESE_DIGITS = "〇零一二两三四五六七八九十百千万亿"
OPENERS, CLOSERS = "“‘「『《", "”’」』》"
NAME_LENGTH = 14  # our choice: a quoted phrase that begins with the number and is this short is a name

ORDINAL = re.compile(r"前\s*$|(?:排名|位列|位居)\s*$")
RANKED = re.compile(r"(?:第|编号|初)\s*$")
INDEFINITE = re.compile(r"[数几好]\s*$")
# What a numeral belongs to by what comes right after unit and number.
NAMED_AFTER = re.compile(
    r"\s*(?:年级|年代|周年|方程?|届?[一二三四五六七八九]中全会|分钟?[^，。,；;\n]{0,10}圈|小时[^，。,；;\n]{0,8}圈)"
)
PLAN = re.compile(r"\s*(?:行动|规划|计划|攻坚|提升工程|强基)")
CIRCLE = re.compile(r"[^，。,；;、\n“”]{0,10}(?:服务|生活|便民|党建|党群|救援|应急|阅读|健身|就业|通勤|医疗|养老)?圈")
# Chinese numerals that count parts of the text or of a system, not things: 三个方面, 四大部分, 三组关系.
STRUCTURE = re.compile(
    r"\s*(?:主要|重点|关键|具体|突出|基本|核心|重要|不同|大|明显|显著|鲜明|典型|工作|发展|建设)?的?"
    r"(?:部分|方面|层面|环节|阶段|维度|步骤|层次|角度|机制|模式|体系|关系|原则|要点|重点|抓手|目标|路径|特点|特征|难题|优势|理念"
    r"|关键|方向|领域|板块|篇章|视角|问题|导向|转变|变化|结合|统一|作用|举措|措施|办法|要求|任务|标准|时期|时代|意义|思想)"
)
# Slogans and institutions: numeral, measure word, and the word that makes it a name.
SLOGAN = re.compile(
    r"个(?:一(?!名|个|家|处|项)|意识|自信|维护|确立|全面|代表(?!队|团)|伟大|务必|坚持|牢牢|一律|倡导|服从|区分|到位|带头|一百年|革命"
    r"|不变|不准|不得|必须|结合|面向|清零|覆盖|更加|统筹|优先|打通|一流|满意|融合|同步|到底|延伸|下沉)"
    r"|项(?:规定|纪律|基本原则)|种形态|位一体|条主线|张网|件事|本账|道防线|支队伍|方共建"
)
IDIOM = re.compile(f"[{CHINESE_DIGITS}](?![{CHINESE_DIGITS}])[\u4e00-\u9fff][{CHINESE_DIGITS}][\u4e00-\u9fff]")


def is_ordinal(text: str, start: int) -> bool:
    """Tell whether the number may count a place in an order: 前3名, 位列2."""
    return bool(ORDINAL.search(text[max(0, start - 6) : start]))


def is_date(text: str, number_start: int, number_end: int, unit: str, value: object) -> bool:
    """Tell whether number and unit say a year, a decade or an anniversary."""
    after = text[number_end : number_end + 8]
    if unit == "年" and isinstance(value, int) and 1900 <= value <= 2099:
        return True
    if re.match(r"\s*(?:年级|年代|周年|年\s*\d{1,2}\s*月|年[一二三四五六七八九十]{1,3}月)", after):
        return True
    before = text[max(0, number_start - 6) : number_start]
    return bool(unit == "年" and re.search(r"(?:19|20)\d{2}\s*[-–—~～至到]\s*$", before))


def is_quoted_name(text: str, start: int, end: int) -> bool:
    """Tell whether the figure opens a short quoted phrase, which is then a name: “15分钟服务圈”, “三组关系”."""
    if not start or text[start - 1] not in OPENERS:
        return False
    closing = next((i for i in range(end, min(len(text), end + NAME_LENGTH)) if text[i] in CLOSERS), -1)
    return closing >= 0 and not re.search(r"[，。,；;、+＋]", text[end:closing])


def inside_short_name(text: str, start: int, end: int) -> bool:
    """Tell whether the figure stands within a quoted name of one phrase with no clause in it (《…》 too)."""
    opening = next((i for i in range(start - 1, max(-1, start - 12), -1) if text[i] in OPENERS + CLOSERS), -1)
    if opening < 0 or text[opening] in CLOSERS:
        return False
    if text[opening] == "《":
        return "》" in text[end : end + 40]
    return False


def is_name(text: str, number_start: int, number_end: int, end: int, *, chinese: bool) -> bool:
    """Tell whether number and unit belong to a name, an idiom or a structure."""
    after = text[end : end + 24]
    if NAMED_AFTER.match(text[number_end : number_end + 20]) or PLAN.match(after):
        return True
    if text[number_end:end].strip().startswith(("分钟", "小时")) and CIRCLE.match(after):
        return True
    if re.match(r"\s*(?:次方|后|代|线城市)", text[number_end : number_end + 5]):
        return True
    if re.match(r"对\s*[\d一二两三多]", text[number_end : number_end + 3]):
        return True
    if is_quoted_name(text, number_start, end) or inside_short_name(text, number_start, end):
        return True
    if not chinese:
        return False
    around = text[max(0, number_start - 2) : number_end + 3]
    position = number_start - max(0, number_start - 2)
    if text[max(0, number_start - 2) : number_start] == "两个":
        return True  # 两个一百年
    single = number_end - number_start == 1
    idiom = single and any(IDIOM.match(around, at) for at in (position, position - 2) if at >= 0)
    return idiom or bool(SLOGAN.match(text[number_end : number_end + 8]) or STRUCTURE.match(after))
