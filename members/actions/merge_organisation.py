"""Merging two organisations that are one body, and undoing it."""

from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.actions import merge as merging
from members.actions.merge import Reference
from members.actions.organisation import GAIN, repath, tell_of_change
from members.middleware import whole_scope
from members.models import Merge, MergeStep, Organisation, RoleAssignment, User
from members.permissions import Permission

FILLED = ("short_name", "uscc")  # what the kept row takes from the absorbed one where it has nothing itself
UNIQUE = ("uscc",)  # of these, what may stand on one row only
Outcome = MergeStep.Outcome


@dataclass(frozen=True)
class Count:
    """How many rows of one table a merge would move, and how many would stay as the actor's own."""

    reference: Reference
    rows: int
    own: int

    @property
    def label(self) -> str:
        """The kind of row in words."""
        return str(self.reference.model._meta.verbose_name_plural)


def refusal(kept: Organisation, absorbed: Organisation, by: User) -> Refused | None:
    """Return why two organisations cannot be merged, or None."""
    if kept.pk == absorbed.pk:
        return Refused(_("Choose two different organisations."), code="same_row")
    if not all(by.has_permission(Permission.MANAGE_ORGANISATIONS, body) for body in (kept, absorbed)):
        return Refused(_("Both organisations must lie in the subtree you look after."), code="outside_scope")
    if by.would_gain(absorbed, kept):
        return Refused(GAIN, code="own_gain")
    if absorbed.merged_into_id is not None:
        return Refused(_("The second organisation has been merged already."), code="merged_already")
    if kept.closed_on is not None or kept.merged_into_id is not None:
        return Refused(_("The organisation to keep is closed. Keep one that still exists."), code="kept_closed")
    if kept.path.startswith(absorbed.path):
        return Refused(
            _("The organisation to keep lies under the other one. Swap the two, or move it first."), code="own_child"
        )
    return None


def preview(*, kept: Organisation, absorbed: Organisation, by: User) -> list[Count]:
    """Count what a merge would move, table by table. Lifts the scope while counting: the preview must not be short."""
    with transaction.atomic(), whole_scope():
        rows = [
            Count(
                reference,
                reference.rows(absorbed.pk).count(),
                reference.rows(absorbed.pk).filter(_own_roles(by)(reference)).count(),
            )
            for reference in merging.references(Organisation)
        ]
    return [row for row in rows if row.rows]


@transaction.atomic
def merge(*, kept: Organisation, absorbed: Organisation, by: User) -> Merge:
    """Make `absorbed` a part of `kept`: all rows re-pointed, its children hung under the kept one, itself closed.

    The actor's own roles stay behind, since nobody raises himself. The scope is lifted, since a person left behind
    in a merged organisation would be lost.
    Raises: Refused as `refusal` says.
    Side effects in order: lock of both, rows, children's paths, values that fill a gap, the merge with its steps,
    sessions of accounts whose roles moved, audit row, the copies above.
    """
    kept, absorbed = _locked(kept.pk, absorbed.pk)
    if reason := refusal(kept, absorbed, by):
        raise reason
    with whole_scope():
        done = Merge.objects.create(
            model=Organisation._meta.label_lower,
            kept_id=kept.pk,
            absorbed_id=absorbed.pk,
            organisation=kept,
            closed_on_before=absorbed.closed_on,
            merged_by=by,
            filled=_fill(kept, absorbed),
        )
        counts = merging.repoint(done, kept, absorbed, _own_roles(by))
        _rehang(done, Outcome.MOVED, kept)
    absorbed.closed_on = absorbed.closed_on or timezone.localdate()
    absorbed.merged_into = kept
    absorbed.save(update_fields=["closed_on", "merged_into"])
    _end_sessions(done, Outcome.MOVED)
    audit.record(
        actor=by,
        event="organisation.merge",
        target=kept,
        absorbed=absorbed.pk,
        merge=done.pk,
        moved=counts[Outcome.MOVED],
        left=counts[Outcome.KEPT] + counts[Outcome.OWN],
    )
    tell_of_change()
    return done


@transaction.atomic
def undo(*, merge: Merge, by: User) -> Merge:
    """Take a merge back: what it moved goes back, but for rows changed since, which are left and reported as steps.

    Raises: Refused when it was undone before, lies outside the actor's subtree, or a later merge stands on it.
    Side effects in order: lock, rows, children's paths, values, sessions, the merge's end, audit row, the copies above.
    """
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    kept, absorbed = _locked(merge.kept_id, merge.absorbed_id)
    if merge.undone_at is not None:
        raise Refused(_("This merge has been undone already."), code="undone")
    if not all(by.has_permission(Permission.MANAGE_ORGANISATIONS, body) for body in (kept, absorbed)):
        raise Refused(_("Both organisations must lie in the subtree you look after."), code="outside_scope")
    if kept.merged_into_id is not None:
        raise Refused(_("The kept organisation was itself merged later. Undo that merge first."), code="later_merge")
    with whole_scope():
        absorbed.merged_into, absorbed.closed_on = None, merge.closed_on_before
        absorbed.save(update_fields=["merged_into", "closed_on"])
        counts = merging.put_back(merge, kept, absorbed)
        _rehang(merge, Outcome.RESTORED, absorbed)
    _take_values_back(merge, kept, absorbed)
    _end_sessions(merge, Outcome.RESTORED)
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    audit.record(
        actor=by,
        event="organisation.unmerge",
        target=kept,
        absorbed=absorbed.pk,
        merge=merge.pk,
        restored=counts[Outcome.RESTORED],
        left=counts[Outcome.CHANGED],
    )
    tell_of_change()
    return merge


def _locked(kept_id: int, absorbed_id: int) -> tuple[Organisation, Organisation]:
    """Lock both, always in the same order."""
    rows = {
        row.pk: row
        for row in Organisation.objects.select_for_update().filter(pk__in=[kept_id, absorbed_id]).order_by("pk")
    }
    return rows[kept_id], rows[absorbed_id]


def _own_roles(by: User) -> object:
    """Return what stays behind in each table: of role assignments, the actor's own."""

    def stays(reference: Reference) -> models.Q:
        return models.Q(user=by, revoked_at=None) if reference.model is RoleAssignment else models.Q(pk__in=[])

    return stays


def _fill(kept: Organisation, absorbed: Organisation) -> dict[str, str]:
    """Give the kept row what only the absorbed one has; return it by field."""
    filled = {name: getattr(absorbed, name) for name in FILLED if getattr(absorbed, name) and not getattr(kept, name)}
    _set(absorbed, dict.fromkeys((name for name in UNIQUE if name in filled), ""))
    _set(kept, filled)
    return filled


def _take_values_back(merge: Merge, kept: Organisation, absorbed: Organisation) -> None:
    """Empty on the kept row what the merge had filled, if nobody has changed it since."""
    for name, value in merge.filled.items():
        if getattr(kept, name) != value:
            continue
        _set(kept, {name: ""})
        if name in UNIQUE and not getattr(absorbed, name):
            _set(absorbed, {name: value})


def _set(organisation: Organisation, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(organisation, name, value)
    if values:
        organisation.save(update_fields=list(values))


def _rehang(merge: Merge, outcome: str, parent: Organisation) -> None:
    """Give the children that moved, and all below them, paths under their new parent."""
    step = merge.steps.filter(table=Organisation._meta.label_lower, column="parent", outcome=outcome).first()
    for child in Organisation.objects.filter(pk__in=step.row_ids if step else []).order_by("pk"):
        repath(child.path, f"{parent.path}{child.pk}.")


def _end_sessions(merge: Merge, outcome: str) -> None:
    """End the sessions of accounts whose roles now hold over another organisation (`security.md` row 5)."""
    step = merge.steps.filter(table=RoleAssignment._meta.label_lower, outcome=outcome).first()
    User.objects.filter(role_assignments__in=step.row_ids if step else []).update(
        session_epoch=models.F("session_epoch") + 1
    )
