"""Markup left in plain text: HTML tags and entities, Markdown signs, dead pictures, invisible characters (pure)."""

import html
import re
from collections.abc import Iterator

from cases.intake.receipt import Fix

BLOCK_TAGS = (
    "address|article|blockquote|body|caption|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|header"
    "|html|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
INLINE_TAGS = (
    "a|abbr|b|base|big|button|cite|code|del|em|font|i|img|input|ins|label|link|mark|meta|o:p|rp|rt|ruby|s|small"
    "|span|strike|strong|sub|sup|time|u|wbr"
)
TAG = re.compile(rf"</?(?:(?P<block>{BLOCK_TAGS})|(?P<line>br|hr)|(?:{INLINE_TAGS}))(?:\s[^<>]{{0,4000}})?\s?/?>", re.I)
HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"), ("<!doctype", ">"))
TAGGED_HEADING = re.compile(r"<h[1-3]\b[^<>]{0,500}>([^\n]{1,200}?)</h[1-3]>", re.I)
ENTITY = re.compile(r"&(?:amp;)?(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]+")
DEAD_IMAGE = re.compile(
    r"<(?P<tag>(?:[a-z]{1,12}:)?(?:image|img|picture|photo))\b[^<>]{0,4000}>[^<>\n]{0,4000}</(?P=tag)\s*>"
    r"|<(?:[a-z]{1,12}:)?(?:image|img)\b[^<>]{0,4000}>"
    r"|!\[(?P<alt>[^\]\n]{0,200})\](?:\([^()\n]{0,4000}\)|\[[^\]\n]{0,100}\])"
    r"|\bdata:image/[a-z+.-]{2,20};base64,[A-Za-z0-9+/=]{16,}"
    r"|[\[【(（](?:图片|图|image|img|视频|图片加载失败|此处有图片)[\]】)）]"
    r"|图片加载(?:失败|中)[.。…]{0,6}|\[?点击查看(?:大图|原图)\]?",
    re.I,
)
NO_CAPTION = re.compile(
    r"图片?\d{0,3}|微信图片.*|(?:image|img|pic|photo|dsc|untitled)?[\w.\- ]*|.*\.(?:jpe?g|png|gif|webp|bmp)",
    re.I | re.A,
)
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<body>(?:[^\n]{0,2000}\n){1,60}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
FRONT_MATTER_LINE = re.compile(r"\s*(?:#.*|-\s.*|[\w\u4e00-\u9fff -]{1,40}[:：].*)?")

MARKDOWN_SIGNS = (
    re.compile(r"^#{1,6}[ \t]+\S", re.M),
    re.compile(r"!?\[[^\]\n]{0,200}\]\([^()\n]{1,4000}\)"),
    re.compile(r"\*\*[^*\n]{1,200}\*\*"),
)
HEADING = re.compile(r"^ {0,3}(?P<open>#{1,6}[ \t]+)[^\n]*?(?P<close>[ \t]+#{1,6}[ \t]*)?$", re.M)
QUOTE = re.compile(r"^ {0,3}(?:>[ \t]?)+", re.M)
FENCE = re.compile(r"^ {0,3}(?:```|~~~)[^\n`]{0,40}$\n?", re.M)
LINK = re.compile(
    r"(?<!!)(?P<open>\[)[^\[\]\n]{1,400}"
    r"(?P<close>\]\((?:[^()\s]|\([^()\s]*\)){0,2000}(?:[ \t]+[\"'][^\"'\n]{0,300}[\"'])?\))"
)
STRONG = re.compile(r"(?P<open>\*\*|__)(?=\S)[^*_\n]{1,600}?(?<=\S)(?P<close>(?P=open))")
EMPHASIS = re.compile(
    r"(?<![A-Za-z0-9*\\])(?P<open>\*)(?=[^\s*])[^*\n]{1,600}?(?<=[^\s*])(?P<close>\*)(?![A-Za-z0-9*])"
)


def is_markdown(text: str) -> bool:
    """Tell whether the text was exported as Markdown: a front matter, headings, links, pictures or strong text."""
    if FRONT_MATTER.match(text):
        return front_matter(text) is not None
    return any(sign.search(text) for sign in MARKDOWN_SIGNS)


def has_tags(text: str) -> bool:
    """Tell whether HTML elements are left in the text (dead pictures alone do not count)."""
    return any(not DEAD_IMAGE.match(text, found.start()) for found in TAG.finditer(text))


def front_matter(text: str) -> Fix | None:
    """Give the export header at the very top, if all its lines look like one."""
    found = FRONT_MATTER.match(text)
    if not found or not all(FRONT_MATTER_LINE.fullmatch(line) for line in found["body"].split("\n")):
        return None
    return Fix("front_matter", 0, found.group())


def front_matter_title(header: str) -> str:
    """Give the title an export header names, without its quotes."""
    found = re.search(r"^(?:title|标题|题目)\s*[:：][ \t]*(.+?)[ \t]*$", header, re.M | re.I)
    return found[1].strip("\"'") if found else ""


def heading_title(text: str) -> str:
    """Give the text of the only first- to third-level heading among tags left in a text."""
    found = TAGGED_HEADING.findall(text[:20_000])
    return html.unescape(TAG.sub("", found[0])).strip() if len(found) == 1 else ""


def images(text: str) -> Iterator[Fix]:
    """Find dead pictures; a Markdown picture leaves its caption if it has a real one."""
    for found in DEAD_IMAGE.finditer(text):
        alt = (found["alt"] or "").strip()
        yield Fix("dead_image", found.start(), found.group(), "" if NO_CAPTION.fullmatch(alt) else alt)


def invisible(text: str) -> Iterator[Fix]:
    """Find zero-width and direction characters, which nobody sees and search trips over."""
    for found in INVISIBLE.finditer(text):
        yield Fix("invisible", found.start(), found.group())


def entities(text: str) -> Iterator[Fix]:
    """Find character references and give the character instead."""
    for found in ENTITY.finditer(text):
        character = html.unescape(html.unescape(found.group()))
        if character != found.group() and len(character) <= 2 and "\0" not in character:
            yield Fix("markup", found.start(), found.group(), "\n" if character in "\r\n" else character)


def tags(text: str) -> Iterator[Fix]:
    """Find HTML tags, comments, scripts and styles; a block or <br> becomes a line end where there is none."""
    found_tags = [(found.start(), found.end(), bool(found["block"] or found["line"])) for found in TAG.finditer(text)]
    position, at_line_start = 0, True
    for start, end, breaks in sorted([*found_tags, *((*span, False) for span in _hidden(text))]):
        if start < position:
            continue
        between = text[position:start].rstrip(" \t")
        if between:
            at_line_start = between.endswith("\n")
        line_end = breaks and not at_line_start and text[end : end + 1] not in ("\n", "")
        yield Fix("markup", start, text[start:end], "\n" if line_end else "")
        at_line_start = at_line_start or line_end
        position = end


def _hidden(text: str) -> Iterator[tuple[int, int]]:
    """Find comments, scripts, styles and the document type: from opening to the nearest closing."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    for opening, closing in HIDDEN:
        position = 0
        while (start := lower.find(opening, position)) >= 0 and (end := lower.find(closing, start)) >= 0:
            position = end + len(closing)
            yield start, position


def markdown(text: str) -> Iterator[Fix]:
    """Find Markdown's signs for headings, quotes, links, strong and emphasised text; the words stay."""
    for pattern in (QUOTE, FENCE):
        for found in pattern.finditer(text):
            yield Fix("markup", found.start(), found.group())
    for pattern in (HEADING, LINK, STRONG, EMPHASIS):
        for found in pattern.finditer(text):
            for part in ("open", "close"):
                if found[part]:
                    yield Fix("markup", found.start(part), found[part])
