"""What a text lacks of what a call asks for (pure): each finding says what to do; nothing here refuses anything."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.text.paragraphs import blocks

NEAR_PERCENT = 95  # our choice: from here on a writer should know that little room is left
LONGEST_HEADING, LONGEST_LABEL = 30, 8
FIRST_LEVEL = 2  # as `blocks` counts them
ENDS_A_SENTENCE = tuple("。！？；，")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a call asks for: met or not, and a sentence that says what to do."""

    code: str
    is_met: bool
    message: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What a call asks of photos is checked against: how many there are, without caption, and the narrowest."""

    count: int
    without_caption: int
    least_pixels: int | None


def length(characters: int, least: int | None, most: int | None) -> list[Finding]:
    """Compare the characters of a cleaned text with the limits; from 95 % of the limit on it says how few are left."""
    said = {"count": characters, "least": least, "most": most}
    if most is not None and characters > most:
        over = said | {"over": characters - most}
        return [Finding("long", False, _("%(count)d characters: %(over)d more than the %(most)d allowed.") % over)]
    if least is not None and characters < least:
        short = said | {"short": least - characters}
        return [
            Finding("short", False, _("%(count)d characters: %(short)d fewer than the %(least)d asked for.") % short)
        ]
    if most is not None and characters * 100 >= most * NEAR_PERCENT:
        left = said | {"left": most - characters}
        return [Finding("near", True, _("%(count)d characters: only %(left)d left of %(most)d.") % left)]
    return [Finding("length", True, _("%(count)d characters.") % said)] if least or most else []


def parts(body: str, wanted: Sequence[tuple[str, Collection[str]]]) -> list[Finding]:
    """Say which required parts no heading of the text names; `wanted` are names with the words a heading may hold."""
    if not wanted:
        return []
    heads = [head for head, _rest, _level in _lines(body) if head]
    missing = [name for name, words in wanted if not any(word in head for word in words for head in heads)]
    if not missing:
        return [
            Finding("parts", True, _("All required parts are there: %(names)s.") % _names(name for name, _w in wanted))
        ]
    return [
        Finding(
            "parts",
            False,
            _("No heading for: %(names)s. Write these parts, or give them a heading of their own.") % _names(missing),
        )
    ]


def part_lengths(body: str, limits: Sequence[tuple[str, Collection[str], int | None]]) -> list[Finding]:
    """Say which parts are longer than their own limit; `limits` are names, words a heading may hold, characters.

    A part reaches to the next heading of another one, or of the first level.
    """
    counted: dict[str, int] = {}
    now = None
    for head, rest, level in _lines(body):
        name = next((name for name, words, _most in limits if head and any(word in head for word in words)), None)
        if name is not None or level:
            now = name
        if now is not None:
            counted[now] = counted.get(now, 0) + len(
                "".join((rest if name is not None or level else head + rest).split())
            )
    return [
        Finding(
            "part_long",
            False,
            _("“%(name)s” has %(count)d characters: %(over)d more than the %(most)d allowed.")
            % {"name": name, "count": counted[name], "over": counted[name] - most, "most": most},
        )
        for name, _words, most in limits
        if most is not None and counted.get(name, 0) > most
    ]


def _lines(body: str) -> Iterable[tuple[str, str, bool]]:
    """Yield of each line the heading it is or begins with (摘要：…), what follows, whether it is of the first level."""
    levels = {block.text: block.level for block in blocks(body) if block.level}
    for line in filter(None, map(str.strip, body.splitlines())):
        label, colon, rest = line.partition("：")
        if levels.get(line) or (len(line) <= LONGEST_HEADING and not line.endswith(ENDS_A_SENTENCE)):
            yield line, "", levels.get(line) == FIRST_LEVEL
        elif colon and len(label) <= LONGEST_LABEL:
            yield label, rest, False
        else:
            yield "", line, False


def photos(
    facts: PhotoFacts, *, least: int | None, most: int | None, pixels: int | None, captions: bool
) -> list[Finding]:
    """Compare the photos of a case with what a call asks of them."""
    found = []
    if least is not None and facts.count < least:
        text = ngettext(
            "%(count)d photo, at least %(least)d wanted.", "%(count)d photos, at least %(least)d wanted.", facts.count
        )
        found.append(Finding("photos_few", False, text % {"count": facts.count, "least": least}))
    elif most is not None and facts.count > most:
        found.append(
            Finding(
                "photos_many",
                False,
                _("%(count)d photos, at most %(most)d allowed.") % {"count": facts.count, "most": most},
            )
        )
    elif least or most:
        found.append(Finding("photos", True, _("Photos: %(count)d.") % {"count": facts.count}))
    if captions and facts.without_caption:
        found.append(
            Finding("captions", False, _("Photos without a caption: %(count)d.") % {"count": facts.without_caption})
        )
    if pixels is not None and facts.least_pixels is not None and facts.least_pixels < pixels:
        said = {"width": facts.least_pixels, "least": pixels}
        found.append(
            Finding("narrow", False, _("A photo is %(width)d pixels wide; at least %(least)d are wanted.") % said)
        )
    return found


def _names(names: Iterable[str]) -> dict[str, str]:
    return {"names": "、".join(names)}
