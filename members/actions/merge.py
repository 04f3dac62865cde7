"""Making two rows one, with everything that points at them, and taking it back.

The walk is generic (decision 20): it asks the model for every column of any app that points at it, so it imports
nothing upward and a table that comes later is merged without a change here. What is particular to organisations
stands in `members.actions.merge_organisation`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, models, transaction

from members.models import Merge, MergeStep

Outcome = MergeStep.Outcome


@dataclass(frozen=True)
class Reference:
    """One column of one table that points at the merged model."""

    model: type[models.Model]
    field: models.ForeignKey

    @property
    def table(self) -> str:
        """The model's label, as `MergeStep.table` stores it."""
        return self.model._meta.label_lower

    def rows(self, pk: int) -> models.QuerySet:
        """Return the rows pointing at `pk`, past every scope: the caller has been allowed the whole merge."""
        return self.model._base_manager.filter(**{self.field.attname: pk})

    def values(self, target: models.Model) -> dict:
        """Return what points a row at `target`: the column, and the path repeated beside it where there is one."""
        values = {self.field.attname: target.pk}
        copies = {f"{self.field.name}_path", f"{self.field.name.removesuffix('_organisation')}_path"}
        found = [field.attname for field in self.model._meta.concrete_fields if field.attname in copies]
        return values | (dict.fromkeys(found, target.path) if found else {})


def references(model: type[models.Model]) -> list[Reference]:
    """Return every column pointing at `model`, in a fixed order.

    `related_objects` leaves out relations without a reverse name (`related_name="+"`), so the fields are asked.
    A merge's own record of where it lies stays as it was written, and a column without a constraint is a copy that
    triggers keep: it follows the rows it was copied from.
    """
    found = [
        Reference(relation.related_model, relation.field)
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
    ]
    own = [reference for reference in found if reference.model is not Merge and reference.field.db_constraint]
    return sorted(own, key=lambda reference: (reference.table, reference.field.name))


def repoint(merge: Merge, kept: models.Model, absorbed: models.Model, stays: Callable[[Reference], models.Q]) -> dict:
    """Point every row at the kept one; rows matching `stays(reference)` and those refused as doubles stay behind.

    Stores a step per table, column and outcome; returns the number of rows by outcome. Runs in the caller's
    transaction, which has locked both rows and sees every row.
    """
    counts = {Outcome.MOVED: 0, Outcome.KEPT: 0, Outcome.OWN: 0}
    for reference in references(type(kept)):
        own = set(reference.rows(absorbed.pk).filter(stays(reference)).values_list("pk", flat=True))
        asked = [pk for pk in reference.rows(absorbed.pk).order_by("pk").values_list("pk", flat=True) if pk not in own]
        moved = _move(reference, asked, kept)
        outcomes = {Outcome.MOVED: moved, Outcome.KEPT: sorted(set(asked) - set(moved)), Outcome.OWN: sorted(own)}
        for outcome, ids in outcomes.items():
            _note(merge, reference.table, reference.field.name, outcome, ids)
            counts[outcome] += len(ids)
    return counts


def put_back(merge: Merge, kept: models.Model, absorbed: models.Model) -> dict:
    """Point the moved rows at the absorbed one again; rows that point elsewhere by now, or are gone, are left.

    Stores what was restored and what was not; returns the number of rows by outcome.
    """
    columns = {(reference.table, reference.field.name): reference for reference in references(type(kept))}
    counts = {Outcome.RESTORED: 0, Outcome.CHANGED: 0}
    for step in merge.steps.filter(outcome=Outcome.MOVED).order_by("pk"):
        reference = columns[step.table, step.column]
        still = reference.rows(kept.pk).filter(pk__in=step.row_ids).order_by("pk").values_list("pk", flat=True)
        restored = _move(reference, list(still), absorbed)
        outcomes = {Outcome.RESTORED: restored, Outcome.CHANGED: sorted(set(step.row_ids) - set(restored))}
        for outcome, ids in outcomes.items():
            _note(merge, step.table, step.column, outcome, ids)
            counts[outcome] += len(ids)
    return counts


def _move(reference: Reference, ids: list[int], target: models.Model) -> list[int]:
    """Point rows at `target`, together if the database allows it, else one by one; return those it allowed."""
    if _try(reference, ids, target):
        return ids
    return [pk for pk in ids if _try(reference, [pk], target)]


def _try(reference: Reference, ids: list[int], target: models.Model) -> bool:
    try:
        with transaction.atomic():
            reference.model._base_manager.filter(pk__in=ids).update(**reference.values(target))
    except IntegrityError:
        return False
    return True


def _note(merge: Merge, table: str, column: str, outcome: str, ids: list[int]) -> None:
    if ids:
        MergeStep.objects.create(merge=merge, table=table, column=column, outcome=outcome, row_ids=ids)
