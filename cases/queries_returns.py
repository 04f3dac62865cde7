"""The checklist of a returned case, as its reader sees it."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.models import Case, Decision, RequestItem, RevisionRequest


@dataclass(frozen=True)
class Checklist:
    """A request with its items, in their order."""

    request: RevisionRequest
    items: list[RequestItem]

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
