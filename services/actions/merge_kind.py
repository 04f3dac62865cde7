"""Merging two kinds that mean the same, and undoing it."""

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.actions import merge as merging
from members.actions.merge import Reference
from members.actions.merge_person import Count
from members.middleware import whole_scope
from members.models import Merge, MergeStep, User
from services.actions.kind import check_owner
from services.models import Kind, Target

Outcome = MergeStep.Outcome
BY_CODE = ("kind", "pairing__kind")  # filters of an indicator whose value is a kind's code


def refusal(kept: Kind, absorbed: Kind, by: User) -> Refused | None:
    """Return why two kinds cannot be merged, or None."""
    if kept.pk == absorbed.pk:
        return Refused(_("Choose two different kinds."), code="same_row")
    if kept.domain != absorbed.domain:
        return Refused(_("The two are kinds of different things. Choose two of one sort."), code="domain")
    for kind in (kept, absorbed):
        try:
            check_owner(kind.organisation, by)
        except Refused as outside:
            return outside
    if kept.retired_on is not None:
        return Refused(_("The kind to keep is retired. Restore it first."), code="retired")
    if _merges().filter(absorbed_id=absorbed.pk).exists():
        return Refused(_("The second kind has been merged already."), code="merged_already")
    return None


def preview(*, absorbed: Kind) -> list[Count]:
    """Count what a merge would move, table by table; the scope is lifted, since the preview must not be short."""
    with transaction.atomic(), whole_scope():
        rows = [Count(reference, reference.rows(absorbed.pk).count()) for reference in merging.references(Kind)]
    return [row for row in rows if row.rows]


@transaction.atomic
def merge(*, kept: Kind, absorbed: Kind, by: User) -> Merge:
    """Give every row of `absorbed` the kind `kept` and retire `absorbed`; targets counted by it go along.

    Raises: Refused as `refusal` says.
    Side effects in order: lock of both, merge, rows with their steps, targets, retirement, audit row.
    """
    kept, absorbed = _locked(kept.pk, absorbed.pk)
    if reason := refusal(kept, absorbed, by):
        raise reason
    with whole_scope():
        done = Merge.objects.create(
            model=Kind._meta.label_lower,
            kept_id=kept.pk,
            absorbed_id=absorbed.pk,
            organisation=kept.organisation or by.organisation,
            closed_on_before=absorbed.retired_on,
            merged_by=by,
        )
        counts = merging.repoint(done, kept, absorbed, _nothing_stays)
        done.filled = {"targets": _recode(absorbed.code, kept.code)}
        done.save(update_fields=["filled"])
    absorbed.retired_on = absorbed.retired_on or timezone.localdate()
    absorbed.save(update_fields=["retired_on"])
    moved, left = counts[Outcome.MOVED], counts[Outcome.KEPT]
    audit.record(actor=by, event="kind.merge", target=kept, absorbed=absorbed.pk, merge=done.pk, moved=moved, left=left)
    return done


@transaction.atomic
def undo(*, merge: Merge, by: User) -> Merge:
    """Take a merge of kinds back; rows whose kind somebody has changed since stay as they are.

    Raises: Refused when it was undone before, lies outside the scope, or a later merge stands on it.
    Side effects in order: lock, the absorbed kind, rows, targets, the merge's end, audit row.
    """
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    kept, absorbed = _locked(merge.kept_id, merge.absorbed_id)
    if merge.undone_at is not None:
        raise Refused(_("This merge has been undone already."), code="undone")
    for kind in (kept, absorbed):
        check_owner(kind.organisation, by)
    if _merges().filter(absorbed_id=kept.pk).exists():
        raise Refused(_("The kept kind was itself merged later. Undo that merge first."), code="later_merge")
    with whole_scope():
        absorbed.retired_on = merge.closed_on_before
        absorbed.save(update_fields=["retired_on"])
        counts = merging.put_back(merge, kept, absorbed)
        _recode(kept.code, absorbed.code, only=merge.filled.get("targets", []))
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    restored, left = counts[Outcome.RESTORED], counts[Outcome.CHANGED]
    audit.record(
        actor=by, event="kind.unmerge", target=kept, absorbed=absorbed.pk, merge=merge.pk, restored=restored, left=left
    )
    return merge


def _recode(before: str, after: str, only: list[int] | None = None) -> list[int]:
    """Let targets counted by one kind be counted by another; return which those are."""
    changed = []
    for name in BY_CODE:
        rows = Target.objects.filter(filters__contains={name: before})
        for target in (rows if only is None else rows.filter(pk__in=only)).order_by("pk"):
            target.filters = target.filters | {name: after}
            target.save(update_fields=["filters"])
            changed.append(target.pk)
    return changed


def _merges() -> models.QuerySet:
    return Merge.objects.filter(model=Kind._meta.label_lower, undone_at=None)


def _nothing_stays(reference: Reference) -> models.Q:
    return models.Q(pk__in=[])


def _locked(kept_id: int, absorbed_id: int) -> tuple[Kind, Kind]:
    """Lock both, always in the same order."""
    rows = Kind.objects.select_for_update(of=("self",)).filter(pk__in=[kept_id, absorbed_id]).order_by("pk")
    found = {row.pk: row for row in rows.select_related("organisation")}
    return found[kept_id], found[absorbed_id]
