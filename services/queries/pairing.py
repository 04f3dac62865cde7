"""Reads of pairings: the list as a form narrows it, and who in a community could be helped by whom."""

from django.db.models import Count, Q

from members.models import Organisation, Person, User
from members.models.organisation import OrganisationQuerySet
from members.models.register import PersonQuerySet
from members.permissions import Permission
from services.models import Kind, Pairing
from services.models.pairing import PairingQuerySet
from services.queries.matter import near_bodies


def narrowed(rows: PairingQuerySet, wanted: dict) -> PairingQuerySet:
    """Keep the pairings a filter form asks for; empty wishes are no wishes."""
    if text := wanted.get("text"):
        rows = rows.filter(_named("helper", text) | _named("helped", text))
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    if community := wanted.get("community"):
        rows = rows.filter(helped__home_community=community)
    return rows


def _named(side: str, text: str) -> Q:
    return Q(**{f"{side}__name__icontains": text}) | Q(**{f"{side}_organisation__name__icontains": text})


def communities(user: User) -> OrganisationQuerySet:
    """Return the communities in which somebody the user sees lives, by name."""
    homes = Person.objects.visible_to(user).exclude(home_community=None).values("home_community")
    return Organisation.objects.filter(pk__in=homes).order_by("name", "pk")


def unhelped(user: User, community: Organisation, kind: Kind) -> PersonQuerySet:
    """Return the people of a community nobody helps in this kind yet, by name: drivers, or whoever has a vehicle."""
    helped = Pairing.objects.standing().filter(kind=kind, ended_on=None).exclude(helped=None).values("helped")
    drives = Q(vehicles_driven__isnull=False) | Q(vehicles_kept__isnull=False) | Q(employer__isnull=False)
    people = Person.objects.visible_to(user).filter(drives, home_community=community).exclude(pk__in=helped)
    return people.filter(pk__in=people.values("pk")).distinct().order_by("name", "pk")


def helpers(user: User, kind: Kind) -> list[Person]:
    """Return who may help: people with a post in the user's scope, those with the fewest pairings first."""
    people = Person.objects.visible_to(user).filter(posts__to_on=None, posts__isnull=False)
    busy = Count(
        "services_pairings_as_helper",
        filter=Q(
            services_pairings_as_helper__kind=kind,
            services_pairings_as_helper__ended_on=None,
            services_pairings_as_helper__voided_at=None,
        ),
        distinct=True,
    )
    return list(people.annotate(busy=busy).distinct().order_by("busy", "name", "pk"))


def named(user: User, text: str, people: bool = True) -> list[Person | Organisation]:
    """Return whom a name means: people the user sees, else bodies near. A second word is the employer or branch."""
    words = text.split()
    if not words:
        return []
    found: list = []
    if people:
        rows = Person.objects.visible_to(user).filter(name=words[0]).select_related("employer", "party_branch")
        for word in words[1:]:
            rows = rows.filter(Q(employer__name__icontains=word) | Q(party_branch__name__icontains=word))
        found = list(rows.order_by("pk")[:7])
    bodies = near_bodies(user).filter(Q(name="".join(words)) | Q(short_name="".join(words)))
    return found or list(bodies[:7])


def told_apart(one: Person | Organisation) -> str:
    """Return a name with what tells namesakes apart."""
    if isinstance(one, Organisation):
        return one.name
    return f"{one.name}（{one.employer or one.party_branch or one.phone_masked}）"


def spread(people: list[Person], able: list[Person]) -> list[tuple[Person, Person | None]]:
    """Propose a helper for each person, whoever has the fewest pairings next, never oneself."""
    load = {helper.pk: helper.busy for helper in able}
    proposed = []
    for person in people:
        candidates = [helper for helper in able if helper.pk != person.pk]
        chosen = min(candidates, key=lambda helper: (load[helper.pk], helper.name, helper.pk), default=None)
        if chosen is not None:
            load[chosen.pk] += 1
        proposed.append((person, chosen))
    return proposed


def may_manage(user: User, pairing: Pairing) -> bool:
    """Tell whether the user may end a pairing, excuse from it or hand it over."""
    return user.has_permission(Permission.MANAGE_PAIRINGS, pairing.organisation)
