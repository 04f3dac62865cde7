"""Which move may follow which state, and who may make it: one table, pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cases.models.case import State
from cases.models.review import Decision, Stage
from members.permissions import Permission

Kind = Decision.Kind

# How far along a state is. Going to a lower rank voids every standing decision that led beyond it.
RANK = {
    State.DRAFT: 0,
    State.RECEIVED: 1,
    State.FIRST_REVIEW: 2,
    State.RETURNED: 2,
    State.SECOND_REVIEW: 3,
    State.FINAL_REVIEW: 4,
    State.READY: 5,
    State.PUBLISHED: 6,
    State.DECLINED: 7,
    State.WITHDRAWN: 7,
    State.MERGED: 7,
}
ENDED = frozenset({State.DECLINED, State.WITHDRAWN, State.MERGED})
IN_REVIEW = (State.FIRST_REVIEW, State.SECOND_REVIEW, State.FINAL_REVIEW)


@dataclass(frozen=True)
class Transition:
    """One row of the table: from each state to the state it leads to.

    `permission` over the case's organisation is needed, unless `by_author` lets the submitting side do it.
    `stage` makes it a signature. `needs_note` asks for a reason the other side will read.
    """

    moves: dict[State, State]
    permission: Permission | None = None
    by_author: bool = False
    stage: Stage | None = None
    needs_note: bool = False


def _all_to(target: State, *sources: State) -> dict[State, State]:
    return dict.fromkeys(sources, target)


TRANSITIONS: dict[Kind, Transition] = {
    Kind.SUBMIT: Transition(_all_to(State.RECEIVED, State.DRAFT), by_author=True),
    Kind.TAKE_UP: Transition(_all_to(State.FIRST_REVIEW, State.RECEIVED), Permission.EDIT_CASE),
    Kind.PASS_FIRST: Transition(
        _all_to(State.SECOND_REVIEW, State.FIRST_REVIEW), Permission.SIGN_FIRST, stage=Stage.FIRST
    ),
    Kind.PASS_SECOND: Transition(
        _all_to(State.FINAL_REVIEW, State.SECOND_REVIEW), Permission.SIGN_SECOND, stage=Stage.SECOND
    ),
    Kind.PASS_FINAL: Transition(_all_to(State.READY, State.FINAL_REVIEW), Permission.SIGN_FINAL, stage=Stage.FINAL),
    Kind.PUBLISH: Transition(_all_to(State.PUBLISHED, State.READY), Permission.PUBLISH_CASE),
    Kind.RETURN: Transition(_all_to(State.RETURNED, *IN_REVIEW), Permission.EDIT_CASE, needs_note=True),
    Kind.RESUBMIT: Transition(_all_to(State.FIRST_REVIEW, State.RETURNED), by_author=True),
    Kind.RECALL: Transition(_all_to(State.FIRST_REVIEW, State.RETURNED), Permission.EDIT_CASE, needs_note=True),
    Kind.SEND_BACK: Transition(
        {
            State.FIRST_REVIEW: State.RECEIVED,
            State.SECOND_REVIEW: State.FIRST_REVIEW,
            State.FINAL_REVIEW: State.SECOND_REVIEW,
            State.READY: State.FINAL_REVIEW,
        },
        Permission.EDIT_CASE,
        needs_note=True,
    ),
    Kind.DECLINE: Transition(
        _all_to(State.DECLINED, State.RECEIVED, *IN_REVIEW), Permission.EDIT_CASE, needs_note=True
    ),
    Kind.MERGE: Transition(_all_to(State.MERGED, State.RECEIVED, *IN_REVIEW), Permission.EDIT_CASE, needs_note=True),
    Kind.RETRACT: Transition(_all_to(State.WITHDRAWN, State.PUBLISHED), Permission.PUBLISH_CASE, needs_note=True),
    Kind.WITHDRAW: Transition(
        _all_to(State.WITHDRAWN, State.DRAFT, State.RECEIVED, State.RETURNED, *IN_REVIEW, State.READY),
        by_author=True,
        needs_note=True,
    ),
    Kind.REOPEN: Transition(_all_to(State.RECEIVED, *ENDED), Permission.EDIT_CASE, needs_note=True),
}

# Every decision can be gone back on, by the decision named here.
INVERSE: dict[Kind, Kind] = {
    Kind.SUBMIT: Kind.WITHDRAW,
    Kind.TAKE_UP: Kind.SEND_BACK,
    Kind.PASS_FIRST: Kind.SEND_BACK,
    Kind.PASS_SECOND: Kind.SEND_BACK,
    Kind.PASS_FINAL: Kind.SEND_BACK,
    Kind.PUBLISH: Kind.RETRACT,
    Kind.RETURN: Kind.RECALL,
    Kind.RESUBMIT: Kind.RETURN,
    Kind.RECALL: Kind.RETURN,
    Kind.SEND_BACK: Kind.PASS_FIRST,
    Kind.DECLINE: Kind.REOPEN,
    Kind.MERGE: Kind.REOPEN,
    Kind.RETRACT: Kind.REOPEN,
    Kind.WITHDRAW: Kind.REOPEN,
    Kind.REOPEN: Kind.DECLINE,
}

# What the desk settles within itself: the submitting side is neither told of it nor shown its notes.
INTERNAL = frozenset({Kind.PASS_FIRST, Kind.PASS_SECOND, Kind.PASS_FINAL, Kind.SEND_BACK})

# Results, which may wait to be announced together; what is asked of a unit cannot wait for others.
HOLDABLE = (Kind.PUBLISH, Kind.DECLINE, Kind.MERGE)
# What may be decided of many cases at once: the other case of a merge is each one's own.
TOGETHER = (Kind.PUBLISH, Kind.DECLINE)

# States in which a case lies on somebody's table, or on nobody's.
HELD = frozenset({State.RECEIVED, *IN_REVIEW, State.READY})
EDITED_BY_AUTHOR = frozenset({State.DRAFT, State.RECEIVED, State.RETURNED})
# A new text from the submitting side is still taken while the first review is open, where nobody has signed yet; the
# editors are told.
REPLACED_BY_AUTHOR = EDITED_BY_AUTHOR | {State.FIRST_REVIEW}
EDITED_AT_DESK = frozenset({State.RECEIVED, *IN_REVIEW})


def allows(
    kind: Kind,
    state: State,
    *,
    has_permission: Callable[[Permission], bool],
    is_author: bool,
    signed_stages: Collection[str] = (),
) -> bool:
    """Tell whether a person may make this move now.

    `signed_stages` are the stages in which the person's name already stands on this case, voided or not: it bars
    the other stages (decision 14).
    """
    row = TRANSITIONS[kind]
    if state not in row.moves or barring_stage(kind, signed_stages):
        return False
    return may_ever(kind, has_permission=has_permission, is_author=is_author)


def may_ever(kind: Kind, *, has_permission: Callable[[Permission], bool], is_author: bool) -> bool:
    """Tell whether the move is a person's to make at all, in whatever state."""
    row = TRANSITIONS[kind]
    if row.by_author and is_author:
        return True
    return row.permission is not None and has_permission(row.permission)


def barring_stage(kind: Kind, signed_stages: Collection[str]) -> Stage | None:
    """Return the other stage a person has signed already, which bars them from signing by `kind`; None if none."""
    stage = TRANSITIONS[kind].stage
    others = [Stage(signed) for signed in signed_stages if stage is not None and signed != stage]
    return others[0] if others else None


def available(state: State, **person: object) -> list[Kind]:
    """Return the moves a person may make from `state`, in the table's order; `person` as for `allows`."""
    return [kind for kind in TRANSITIONS if allows(kind, state, **person)]


def voids(decision: tuple[str, str], kind: Kind, target: State) -> bool:
    """Tell whether making `kind`, which leads to `target`, voids an earlier `(kind, to_state)`.

    A withdrawal after publishing voids the publishing alone; every other step back voids what led beyond it.
    """
    earlier_kind, earlier_target = decision
    if kind == Kind.RETRACT:
        return earlier_kind == Kind.PUBLISH
    if target in ENDED:
        return False
    return RANK[State(earlier_target)] > RANK[target]
