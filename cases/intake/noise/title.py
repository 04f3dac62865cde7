"""Which line is the title, which lines only repeat it, and whether it belongs to the text below (pure)."""

import re
from itertools import takewhile

from cases.intake.noise.furniture import BYLINE
from cases.intake.noise.lines import Line
from config.text.segment import content_terms

HEAD_LINES = 12  # lines before the first paragraph among which a title and its copies stand
MAX_TITLE = 60
NUMBERED = re.compile(
    r"(?:第?[一二三四五六七八九十\d]{1,3}[、．.,，)）章节部篇]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[①-⑳]|[-*•·])"
)
SALUTATION = re.compile(r"(?:本报|新华社|据|按|编者按|各|尊敬|附件|摘要|关键词|目录|前言|[A-Za-z]\s*[:：])")
# A first line that only names who writes belongs to the title in the next: 某县委组织部 / 关于…的报告
ISSUER = re.compile(
    "(?:局|委员会|工委|县委|市委|区委|省委|办公室|组织部|党委|党总支|党支部|公司|人民政府|办事处|协会)$"
)
GENERAL = re.compile(r"[\s“”‘’\"'《》〈〉\u00a0]+")
STOP = frozenset({"打造", "推动", "推进", "开创", "建设", "工作", "实践", "探索", "案例", "经验", "做法", "纪实"})


def squeezed(text: str) -> str:
    """Give a text without spaces and quotes, for comparing titles."""
    return GENERAL.sub("", text)


def mark_title(lines: list[Line], named: str, *, marked_only: bool) -> str:
    """Find the title, mark its line and the lines that repeat it, and return it ("" if there is none).

    `named` is what the file's own markup says. With `marked_only` (HTML fragments, Markdown) an unmarked first
    line is text unless it is repeated: there a heading would have been marked.
    """
    shown = [line for line in lines if line.stays]
    head = _head(shown)
    title, own = _named(head, named) or _first(head, shown, marked_only)
    if not title:
        return named[: MAX_TITLE * 2]
    for line in own:
        line.kind = "title"
    whole = squeezed(title)
    for line in shown:
        if line.stays and squeezed(line.text) == whole:
            line.kind = "repeated_title"
    _mark_broken_copies(shown, head, title)
    return title


def stands_on_top(lines: list[Line], title: str) -> bool:
    """Tell whether a title is one of the lines before the first paragraph."""
    return _named(_head([line for line in lines if line.stays]), title) is not None


def _head(shown: list[Line]) -> list[Line]:
    return list(takewhile(lambda line: not line.is_prose, shown))[:HEAD_LINES]


def _named(head: list[Line], named: str) -> tuple[str, list[Line]] | None:
    whole = squeezed(named)
    for line in head:
        if whole and squeezed(line.text) == whole:
            return line.text, [line]
    return None


def _first(head: list[Line], shown: list[Line], marked_only: bool) -> tuple[str, list[Line]]:
    if not head or len(shown) < 2:
        return "", []
    first, rest = head[0], head[1:]
    repeated = any(squeezed(line.text) == squeezed(first.text) for line in rest[:3])
    if not _title_like(first.text) or (marked_only and not repeated):
        return "", []
    prose = any(line.is_prose for line in shown[1 : HEAD_LINES + 3])
    if not repeated and (not prose or _wrapped(first, shown[1])):
        return "", []
    if rest and re.match("[—–-]{1,2}[^—–-]", rest[0].text) and len(rest[0].text) <= MAX_TITLE:
        return first.text + rest[0].text, [first, rest[0]]
    if rest and ISSUER.search(first.text) and _title_like(rest[0].text) and len(first.text + rest[0].text) <= MAX_TITLE:
        return first.text + rest[0].text, [first, rest[0]]
    return first.text, [first]


def _title_like(text: str) -> bool:
    hanzi = len(re.findall("[\u3400-\u9fff]", text))
    if hanzi < 4 or len(text) > MAX_TITLE or hanzi * 2 < len(text.replace(" ", "")):
        return False
    if text[-1] in "。；;，,、：:" or "。" in text or NUMBERED.match(text) or SALUTATION.match(text):
        return False
    return not BYLINE.fullmatch(text)


def _wrapped(first: Line, second: Line) -> bool:
    """Tell whether the first line is a sentence broken by hand at a fixed width."""
    return abs(len(first.text) - len(second.text)) <= 3 and bool(re.search("[，,、]", first.text))


def _mark_broken_copies(shown: list[Line], head: list[Line], title: str) -> None:
    """Mark lines at the top or the bottom that are the title's parts, when at least two of them stand there."""
    parts = {squeezed(part) for part in re.split(r"[\s\u3000]+", title) if len(squeezed(part)) >= 2}
    if len(parts) < 2:
        return
    tail = list(takewhile(lambda line: not line.is_prose, reversed(shown)))[:HEAD_LINES]
    for zone in (head, tail):
        copies = [line for line in zone if line.stays and squeezed(line.text) in parts]
        if len({squeezed(line.text) for line in copies}) >= 2:
            for line in copies:
                line.kind = "repeated_title"


def fits(title: str, body: str) -> bool | None:
    """Tell whether at least one content term of the title occurs in the body; None without a title.

    Words every campaign title has (打造, 案例) do not count while the title has others.
    """
    terms = content_terms(title)
    if not terms:
        return None
    specific = [term for term in terms if term not in STOP]
    return any(term in body for term in specific or terms)
