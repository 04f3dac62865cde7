"""Giving: by name or by quantity, ended when a mark comes down, taken back when it was a mistake."""

from datetime import date
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, Person, User, Vehicle
from members.permissions import Permission
from services.actions import attachment
from services.models import Grant, Group, Kind
from services.models.ledger import UNDO_MINUTES, VoidReason
from services.queries import award
from services.queries import grant as queries

OUTSIDE = _("This lies outside the organisations whose ledger you keep.")
KNOWN = _("Number %(serial)s of this issuer is entered already: a certificate counts once.")
COLUMN_OF = {Person: "person", Organisation: "body", Vehicle: "vehicle"}


def give(
    *,
    organisation: Organisation,
    kind: Kind,
    name: str,
    given_on: date,
    once: UUID,
    by: User,
    recipients: list[Person | Organisation | Vehicle] | None = None,
    papers: list[tuple[str, bytes]] | None = None,
    **fields: object,
) -> tuple[list[Grant], bool]:
    """Enter what was given: one row for each recipient, or one row without names. The same `once` enters it once.

    `fields` are the grant's own (quantity, amount_fen, level, campaign …), `papers` pairs of file name and bytes that
    go to the first row. Returns the rows, and whether they are new.
    Raises: Refused outside the scope; Conflict for a certificate's number that is entered already; FileRefused.
    Side effects in order: rows; files; audit row.
    """
    if not by.has_permission(Permission.LOG_ACTIVITY, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    recipients = list(recipients or [None])
    onces = [once, *(uuid5(once, str(number)) for number in range(1, len(recipients)))]
    if known := list(Grant.objects.visible_to(by).filter(once__in=onces).order_by("pk")):
        return known, False
    serial = fields.get("serial", "")
    if kind.group == Group.CERTIFICATE and queries.papers_known(by, fields.get("issuer", ""), [serial]).exists():
        raise Conflict(KNOWN % {"serial": serial}, code="serial")
    shared = {
        "organisation": organisation,
        "organisation_path": organisation.path,
        "kind": kind,
        "name": name,
        "given_on": given_on,
        "logged_at": timezone.now(),
        "logged_by": by,
        **fields,
    }
    try:
        with transaction.atomic():
            made = [
                Grant.objects.create(once=row_once, **shared, **_to(recipient))
                for row_once, recipient in zip(onces, recipients, strict=True)
            ]
            for filename, data in papers or []:
                attachment.add(owner=made[0], data=data, filename=filename, by=by)
            audit.record(actor=by, event="grant.give", target=made[0], kind=kind.code, rows=len(made))
    except IntegrityError as error:
        raise Conflict(_refusal(error, serial), code="grant") from None
    return made, True


@transaction.atomic
def give_list(
    *, organisation: Organisation, kind: Kind, ready: list[award.Ready], once: UUID, by: User
) -> tuple[list[Grant], int]:
    """Enter the rows of a list of certificates or honours; what is there already is left alone.

    Returns the rows entered, and how many were there. Raises: Refused outside the scope; Conflict when somebody
    entered one of the numbers at this very moment.
    Side effects in order: lock on the organisation, so that two lists wait for each other; rows; audit row.
    """
    if not by.has_permission(Permission.LOG_ACTIVITY, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    known, moment = award.known(by, kind, ready), timezone.now()
    rows = [_from_list(row, number, once) for number, row in enumerate(ready) if row.line.key not in known]
    sent = set(Grant.objects.visible_to(by).filter(once__in=[row.once for row in rows]).values_list("once", flat=True))
    rows = [row for row in rows if row.once not in sent]
    for row in rows:
        row.organisation, row.organisation_path, row.kind = organisation, organisation.path, kind
        row.logged_at, row.logged_by = moment, by
    try:
        with transaction.atomic():
            made = Grant.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict(_refusal(error, ""), code="grant") from None
    audit.record(actor=by, event="grant.list", target=organisation, kind=kind.code, rows=len(made))
    return made, len(ready) - len(made)


def _from_list(row: award.Ready, number: int, once: UUID) -> Grant:
    said = row.award
    return Grant(
        once=uuid5(once, f"{row.line.key} {number}" if row.person is None and not said.serial else row.line.key),
        person=row.person,
        name=said.title,
        level=said.level,
        grade=said.grade,
        serial=said.serial,
        issuer=said.issuer,
        given_on=said.issued_on,
    )


@transaction.atomic
def void(*, grant: Grant, reason: VoidReason, by: User) -> int:
    """Take a grant back; the row stays and no longer counts. Undoing takes back what was entered together with it.

    Returns how many rows were taken back. Raises: Refused outside the scope or for an undo that comes late;
    WrongState when it was taken back already. Side effects in order: lock; rows; audit row.
    """
    grant = _locked(grant, by)
    rows = Grant.objects.standing().filter(pk=grant.pk)
    if reason == VoidReason.UNDONE:
        if not (grant.is_undoable and grant.logged_by_id == by.pk):
            raise Refused(
                _("Undoing works for %(minutes)s minutes. Take the entry back as a mistake instead.")
                % {"minutes": UNDO_MINUTES},
                code="undo_late",
            )
        rows = Grant.objects.standing().entered_with(grant)
    count = rows.update(voided_at=timezone.now(), voided_by=by, void_reason=reason)
    audit.record(actor=by, event="grant.void", target=grant, reason=str(reason), rows=count)
    return count


@transaction.atomic
def end(*, grant: Grant, on: date, by: User) -> Grant:
    """Note that a mark came down or a title ran out; from then on it is not in force.

    Raises: Refused for a day before it was given; WrongState when it was taken back or has ended.
    Side effects in order: lock; row; audit row.
    """
    grant = _locked(grant, by)
    if grant.ended_on is not None and grant.ended_on <= timezone.localdate():
        raise WrongState(_("Its end is noted already: somebody was quicker. Look at it again."))
    if on < grant.given_on:
        raise Refused(_("The end lies before the day it was given: choose a later day."), code="day")
    grant.ended_on = on
    grant.save(update_fields=["ended_on"])
    audit.record(actor=by, event="grant.end", target=grant)
    return grant


def _to(recipient: Person | Organisation | Vehicle | None) -> dict:
    return {} if recipient is None else {COLUMN_OF[type(recipient)]: recipient}


def _locked(grant: Grant, by: User) -> Grant:
    grant = Grant.objects.select_for_update(of=("self",)).select_related("organisation", "kind").get(pk=grant.pk)
    if not by.has_permission(Permission.LOG_ACTIVITY, grant.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if grant.voided_at is not None:
        raise WrongState(_("This entry has been taken back already."))
    return grant


def _refusal(error: IntegrityError, serial: str) -> str:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name == "grant_serial_once" and serial:
        return KNOWN % {"serial": serial}
    if name == "grant_serial_once":
        return _("Somebody entered one of these numbers just now: send the list once more.")
    if name in {"grant_once_key", "services_grant_once_key"}:
        return _("This form was used already. Open it again and enter it anew.")
    return _("These values do not fit together: look at the days, the quantity and the amount.")
