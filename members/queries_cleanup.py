"""What the data desk looks for: numbers that fail their check, untidy spellings, entries that may be one person."""

from django.db.models import Exists, OuterRef, Q

from config.cipher import Undecipherable
from config.sealed import unseal
from members import identity
from members.models import Organisation, Person
from members.models.organisation import OrganisationQuerySet
from members.models.register import PersonQuerySet, VehicleQuerySet

UNTIDY_NAME = r"[^一-鿿㐀-䶿·]"
TIDY_PLATE = r"^[一-龥][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警领港澳]$"


def failing_identity(people: PersonQuerySet) -> PersonQuerySet:
    """Keep people whose identity number fails its check, has no such date or region, or cannot be opened.

    Every number is opened for it, some microseconds each; none leaves this function.
    """
    rows = people.exclude(identity_digest=None).only("pk", "uuid", "identity_cipher").order_by()
    return people.filter(pk__in=[row.pk for row in rows.iterator() if _fails(row)])


def failing_credit_code(organisations: OrganisationQuerySet) -> OrganisationQuerySet:
    """Keep organisations whose unified social credit code fails its check."""
    rows = organisations.exclude(uscc="").order_by().values_list("pk", "uscc")
    return organisations.filter(pk__in=[pk for pk, code in rows if not identity.read_credit_code(code).is_usable])


def enterprises_without_code(organisations: OrganisationQuerySet) -> OrganisationQuerySet:
    """Keep enterprises without a credit code."""
    return organisations.filter(kind=Organisation.Kind.ENTERPRISE, uscc="")


def untidy_names(people: PersonQuerySet) -> PersonQuerySet:
    """Keep people whose name holds anything but Han characters and the middle dot."""
    return people.filter(name__regex=UNTIDY_NAME)


def untidy_plates(vehicles: VehicleQuerySet) -> VehicleQuerySet:
    """Keep vehicles whose plate is not in its one spelling."""
    return vehicles.exclude(plate__regex=TIDY_PLATE)


def possible_doubles(people: PersonQuerySet) -> PersonQuerySet:
    """Keep people who share name and phone, employer or home, or the phone alone, with another entry.

    Two identity numbers are two people, so one of the two entries has none.
    """
    others = Person.objects.filter(merged_into=None).exclude(pk=OuterRef("pk"))
    same = Q(phone_digest=OuterRef("phone_digest")) | Q(name=OuterRef("name")) & (
        Q(employer=OuterRef("employer")) | Q(home_community=OuterRef("home_community"))
    )
    with_number = others.filter(same)
    without = with_number.filter(identity_digest=None)
    return people.filter(Q(identity_digest=None) & Exists(with_number) | Exists(without))


def doubles_of(person: Person, people: PersonQuerySet) -> PersonQuerySet:
    """Return the other entries that may be this person, by name."""
    same = Q(name=person.name)
    if person.phone_digest:
        same |= Q(phone_digest=person.phone_digest)
    found = people.filter(same).exclude(pk=person.pk)
    if person.identity_digest:
        found = found.filter(identity_digest=None)
    return found.order_by("name", "pk")


def _fails(person: Person) -> bool:
    try:
        return not identity.read_id(unseal(person, "identity_cipher")).is_usable
    except Undecipherable:
        return True
