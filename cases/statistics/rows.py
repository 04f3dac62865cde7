"""Whose cases are counted, and the rows behind a number as a list shows them."""

from django.db.models import OuterRef, Subquery

from cases import queues, workflow
from cases.models import Case, Decision
from cases.models.case import CaseQuerySet
from members.models import User


def of_desk(user: User) -> CaseQuerySet:
    """Return the cases of the desks the user reads."""
    return queues.rows(queues.BY_NAME["all"], user)


def of_units(user: User) -> CaseQuerySet:
    """Return what the user's own side submitted."""
    return Case.objects.visible_to(user).filter(queues.our_side(user))


def with_reason(cases: CaseQuerySet) -> CaseQuerySet:
    """Order cases, the newest first, each with the last `reason` the editors gave its unit."""
    told = Decision.objects.filter(case=OuterRef("pk"), voided_by=None).exclude(note="")
    told = told.exclude(kind__in=workflow.INTERNAL).order_by("-pk")
    reason = Subquery(told.values("note")[:1])
    return cases.with_row().annotate(reason=reason).order_by("-received_at", "-pk")
