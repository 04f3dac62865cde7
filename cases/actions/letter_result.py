"""The letter that tells a contributor what became of their case."""

from cases.actions import letter
from cases.models import Case, Decision, Letter
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
    if not to.address and (to.user is not None or not case.contact_cipher):
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
