"""Places: opened, changed, closed, opened again; how many people used one in a month."""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.actions import activity
from services.models import Activity, Domain, Group, Kind, Venue

OUTSIDE = _("This lies outside the organisations whose venues you keep.")
Partners = list[Organisation] | None
FIELDS = (
    *("kind", "name", "parent", "region", "address", "opening_hours", "phone", "opened_on", "batch", "rooms", "beds"),
    *("zones", "area_square_metres", "offers", "services", "campaign", "is_public"),
)


@transaction.atomic
def open_(*, organisation: Organisation, by: User, partners: Partners = None, **fields: object) -> Venue:
    """Open a venue in an organisation's ledger.

    Raises: Refused outside the scope, or where an open one of that name stands already.
    Side effects in order: row, partners, audit row.
    """
    if not by.has_permission(Permission.LOG_ACTIVITY, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    _check_parent(None, fields.get("parent"))
    venue = Venue(organisation=organisation, organisation_path=organisation.path, created_by=by, **fields)
    _save(venue, force_insert=True)
    venue.partners.set(partners or [])
    audit.record(actor=by, event="venue.open", target=venue, organisation=organisation.pk)
    return venue


@transaction.atomic
def change(*, venue: Venue, by: User, partners: Partners = None, **fields: object) -> Venue:
    """Change what is said of a venue; `is_public` shows it to everybody or takes its page away.

    Raises: Refused outside the scope, for a name that is taken, or for a venue put inside itself.
    Side effects in order: lock, row, partners, audit row with field names.
    """
    venue = _locked(venue, by)
    _check_parent(venue, fields.get("parent"))
    changed = [name for name in FIELDS if name in fields and getattr(venue, name) != fields[name]]
    for name in changed:
        setattr(venue, name, fields[name])
    if changed:
        _save(venue, update_fields=changed)
    if partners is not None and set(partners) != set(venue.partners.all()):
        venue.partners.set(partners)
        changed.append("partners")
    if changed:
        audit.record(actor=by, event="venue.change", target=venue, fields=changed)
    return venue


@transaction.atomic
def close(*, venue: Venue, closed_on: date, by: User) -> None:
    """Close a venue: it counts no longer from that day on, and its public page is gone.

    Raises: Refused outside the scope, or while an open venue lies inside it; WrongState when it is closed.
    Side effects in order: lock, row, audit row.
    """
    venue = _locked(venue, by)
    if venue.closed_on is not None:
        raise WrongState(_("This venue is closed already."))
    if closed_on < venue.opened_on:
        raise Refused(
            _("It was opened on %(day)s: choose that day or a later one.") % {"day": venue.opened_on.isoformat()},
            code="day",
        )
    if (inside := venue.parts.filter(closed_on=None).count()) > 0:
        raise Refused(
            _("Open venues lie inside this one (%(count)s): close them first, or say that they lie elsewhere.")
            % {"count": inside},
            code="parts",
        )
    venue.closed_on = closed_on
    venue.save(update_fields=["closed_on"])
    audit.record(actor=by, event="venue.close", target=venue)


@transaction.atomic
def reopen(*, venue: Venue, by: User) -> None:
    """Open a venue that was closed by mistake, as if it had never been closed.

    Raises: Refused outside the scope, or where another open one has its name; WrongState when it is open or was
    merged into another. Side effects in order: lock, row, audit row.
    """
    venue = _locked(venue, by)
    if venue.closed_on is None:
        raise WrongState(_("This venue is open already."))
    if venue.merged_into_id is not None:
        raise WrongState(_("This venue was merged into another one: undo the merge instead."))
    venue.closed_on = None
    _save(venue, update_fields=["closed_on"])
    audit.record(actor=by, event="venue.reopen", target=venue)


@transaction.atomic
def note_use(*, venue: Venue, headcount: int, on: date, once: UUID, by: User, line: str = "") -> tuple[Activity, bool]:
    """Enter how many people used a venue, as an activity of its own; the same form sent twice enters one.

    Returns the activity, and whether it is new. Raises: Refused outside the scope, or for a day on which the venue was
    not open. Side effects in order: activity, audit row.
    """
    if on < venue.opened_on or (venue.closed_on is not None and on >= venue.closed_on):
        raise Refused(_("The venue was not open in that month: choose another one."), code="day")
    kind = Kind.objects.in_use().of(Domain.ACTIVITY, Group.VENUE_USE).filter(organisation=None).first()
    if kind is None:
        raise Refused(
            _("No kind of activity counts the use of venues any more: ask the data steward to restore it."), code="kind"
        )
    return activity.log(
        organisation=venue.organisation,
        kind=kind,
        happened_on=on,
        once=once,
        by=by,
        venue=venue,
        headcount=headcount,
        line=line,
        region=venue.region,
        campaign=venue.campaign,
    )


def _locked(venue: Venue, by: User) -> Venue:
    rows = Venue.objects.select_for_update(of=("self",)).select_related("organisation", "kind", "region", "parent")
    venue = rows.get(pk=venue.pk)
    if not by.has_permission(Permission.LOG_ACTIVITY, venue.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return venue


def _check_parent(venue: Venue | None, parent: Venue | None) -> None:
    """Raises: Refused when the chain above would lead back to the venue."""
    above = parent
    while venue is not None and above is not None:
        if above.pk == venue.pk:
            raise Refused(_("A venue can't lie inside itself: choose another one around it."), code="inside_itself")
        above = above.parent


def _save(venue: Venue, **how: object) -> None:
    try:
        with transaction.atomic():
            venue.save(**how)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        raise Refused(_refusal(name, venue), code=name or "constraint") from None


def _refusal(constraint: str, venue: Venue) -> str:
    if constraint == "venue_name_once":
        return _("An open venue called %(name)s stands in this organisation's list already: give it another name.") % {
            "name": venue.name
        }
    if constraint == "venue_public_has_address":
        return _("A public page needs an address, so that drivers find the place: write it down.")
    if constraint == "venue_phone_is_an_offices":
        return _("This is a person's mobile number. Give the number of the office or a service line.")
    return _("These days do not fit together: look at the days of opening and closing.")
