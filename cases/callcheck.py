"""What a text lacks of what a call asks for (pure): each finding says what to do; nothing here refuses anything."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.text.paragraphs import blocks

NEAR_PERCENT = 95  # our choice: from here on a writer should know that little room is left
LONGEST_HEADING = 30
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
    heads = [block.text for block in blocks(body) if block.level]
    short = [line.strip() for line in body.splitlines() if len(line.strip()) <= LONGEST_HEADING]
    heads += [line for line in short if line and not line.endswith(ENDS_A_SENTENCE)]
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
