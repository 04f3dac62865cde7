"""Keeping the register: people with their links, posts and vehicles. No audit row holds a value of theirs."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.sealed import seal, unseal
from members import audit
from members.middleware import whole_scope
from members.models import Organisation, Person, Post, User, Vehicle
from members.permissions import Permission

OUTSIDE = _("This lies outside the organisations whose people you keep.")
SEALED = {"identity": "identity_cipher", "phone": "phone_cipher"}


def create(
    *, name: str, organisation: Organisation, by: User, identity: str = "", phone: str = "", **links: object
) -> Person:
    """Enter a person; `identity` and `phone` are normalised already, `links` are the four organisations by name.

    Raises: Refused outside the keeper's organisations, or when the identity number is registered already.
    Side effects in order: audit row of a refusal, else row, audit row.
    """
    _may_keep(organisation, by)
    _refuse_double(identity, None, by)
    person = Person(
        name=name, organisation=organisation, organisation_path=organisation.path, created_at=timezone.now(), **links
    )
    seal(person, "identity_cipher", identity)
    seal(person, "phone_cipher", phone)
    try:
        with transaction.atomic():
            person.save()
            audit.record(actor=by, event="person.create", target=person, fields=_filled(identity, phone, links))
    except IntegrityError:  # somebody else entered the same number meanwhile
        _refuse_double(identity, None, by)
        raise
    return person


def change(*, person: Person, by: User, identity: str = "", phone: str = "", **fields: object) -> Person:
    """Change a person's name, organisation or links, and the numbers where new ones are given.

    Raises: Refused as `create`. Side effects in order: audit row of a refusal, else lock, row, audit row with field
    names.
    """
    _may_keep(person.organisation, by)
    _may_keep(fields.get("organisation", person.organisation), by)
    _refuse_double(identity, person, by)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        changed = [name for name, value in fields.items() if getattr(person, name) != value]
        for name in changed:
            setattr(person, name, fields[name])
        columns = list(changed)
        for place, value in (("identity", identity), ("phone", phone)):
            if value and unseal(person, SEALED[place]) != value:
                seal(person, SEALED[place], value)
                changed.append(place)
                columns += [SEALED[place], f"{place}_digest"]
        if "organisation" in changed:
            person.organisation_path = person.organisation.path
            columns.append("organisation_path")
        if changed:
            person.save(update_fields=columns)
            audit.record(actor=by, event="person.change", target=person, fields=sorted(changed))
    return person


@transaction.atomic
def add_post(*, person: Person, organisation: Organisation, title: str, from_on: date, by: User) -> Post:
    """Give a person an office. Side effects in order: lock, row, audit row. Raises: Refused outside the scope."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    _may_keep(person.organisation, by)
    post = Post.objects.create(
        person=person,
        organisation=organisation,
        organisation_path=organisation.path,
        title=title,
        from_on=from_on,
    )
    audit.record(actor=by, event="person.post", target=person, post=post.pk, organisation=organisation.pk)
    return post


@transaction.atomic
def end_post(*, post: Post, on: date, by: User) -> None:
    """End an office on a day. Raises: Refused when it has ended, or would end before it began.

    Side effects in order: lock, row, audit row.
    """
    post = Post.objects.select_for_update().get(pk=post.pk)
    _may_keep(post.person.organisation, by)
    if post.to_on is not None:
        raise Refused(_("This post has ended already."), code="ended")
    if on < post.from_on:
        raise Refused(_("A post cannot end before it began."), code="before_start")
    post.to_on = on
    post.save(update_fields=["to_on"])
    audit.record(actor=by, event="person.post_end", target=post.person, post=post.pk)


@transaction.atomic
def add_vehicle(*, person: Person, plate: str, kind: str, is_keeper: bool, is_driver: bool, by: User) -> Vehicle:
    """Note that a person keeps or drives a vehicle; a plate that is known already gets the person, not a double.

    Raises: Refused when the plate belongs to another organisation, or somebody else keeps or drives it.
    Side effects in order: locks, row, audit row.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    _may_keep(person.organisation, by)
    vehicle = Vehicle.objects.select_for_update().filter(plate=plate).first()
    if vehicle is None:
        vehicle = _new_vehicle(person, plate, kind)
    _may_keep(vehicle.organisation, by)
    for role, wanted in (("keeper", is_keeper), ("driver", is_driver)):
        if wanted:
            if getattr(vehicle, f"{role}_id") not in (None, person.pk):
                raise Refused(
                    _("The register names another %(role)s for this vehicle. Take that off the vehicle first.")
                    % {"role": vehicle._meta.get_field(role).verbose_name},
                    code="other_holder",
                )
            setattr(vehicle, role, person)
    vehicle.save(update_fields=["keeper", "driver"])
    audit.record(actor=by, event="person.vehicle", target=person, vehicle=vehicle.pk)
    return vehicle


@transaction.atomic
def change_vehicle(*, vehicle: Vehicle, kind: str, drop_keeper: bool, drop_driver: bool, by: User) -> Vehicle:
    """Change a vehicle's kind, or take keeper or driver off it. Side effects in order: lock, row, audit row."""
    vehicle = Vehicle.objects.select_for_update().get(pk=vehicle.pk)
    _may_keep(vehicle.organisation, by)
    before = (vehicle.kind, vehicle.keeper_id, vehicle.driver_id)
    vehicle.kind = kind
    vehicle.keeper = None if drop_keeper else vehicle.keeper
    vehicle.driver = None if drop_driver else vehicle.driver
    after = (vehicle.kind, vehicle.keeper_id, vehicle.driver_id)
    changed = [name for name, old, new in zip(("kind", "keeper", "driver"), before, after, strict=True) if old != new]
    if changed:
        vehicle.save(update_fields=changed)
        audit.record(actor=by, event="vehicle.change", target=vehicle, fields=changed)
    return vehicle


def _new_vehicle(person: Person, plate: str, kind: str) -> Vehicle:
    """Make a vehicle of the person's organisation; one outside the caller's sight counts as taken."""
    with whole_scope():
        taken = Vehicle.objects.filter(plate=plate).exists()
    if taken:
        raise Refused(
            _("Another organisation has registered this plate. Ask the organisation above both of you."),
            code="registered_elsewhere",
        )
    return Vehicle.objects.create(
        plate=plate, kind=kind, organisation=person.organisation, organisation_path=person.organisation_path
    )


def _may_keep(organisation: Organisation, by: User) -> None:
    if not by.has_permission(Permission.EDIT_PEOPLE, organisation):
        raise Refused(OUTSIDE, code="outside_scope")


def _refuse_double(identity: str, person: Person | None, by: User) -> None:
    """Refuse an identity number somebody has already; a person out of sight stays unnamed, and the try is on record."""
    if not identity:
        return
    with transaction.atomic(), whole_scope():
        other = Person.objects.with_number("identity", identity).exclude(pk=person.pk if person else None)
        found = other.select_related("organisation").first()
    if found is None:
        return
    audit.record(actor=by, event="person.double", target=found, outcome="refused")
    if by.has_permission(Permission.READ_PEOPLE, found.organisation):
        raise Refused(
            _("%(name)s of %(organisation)s is registered with this identity number. Change that entry instead.")
            % {"name": found.name, "organisation": found.organisation},
            code="registered",
        )
    raise Refused(
        _("Another organisation has registered this identity number. Ask the organisation above both of you."),
        code="registered_elsewhere",
    )


def _filled(identity: str, phone: str, links: dict) -> list[str]:
    values = {"identity": identity, "phone": phone, **links}
    return sorted(name for name, value in values.items() if value)
