"""Reads of the public notice: the list, whether objections are taken, and what became of them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils import timezone

from cases.models import Call, Objection, Phase, Shortlisted
from members.middleware import whole_scope

Outcome = Objection.Outcome


def phase_of(call: Call) -> Phase | None:
    """Return the phase of the public notice; None for a call without one."""
    return next((phase for phase in call.phases.all() if phase.kind == Phase.Kind.NOTICE), None)


def is_shown(call: Call, now: datetime) -> bool:
    """Tell whether the list is public: from the first day of the notice on, in a call that was not cancelled."""
    phase = phase_of(call)
    return phase is not None and call.state == Call.State.ANNOUNCED and timezone.localdate(now) >= phase.starts_on


def takes_objections(call: Call, now: datetime) -> bool:
    """Tell whether anybody may object now: through the last day of the notice."""
    return is_shown(call, now) and timezone.localdate(now) <= phase_of(call).ends_on


def standing(call: Call) -> QuerySet[Shortlisted]:
    """Return the cases on the list in their order, with what is printed of them."""
    rows = call.shortlist.filter(removed_at=None).select_related("case__organisation", "case__track")
    return rows.select_related("case__library_entry").order_by("position", "pk")


def still_listed(objection: Objection) -> bool:
    """Tell whether a case stands on the list although an objection to it was upheld."""
    if objection.outcome not in (Outcome.UPHELD, Outcome.PARTLY) or objection.case_id is None:
        return False
    return Shortlisted.objects.filter(call=objection.call_id, case=objection.case_id, removed_at=None).exists()


def open_first(rows: QuerySet[Objection]) -> QuerySet[Objection]:
    """Order objections: open ones by the day they came, the oldest first; then settled ones, the latest first."""
    return rows.order_by(
        F("settled_at").desc(nulls_first=True), Case(When(settled_at=None, then="received_at")).asc(), "-pk"
    )


@dataclass(frozen=True)
class Objections:
    """How many objections a notice met and how they ended: the numbers alone are public."""

    received: int
    settled: int
    upheld: int


def tally(call: Call) -> Objections:
    """Count the objections of a call, whoever asks."""
    with transaction.atomic(), whole_scope():
        numbers = Objection.objects.filter(call=call).aggregate(
            received=Count("pk"),
            settled=Count("pk", filter=~Q(outcome=Outcome.OPEN)),
            upheld=Count("pk", filter=Q(outcome__in=[Outcome.UPHELD, Outcome.PARTLY])),
        )
    return Objections(**numbers)


def by_key(key: uuid.UUID) -> Objection | None:
    """Return the objection whose address somebody kept, with its call and case; None for a wrong one."""
    with transaction.atomic(), whole_scope():
        return Objection.objects.select_related("call", "case").filter(uuid=key).first()
