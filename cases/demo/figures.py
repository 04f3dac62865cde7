"""The demo's published cases were checked against the ledger before they became public, as a desk does it."""

from cases.actions import evidence
from cases.evidence import verdicts
from cases.models import Case, Verdict
from members.models import User

AGREES = frozenset({Verdict.MATCHES, Verdict.EXTERNAL})


def check(case: Case, by: User) -> None:
    """Confirm every figure of a case whose proposed meaning the ledger bears out; others wait, as they would."""
    for line in verdicts.lines_of(case, case.current_revision):
        if line.claim is None and line.binding is not None and line.verdict in AGREES:
            evidence.confirm(
                case=case,
                context=line.context,
                key=line.binding.key,
                filters=line.binding.filters,
                organisation=line.binding.organisation,
                period=line.binding.period,
                by=by,
            )
