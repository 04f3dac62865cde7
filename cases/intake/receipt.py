"""The receipt of a cleaning: what was taken out of a reading, where, and how to put it back (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

# What each kind of fix is called on the page. Order is the order of the receipt's summary.
KIND_LABELS = {
    "pinyin": _("Pinyin annotation"),
    "ruby": _("Word phonetic guide"),
    "tracked_deletion": _("Tracked deletion"),
    "tracked_move": _("Place a tracked move left"),
    "hidden_text": _("Hidden text"),
    "title": _("Title line"),
    "repeated_title": _("Repeated title line"),
    "front_matter": _("Export header"),
    "publication_meta": _("Publication line"),
    "site_chrome": _("Website furniture"),
    "disclaimer": _("Disclaimer"),
    "dead_image": _("Dead picture"),
    "ornament": _("Ornament"),
    "bare_number": _("Bare numbering"),
    "markup": _("Markup"),
    "invisible": _("Invisible character"),
    "blank_lines": _("Blank lines"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One line of the receipt: `reading[at:at + len(removed)] == removed` became `replaced_by`."""

    kind: str
    at: int
    removed: str
    replaced_by: str = ""

    @property
    def end(self) -> int:
        """Give the offset in the reading just after what was removed."""
        return self.at + len(self.removed)


@dataclass(frozen=True, slots=True)
class Caution:
    """Something a person should look at; `start` and `end` are code points of the body where it has a place."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


def apply(reading_text: str, fixes: Iterable[Fix]) -> str:
    """Put the fixes into the reading and return the body. Any subset of one receipt may be given.

    Fixes of one receipt never overlap, so leaving one out undoes that one alone. A body neither begins
    nor ends with an empty line.
    """
    pieces = []
    position = 0
    for fix in sorted(fixes, key=lambda fix: fix.at):
        pieces += [reading_text[position : fix.at], fix.replaced_by]
        position = fix.end
    pieces.append(reading_text[position:])
    return "".join(pieces).strip("\n")


def without_overlaps(fixes: Iterable[Fix]) -> list[Fix]:
    """Sort the fixes by place and drop each that begins inside an earlier one (the longer wins a tie)."""
    kept: list[Fix] = []
    end = 0
    for fix in sorted(fixes, key=lambda fix: (fix.at, -len(fix.removed))):
        if fix.at >= end and fix.removed:
            kept.append(fix)
            end = fix.end
    return kept
