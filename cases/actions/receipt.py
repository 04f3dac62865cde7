"""Undoing lines of a cleaning receipt, and redoing them: each makes a revision of its own."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions import case as case_actions
from cases.intake.receipt import Fix, apply
from cases.intake.splice import carried
from cases.models import CleaningFix, Intake, Revision
from config.errors import Conflict, Refused
from members import audit
from members.models import User


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the new revision (None if nothing was left to do), how many lines, and those that failed."""

    revision: Revision | None
    done: int
    left: tuple[int, ...] = ()


@transaction.atomic
def undo(*, intake: Intake, positions: Collection[int], by: User, base: Revision) -> Outcome:
    """Put back into the text what these lines of the receipt took out; lines undone before are passed over.

    Where the text was edited since, each goes back to the place its surroundings mark.
    Raises: WrongState when the text may not be changed now; Conflict when `base` is no longer current; Refused when
    none of the places can be found again.
    Side effects in order: lock, revision, the lines' marks, audit row.
    """
    return _switch(intake, positions, by, base, undone=True)


@transaction.atomic
def redo(*, intake: Intake, positions: Collection[int], by: User, base: Revision) -> Outcome:
    """Clean again what `undo` put back; errors and effects as there."""
    return _switch(intake, positions, by, base, undone=False)


def as_fix(row: CleaningFix) -> Fix:
    """Return a stored line as the cleaner wrote it."""
    return Fix(row.kind, row.at, row.removed, row.replacement)


def text_without(reading: str, fixes: dict[int, Fix], active: Collection[int]) -> str:
    """Return the cleaned text with only the `active` lines of a receipt applied."""
    return apply(reading, [fix for position, fix in fixes.items() if position in active])


def _switch(intake: Intake, positions: Collection[int], by: User, base: Revision, *, undone: bool) -> Outcome:
    case = case_actions.locked(intake.case_id)
    rows = {row.position: row for row in intake.fixes.order_by("position")}
    wanted = [n for n in sorted(set(positions)) if n in rows and (rows[n].undone_at is None) == undone]
    if not wanted:
        return Outcome(None, 0)
    current = case.current_revision
    if current.pk != base.pk:
        raise Conflict(_("Somebody saved another version meanwhile. Look at it, then try again; nothing is lost."))
    fixes = {position: as_fix(row) for position, row in rows.items()}
    active = {position for position, row in rows.items() if row.undone_at is None}
    body, done = _changed(
        current.body, wanted, active, lambda chosen: text_without(intake.reading, fixes, chosen), undone=undone
    )
    if not done:
        raise Refused(
            _("The words around this place were changed since, so it cannot be found again. Edit the text by hand."),
            code="surroundings_changed",
        )
    revision = case_actions.revise(
        case=case, title=current.title, body=body, by=by, base=current, source=Revision.Source.UNDO
    )
    intake.fixes.filter(position__in=done).update(
        undone_at=timezone.now() if undone else None, undone_by=by if undone else None
    )
    event = "receipt.undo" if undone else "receipt.redo"
    audit.record(actor=by, event=event, target=case, intake=intake.pk, lines=len(done), failed=len(wanted) - len(done))
    return Outcome(revision, len(done), tuple(position for position in wanted if position not in done))


def _changed(
    body: str, wanted: list[int], active: set[int], cleaned: Callable[[set[int]], str], *, undone: bool
) -> tuple[str, list[int]]:
    """Return the text after the change, and the lines for which it could be made."""
    target = active - set(wanted) if undone else active | set(wanted)
    before = cleaned(active)
    if body == before:
        return cleaned(target), wanted
    done = []
    for position in wanted:
        chosen = active - {position} if undone else active | {position}
        after = cleaned(chosen)
        moved = carried(before, after, body)
        if moved is not None:
            body, before, active = moved, after, chosen
            done.append(position)
    return body, done
