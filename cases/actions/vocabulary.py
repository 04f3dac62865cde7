"""The list of fields: adding, renaming, retiring, merging. Nothing in use is ever deleted."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, LibraryEntry, SubjectField
from config.errors import Refused
from members import audit
from members.models import User


@transaction.atomic
def add(*, code: str, name: str, position: int, by: User) -> SubjectField:
    """Add a field to choose from. Side effects in order: row, audit row."""
    field = SubjectField.objects.create(code=code, name=name, position=position)
    audit.record(actor=by, event="field.add", target=field)
    return field


@transaction.atomic
def change(*, field: SubjectField, by: User, **values: object) -> SubjectField:
    """Rename a field or move it in the list.

    Raises: Refused as `_check_scope` says. Side effects in order: lock, row, audit row with the names changed.
    """
    field = _locked(field)
    changed = [name for name, value in values.items() if getattr(field, name) != value]
    if "name" in changed:
        _check_scope(field, by)
    for name in changed:
        setattr(field, name, values[name])
    if changed:
        field.save(update_fields=changed)
        audit.record(actor=by, event="field.change", target=field, fields=sorted(changed))
    return field


@transaction.atomic
def retire(*, field: SubjectField, by: User) -> None:
    """Take a field off the list to choose from; cases keep it. Side effects in order: lock, date, audit row."""
    field = _locked(field)
    _check_scope(field, by)
    if field.retired_on is None:
        field.retired_on = timezone.localdate()
        field.save(update_fields=["retired_on"])
        audit.record(actor=by, event="field.retire", target=field)


@transaction.atomic
def restore(*, field: SubjectField, by: User) -> None:
    """Offer a retired field again. Side effects in order: lock, date, audit row."""
    field = _locked(field)
    _check_scope(field, by)
    if field.retired_on is not None:
        field.retired_on = None
        field.save(update_fields=["retired_on"])
        audit.record(actor=by, event="field.restore", target=field)


@transaction.atomic
def merge(*, kept: SubjectField, absorbed: SubjectField, by: User) -> int:
    """Give every case of `absorbed` the field `kept` and retire `absorbed`; return how many cases it were.

    Raises: Refused for the same field twice, a retired `kept`, and as `_check_scope` says.
    Side effects in order: lock of both, cases, library entries, retirement, audit row with the cases' ids.
    """
    if kept.pk == absorbed.pk:
        raise Refused(_("Choose two different fields."), code="same_row")
    rows = {row.pk: row for row in SubjectField.objects.select_for_update().filter(pk__in=[kept.pk, absorbed.pk])}
    kept, absorbed = rows[kept.pk], rows[absorbed.pk]
    if kept.retired_on is not None:
        raise Refused(_("The field to keep is retired. Restore it first."), code="retired")
    _check_scope(absorbed, by)
    cases = sorted(absorbed.cases.values_list("pk", flat=True))
    Case.objects.filter(pk__in=cases).update(field=kept)
    LibraryEntry.objects.filter(case__in=cases).update(field=kept)
    absorbed.retired_on = absorbed.retired_on or timezone.localdate()
    absorbed.save(update_fields=["retired_on"])
    audit.record(actor=by, event="field.merge", target=kept, absorbed=absorbed.pk, count=len(cases), cases=cases)
    return len(cases)


def _locked(field: SubjectField) -> SubjectField:
    return SubjectField.objects.select_for_update().get(pk=field.pk)


def _check_scope(field: SubjectField, by: User) -> None:
    """Keep a steward from changing what cases of other people's organisations say.

    Raises: Refused when cases outside the steward's organisations carry the field.
    """
    outside = field.cases.exclude(pk__in=Case.objects.stewarded_by(by).values("pk")).count()
    if outside:
        raise Refused(
            _("%(count)s cases outside your organisations carry this field. Ask a steward who looks after them too.")
            % {"count": outside},
            code="outside_scope",
        )
