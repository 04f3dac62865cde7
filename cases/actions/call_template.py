"""What a new call starts with: the template, or a copy of an earlier call."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

from django.utils import timezone

from cases.models import Call, Criterion, CriterionLevel, Phase, Quota, RequiredPart, Rubric, Track
from config.dates import add_workdays

TEMPLATE = Path(__file__).resolve().parents[1] / "calls.toml"


def fill(call: Call, copy_from: Call | None) -> None:
    """Give a call its parts, rubric and phases; of an earlier call also tracks and quotas. In the caller's transaction.

    The phases of an earlier call move along with the day the window closes.
    """
    if copy_from is None:
        _from_template(call)
    else:
        _from_call(call, copy_from)


def planned_phases(closes_on: date) -> list[dict]:
    """Return the template's phases as they would follow a window whose last day is `closes_on`."""
    phases, last = [], closes_on
    for row in _template()["phase"]:
        first = last + timedelta(days=1)
        last = add_workdays(last, row["workdays"]) if "workdays" in row else last + timedelta(days=row["days"])
        phases.append(
            {
                "kind": row["kind"],
                "name": row["name"],
                "starts_on": first,
                "ends_on": last,
                "is_blind": row.get("is_blind", False),
            }
        )
    return phases


def _template() -> dict:
    return tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))


def _from_template(call: Call) -> None:
    template = _template()
    for position, row in enumerate(template["part"], start=1):
        RequiredPart.objects.create(call=call, position=position, **row)
    for position, row in enumerate(planned_phases(call.last_day.date()), start=1):
        Phase.objects.create(call=call, position=position, **row)
    rubric = Rubric.objects.create(call=call)
    for position, row in enumerate(template["criterion"], start=1):
        levels = row.pop("levels")
        criterion = Criterion.objects.create(rubric=rubric, position=position, **row)
        CriterionLevel.objects.bulk_create(
            CriterionLevel(criterion=criterion, position=place, label=label, points=points, meaning=meaning)
            for place, (label, points, meaning) in enumerate(levels, start=1)
        )


def _from_call(call: Call, earlier: Call) -> None:
    for model in (Track, RequiredPart, Quota):
        for row in model.objects.filter(call=earlier).order_by("pk"):
            row.pk, row._state.adding, row.call = None, True, call
            if isinstance(row, Quota):
                row.sent_at, row.sent_by = None, None
            row.save()
    moved = timezone.localtime(call.closes_at).date() - timezone.localtime(earlier.closes_at).date()
    for phase in earlier.phases.in_order():
        phase.pk, phase._state.adding, phase.call = None, True, call
        phase.starts_on, phase.ends_on = phase.starts_on + moved, phase.ends_on + moved
        phase.save()
    rubric = Rubric.objects.create(call=call)
    for criterion in Criterion.objects.filter(rubric__call=earlier).in_order():
        levels = list(criterion.levels.all())
        criterion.pk, criterion._state.adding, criterion.rubric = None, True, rubric
        criterion.save()
        for level in levels:
            level.pk, level._state.adding, level.criterion = None, True, criterion
            level.save()
