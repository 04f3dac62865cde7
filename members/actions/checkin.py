"""Check-ins: taking one, correcting it, withdrawing it, and erasing what nobody confirmed.

People act here without an account, so row-level security shows them nothing: each action lifts the scope for the
rows it names itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.sealed import key_ring, seal
from members import audit, checkins, codes
from members.actions import discovery
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import CheckIn, CheckInPoint, ConsentText, ImportRow, Lead, Person, User
from members.models.discovery import Channel
from members.permissions import Permission
from members.workflow import CONFIRMED

KEEP_DAYS = 30  # our choice: as open pairs of a data match, `members.md` section 7


@dataclass(frozen=True)
class Given:
    """What a person gave, normalised already."""

    name: str
    phone: str
    branch_name: str


@transaction.atomic
def receive(
    *, point: CheckInPoint, given: Given, nonce: str, text: ConsentText, shown_sha256: str, by: User | None = None
) -> tuple[CheckIn, str]:
    """Take a check-in with its consent, open the person's lead, and return it with its receipt's code.

    The same ticket (`nonce`) is the same press, and gives the same row. Given again under another ticket it takes the
    place of the first, whose receipt dies. `by` is the official who entered it for somebody without a phone.
    Raises: WrongState when the window is closed, Refused outside the official's scope.
    Side effects in order: lock of the window's row against closing and of the number, row, person, lead, audit row.
    """
    with whole_scope():
        point = CheckInPoint.objects.select_for_update(no_key=True).get(pk=point.pk)
        if by is not None and not by.has_permission(Permission.EDIT_PEOPLE, point.organisation):
            raise Refused(OUTSIDE, code="outside_scope")
        if point.closed_at is not None:
            raise WrongState(_("This window takes no check-ins any more. Ask the staff where to go."))
        receipt = codes.receipt_for(nonce)
        pressed = CheckIn.objects.filter(ticket_sha256=codes.digest(nonce)).first()
        if pressed is not None:
            return pressed, receipt
        person, is_new = _person_of(given, point, by)
        row = CheckIn.objects.filter(point=point, person=person).first()
        is_repeat = row is not None
        if row is None:
            row = CheckIn(point=point, organisation_path=point.organisation_path, is_new_person=is_new)
            row.checked_in_at = timezone.now()
        row.repeat_count += is_repeat
        row.consent, row.consent_sha256, row.consented_at = text, shown_sha256, timezone.now()
        row.ticket_sha256, row.receipt_sha256 = codes.digest(nonce), codes.digest(receipt)
        row.recorded_by = by
        _fill(row, person, given)
        keeper = by if by is not None and by.has_permission(Permission.EDIT_PEOPLE, person.organisation) else None
        discovery.open_lead(person=person, channel=Channel.CHECK_IN, by=keeper)
        event = "checkin.repeat" if is_repeat else "checkin.receive"
        audit.record(actor=by, event=event, target=row, point=point.pk, consent=text.version)
    return row, receipt


@transaction.atomic
def correct(*, check_in: CheckIn, given: Given) -> CheckIn:
    """Put what a person now says in the place of what they gave; another name or number is another person.

    Raises: WrongState when the branch has confirmed it, so that it is the branch's record by now.
    Side effects in order: lock, person and lead let go, person and lead anew, row, audit row with field names.
    """
    with whole_scope():
        row = _locked(check_in)
        if checkins.is_confirmed(row):
            raise WrongState(_("Your branch has confirmed this already. Ask the office named above to correct it."))
        changed = [name for name in ("name", "branch_name") if getattr(row, name) != getattr(given, name)]
        if bytes(row.phone_digest) not in key_ring().digests("phone", given.phone):
            changed.append("phone")
        if {"name", "phone"} & set(changed):
            person, is_new = _person_of(given, row.point, None)
            CheckIn.objects.filter(point=row.point, person=person).exclude(pk=row.pk).delete()
            before, was_new = row.person, row.is_new_person
            row.is_new_person = is_new
            _fill(row, person, given)
            discovery.open_lead(person=person, channel=Channel.CHECK_IN, by=None)
            _let_go(before, was_new)
        else:
            _fill(row, row.person, given)
        audit.record(actor=None, event="checkin.correct", target=row, fields=sorted(changed))
    return row


@transaction.atomic
def withdraw(*, check_in: CheckIn, by: User | None = None) -> None:
    """Erase a check-in, and lead and person where nothing else speaks for them; `by` is the clerk who was asked.

    Raises: Refused outside the clerk's scope. Side effects in order: lock, row, evidence, lead, person, audit row.
    """
    with whole_scope():
        row = _locked(check_in)
        if by is not None and not by.has_permission(Permission.EDIT_PEOPLE, row.point.organisation):
            raise Refused(OUTSIDE, code="outside_scope")
        _erase(row, "checkin.withdraw", by)


def erase_stale(now: datetime | None = None) -> int:
    """Erase the check-ins that stayed unconfirmed for thirty days after the last step, and return how many.

    Side effects in order, each row in a transaction of its own: as `withdraw`.
    """
    with transaction.atomic(), whole_scope():
        stale = list(_stale(now or timezone.now()).order_by("pk").values_list("pk", flat=True))
    erased = 0
    for pk in stale:
        with transaction.atomic(), whole_scope():
            row = CheckIn.objects.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is not None:
                _erase(row, "checkin.expire", None)
                erased += 1
    return erased


def _stale(now: datetime) -> models.QuerySet:
    before = now - timedelta(days=KEEP_DAYS)
    waiting = CheckIn.objects.filter(consented_at__lt=before, person__lead__touched_at__lt=before)
    return waiting.exclude(person__lead__state__in=CONFIRMED)


def _locked(check_in: CheckIn) -> CheckIn:
    rows = CheckIn.objects.select_for_update(of=("self",)).select_related("point__organisation", "person")
    row = rows.filter(pk=check_in.pk).first()
    if row is None:
        raise WrongState(_("This check-in is erased already."))
    return row


def _fill(row: CheckIn, person: Person, given: Given) -> None:
    row.person, row.name, row.branch_name = person, given.name, given.branch_name
    seal(row, "phone_cipher", given.phone)
    row.save()


def _person_of(given: Given, point: CheckInPoint, by: User | None) -> tuple[Person, bool]:
    """Find the person by number and name within the county, or register them; one at a time for each number."""
    digest = key_ring().digest("phone", given.phone)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest.hex()])
    people = Person.objects.with_number("phone", given.phone).filter(name=given.name)
    known = checkins.within_county(people, point).order_by("pk").first()
    if known is not None:
        return known, False
    branch = checkins.branches(point).filter(name=given.branch_name).first()
    person = Person(
        name=given.name,
        organisation=point.organisation,
        organisation_path=point.organisation_path,
        party_branch=branch,
        created_at=timezone.now(),
    )
    seal(person, "phone_cipher", given.phone)
    person.save()
    audit.record(actor=by, event="person.create", target=person, fields=["phone"])
    return person, True


def _erase(row: CheckIn, event: str, by: User | None) -> None:
    person, is_new, pk = row.person, row.is_new_person, row.pk
    row.delete()
    kept = _let_go(person, is_new)
    row.pk = pk  # `delete` empties it; the audit row names it
    audit.record(actor=by, event=event, target=row, point=row.point_id, kept=kept)


def _let_go(person: Person, is_new: bool) -> str:
    """Remove what only a check-in that is gone spoke for; return what stays: `nothing`, `person` or `lead`.

    A confirmed lead stays: it is the branch's own record. So does a lead that another channel found.
    """
    others = CheckIn.objects.filter(person=person)
    if others.exists():
        if is_new:
            others.update(is_new_person=True)
        return "lead"
    lead = Lead.objects.select_for_update(of=("self",)).filter(person=person).first()
    if lead is not None and lead.confirmed_at is None:
        lead.evidence.filter(channel=Channel.CHECK_IN).delete()
        first = lead.evidence.order_by("found_at", "pk").first()
        if first is None:
            lead.delete()
            lead = None
        elif lead.channel != first.channel:
            lead.channel = first.channel
            lead.save(update_fields=["channel"])
    if lead is not None:
        return "lead"
    if not is_new or ImportRow.objects.filter(person=person).exists():
        return "person"
    try:
        with transaction.atomic():
            person.delete()
    except models.ProtectedError:  # an office, a vehicle or another record points there by now
        return "person"
    return "nothing"
