"""Which step of a lead follows which. One table, pure."""

from members.models.discovery import LeadState

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
