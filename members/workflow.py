"""Which step of a lead, a data match or a pair follows which: one table each, pure."""

from members.models.discovery import LeadState
from members.models.match import MatchState, PairState

S = LeadState

# From the first sign to the contact group and the papers; a mistake or a refusal ends it, and a new sign may reopen it.
TRANSITIONS: dict[LeadState, tuple[LeadState, ...]] = {
    S.FOUND: (S.CONTACTED, S.FALSE_ALARM, S.UNWILLING),
    S.CONTACTED: (S.VERIFIED, S.FALSE_ALARM, S.UNWILLING),
    S.VERIFIED: (S.RETURNED, S.FALSE_ALARM, S.UNWILLING),
    S.RETURNED: (S.TRANSFERRED, S.DUAL, S.UNWILLING),
    S.TRANSFERRED: (),
    S.DUAL: (S.TRANSFERRED,),
    S.FALSE_ALARM: (S.FOUND,),
    S.UNWILLING: (S.FOUND, S.CONTACTED),
}
CONFIRMED = frozenset({S.VERIFIED, S.RETURNED, S.TRANSFERRED, S.DUAL})
OPEN = frozenset({S.FOUND, S.CONTACTED, S.VERIFIED})


def may_follow(state: str, to: str) -> bool:
    """Tell whether a lead in `state` may move to `to`."""
    return to in TRANSITIONS[LeadState(state)]


R = MatchState

# Names open only after both approvals; stopping a run leads back to its rosters; whatever happens, it can be closed.
MATCH_TRANSITIONS: dict[MatchState, tuple[MatchState, ...]] = {
    R.PREPARING: (R.RUNNING, R.CLOSED),
    R.RUNNING: (R.COUNTED, R.FAILED, R.PREPARING, R.CLOSED),
    R.FAILED: (R.PREPARING, R.RUNNING, R.CLOSED),
    R.COUNTED: (R.OPEN, R.CLOSED),
    R.OPEN: (R.CLOSED,),
    R.CLOSED: (),
}

P = PairState

# Every decision can be taken back, which leads to OPEN. SECOND: one person said yes, another must.
PAIR_TRANSITIONS: dict[PairState, tuple[PairState, ...]] = {
    P.WAITING: (P.CONFIRMED,),
    P.OPEN: (P.CONFIRMED, P.SECOND, P.REJECTED, P.LATER),
    P.LATER: (P.CONFIRMED, P.SECOND, P.REJECTED, P.LATER),
    P.SECOND: (P.CONFIRMED, P.REJECTED, P.LATER, P.OPEN),
    P.CONFIRMED: (P.OPEN,),
    P.REJECTED: (P.OPEN,),
}
TO_DECIDE = frozenset({P.OPEN, P.LATER, P.SECOND})


def match_may_follow(state: str, to: str) -> bool:
    """Tell whether a run in `state` may move to `to`."""
    return to in MATCH_TRANSITIONS[MatchState(state)]


def pair_may_follow(state: str, to: str) -> bool:
    """Tell whether a pair in `state` may move to `to`."""
    return to in PAIR_TRANSITIONS[PairState(state)]
