"""Reads of decisions that wait to be announced."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from cases.models import Call, Case, Decision, PendingDecision
from cases.models.announcement import PendingQuerySet
from cases.queries import search
from members.models import User


@dataclass(frozen=True)
class Outcome:
    """How many decisions of one kind wait."""

    kind: Decision.Kind
    count: int


def rows(user: User, *, words: str = "", kind: str = "", call: Call | None = None) -> PendingQuerySet:
    """Return the pending decisions the user sees, by kind and number of the case."""
    found = PendingDecision.objects.visible_to(user).open()
    if words:
        found = found.filter(case__in=search(Case.objects.visible_to(user), words))
    if kind:
        found = found.filter(kind=kind)
    if call is not None:
        found = found.filter(case__call=call)
    return found.select_related("case__organisation", "case__created_by", "recorded_by", "announcement").order_by(
        "kind", "case__year", "case__sequence"
    )


def outcomes(found: Iterable) -> list[Outcome]:
    """Return how many decisions of each kind are among these rows; one query."""
    counted = found.order_by().values("kind").annotate(count=Count("pk"))
    return sorted(
        (Outcome(Decision.Kind(row["kind"]), row["count"]) for row in counted), key=lambda each: each.kind.value
    )


def of_body(pending: PendingDecision, user: User) -> PendingQuerySet:
    """Return what waits for cases of the same body, in the order in which it is carried out."""
    found = PendingDecision.objects.visible_to(user).open().filter(case__organisation=pending.case.organisation_id)
    return found.select_related("case__organisation", "case__created_by").order_by("case_id")


def samples(found: Iterable) -> list[PendingDecision]:
    """Return the first pending decision of each kind among these rows."""
    return list(found.order_by("kind", "case_id").distinct("kind"))


def waiting(case: Case) -> PendingDecision | None:
    """Return the decision on a case that waits to be announced; None if there is none."""
    return PendingDecision.objects.open().filter(case=case).select_related("recorded_by", "case").first()
