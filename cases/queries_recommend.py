"""Reads of the recommending chain: whose turn a case is, what waits with a body, what stands on its list."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases import queries_call
from cases.models import Call, Case, Phase, Quota, Recommendation
from cases.models.case import CaseQuerySet

State = Recommendation.State


def chain_of(case: Case, quotas: list[Quota]) -> list[Quota]:
    """Return the quotas of the bodies at or above a case's unit, the nearest first."""
    above = [quota for quota in quotas if case.organisation.path.startswith(quota.body.path)]
    return sorted(above, key=lambda quota: -len(quota.body.path))


def reached(quota: Quota) -> CaseQuerySet:
    """Return the cases a body may decide on: those under it that every body between has passed on.

    Only the body next below is asked: it could recommend nothing that had not reached it. One query for the quotas.
    """
    inside = Case.objects.filter(
        queries_call.IN_CALL, call=quota.call_id, organisation__path__startswith=quota.body.path
    ).exclude(state=Case.State.DECLINED)
    below = list(
        Quota.objects.filter(call=quota.call_id, body__path__startswith=quota.body.path).select_related("body")
    )
    below = [other for other in below if other.pk != quota.pk]
    next_below = [
        other for other in below if not any(_lies_in(other, between) for between in below if between.pk != other.pk)
    ]
    condition = Q()
    for other in next_below:
        passed = Recommendation.objects.filter(
            case=OuterRef("pk"), quota=other, state=State.RECOMMENDED, quota__sent_at__isnull=False
        )
        condition &= ~Q(organisation__path__startswith=other.body.path) | Q(Exists(passed))
    return inside.filter(condition)


def _lies_in(quota: Quota, other: Quota) -> bool:
    return quota.body.path.startswith(other.body.path)


def waiting(quota: Quota) -> CaseQuerySet:
    """Return the cases whose turn it is: not decided on, or sent back and changed since."""
    decided = Recommendation.objects.filter(case=OuterRef("pk"), quota=quota)
    unchanged = decided.exclude(~Q(revision=F("case__current_revision")), state=State.RETURNED)
    return reached(quota).filter(~Exists(unchanged)).with_row().order_by("received_at", "pk")


def decided(quota: Quota) -> QuerySet:
    """Return a body's decisions with their cases; the list first, in its ranks."""
    rows = quota.recommendations.select_related("case__organisation", "case__track", "case__current_revision")
    return rows.order_by(F("rank").asc(nulls_last=True), "state", "pk")


def with_numbers(quotas: QuerySet) -> QuerySet:
    """Add `inside`, the cases sent in under each body, and `listed`, those on its list; one query for all."""
    inside = Case.objects.filter(
        queries_call.IN_CALL, call=OuterRef("call"), organisation__path__startswith=OuterRef("body__path")
    )
    listed = Recommendation.objects.filter(quota=OuterRef("pk"), state=State.RECOMMENDED)
    return quotas.annotate(inside=_counted(inside), listed=_counted(listed))


def _counted(rows: QuerySet) -> Coalesce:
    number = rows.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), 0)


def recommended(cases: CaseQuerySet, quota: Quota | None = None) -> CaseQuerySet:
    """Keep the cases on a list that was sent: on this body's, or on anybody's in the case's own call."""
    return cases.filter(_on_sent_list(quota))


def with_recommended(cases: CaseQuerySet) -> CaseQuerySet:
    """Say of each as `is_recommended` whether it stands on a list that was sent."""
    return cases.annotate(is_recommended=_on_sent_list(None))


def unrecommended(cases: CaseQuerySet) -> CaseQuerySet:
    """Keep the cases of calls with recommending bodies that stand on no list that was sent."""
    chain = Quota.objects.filter(call=OuterRef("call"))
    return cases.filter(Q(Exists(chain)) & ~Q(_on_sent_list(None)))


def _on_sent_list(quota: Quota | None) -> Exists:
    sent = Recommendation.objects.filter(
        case=OuterRef("pk"), quota__call=OuterRef("call"), state=State.RECOMMENDED, quota__sent_at__isnull=False
    )
    return Exists(sent if quota is None else sent.filter(quota=quota))


def last_day(quota: Quota) -> date | None:
    """Return the last day of recommending; None where the call sets none."""
    phase = quota.call.phases.filter(kind=Phase.Kind.RECOMMEND).order_by("ends_on").last()
    return phase.ends_on if phase else None


def is_open(quota: Quota, now: datetime) -> bool:
    """Tell whether the list may still be changed: not sent, and the phase of recommending not over."""
    last = last_day(quota)
    is_over = last is not None and timezone.localdate(now) > last
    return quota.sent_at is None and quota.call.state == Call.State.ANNOUNCED and not is_over


@dataclass(frozen=True)
class Link:
    """One body of a case's chain, and what it said."""

    quota: Quota
    recommendation: Recommendation | None

    @property
    def is_passed(self) -> bool:
        """Whether the body sent its list with the case on it."""
        said = self.recommendation
        return said is not None and said.state == State.RECOMMENDED and self.quota.sent_at is not None

    @property
    def is_changed_since(self) -> bool:
        """Whether the text was changed after the body read it."""
        said = self.recommendation
        return said is not None and said.revision_id != said.case.current_revision_id


def chain(case: Case) -> list[Link]:
    """Return the chain of a case from the nearest body up; two queries, none for a case in no call."""
    if case.call_id is None:
        return []
    quotas = chain_of(case, list(Quota.objects.filter(call=case.call_id).select_related("body")))
    rows = case.recommendations.select_related("case", "decided_by", "revision")
    said = {row.quota_id: row for row in rows}
    return [Link(quota, said.get(quota.pk)) for quota in quotas]
