"""The list of steps of a development and the quotas: what stewards edit."""

import tomllib
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import DevelopmentQuota, Organisation, StepDefinition, User
from members.permissions import Permission

SAMPLES = Path(__file__).resolve().parents[1] / "development_steps.toml"
NEVER_KEPT = ("政审", "政治审查", "外调", "函调")


@transaction.atomic
def add(*, by: User | None, **values: object) -> StepDefinition:
    """Add a step. Raises: Refused as `_check`. Side effects in order: row, audit row."""
    definition = StepDefinition(**values)
    _check(definition)
    definition.save()
    audit.record(actor=by, event="step.add", target=definition)
    return definition


@transaction.atomic
def change(*, definition: StepDefinition, by: User, **values: object) -> StepDefinition:
    """Change a step's name, place or clocks; what was recorded stays and is judged by the new ones.

    Raises: Refused as `_check`. Side effects in order: lock, row, audit row with the names changed.
    """
    definition = StepDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
    changed = [name for name, value in values.items() if getattr(definition, name) != value]
    for name in changed:
        setattr(definition, name, values[name])
    if changed:
        _check(definition)
        definition.save(update_fields=changed)
        audit.record(actor=by, event="step.change", target=definition, fields=sorted(changed))
    return definition


@transaction.atomic
def retire(*, definition: StepDefinition, by: User) -> None:
    """Ask for a step no longer; what was recorded stays. Side effects in order: lock, date, audit row.

    Raises: Refused while steps in use are counted from it.
    """
    definition = StepDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
    if definition.retired_on is not None:
        return
    if definition.followers.filter(retired_on=None).exists():
        raise Refused(_("Other steps are counted from this one. Let them be counted from another first."), code="base")
    definition.retired_on = timezone.localdate()
    definition.save(update_fields=["retired_on"])
    audit.record(actor=by, event="step.retire", target=definition)


@transaction.atomic
def restore(*, definition: StepDefinition, by: User) -> None:
    """Ask for a retired step again. Side effects in order: lock, date, audit row. Raises: Refused as `_check`."""
    definition = StepDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
    if definition.retired_on is not None:
        definition.retired_on = None
        _check(definition)
        definition.save(update_fields=["retired_on"])
        audit.record(actor=by, event="step.restore", target=definition)


@transaction.atomic
def load_samples() -> int:
    """Add the steps that come with the program, marked as a sample, where their code is not there; return how many."""
    rows = tomllib.loads(SAMPLES.read_text(encoding="utf-8"))["step"]
    known = {definition.code: definition for definition in StepDefinition.objects.all()}
    new = 0
    for position, row in enumerate(rows, start=1):
        if row["code"] not in known:
            start = known.get(row.pop("after", ""))
            known[row["code"]] = add(by=None, position=position * 10, clock_from=start, is_sample=True, **row)
            new += 1
    return new


@transaction.atomic
def set_quota(*, organisation: Organisation, year: int, places: int, by: User) -> DevelopmentQuota:
    """Set how many people an organisation may admit in a year.

    Raises: Refused outside the organisations the account manages. Side effects in order: row, audit row.
    """
    if not by.has_permission(Permission.MANAGE_ORGANISATIONS, organisation):
        raise Refused(_("This lies outside the organisations you look after."), code="outside_scope")
    quota, _is_new = DevelopmentQuota.objects.update_or_create(
        organisation=organisation,
        year=year,
        defaults={"places": places, "organisation_path": organisation.path},
    )
    audit.record(
        actor=by, event="development.quota", target=quota, organisation=organisation.pk, year=year, places=places
    )
    return quota


def _check(definition: StepDefinition) -> None:
    """Raises: Refused for what is never kept here, or clocks that cannot be counted."""
    if any(word in definition.name for word in NEVER_KEPT):
        raise Refused(
            _("Political-review material is never kept here, not even that it exists. Choose another step."),
            code="never_kept",
        )
    months = (definition.at_least_months, definition.at_most_months, definition.every_months)
    if any(value is not None for value in months) and definition.clock_from_id is None:
        raise Refused(_("Choose the step from which the months are counted."), code="no_start")
    if definition.clock_from_id is not None and definition.clock_from.position >= definition.position:
        raise Refused(_("A step is counted from one that comes before it in the list."), code="order")
    if definition.extended_months is not None and (definition.at_most_months or 0) > definition.extended_months:
        raise Refused(_("The extension must not be shorter than the time it extends."), code="extension")
    if definition.extended_months is not None and definition.at_most_months is None:
        raise Refused(_("An extension needs the time it extends: fill in the latest month as well."), code="extension")
    others = StepDefinition.objects.exclude(pk=definition.pk).filter(is_admission=True, retired_on=None)
    if definition.is_admission and definition.retired_on is None and others.exists():
        raise Refused(_("Another step admits the person already. Only one can."), code="admission")
