"""What may be done to a matter or an assessment in which state, by which permission. One table each, pure.

Closing belongs to the handler; whether an appeal is solved belongs to the call-back. A matter that nobody asked for (a
task, a problem, a project) has nobody to call: closing settles it.
"""

from dataclasses import dataclass

from members.permissions import Permission
from services.models.assessment import AssessmentState, AssessmentStep
from services.models.matter import MatterState, MatterStep
from services.models.vocabulary import Group

S = MatterState
K = MatterStep.Kind
ANY_OPEN = (S.RECEIVED, S.HANDLING)


@dataclass(frozen=True)
class Move:
    """From which states a step may be made, where it leads (None: stays), and who may make it."""

    before: tuple[MatterState, ...]
    after: MatterState | None
    permission: Permission


MOVES: dict[MatterStep.Kind, Move] = {
    K.RECEIVE: Move((), S.RECEIVED, Permission.HANDLE_MATTER),
    K.TAKE: Move((S.RECEIVED,), S.HANDLING, Permission.HANDLE_MATTER),
    K.HAND_OVER: Move(ANY_OPEN, S.HANDLING, Permission.HANDLE_MATTER),
    K.CLAIM: Move(ANY_OPEN, S.HANDLING, Permission.HANDLE_MATTER),
    K.PROGRESS: Move((S.HANDLING,), None, Permission.HANDLE_MATTER),
    K.ADVANCE: Move((S.HANDLING,), None, Permission.HANDLE_MATTER),
    K.EXTEND: Move(ANY_OPEN, None, Permission.DECIDE_MATTER),
    K.MERGE: Move(ANY_OPEN, S.MERGED, Permission.DECIDE_MATTER),
    K.SPLIT: Move((S.MERGED,), S.HANDLING, Permission.DECIDE_MATTER),
    K.DECLINE: Move(ANY_OPEN, S.DECLINED, Permission.DECIDE_MATTER),
    K.CLOSE: Move((S.HANDLING,), S.CLOSED, Permission.HANDLE_MATTER),
    K.CALL_BACK: Move((S.CLOSED,), S.SETTLED, Permission.DECIDE_MATTER),
    K.REOPEN: Move((S.CLOSED, S.SETTLED, S.DECLINED), S.HANDLING, Permission.DECIDE_MATTER),
}
CALLED_BACK = frozenset({Group.APPEAL, Group.SUGGESTION, Group.ERRAND, Group.CLUE})
STAGED = frozenset({Group.PROJECT})
CLAIMED = frozenset({Group.PROBLEM, Group.TASK})


def may_follow(state: str, kind: MatterStep.Kind) -> bool:
    """Tell whether a step may be made on a matter in `state`."""
    return MatterState(state) in MOVES[kind].before


def available(state: str, group: str) -> list[MatterStep.Kind]:
    """Return the steps a matter of this group may take next, in the table's order."""
    wanted = [kind for kind in MOVES if may_follow(state, kind)]
    if group not in STAGED:
        wanted = [kind for kind in wanted if kind != K.ADVANCE]
    if group not in CLAIMED:
        wanted = [kind for kind in wanted if kind != K.CLAIM]
    return wanted


def leads_to(state: str, kind: MatterStep.Kind, group: str) -> MatterState:
    """Return the state after a step; closing what nobody is called back about settles it."""
    if kind == K.CLOSE and group not in CALLED_BACK:
        return S.SETTLED
    return MOVES[kind].after or MatterState(state)


A = AssessmentState
# An assessment: from which state a step leads where, and whether it takes the right over the sheet (else over whoever
# is assessed). A branch may so assess itself, and the body that keeps the sheet confirms.
ASSESSMENT_MOVES: dict[AssessmentStep, tuple[AssessmentState, AssessmentState, bool]] = {
    AssessmentStep.SUBMIT: (A.DRAFT, A.SUBMITTED, False),
    AssessmentStep.CONFIRM: (A.SUBMITTED, A.CONFIRMED, True),
    AssessmentStep.RETURN: (A.SUBMITTED, A.DRAFT, True),
    AssessmentStep.REOPEN: (A.CONFIRMED, A.DRAFT, True),
}
SAYS_WHY = frozenset({AssessmentStep.RETURN, AssessmentStep.REOPEN})


def assessment_steps(state: str) -> list[AssessmentStep]:
    """Return the steps that may follow a state, in the table's order."""
    return [step for step, (before, _after, _is_sheets) in ASSESSMENT_MOVES.items() if before == state]
