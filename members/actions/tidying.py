"""Tidying names, phones and plates one row at a time, each with its former value kept sealed, and putting it back."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from config.sealed import seal, unseal
from members import audit, identity
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import Person, PriorValue, User, Vehicle
from members.permissions import Permission

Place = PriorValue.Place


def tidied(row: Person | Vehicle, place: str) -> str:
    """Return what tidying would make of a row's value; what cannot be read stays as it is."""
    return tidied_text(value_of(row, place), place)


def value_of(row: Person | Vehicle, place: str) -> str:
    """Return the value as it stands, opened."""
    return unseal(row, "phone_cipher") if place == Place.PHONE else getattr(row, place)


@transaction.atomic
def tidy(*, row: Person | Vehicle, place: str, by: User) -> None:
    """Give a value its one spelling.

    Raises: Refused outside the scope, or for a plate another row has in that spelling.
    Side effects in order: lock, former value sealed, row, audit row.
    """
    row = _locked(row, by)
    before, after = value_of(row, place), tidied(row, place)
    if before == after:
        return
    holder = {"person": row} if isinstance(row, Person) else {"vehicle": row}
    prior = PriorValue(place=place, organisation_path=row.organisation_path, changed_by=by, **holder)
    seal(prior, "value_cipher", before)
    prior.save()
    _write(row, place, after)
    audit.record(actor=by, event="value.tidy", target=row, field=str(place), prior=prior.pk)


@transaction.atomic
def put_back(*, prior: PriorValue, by: User) -> None:
    """Give a row its former value again.

    Raises: WrongState when it was put back before, Refused outside the scope or when the value was changed since.
    Side effects in order: locks, row, former value's end, audit row.
    """
    prior = PriorValue.objects.select_for_update(of=("self",)).get(pk=prior.pk)
    if prior.put_back_at is not None or prior.merge_id is not None:
        raise WrongState(_("This value has been put back already."))
    row = _locked(prior.person or prior.vehicle, by)
    before = unseal(prior, "value_cipher")
    # Tidying what stood there must give what stands there now; anything else somebody has written since.
    is_untouched = tidied_text(before, prior.place) == value_of(row, prior.place)
    if not is_untouched:
        raise Refused(_("Somebody has changed this value since. Change it by hand."), code="changed_since")
    _write(row, prior.place, before)
    prior.put_back_at, prior.put_back_by = timezone.now(), by
    prior.save(update_fields=["put_back_at", "put_back_by"])
    audit.record(actor=by, event="value.put_back", target=row, field=str(prior.place), prior=prior.pk)


def tidied_text(text: str, place: str) -> str:
    """Return the one spelling of a text."""
    if place == Place.NAME:
        return identity.tidy_name(text)
    reading = (identity.read_phone if place == Place.PHONE else identity.read_plate)(text)
    return reading.value if text and reading.is_usable else text


def _locked(row: Person | Vehicle, by: User) -> Person | Vehicle:
    rows = type(row).objects.select_for_update(of=("self",)).select_related("organisation")
    row = rows.get(pk=row.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, row.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return row


def _write(row: Person | Vehicle, place: str, text: str) -> None:
    if place == Place.PHONE:
        seal(row, "phone_cipher", text)
        row.save(update_fields=["phone_cipher", "phone_digest"])
        return
    if place == Place.PLATE:
        with whole_scope():
            if Vehicle.objects.filter(plate=text).exclude(pk=row.pk).exists():
                raise Refused(
                    _("Another vehicle has this plate already. Look at both and keep one."), code="plate_taken"
                )
    setattr(row, place, text)
    row.save(update_fields=[place])
