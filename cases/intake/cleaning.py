"""Clean a reading with a receipt: body is the reading with every fix applied, and each can be undone (pure).

Widths and spaces between Chinese and digits stay as written; nothing of the content is lost.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.intake.noise import furniture, markup, ornament, title
from cases.intake.noise import pinyin as pinyin_noise
from cases.intake.noise.lines import Line, split_lines
from cases.intake.reading import Reading
from cases.intake.receipt import Caution, Fix, apply, without_overlaps

PROFILES = ("web", "wechat", "word", "markdown")
CALL_PREFACE = re.compile(r"^[\s【\[“]*(?:编者)?按(?:语)?[】\]”]?\s*[:：].*$", re.M)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A body, the title that was taken from it, and the receipt. Fixes are sorted and never overlap."""

    title: str
    body: str
    fixes: tuple[Fix, ...]
    cautions: tuple[Caution, ...]
    profile: str
    title_fits_body: bool | None

    @property
    def characters(self) -> int:
        """Count the code points of the body that are not white space."""
        return count_characters(self.body)


def count_characters(text: str) -> int:
    """Count the code points of a text that are not white space."""
    return len("".join(text.split()))


def clean(reading: Reading, profile: str = "", given: str = "") -> Cleaned:
    """Take the noise out of a reading; the profile is chosen by what the text shows unless given.

    `given` is the title the sender wrote: a line at the top that says the same is no part of the body.
    """
    text = reading.text
    profile = profile if profile in PROFILES else choose_profile(reading)
    pinyin, asked = pinyin_noise.find(_blanked(text, reading.fixes), reading.fixes)
    inline = without_overlaps([*_markup(reading, profile), *pinyin])
    lines = split_lines(text, inline)
    _absorb_emptied(lines, text)
    found_title = _mark_lines(lines, reading, profile, given)
    _mark_blank_lines(lines)
    fixes = tuple(_fixes(lines, text))
    body = apply(text, fixes)
    found_title = found_title.strip()
    fits = title.fits(found_title, body)
    cautions = (*reading.cautions, *asked, *_cautions(found_title, fits, body))
    return Cleaned(found_title, body, fixes, cautions, profile, fits)


def choose_profile(reading: Reading) -> str:
    """Name the kind of source a reading shows: word, markdown, wechat or web."""
    if reading.format in ("docx", "doc"):
        return "word"
    text = reading.text
    if reading.format == "md" or markup.is_markdown(text):
        return "markdown"
    dead_images = sum(1 for _image in markup.images(text))
    follow = any(ornament.FOLLOW_US.fullmatch(line.strip()) for line in text.split("\n") if len(line) < 80)
    symbols = sum(1 for line in text.split("\n") if line.strip() and ornament.is_symbols(line.strip()))
    return "wechat" if follow or dead_images + symbols >= 3 else "web"


def _markup(reading: Reading, profile: str) -> list[Fix]:
    text = reading.text
    fixes = [*reading.fixes, *markup.images(text), *markup.invisible(text)]
    if reading.format in ("txt", "md") or (reading.format == "html" and not reading.title):
        fixes += markup.tags(text)
        fixes += markup.entities(text)
    if profile == "markdown":
        header = markup.front_matter(text)
        fixes += [*([header] if header else []), *markup.markdown(text)]
    return fixes


def _blanked(text: str, fixes: tuple[Fix, ...]) -> str:
    """Give the text with the reader's own fixes overwritten, so that nothing is proved against deleted words."""
    pieces, position = [], 0
    for fix in without_overlaps(fixes):
        pieces += [text[position : fix.at], "\0" * len(fix.removed)]
        position = fix.end
    return "".join([*pieces, text[position:]])


def _absorb_emptied(lines: list[Line], text: str) -> None:
    """Mark lines that show nothing because of what was taken out of them, as one fix of its kind."""
    for line in lines:
        if line.is_blank and line.fixes and text[line.start : line.end].strip():
            line.kind = line.fixes[0].kind


def _mark_lines(lines: list[Line], reading: Reading, profile: str, given: str) -> str:
    dead_images = any(line.kind == "dead_image" for line in lines)
    ornament.mark_ornaments(lines)
    fence = next((index for index, line in enumerate(lines) if line.stays and line.is_prose), 0)
    furniture.mark_disclaimers(lines)
    furniture.mark_publication(lines, fence)
    furniture.mark_furniture(lines)
    named = reading.title or (_markdown_title(lines, reading.text) if profile == "markdown" else "")
    marked_only = profile == "markdown" or markup.has_tags(reading.text)
    named = named or (markup.heading_title(reading.text) if marked_only else "")
    named = given if given and title.stands_on_top(lines, given) else named
    found = title.mark_title(lines, named, marked_only=marked_only)
    ornament.mark_bare_numbers(lines, keen=dead_images or profile == "wechat")
    return found


def _markdown_title(lines: list[Line], text: str) -> str:
    """Give the only first-level heading of a Markdown text, or the title its export header names."""
    headings = [line.text for line in lines if line.stays and re.match("#[ \t]", text[line.start : line.end].lstrip())]
    if len(headings) == 1:
        return headings[0]
    header = markup.front_matter(text)
    return markup.front_matter_title(header.removed) if header else ""


def _mark_blank_lines(lines: list[Line]) -> None:
    """Mark blank lines at both ends and all but the first of each run that remains."""
    after_blank = True
    for line in lines:
        if line.kind:
            continue
        if line.is_blank and after_blank:
            line.kind = "blank_lines"
        after_blank = line.is_blank
    for line in reversed(lines):
        if line.stays:
            break
        if not line.kind:
            line.kind = "blank_lines"


def _fixes(lines: list[Line], text: str) -> list[Fix]:
    """Write the receipt: one fix a removed line (with the blank lines right below it), and those inside kept ones."""
    fixes: list[Fix] = []
    open_line: Line | None = None
    for line in lines:
        if not line.kind:
            open_line = None
            fixes += line.fixes
        elif line.kind == "blank_lines" and open_line is not None:
            last = fixes.pop()
            fixes.append(Fix(last.kind, last.at, text[last.at : line.end]))
        else:
            open_line = line
            fixes.append(Fix(line.kind, line.start, text[line.start : line.end]))
    return [fix for fix in fixes if fix.removed]


def _cautions(found_title: str, fits: bool | None, body: str) -> list[Caution]:
    cautions = []
    if not body.strip():
        cautions.append(Caution("nothing_left", _("Nothing is left after cleaning; undo the fixes that took content.")))
    if fits is False:
        cautions.append(
            Caution(
                "title_not_in_body",
                _("No word of the title “%(title)s” occurs in the text; it may belong to another article.")
                % {"title": found_title},
            )
        )
    preface = CALL_PREFACE.search(body[:2000])
    if preface:
        cautions.append(
            Caution(
                "call_preface",
                _("The text begins with a preface that belongs to the call; lift it out if it is not the case's."),
                preface.start(),
                preface.end(),
            )
        )
    if "\ufffd" in body:
        cautions.append(
            Caution("replacement_characters", _("The text contains � where a character was lost; compare it."))
        )
    return cautions
