"""What people decided on the pairs of a data match, as counts: what training needs, and no person in it."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils import timezone

from members.models import MatchRun, Organisation, RoleAssignment, User
from members.models.match import PairState
from members.permissions import ROLE_PERMISSIONS, Permission, Role


def approvers(body: Organisation) -> list[User]:
    """Return the accounts that keep a body's people, by the role nearest to it: not everybody above it as well."""
    roles = [role for role in Role if Permission.EDIT_PEOPLE in ROLE_PERMISSIONS[role]]
    held = RoleAssignment.objects.in_force(timezone.localdate()).filter(role__in=roles, user__is_active=True)
    parts = body.path.rstrip(".").split(".")
    above = [".".join(parts[:count]) + "." for count in range(1, len(parts) + 1)]
    found = list(held.filter(organisation__path__in=above).select_related("user", "organisation").order_by("pk"))
    nearest = max((len(row.organisation.path) for row in found), default=0)
    return [row.user for row in found if len(row.organisation.path) == nearest]


def decisions(run: MatchRun) -> list[dict]:
    """Count the pairs that a person decided, by pass and levels: what stays of them when the run closes.

    Automatic pairs count where they were the sample. The others confirmed themselves, or a person decided them only
    because no lead could be opened: the sample speaks for them.
    """
    decided = run.candidates.filter(decided_by__isnull=False).filter(Q(is_automatic=False) | Q(is_sampled=True))
    rows = decided.values("pass_code", "levels").annotate(
        confirmed=Count("pk", filter=Q(state=PairState.CONFIRMED)),
        rejected=Count("pk", filter=Q(state=PairState.REJECTED)),
    )
    return [
        {"pass": row["pass_code"], "levels": row["levels"], "confirmed": row["confirmed"], "rejected": row["rejected"]}
        for row in rows.order_by("pass_code", "levels")
    ]


def labels(runs: Iterable[MatchRun]) -> list[dict]:
    """Add up the decisions of closed runs, as `bench.train_matcher` reads them: one line for each answer.

    A sampled pair stands for as many automatic ones as were found for each one sampled; any other for itself.
    """
    counts, stands_for = Counter(), Counter()
    for run in runs:
        for row in run.decisions:
            is_sampled = not row["pass"].startswith("review-")
            weight = run.automatic_count / run.sampled_count if is_sampled else 1
            for answer in ("confirmed", "rejected"):
                key = (row["pass"], tuple(row["levels"]), answer == "confirmed")
                counts[key] += row[answer]
                stands_for[key] += row[answer] * weight
    return [
        {
            "pass": code,
            "levels": dict(level.split(":") for level in levels),
            "match": is_match,
            "count": count,
            "stands_for": round(stands_for[code, levels, is_match], 3),
        }
        for (code, levels, is_match), count in sorted(counts.items())
        if count
    ]
