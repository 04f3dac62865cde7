"""The notes on a case's text, each where its passage stands now."""

from dataclasses import dataclass

from cases import anchors
from cases.models import Annotation, Case, Revision
from config.text.paragraphs import blocks


@dataclass(frozen=True)
class Note:
    """An annotation, where it stands in the current text (None: its passage was changed) and its number there."""

    annotation: Annotation
    place: anchors.Place | None
    number: int

    @property
    def is_open(self) -> bool:
        """Whether nobody has settled it."""
        return self.annotation.resolved_at is None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as it is shown: its number, its level as a heading, and its pieces."""

    number: int
    level: int
    pieces: list[anchors.Piece]


def notes(case: Case, *, is_desk: bool) -> list[Note]:
    """Return the notes on a case, in the order of its text, changed passages and settled ones last; 2 queries.

    Who does not read the desk sees the open ones that are shown.
    """
    rows = case.annotations.select_related("revision", "written_by", "resolved_by", "item__request")
    rows = rows.defer("revision__body")
    if not is_desk:
        rows = rows.filter(is_shown=True, resolved_at=None)
    rows = list(rows.order_by("pk"))
    new = anchors.paragraphs_of(case.current_revision.body) if rows else []
    earlier = {row.revision_id for row in rows} - {case.current_revision_id}
    texts = Revision.objects.filter(pk__in=earlier).values_list("pk", "body") if earlier else ()
    old = {case.current_revision_id: new} | {pk: anchors.paragraphs_of(body) for pk, body in texts}
    placed = [(row, _place(row, old[row.revision_id], new)) for row in rows]
    placed.sort(key=lambda pair: (pair[0].resolved_at is not None, pair[1] is None, _order(pair[1]), pair[0].pk))
    return [Note(row, place, number) for number, (row, place) in enumerate(placed, start=1)]


def beside_list(case: Case) -> list[Note]:
    """Return the notes the submitting side reads beside its form: those the list to be answered does not hold."""
    return [
        note for note in notes(case, is_desk=False) if note.annotation.item is None or not note.annotation.item.is_asked
    ]


def marked(body: str, found: list[Note]) -> list[Paragraph]:
    """Return the paragraphs of a text with the passages of open notes cut out."""
    marks: dict[int, list[tuple[int, int, int]]] = {}
    for note in found:
        if note.is_open and note.place is not None:
            marks.setdefault(note.place.paragraph, []).append((note.place.start, note.place.end, note.number))
    return [
        Paragraph(number, block.level, anchors.cut(block.text, marks.get(number, [])))
        for number, block in enumerate(blocks(body), start=1)
    ]


def _place(row: Annotation, old: list[str], new: list[str]) -> anchors.Place | None:
    own = anchors.Place(row.paragraph, row.start, row.start + len(row.quote))
    return own if old is new else anchors.carry(own, old, new)


def _order(place: anchors.Place | None) -> tuple[int, int]:
    return (place.paragraph, place.start) if place is not None else (0, 0)
