"""Which step of a lead, a data match, a pair or a development follows which: one table each, pure."""

from members.models.development import Stage
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
ENDINGS = frozenset({S.FALSE_ALARM, S.UNWILLING})
REACHABLE = OPEN | CONFIRMED  # whom the contact group is for


def may_follow(state: str, to: str) -> bool:
    """Tell whether a lead in `state` may move to `to`."""
    return to in TRANSITIONS[LeadState(state)]


R = MatchState

# Names open only after both approvals; stopping a run leads back to its rosters; whatever happens, it can be closed.
MATCH_TRANSITIONS: dict[MatchState, tuple[MatchState, ...]] = {
    R.PREPARING: (R.RUNNING, R.COUNTED, R.CLOSED),  # counted elsewhere: private set intersection
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

SURE_ENOUGH = 0.9  # below this, and where a number or a name contradicts, one yes is not enough (our choice)
CONTRADICTIONS = frozenset({"review-id", "review-two-ids"})


def match_may_follow(state: str, to: str) -> bool:
    """Tell whether a run in `state` may move to `to`."""
    return to in MATCH_TRANSITIONS[MatchState(state)]


def pair_may_follow(state: str, to: str) -> bool:
    """Tell whether a pair in `state` may move to `to`."""
    return to in PAIR_TRANSITIONS[PairState(state)]


def needs_second(pass_code: str, probability: float) -> bool:
    """Tell whether a pair lies in the doubtful band, where two people must say yes."""
    return pass_code in CONTRADICTIONS or probability < SURE_ENOUGH


D = Stage

# The way of a development: forward one stage at a time, one stage back, broken off, and taken up again where it was.
DEVELOPMENT_TRANSITIONS: dict[Stage, tuple[Stage, ...]] = {
    D.APPLICANT: (D.ACTIVIST, D.ENDED),
    D.ACTIVIST: (D.CANDIDATE, D.APPLICANT, D.ENDED),
    D.CANDIDATE: (D.PROBATIONARY, D.ACTIVIST, D.ENDED),
    D.PROBATIONARY: (D.FULL, D.CANDIDATE, D.ENDED),
    D.FULL: (D.PROBATIONARY,),
    D.ENDED: (D.APPLICANT, D.ACTIVIST, D.CANDIDATE, D.PROBATIONARY),
}
STAGES = (D.APPLICANT, D.ACTIVIST, D.CANDIDATE, D.PROBATIONARY, D.FULL)


def rank(stage: str) -> int:
    """Return how far along the way a stage stands, from 0."""
    return STAGES.index(Stage(stage))


def is_forward(stage: str, to: str) -> bool:
    """Tell whether a move leads one stage on."""
    return Stage.ENDED not in (stage, to) and rank(to) == rank(stage) + 1


def may_move(stage: str, to: str, ended_from: str = "") -> bool:
    """Tell whether a development may move; a broken-off one is only taken up where it was broken off."""
    if stage == Stage.ENDED:
        return to == ended_from
    return to in DEVELOPMENT_TRANSITIONS[Stage(stage)]


def moves(stage: str, ended_from: str = "") -> list[Stage]:
    """Return where a development may go from here, forward first."""
    return [to for to in DEVELOPMENT_TRANSITIONS[Stage(stage)] if may_move(stage, to, ended_from)]
