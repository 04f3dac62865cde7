"""Reads of links for the final signature: what the leader sees, what the desk sees."""

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from cases.evidence import verdicts
from cases.models import Approval, Case, Signature
from cases.models.intake import digest_of_token


@dataclass(frozen=True)
class Evidence:
    """What the ledger says of a text's figures, without the rows behind it."""

    lines: list[verdicts.Line]
    counts: list[tuple[str, int]]


@dataclass(frozen=True)
class ApprovalPage:
    """All that the holder of the right code reads."""

    case: Case
    evidence: Evidence
    signatures: list[Signature]


def link_of(token: str) -> Approval | None:
    """Return the link a token opens, None if it is wrong, expired, used or closed. Needs the whole scope."""
    found = Approval.objects.open().filter(token_sha256=digest_of_token(token), expires_at__gt=timezone.now())
    return found.select_related("case__organisation", "case__current_revision", "signer", "revision").first()


def page(approval: Approval) -> ApprovalPage:
    """Gather the text's evidence and the opinions of the earlier stages. Needs the whole scope."""
    case = approval.case
    lines = [line for line in verdicts.lines_of(case, approval.revision) if line.verdict is not None]
    counted = Counter(str(line.verdict.label) for line in lines)
    standing = case.signatures.filter(voided_at=None).select_related("signed_by", "signer", "decision__revision")
    return ApprovalPage(case, Evidence(lines, sorted(counted.items())), list(standing.order_by("pk")))


def latest(case: Case) -> Approval | None:
    """Return the newest link of a case, whatever became of it; None if none was given."""
    return case.approvals.select_related("signer", "created_by", "decision").order_by("-pk").first()
