"""Reads of pairings: the list as a form narrows it, and who in a community could be helped by whom."""

from datetime import date, timedelta

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q
from django.utils import timezone

from members.models import Organisation, Person, Post, User
from members.models.organisation import OrganisationQuerySet
from members.models.register import PersonQuerySet
from members.permissions import Permission
from services.models import Domain, Kind, Pairing
from services.models.pairing import PairingQuerySet
from services.models.vocabulary import GROUPS
from services.queries.matter import near_bodies

AT_ONCE = 200  # rows one page assigns: what the audit log takes in one go
RUNS_OUT_DAYS = 60  # our choice: time enough to talk about a new contract


def listed(user: User, wanted: dict, today: date) -> PairingQuerySet:
    """Return the pairings a filter form asks for: those in force, ended, running out, or whose helper has left."""
    rows = narrowed(Pairing.objects.visible_to(user).standing(), wanted)
    state = wanted.get("state")
    if state == "ended":
        return rows.filter(ended_on__lte=today)
    rows = rows.active_on(today)
    if state == "running_out":
        return rows.filter(ended_on__lte=today + timedelta(days=RUNS_OUT_DAYS))
    return rows.filter(has_left("helper", today)) if state == "left" else rows


def tab_counts(rows: PairingQuerySet) -> dict[str, int]:
    """Count pairings by group in one query; every group is there."""
    counted = dict(rows.order_by().values_list("kind__group").annotate(count=Count("pk")))
    return {group: counted.get(group, 0) for group in map(str, GROUPS[Domain.PAIRING])}


def has_left(side: str, today: date) -> Q:
    """Match rows whose person on a side held a post once and holds none today, or went into another entry."""
    posts = Post.objects.filter(person=OuterRef(side))
    current = posts.filter(Q(to_on=None) | Q(to_on__gte=today))
    gone = Exists(posts) & ~Exists(current)
    return Q(gone) | Q(**{f"{side}__merged_into__isnull": False})


def is_left(pairing: Pairing, today: date) -> bool:
    """Tell whether the helper of a pairing in force has left."""
    rows = Pairing.objects.active_on(today).filter(pk=pairing.pk)
    return rows.filter(has_left("helper", today)).exists()


def narrowed(rows: PairingQuerySet, wanted: dict) -> PairingQuerySet:
    """Keep the pairings of a group, a kind, a name or a community; empty wishes are no wishes."""
    if group := wanted.get("group"):
        rows = rows.filter(kind__group=group)
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
    running = Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())
    helped = Pairing.objects.standing().filter(running, kind=kind).exclude(helped=None).values("helped")
    drives = Q(vehicles_driven__isnull=False) | Q(vehicles_kept__isnull=False) | Q(employer__isnull=False)
    people = Person.objects.visible_to(user).filter(drives, home_community=community).exclude(pk__in=helped)
    people = people.filter(pk__in=people.values("pk")).distinct()
    return people.select_related("employer", "party_branch").order_by("name", "pk")


def helpers(user: User, kind: Kind | None, community: Organisation | None = None) -> list[Person]:
    """Return who may help: people in office in the user's scope, those of the community first, then the least busy.

    `is_near` says whether somebody lives in the community or holds a post there, `busy` how many they help already.
    """
    today = timezone.localdate()
    in_office = Post.objects.filter(Q(to_on=None) | Q(to_on__gte=today), person=OuterRef("pk"))
    near = Q(home_community=community) | Exists(in_office.filter(organisation=community))
    running = Q(services_pairings_as_helper__ended_on=None) | Q(services_pairings_as_helper__ended_on__gt=today)
    stands = Q(services_pairings_as_helper__voided_at=None)
    if kind is not None:
        stands &= Q(services_pairings_as_helper__kind=kind)
    people = Person.objects.visible_to(user).filter(Exists(in_office)).select_related("employer", "party_branch")
    people = people.annotate(
        busy=Count("services_pairings_as_helper", filter=running & stands, distinct=True),
        is_near=ExpressionWrapper(near if community else Q(pk__in=[]), BooleanField()),
    )
    return list(people.order_by("-is_near", "busy", "name", "pk"))


def named(user: User, text: str, people: bool = True, everywhere: bool = False) -> list[Person | Organisation]:
    """Return whom a name means: people the user sees, else bodies near, or `everywhere` by their exact name.

    A second word is the employer or branch of a person.
    """
    words = text.split()
    if not words:
        return []
    found: list = []
    if people:
        rows = Person.objects.visible_to(user).filter(name=words[0]).select_related("employer", "party_branch")
        for word in words[1:]:
            rows = rows.filter(Q(employer__name__icontains=word) | Q(party_branch__name__icontains=word))
        found = list(rows.order_by("pk")[:7])
    bodies = Organisation.objects.current().order_by("name", "pk") if everywhere else near_bodies(user)
    bodies = bodies.filter(Q(name="".join(words)) | Q(short_name="".join(words)))
    return found or list(bodies[:7])


def enterprises(user: User) -> OrganisationQuerySet:
    """Return the enterprises the user may pair, by name."""
    return near_bodies(user).filter(kind=Organisation.Kind.ENTERPRISE)


def written(user: User, number: int) -> str:
    """Return a person's name as the field of a side takes it, "" for nobody the user sees."""
    person = Person.objects.visible_to(user).select_related("employer", "party_branch").filter(pk=number).first()
    if person is None:
        return ""
    return f"{person.name} {person.employer or person.party_branch or ''}".strip()


def told_apart(one: Person | Organisation) -> str:
    """Return a name with what tells namesakes apart."""
    if isinstance(one, Organisation):
        return one.name
    return f"{one.name}（{one.employer or one.party_branch or one.phone_masked}）"


def spread(people: list[Person], able: list[Person]) -> list[tuple[Person, Person | None]]:
    """Propose a helper for each person, whoever has the fewest pairings next, never oneself.

    While anybody of the community may help (`is_near`), only those are proposed.
    """
    load = {helper.pk: helper.busy for helper in able}
    near = [helper for helper in able if helper.is_near] or able
    proposed = []
    for person in people:
        candidates = [helper for helper in near if helper.pk != person.pk]
        chosen = min(candidates, key=lambda helper: (load[helper.pk], helper.name, helper.pk), default=None)
        if chosen is not None:
            load[chosen.pk] += 1
        proposed.append((person, chosen))
    return proposed


def of_who_left(user: User, helper: Person) -> PairingQuerySet:
    """Return the pairings in force in which a person helps a person or a body, by whom they help."""
    rows = Pairing.objects.within(user, Permission.MANAGE_PAIRINGS).active_on(timezone.localdate())
    return rows.filter(helper=helper).with_row().order_by("kind__position", "started_on", "pk")


def successors(user: User, helper: Person) -> list[Person]:
    """Return who may take over from a helper: people in office, those of the same village or branch first."""
    able = [one for one in helpers(user, None, helper.home_community) if one.pk != helper.pk]
    return sorted(able, key=lambda one: one.party_branch_id is None or one.party_branch_id != helper.party_branch_id)


def passed_on(rows: list[Pairing], able: list[Person]) -> list[tuple[Pairing, Person | None]]:
    """Propose for each pairing whoever in office helps the fewest, never the one who is helped."""
    load = {one.pk: one.busy for one in able}
    proposed = []
    for row in rows:
        candidates = [one for one in able if one.pk != row.helped_id]
        chosen = min(candidates, key=lambda one: (load[one.pk], one.name, one.pk), default=None)
        if chosen is not None:
            load[chosen.pk] += 1
        proposed.append((row, chosen))
    return proposed


def may_manage(user: User, pairing: Pairing) -> bool:
    """Tell whether the user may end a pairing, excuse from it or hand it over."""
    return user.has_permission(Permission.MANAGE_PAIRINGS, pairing.organisation)
