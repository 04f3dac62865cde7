"""Bringing two together, ending it, handing it over, and excusing for a while."""

from datetime import date
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, Person, User
from members.permissions import Permission
from services.actions import activity
from services.models import Activity, Excuse, Kind, Pairing
from services.models.activity import Channel
from services.models.pairing import EndReason, Proof
from services.queries.today import Owed

OUTSIDE = _("This lies outside the organisations whose pairings you manage.")
TICKED_KINDS = {Proof.CONTACT: ("contact", Channel.PHONE), Proof.VISIT: ("home-visit", Channel.ON_SITE)}


def pair(
    *,
    organisation: Organisation,
    kind: Kind,
    started_on: date,
    by: User,
    once: UUID,
    ended_on: date | None = None,
    **sides: object,
) -> Pairing:
    """Bring two together. `sides` are helper or helper_organisation, helped or helped_organisation, terms, parties …

    With `ended_on` it runs out on that day by itself. Raises: Refused outside the scope, for a helper who left or a
    body that is closed; Conflict when the two are paired in this kind already.
    Side effects in order: row, further parties, audit row.
    """
    if not by.has_permission(Permission.MANAGE_PAIRINGS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    parties = sides.pop("parties", ())
    known = Pairing.objects.visible_to(by).filter(once=once).first()
    if known is not None:
        return known
    refuse_who_left(started_on, *sides.values(), *parties)
    try:
        with transaction.atomic():
            made = Pairing.objects.create(
                organisation=organisation,
                organisation_path=organisation.path,
                kind=kind,
                started_on=started_on,
                ended_on=ended_on,
                end_reason=EndReason.EXPIRED if ended_on else "",
                once=once,
                logged_by=by,
                **sides,
            )
            if parties:
                made.parties.set(parties)
            audit.record(actor=by, event="pairing.pair", target=made, kind=kind.code)
    except IntegrityError as error:
        raise Conflict(_refusal(error), code="pairing") from None
    return made


def pair_many(
    *,
    organisation: Organisation,
    kind: Kind,
    couples: list[tuple[Person, Person]],
    started_on: date,
    by: User,
    once: UUID,
) -> list[Pairing]:
    """Bring many together at once (helper, helped); all of them or none. The same form twice is once."""
    with transaction.atomic():
        return [
            pair(
                organisation=organisation,
                kind=kind,
                helper=helper,
                helped=helped,
                started_on=started_on,
                by=by,
                once=uuid5(once, str(helped.pk)),
            )
            for helper, helped in couples
        ]


def refuse_who_left(day: date, *sides: object) -> None:
    """Raise Refused for a person all of whose posts were over on the day, and for a body that was closed by then."""
    for side in sides:
        if isinstance(side, Organisation) and side.closed_on is not None and side.closed_on <= day:
            said = _("%(name)s was closed on %(day)s: choose the body that took its place.")
            raise Refused(said % {"name": side, "day": side.closed_on.isoformat()}, code="closed")
        if isinstance(side, Person):
            last = side.posts.order_by(F("to_on").desc(nulls_first=True)).values_list("to_on", flat=True).first()
            if last is not None and last < day:
                said = _(
                    "%(name)s has left: the last post ended on %(day)s. Name somebody in office, or enter the new post "
                    "in the register first."
                )
                raise Refused(said % {"name": side, "day": last.isoformat()}, code="left")


@transaction.atomic
def appoint(
    *,
    organisation: Organisation,
    kind: Kind,
    body: Organisation,
    commissioner: Person,
    guide: Person,
    started_on: date,
    by: User,
    once: UUID,
) -> list[Pairing]:
    """Give an enterprise its two commissioners; whoever was it before and is not named again hands over that day.

    Raises: Refused, Conflict as `pair` does. Side effects in order: the pairings that end, with their audit rows; the
    new ones.
    """
    wanted = {commissioner.pk: commissioner, guide.pk: guide}
    rows = Pairing.objects.active_on(started_on).filter(kind=kind, helped_organisation=body)
    known = list(Pairing.objects.visible_to(by).filter(once__in=[uuid5(once, str(pk)) for pk in wanted]))
    if known:
        return known
    kept = []
    for row in rows.select_for_update(of=("self",)).select_related("organisation").order_by("pk"):
        if row.helper_id in wanted:
            kept.append(row)
            wanted.pop(row.helper_id)
        else:
            end(pairing=row, on=max(started_on, row.started_on), reason=EndReason.HANDED_OVER, by=by)
    sides = {
        "organisation": organisation,
        "kind": kind,
        "helped_organisation": body,
        "started_on": started_on,
        "by": by,
    }
    return kept + [pair(helper=one, once=uuid5(once, str(pk)), **sides) for pk, one in wanted.items()]


@transaction.atomic
def prolong(*, pairing: Pairing, until: date, by: User) -> Pairing:
    """Let an agreement run longer, or shorter, than was written down.

    Raises: Refused for a day before its beginning or for one that has no last day; WrongState when it is over.
    Side effects in order: lock, row, audit row.
    """
    pairing = _locked(pairing, by)
    if pairing.is_over(timezone.localdate()) or pairing.voided_at is not None:
        raise WrongState(_("This pairing has ended already: enter a new one for the new contract."))
    if until <= pairing.started_on:
        raise Refused(_("The end lies before the beginning: choose a later day."), code="day")
    pairing.ended_on, pairing.end_reason = until, EndReason.EXPIRED
    try:
        with transaction.atomic():
            pairing.save(update_fields=["ended_on", "end_reason"])
    except IntegrityError as error:
        raise Conflict(_refusal(error), code="pairing") from None
    audit.record(actor=by, event="pairing.prolong", target=pairing)
    return pairing


def hand_over(*, couples: list[tuple[Pairing, Person]], on: date, reason: EndReason, by: User) -> list[Pairing]:
    """End the pairings of somebody who left and go on with other helpers the same day; all of them or none."""
    with transaction.atomic():
        return [end(pairing=row, on=on, reason=reason, successor=successor, by=by) for row, successor in couples]


@transaction.atomic
def end(*, pairing: Pairing, on: date, reason: EndReason, by: User, successor: Person | None = None) -> Pairing:
    """End a pairing; with a successor the person helped is handed over the same day.

    Raises: Refused, WrongState when it has ended, Conflict for a successor who helps already.
    Side effects in order: lock, row, audit row, the new pairing.
    """
    pairing = _locked(pairing, by)
    if pairing.is_over(timezone.localdate()) or pairing.voided_at is not None:
        raise WrongState(_("This pairing has ended already: somebody was quicker. Look at it again."))
    if on < pairing.started_on:
        raise Refused(_("The end lies before the beginning: choose a later day."), code="day")
    pairing.ended_on, pairing.end_reason = on, reason
    pairing.save(update_fields=["ended_on", "end_reason"])
    audit.record(actor=by, event="pairing.end", target=pairing, reason=str(reason))
    if successor is not None:
        pair(
            organisation=pairing.organisation,
            kind=pairing.kind,
            helper=successor,
            helped=pairing.helped,
            helped_organisation=pairing.helped_organisation,
            region=pairing.region,
            campaign=pairing.campaign,
            started_on=on,
            by=by,
            once=uuid4(),
        )
    return pairing


@transaction.atomic
def excuse(
    *, pairing: Pairing, from_on: date, to_on: date | None, reason: Excuse.Reason, by: User, note: str = ""
) -> Excuse:
    """Excuse a pairing for some days, or until it is lifted: excused is not overdue.

    Raises: Refused outside the scope or for days the wrong way round. Side effects in order: lock, row, audit row.
    """
    pairing = _locked(pairing, by)
    if to_on is not None and to_on < from_on:
        raise Refused(_("The last day lies before the first: change one of them."), code="day")
    made = Excuse.objects.create(
        pairing=pairing,
        organisation=pairing.organisation,
        organisation_path=pairing.organisation_path,
        from_on=from_on,
        to_on=to_on,
        reason=reason,
        note=note,
        recorded_by=by,
    )
    audit.record(actor=by, event="pairing.excuse", target=pairing, reason=str(reason))
    return made


@transaction.atomic
def lift(*, pairing: Pairing, excuse: Excuse, by: User) -> None:
    """Lift an excuse: from now on its duties count again. Side effects in order: lock, row, audit row."""
    pairing = _locked(pairing, by)
    lifted = Excuse.objects.filter(pk=excuse.pk, pairing=pairing, lifted_at=None)
    if lifted.update(lifted_at=timezone.now(), lifted_by=by):
        audit.record(actor=by, event="pairing.lift", target=pairing)


def record_contacts(*, owed: list[Owed], on: date, once: UUID, by: User) -> list[Activity]:
    """Enter one activity for each duty ticked, all or none; the same form sent twice enters nothing twice.

    Side effects in order: for each: activity, audit row.
    """
    kinds = {kind.code: kind for kind in Kind.objects.filter(code__in=[code for code, _how in TICKED_KINDS.values()])}
    entered = []
    with transaction.atomic():
        for one in sorted(owed, key=lambda one: (one.pairing.pk, one.duty.pk)):  # one order for all: no deadlock
            code, channel = TICKED_KINDS[one.duty.proof]
            made, _is_new = activity.log(
                organisation=one.pairing.organisation,
                kind=kinds[code],
                happened_on=on,
                once=uuid5(once, one.key),
                by=by,
                pairing=one.pairing,
                channel=channel,
                region=one.pairing.region,
                campaign=one.pairing.campaign,
            )
            entered.append(made)
    return entered


def _locked(pairing: Pairing, by: User) -> Pairing:
    rows = Pairing.objects.select_for_update(of=("self",)).select_related("organisation", "kind", "helped")
    pairing = rows.get(pk=pairing.pk)
    if not by.has_permission(Permission.MANAGE_PAIRINGS, pairing.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return pairing


def _refusal(error: IntegrityError) -> str:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name == "pairing_not_twice_at_a_time":
        return _("These two are paired in this kind already in those days: end the other pairing first.")
    if name == "pairing_not_with_oneself":
        return _("Nobody is paired with themselves: choose somebody else.")
    if name == "pairing_of_two_organisations":
        return _("A body is not paired with itself: choose another one.")
    if name in {"pairing_has_one_helper", "pairing_has_one_helped"}:
        return _("Name a person or an organisation on each side, not both.")
    return _("These days do not fit together: look at the beginning and the end.")
