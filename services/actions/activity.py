"""Logging what happened, and taking it back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.actions import attachment
from services.models import Activity, Grant, Kind
from services.models.ledger import UNDO_MINUTES, VoidReason

OUTSIDE = _("This lies outside the organisations whose ledger you keep.")


@dataclass(frozen=True)
class Given:
    """What was handed out at an activity: so many of a kind, without names."""

    kind: Kind
    quantity: int


@dataclass(frozen=True)
class Upload:
    """A photo as it came."""

    filename: str
    data: bytes


@transaction.atomic
def log(
    *,
    organisation: Organisation,
    kind: Kind,
    happened_on: date,
    once: UUID,
    by: User,
    co_organisations: list[Organisation] | None = None,
    given: Given | None = None,
    photo: Upload | None = None,
    **fields: object,
) -> tuple[Activity, bool]:
    """Enter an activity, once: the same `once` from the same account finds the first row and changes nothing.

    Returns the row, and whether it is new. Late entries are taken as they are; the row says how late it is.
    Raises: Refused outside the scope; FileRefused for the photo.
    Side effects in order: row; bodies that joined; what was given; photo; audit row.
    """
    if not by.has_permission(Permission.LOG_ACTIVITY, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    activity, is_new = Activity.objects.get_or_create(
        once=once,
        defaults={
            "organisation": organisation,
            "organisation_path": organisation.path,
            "kind": kind,
            "happened_on": happened_on,
            "logged_at": timezone.now(),
            "logged_by": by,
            **fields,
        },
    )
    if not is_new:
        if activity.logged_by_id != by.pk:
            raise WrongState(_("This form was used already. Open it again and enter the activity anew."))
        return activity, False
    activity.co_organisations.set(co_organisations or [])
    if given is not None:
        _give(activity, given, by)
    if photo is not None:
        attachment.add_photo(owner=activity, data=photo.data, filename=photo.filename, by=by)
    audit.record(actor=by, event="activity.log", target=activity, organisation=organisation.pk)
    return activity, True


@transaction.atomic
def void(*, activity: Activity, reason: VoidReason, by: User) -> Activity:
    """Take an activity back with what was given at it; the rows stay and no longer count.

    Its author may undo it for ten minutes; later, and for others', it is a mistake or a double with its reason.
    Raises: Refused outside the scope or for an undo that comes late; WrongState when it was taken back already.
    Side effects in order: lock; row; grants of it; audit row.
    """
    activity = Activity.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=activity.pk)
    if not by.has_permission(Permission.LOG_ACTIVITY, activity.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if activity.voided_at is not None:
        raise WrongState(_("This entry has been taken back already."))
    if reason == VoidReason.UNDONE and not (activity.is_undoable and activity.logged_by_id == by.pk):
        raise Refused(
            _("Undoing works for %(minutes)s minutes. Take the entry back as a mistake instead.")
            % {"minutes": UNDO_MINUTES},
            code="undo_late",
        )
    taken_back = {"voided_at": timezone.now(), "voided_by": by, "void_reason": reason}
    for name, value in taken_back.items():
        setattr(activity, name, value)
    activity.save(update_fields=list(taken_back))
    count = Grant.objects.standing().filter(activity=activity).update(**taken_back)
    audit.record(actor=by, event="activity.void", target=activity, reason=str(reason), grants=count)
    return activity


def _give(activity: Activity, given: Given, by: User) -> Grant:
    return Grant.objects.create(
        organisation_id=activity.organisation_id,
        organisation_path=activity.organisation_path,
        kind=given.kind,
        name=given.kind.label,
        given_on=activity.happened_on,
        quantity=given.quantity,
        campaign=activity.campaign,
        region=activity.region,
        activity=activity,
        logged_at=activity.logged_at,
        logged_by=by,
        source=activity.source,
    )
