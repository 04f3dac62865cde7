"""The checklist of a returned case, as its reader sees it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from cases import anchors
from cases.models import Case, Decision, RequestItem, RevisionRequest
from config.text import diff

MOST_BEHIND = 3  # our choice: new paragraphs shown beside an item


@dataclass(frozen=True)
class Checklist:
    """A request with its items, in their order."""

    request: RevisionRequest
    items: list[RequestItem]
    changes: Mapping[int, list[diff.Block]] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[RequestItem, list[diff.Block] | None]]:
        """Each item with what became of its paragraph; None where it names no paragraph, or nothing is compared."""
        return [(item, self.changes.get(item.pk)) for item in self.items]

    @property
    def answered(self) -> int:
        """How many items the unit has answered."""
        return sum(item.is_answered for item in self.items)

    @property
    def is_answered(self) -> bool:
        """Whether nothing stands open."""
        return self.answered == len(self.items)

    @property
    def not_yet(self) -> int:
        """How many answers the desk was not content with."""
        return sum(item.verdict == RequestItem.Verdict.NOT_YET for item in self.items)

    @property
    def to_judge(self) -> int:
        """How many answers nobody has judged."""
        return sum(not item.verdict for item in self.items)

    @property
    def words(self) -> str:
        """What the editor wrote beside the list; nothing where the list says it all."""
        note = self.request.decision.note
        return "" if note == written(item.text for item in self.items) else note


def with_changes(asked: Checklist, old: str, new: str) -> Checklist:
    """Return a checklist with the changed paragraphs beside each item that stands at a passage of the old text."""
    return replace(asked, changes=changed_beside(asked.items, old, new))


def changed_beside(items: Iterable[RequestItem], old: str, new: str) -> dict[int, list[diff.Block]]:
    """Return for each item that names a passage its paragraph as it was changed, and the new ones put right behind it.

    An empty list says that the paragraph stands as it was. What names no passage of the old text is left out.
    """
    texts, blocks = anchors.paragraphs_of(old), diff.compare(old, new)
    found = {}
    for item in items:
        place = _paragraph(item, texts)
        at = next((number for number, block in enumerate(blocks) if place and block.old_number == place), None)
        if at is None:
            continue
        behind = takewhile(lambda block: block.kind == "added", blocks[at + 1 :])
        own = [] if blocks[at].kind == "same" else [blocks[at]]
        found[item.pk] = [*own, *islice(behind, MOST_BEHIND)]
    return found


def _paragraph(item: RequestItem, texts: list[str]) -> int | None:
    """Return the number of the paragraph an item is about: by its passage, its figure, or as it was put down."""
    figure = re.sub(r"[【】\s]", "", item.figure)
    if figure and not item.quote:
        held = [number for number, text in enumerate(texts, start=1) if figure in re.sub(r"\s", "", text)]
        return held[0] if len(held) == 1 else item.paragraph
    place = anchors.locate(item.quote, item.paragraph or 0, texts)
    return place.paragraph if place else item.paragraph


def written(texts: Iterable[str]) -> str:
    """Write a list of items as the note of a return has it, one a line."""
    return "\n".join(texts)


def checklist(case: Case) -> Checklist | None:
    """Return the newest request of a case whose return still stands; None where there is none. Two queries."""
    request = (
        case.requests.filter(decision__voided_by=None, decision__kind=Decision.Kind.RETURN)
        .select_related("decision__decided_by", "decision__revision", "time_settled_by")
        .order_by("-pk")
        .first()
    )
    if request is None:
        return None
    items = request.items.select_related("answered_by", "judged_by", "carried_from").order_by("position")
    return Checklist(request, list(items))


def standing(case: Case) -> Checklist | None:
    """Return the request the unit has to answer now; None in any other state."""
    return checklist(case) if case.status == Case.State.RETURNED else None


def collected(case: Case) -> list[RequestItem]:
    """Return what the desk has put down for the next request, oldest first."""
    return list(case.request_items.collected().select_related("asked_by", "carried_from").order_by("pk"))
