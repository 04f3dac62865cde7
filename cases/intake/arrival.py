"""From bytes to what will be stored: the gate, the reading, the cleaning, in this order (pure).

The command, the form and the links all examine what arrives here, so they can never judge it differently.
"""

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.intake import cleaning, reading
from cases.intake.noise import title as titles
from cases.intake.receipt import Caution
from config.uploads import gate
from config.uploads.names import shown_name

TITLE_CHARACTERS = 200
STAND_IN_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file or paste, read and cleaned. `title` is never empty; `warnings` are what a person should look at."""

    filename: str
    sha256: str
    size_bytes: int
    reading: reading.Reading
    cleaned: cleaning.Cleaned
    title: str
    title_fits_body: bool | None
    warnings: tuple[Caution, ...]


def examine(data: bytes, filename: str, *, is_paste: bool = False, profile: str = "", title: str = "") -> Arrival:
    """Read and clean what arrived; `title` overrules the one found in it.

    Raises: FileRefused or Unreadable with the sentence for the sender.
    """
    if is_paste:
        read = reading.read_paste(data.decode(errors="replace"))
        name = ""
    else:
        name = gate.admit("text", filename, data).shown_name
        read = reading.read(data, filename)
    given = " ".join(title.split())
    cleaned = cleaning.clean(read, profile, given)
    settled, fits, warnings = _settle_title(given, cleaned)
    return Arrival(
        filename=shown_name(name)[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        reading=read,
        cleaned=cleaned,
        title=settled,
        title_fits_body=fits,
        warnings=warnings,
    )


def _settle_title(given: str, cleaned: cleaning.Cleaned) -> tuple[str, bool | None, tuple[Caution, ...]]:
    """Choose the title given, else the one found, else the first words; warn where that deserves a look."""
    cautions = cleaned.cautions
    if not given or titles.squeezed(given) == titles.squeezed(cleaned.title):
        if cleaned.title:
            return cleaned.title[:TITLE_CHARACTERS], cleaned.title_fits_body, cautions
        stand_in = cleaned.body.lstrip()[:STAND_IN_CHARACTERS].split("\n")[0].strip() or _("Untitled")
        missing = Caution("title_missing", _("No title was found; “%(words)s” stands in for it.") % {"words": stand_in})
        return stand_in, None, (*cautions, missing)
    fits = titles.fits(given, cleaned.body)
    kept = tuple(caution for caution in cautions if caution.code != "title_not_in_body")
    if fits is False:
        stray = Caution(
            "title_not_in_body",
            _("No word of the title “%(title)s” occurs in the text; it may belong to another article.")
            % {"title": given},
        )
        kept = (*kept, stray)
    if cleaned.title:
        other = Caution(
            "title_differs",
            _("The text carries another title, “%(title)s”, which was taken out; see the receipt.")
            % {"title": cleaned.title},
        )
        kept = (*kept, other)
    return given[:TITLE_CHARACTERS], fits, kept


def as_dict(caution: Caution) -> dict:
    """Return a warning as it is stored and printed; its place in the body where it has one."""
    row = {"code": caution.code, "message": str(caution.message)}
    return row if caution.start is None else row | {"start": caution.start, "end": caution.end}
