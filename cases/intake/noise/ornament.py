"""Ornaments of public-account posts: rules, symbols, Latin banners, follow-us lines, bare numbering (pure)."""

import re
import unicodedata
from collections import Counter

from cases.intake.noise.lines import Line

# Signs a sentence may be broken at: a line of nothing else can belong to the text.
SENTENCE_SIGNS = set("…。，？！、；：“”‘’（）()《》〈〉【】「」『』,.;:!?\"'%％") | {"\u2014"}
RULE_SIGNS = set("-_=~*#+.·•^<>/\\|\u2014\u2013\u2026—﹏﹎‖︱")
LATIN_BANNER = re.compile(r"[A-Z][A-Z' &·.]{2,38}")
KNOWN_BANNER = re.compile(r"(?:the\s+)?end|fin|start|top|more|next|part|chapter|vol", re.I)
NUMBER_WORDS = re.compile(r"(?:(?:part|no|step|chapter|vol|lesson)[\s.．·:：]*)?0?(\d{1,2})", re.I)
CIRCLED = {chr(0x2460 + index): index + 1 for index in range(20)} | {
    chr(0x2776 + index): index + 1 for index in range(10)
}
FOLLOW_US = re.compile(
    r"(?:[↑↓▲▼👆👇☝>》\s]*)(?:"
    r"(?:请|欢迎)?(?:点击|戳|轻触|轻点)?(?:上方|下方|上面|下面|左下角|右下角|文末|顶部)?[“\"]?(?:蓝色?字体?|名片|卡片)[”\"]?.{0,14}(?:关注|订阅).{0,14}"
    r"|(?:点击|戳|轻触)(?:上方|下方|左下角|右下角|文末).{0,16}(?:关注|订阅|阅读原文|了解|查看|收听)[^。]{0,14}"
    r"|(?:请)?(?:长按|扫描|识别|扫一扫|扫码|微信扫一扫|微信扫码)(?:上方|下方|左侧|右侧|图中|以上|以下|上面|下面)?.{0,12}(?:关注|订阅|加入我们|分享.{0,6}|手机.{0,6}|阅读.{0,6})[^。]{0,14}"
    r"|(?:微信)?扫一扫|长按(?:识别)?二维码|关注我们|阅读原文|点击阅读原文"
    r"|(?:点)?(?:分享|收藏|点赞|在看|转发|留言|赞)(?:[\s、·|/和+]*(?:点)?(?:分享|收藏|点赞|在看|转发|留言|赞)){1,4}"
    r"|(?:喜欢|觉得不错|好看).{0,10}(?:点|戳).{0,6}(?:在看|赞).{0,8}|(?:继续)?(?:向|上|下)(?:上|下)?(?:滑动|滑)(?:查看|阅读|看).{0,8}"
    r"|(?:上|下|左|右)滑(?:查看|阅读|看).{0,8}"
    r")[\s!！~～。↑↓▲▼👆👇☟☝]*"
)


def mark_ornaments(lines: list[Line]) -> None:
    """Mark the lines that only decorate."""
    banners = Counter(line.text for line in lines if LATIN_BANNER.fullmatch(line.text))
    in_chinese = sum(1 for line in lines if re.search("[\u4e00-\u9fff]{4}", line.text)) >= 3
    for line in lines:
        if not line.stays:
            continue
        text = line.text
        if is_symbols(text) or FOLLOW_US.fullmatch(text) or (in_chinese and _is_banner(text, banners)):
            line.kind = "ornament"


def _is_banner(text: str, banners: Counter) -> bool:
    stripped = text.strip("-—=·•* \t~")
    return banners[text] >= 2 or bool(KNOWN_BANNER.fullmatch(stripped))


def is_symbols(text: str) -> bool:
    """Tell whether a line holds signs only, other than those a sentence may be broken at."""
    if len(text) > 400:
        return False
    if all(character in SENTENCE_SIGNS or character.isspace() for character in text):
        return text.count("\u2014") > 4 or text.count("…") > 4 or text.count(".") > 6
    return all(
        character in RULE_SIGNS or character in SENTENCE_SIGNS or unicodedata.category(character) in SYMBOL_CATEGORIES
        for character in text
    )


SYMBOL_CATEGORIES = {"So", "Sm", "Sk", "Po", "Pd", "Cf", "Zs", "Mn", "Me", "Co", "Cc"}


def mark_bare_numbers(lines: list[Line], *, keen: bool) -> None:
    """Mark numbers standing alone on a line that count sections up from 1, each with a heading or text below.

    Without `keen` (a post with ornaments or dead pictures) at least two must follow each other, so that a
    column of data stays.
    """
    numbers = []
    for index, line in enumerate(lines):
        if line.stays and (value := _bare_number(line.text)) is not None:
            numbers.append((index, value))
    followed = [(index, value) for index, value in numbers if _has_text_below(lines, index)]
    if len(followed) < max(1, len(numbers) * 0.7):
        return
    run: list[int] = []
    previous = 0
    for index, value in [*followed, (-1, -1)]:
        if run and value == previous + 1:
            run.append(index)
        else:
            if len(run) >= (1 if keen else 2):
                for marked in run:
                    lines[marked].kind = "bare_number"
            run = [index] if value in (0, 1) else []
        previous = value


def _bare_number(text: str) -> int | None:
    stripped = text.strip(" .、·-—/|[]()（）【】#")
    if stripped in CIRCLED:
        return CIRCLED[stripped]
    found = NUMBER_WORDS.fullmatch(stripped) if len(text) <= 14 else None
    return int(found[1]) if found else None


def _has_text_below(lines: list[Line], index: int) -> bool:
    for line in lines[index + 1 : index + 12]:
        if line.stays:
            return bool(re.search("[\u4e00-\u9fff]{2}", line.text))
    return False
