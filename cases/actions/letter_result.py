"""The letter that tells a contributor what became of their case: drafted when it is decided, shown before."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases import letters
from cases.actions import letter
from cases.actions.letter import Recipient
from cases.models import Case, Decision, Letter, PendingDecision
from cases.models.letter import LetterKind

KINDS = {
    Decision.Kind.PUBLISH: LetterKind.PUBLISHED,
    Decision.Kind.DECLINE: LetterKind.DECLINED,
    Decision.Kind.MERGE: LetterKind.JOINED,
}


def draft_for(case: Case, decision: Decision) -> Letter | None:
    """Draft the letter of a result; None for other decisions, and for who can be reached by nothing but their page.

    Runs within `review.decide`.
    """
    kind = KINDS.get(Decision.Kind(decision.kind))
    if kind is None:
        return None
    to = letter.contributor_of(case)
    if not _is_written_to(case, to):
        return None
    return letter.draft(
        kind=kind,
        to=to,
        case=case,
        decision=decision,
        note=decision.note,
        by=decision.decided_by,
        once_key=f"decision-{decision.pk}",
    )


def _is_written_to(case: Case, to: Recipient) -> bool:
    return bool(to.address or (to.user is None and case.contact_cipher))


@dataclass(frozen=True)
class Preview:
    """A letter as announcing would draft it; `others` counts what else it tells, `joins` the draft it goes into."""

    to: Recipient
    subject: str
    body: str
    others: int
    joins: Letter | None


def way_of(case: Case) -> str:
    """Return how a contributor will hear of the result: mail, paper (a letter without address), notice, or page."""
    to = letter.contributor_of(case)
    if to.address:
        return "mail"
    if _is_written_to(case, to):
        return "paper"
    return "notice" if to.user is not None else "page"


def preview(pending: PendingDecision, among: Iterable[PendingDecision]) -> Preview | None:
    """Return the letter in which this decision is told if all of `among` are announced; None where none is drafted.

    `among` are the waiting decisions of one body, in the order in which they are carried out. Changes nothing.
    """
    to = letter.contributor_of(pending.case)
    if not _is_written_to(pending.case, to):
        return None
    kind = KINDS[Decision.Kind(pending.kind)]
    draft = letter.joinable(kind, to, pending.case.organisation).first()
    before = letter.said_in(draft) if draft else []
    own = [pending]
    if to.address:
        own = [each for each in among if letter.contributor_of(each.case).address == to.address]
    told = [*before, *(_said(each) for each in own)]
    place = len(before) + [each.pk for each in own].index(pending.pk)
    first = place - place % letter.MOST_JOINED
    told = told[first : first + letter.MOST_JOINED]
    subject, body = letters.compose(told, to.name)
    return Preview(to, subject, body, len(told) - 1, draft if first == 0 else None)


def _said(pending: PendingDecision) -> letters.Said:
    return letter.words_of(KINDS[Decision.Kind(pending.kind)], pending.case, pending.note, {})
