"""Merging two entries of one venue, and undoing it."""

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.actions import merge as merging
from members.actions.merge import Reference
from members.actions.merge_person import Count
from members.middleware import whole_scope
from members.models import Merge, MergeStep, User
from members.permissions import Permission
from services.models import Venue

Outcome = MergeStep.Outcome
# What the kept venue takes from the absorbed one where it has nothing itself.
FILLED = ("address", "opening_hours", "rooms", "beds", "zones", "area_square_metres", "offers")
OUTSIDE = _("Both venues must lie in the organisations you look after.")


def refusal(kept: Venue, absorbed: Venue, by: User) -> Refused | None:
    """Return why two venues cannot be merged, or None."""
    if kept.pk == absorbed.pk:
        return Refused(_("Choose two different venues."), code="same_row")
    if not all(by.has_permission(Permission.MANAGE_VOCABULARIES, venue.organisation) for venue in (kept, absorbed)):
        return Refused(OUTSIDE, code="outside_scope")
    if absorbed.merged_into_id is not None:
        return Refused(_("The second venue has been merged already."), code="merged_already")
    if kept.closed_on is not None:
        return Refused(_("The venue to keep is closed. Keep one that is open."), code="kept_closed")
    if kept.parent_id == absorbed.pk:
        return Refused(_("The venue to keep lies inside the other one. Swap the two."), code="own_part")
    return None


def preview(*, absorbed: Venue) -> list[Count]:
    """Count what a merge would move, table by table; the scope is lifted, since the preview must not be short."""
    with transaction.atomic(), whole_scope():
        rows = [Count(reference, reference.rows(absorbed.pk).count()) for reference in merging.references(Venue)]
    return [row for row in rows if row.rows]


@transaction.atomic
def merge(*, kept: Venue, absorbed: Venue, by: User) -> Merge:
    """Make `absorbed` the same venue as `kept`: its use, parts and papers re-pointed, gaps filled, itself closed.

    Raises: Refused as `refusal` says.
    Side effects in order: lock of both, merge, rows with their steps, values that fill a gap, closing, audit row.
    """
    kept, absorbed = _locked(kept.pk, absorbed.pk)
    if reason := refusal(kept, absorbed, by):
        raise reason
    with whole_scope():
        done = Merge.objects.create(
            model=Venue._meta.label_lower,
            kept_id=kept.pk,
            absorbed_id=absorbed.pk,
            organisation=kept.organisation,
            closed_on_before=absorbed.closed_on,
            merged_by=by,
        )
        counts = merging.repoint(done, kept, absorbed, _nothing_stays)
    done.filled = {
        name: getattr(absorbed, name)
        for name in FILLED
        if getattr(absorbed, name) not in (None, "") and getattr(kept, name) in (None, "")
    }
    done.save(update_fields=["filled"])
    _set(kept, done.filled)
    absorbed.closed_on, absorbed.merged_into = absorbed.closed_on or timezone.localdate(), kept
    absorbed.save(update_fields=["closed_on", "merged_into"])
    moved, left = counts[Outcome.MOVED], counts[Outcome.KEPT]
    audit.record(
        actor=by, event="venue.merge", target=kept, absorbed=absorbed.pk, merge=done.pk, moved=moved, left=left
    )
    return done


@transaction.atomic
def undo(*, merge: Merge, by: User) -> Merge:
    """Take a merge of venues back; what was changed since stays as it is.

    Raises: Refused when it was undone before, lies outside the scope, a later merge stands on it, or a venue has been
    entered under the old name meanwhile. Side effects in order: lock, the absorbed row, rows, values, the merge's end,
    audit row.
    """
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    kept, absorbed = _locked(merge.kept_id, merge.absorbed_id)
    if merge.undone_at is not None:
        raise Refused(_("This merge has been undone already."), code="undone")
    if not all(by.has_permission(Permission.MANAGE_VOCABULARIES, venue.organisation) for venue in (kept, absorbed)):
        raise Refused(OUTSIDE, code="outside_scope")
    if kept.merged_into_id is not None:
        raise Refused(_("The kept venue was itself merged later. Undo that merge first."), code="later_merge")
    _reopen(merge, absorbed)
    with whole_scope():
        counts = merging.put_back(merge, kept, absorbed)
    empty = {name: None if isinstance(value, int) else "" for name, value in merge.filled.items()}
    _set(kept, {name: value for name, value in empty.items() if getattr(kept, name) == merge.filled[name]})
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    restored, left = counts[Outcome.RESTORED], counts[Outcome.CHANGED]
    audit.record(
        actor=by, event="venue.unmerge", target=kept, absorbed=absorbed.pk, merge=merge.pk, restored=restored, left=left
    )
    return merge


def _reopen(merge: Merge, absorbed: Venue) -> None:
    absorbed.merged_into, absorbed.closed_on = None, merge.closed_on_before
    try:
        with transaction.atomic():
            absorbed.save(update_fields=["closed_on", "merged_into"])
    except IntegrityError:
        raise Refused(
            _("Another venue bears the old name by now. Rename or close that one first."), code="name_taken"
        ) from None


def _set(venue: Venue, values: dict) -> None:
    for name, value in values.items():
        setattr(venue, name, value)
    if values:
        if not venue.address:
            venue.is_public = False  # the public page is nothing without an address
        venue.save(update_fields=[*values, "is_public"])


def _nothing_stays(reference: Reference) -> models.Q:
    return models.Q(pk__in=[])


def _locked(kept_id: int, absorbed_id: int) -> tuple[Venue, Venue]:
    """Lock both, always in the same order."""
    rows = Venue.objects.select_for_update(of=("self",)).filter(pk__in=[kept_id, absorbed_id]).order_by("pk")
    found = {row.pk: row for row in rows.select_related("organisation")}
    return found[kept_id], found[absorbed_id]
