"""Noting which reading of a Word file with unaccepted revisions its unit signed."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases.actions.case import locked
from cases.models import Intake, SignedReading
from config.errors import Refused, WrongState
from members import audit
from members.models import User
from members.permissions import Permission


@transaction.atomic
def note_signed(*, intake: Intake, reading: str, note: str, by: User) -> SignedReading:
    """Keep which text the unit signed and by whose word; what was noted before stays on record.

    The text of the case is not changed by it. Raises: WrongState for who does not edit the case; Refused without
    words. Side effects in order: lock, row, audit row.
    """
    case = locked(intake.case_id)
    if not by.has_permission(Permission.EDIT_CASE, case.organisation):
        raise WrongState(_("Only the desk notes which text the unit signed."))
    note = " ".join(note.split())
    if not note:
        raise Refused(_("Write who told you, and how."), code="note_missing")
    said = SignedReading.objects.create(
        case=case, intake=intake, reading=SignedReading.Reading(reading), note=note[:200], noted_by=by
    )
    audit.record(actor=by, event="intake.signed", target=intake, case=case.pk, reading=said.reading)
    return said
