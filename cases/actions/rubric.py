"""The rubric of a call: set as a whole, frozen when scoring begins."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions.call import locked
from cases.models import Call, Criterion, CriterionLevel, Rubric
from config.errors import Refused, WrongState
from members import audit
from members.models import User

FROZEN = _("Scoring has begun: the rubric stands as it is, so that all cases are judged by the same questions.")
HUNDRED = _("The weights must sum up to 100; they sum up to %(sum)d.")


@transaction.atomic
def set_criteria(*, call: Call, rows: list[dict], by: User) -> None:
    """Set the criteria with their levels, in this order; a row's `levels` are dicts of label, points and meaning.

    Raises: WrongState once frozen; Refused when the weights do not sum up to 100.
    Side effects: locks, rows, audit row.
    """
    call = locked(call, by)
    rubric = Rubric.objects.select_for_update().get(call=call)
    if rubric.is_frozen:
        raise WrongState(FROZEN)
    weights = sum(row["weight_percent"] for row in rows)
    if weights != 100:
        raise Refused(HUNDRED % {"sum": weights}, code="weights")
    present = {row.pk: row for row in rubric.criteria.all()}
    kept = {row.get("pk") for row in rows}
    for pk, criterion in present.items():
        if pk not in kept:
            criterion.delete()
    for position, values in enumerate(rows, start=1):
        criterion = present.get(values.get("pk")) or Criterion(rubric=rubric)
        for name in ("kind", "name", "question", "weight_percent"):
            setattr(criterion, name, values[name])
        criterion.position = position
        criterion.save()
        criterion.levels.all().delete()
        CriterionLevel.objects.bulk_create(
            CriterionLevel(criterion=criterion, position=place, **level)
            for place, level in enumerate(values["levels"], start=1)
        )
    audit.record(actor=by, event="call.rubric", target=call, criteria=len(rows))


@transaction.atomic
def freeze(*, rubric: Rubric, by: User) -> Rubric:
    """Let nothing of a rubric change any more; called with the first score. Frozen already is fine.

    Side effects in order: lock, row, audit row.
    """
    rubric = Rubric.objects.select_for_update(of=("self",)).select_related("call").get(pk=rubric.pk)
    if not rubric.is_frozen:
        rubric.frozen_at, rubric.frozen_by = timezone.now(), by
        rubric.save(update_fields=["frozen_at", "frozen_by"])
        audit.record(actor=by, event="call.freeze", target=rubric.call)
    return rubric
