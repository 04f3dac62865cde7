"""A draft as it reads now: every field filled from the ledger, every number typed by hand held against it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.evidence.figures import Figure, extract
from cases.evidence.intervals import interval_of, plain_unit
from cases.evidence.verdicts import CHECKED_KINDS
from cases.models import Outline, OutlineField
from cases.models.outline import SECTIONS
from cases.outline import fields, phrasing, rounding
from cases.outline.offers import IN_CHINESE, Offer
from config.errors import Refused
from members.middleware import whole_scope
from services.indicators import periods, registry
from services.indicators.registry import Reading, Scope

HEADINGS = {"background": "背景", "practice": "做法", "outcome": "成效", "insight": "启示"}
NUMERALS = "一二三四"


@dataclass(frozen=True)
class Filled:
    """A field with the number the ledger has for it now; `reading` None where the definition no longer fits."""

    field: OutlineField
    reading: Reading | None

    @property
    def value(self) -> Decimal | None:
        """The number, None where there is none."""
        return None if self.reading is None or self.reading.value is None else Decimal(self.reading.value)

    @property
    def text(self) -> str:
        """The number as the text will say it."""
        return "" if self.value is None else rounding.written(self.value, self.field.unit, self.field.shape)

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """The shapes it may be written in."""
        return [] if self.value is None else rounding.offered(self.value, self.field.unit)

    @property
    def days(self) -> str:
        """The period in words."""
        return self.reading.period.label if self.reading else self.field.period

    @property
    def url(self) -> str:
        """The rows behind the number."""
        return self.reading.url if self.reading else ""


@dataclass(frozen=True)
class Span:
    """A stretch of a part as it reads: words, a field, or a number typed by hand.

    `sort` is text, field, missing (a field that is not there), typed (equals nothing the ledger says) or same (equals
    `offer`). `start` and `end` are places in the box, for what may be put in its stead.
    """

    text: str
    sort: str
    start: int
    end: int
    filled: Filled | None = None
    offer: Offer | None = None


@dataclass
class Part:
    """One of the four parts as it reads now; `is_broken` where braces were torn."""

    name: str
    heading: str
    spans: list[Span] = field(default_factory=list)
    is_broken: bool = False

    @property
    def text(self) -> str:
        """The part as plain text."""
        return "".join(span.text for span in self.spans)

    @property
    def paragraphs(self) -> list[list[Span]]:
        """The spans by line, empty lines left out."""
        lines: list[list[Span]] = [[]]
        for span in self.spans:
            for place, line in enumerate(span.text.split("\n")):
                if place:
                    lines.append([])
                if line:
                    lines[-1].append(Span(line, span.sort, span.start, span.end, span.filled, span.offer))
        return [line for line in lines if any(span.text.strip() for span in line)]


@dataclass(frozen=True)
class Draft:
    """A whole draft as it reads at a moment."""

    outline: Outline
    parts: list[Part]
    filled: dict[int, Filled]
    at: datetime

    @property
    def used(self) -> set[int]:
        """The fields that stand in the text."""
        return {number for text in self.outline.texts.values() for number in fields.numbers(text)}

    @property
    def counts(self) -> dict[str, int]:
        """How many spans of each sort there are."""
        sorts = [span.sort for part in self.parts for span in part.spans]
        return {sort: sorts.count(sort) for sort in ("field", "missing", "typed", "same")}

    @property
    def problems(self) -> list[str]:
        """What keeps it from being sent in, as sentences."""
        found = []
        if not self.outline.title.strip():
            found.append(_("Give the draft a title."))
        if not any(part.text.strip() for part in self.parts):
            found.append(_("Nothing is written yet."))
        if any(part.is_broken for part in self.parts):
            found.append(_("Somewhere two braces {{ or }} stand alone: write the field anew or take them out."))
        if self.counts["missing"]:
            found.append(_("A field has no number any more, or is not known here: take it out or choose another."))
        return found

    def frozen(self) -> tuple[str, list[tuple[int, Filled]]]:
        """Return the text as it is sent in, headings included, and where in it each field's number begins."""
        body, places = "", []
        written = [part for part in self.parts if part.text.strip()]
        for numeral, part in zip(NUMERALS, written, strict=False):
            body += f"{numeral}、{part.heading}\n"
            for line in part.paragraphs:
                for span in line:
                    if span.filled is not None:
                        places.append((len(body), span.filled))
                    body += span.text
                body += "\n"
        return body.rstrip("\n"), places


def read(outline: Outline, offers: list[Offer] | tuple = (), *, is_settled: bool = False) -> Draft:
    """Return a draft as it reads now. `is_settled` reads what runs on up to today, as it will be kept for ever.

    Queries: the fields, and one or two for each; numbers are read in the field's own scope, as evidence reads them.
    """
    rows = outline.fields.select_related("organisation__region").order_by("number")
    with override(IN_CHINESE), whole_scope():
        filled = {row.number: Filled(row, _reading(row, is_settled)) for row in rows}
    parts = [_part(name, getattr(outline, name), filled, offers) for name in SECTIONS]
    return Draft(outline, parts, filled, timezone.now())


def _reading(row: OutlineField, is_settled: bool) -> Reading | None:
    today = timezone.localdate()
    try:
        period = periods.parse(row.period, today)
        if is_settled:
            period = periods.parse(phrasing.settled(period), today)
        return registry.read(row.indicator, Scope(row.organisation), period, **row.filters)
    except Refused:
        return None


def _part(name: str, text: str, filled: dict[int, Filled], offers: list[Offer] | tuple) -> Part:
    part = Part(name, HEADINGS[name], is_broken=fields.is_broken(text))
    for piece in fields.pieces(text):
        known = filled.get(piece.number) if piece.number is not None else None
        if piece.number is None:
            part.spans.append(Span(piece.text, "text", piece.start, piece.end))
        elif known is None or known.value is None:
            part.spans.append(Span(piece.text, "missing", piece.start, piece.end))
        else:
            part.spans.append(Span(known.text, "field", piece.start, piece.end, known))
    part.spans = list(_with_typed(part, offers))
    return part


def _with_typed(part: Part, offers: list[Offer] | tuple) -> Iterator[Span]:
    """Yield the spans with each figure typed by hand cut out of its words."""
    figures = [figure for figure in extract(part.text) if figure.kind in CHECKED_KINDS]
    at = 0
    for span in part.spans:
        begin, end, done = at, at + len(span.text), 0
        at = end
        if span.sort == "text":
            for figure in figures:
                if begin <= figure.start and figure.end <= end:
                    start, stop = figure.start - begin, figure.end - begin
                    if start > done:
                        yield Span(span.text[done:start], "text", span.start + done, span.start + start)
                    offer = _same(figure, offers)
                    yield Span(
                        figure.mention, "same" if offer else "typed", span.start + start, span.start + stop, None, offer
                    )
                    done = stop
        if done < len(span.text):
            yield span if not done else Span(span.text[done:], span.sort, span.start + done, span.end)


def _same(figure: Figure, offers: list[Offer] | tuple) -> Offer | None:
    """Return the number of the ledger a typed figure may have been copied from: same unit, within what it says."""
    interval = interval_of(figure)
    for offer in offers:
        if offer.unit == plain_unit(figure.unit) and interval.high is not None and not interval.distance(offer.value):
            return offer
    return None


def photo_problems(outline: Outline) -> list[str]:
    """What keeps the chosen photos from going along, as sentences."""
    rows = list(outline.photos.select_related("attachment"))
    found = []
    if any(not row.caption.strip() for row in rows):
        found.append(_("A photo has no caption yet: say who is seen doing what, when and where."))
    if any(row.attachment.removed_at for row in rows):
        found.append(_("A photo was taken out of the ledger meanwhile: choose another."))
    return found
