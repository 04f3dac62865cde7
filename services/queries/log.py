"""What the quick log offers first: the kinds I use, whom I owe a contact, where I have been. A few queries each."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q

from members.models import Organisation, Person, User
from members.models.organisation import OrganisationQuerySet, under_paths
from members.permissions import Permission
from services.models import Activity, Kind, Pairing, Phrase, Venue
from services.models.pairing import PairingQuerySet
from services.models.vocabulary import Domain, KindQuerySet

CHIPS = 6
RECENT_DAYS = 90
PAIRINGS_SHOWN = 20
BODIES_SHOWN = 20


@dataclass(frozen=True)
class About:
    """Whom or where an activity was about, as one value of the form: `pairing:12`, `body:3`, `venue:5`."""

    value: str
    label: str


def kinds_for(user: User) -> KindQuerySet:
    """Return the kinds of activity the account may choose."""
    return Kind.objects.visible_to(user).in_use().of(Domain.ACTIVITY)


def chips(user: User) -> list[Kind]:
    """Return the kinds the account used most among its last entries, filled up in the printed order."""
    kinds = kinds_for(user)
    last = Activity.objects.filter(logged_by=user).order_by("-logged_at").values_list("kind_id", flat=True)[:60]
    counts: dict[int, int] = {}
    for kind in last:
        counts[kind] = counts.get(kind, 0) + 1
    used = sorted(counts, key=lambda kind: -counts[kind])[:CHIPS]
    chosen = sorted((kind for kind in kinds if kind.pk in used), key=lambda kind: used.index(kind.pk))
    if len(chosen) < CHIPS:
        chosen += _one_of_each_group(kinds, chosen)
    return chosen[:CHIPS]


def _one_of_each_group(kinds: KindQuerySet, chosen: list[Kind]) -> list[Kind]:
    seen, found = {kind.group for kind in chosen}, []
    for kind in kinds:
        if kind.group not in seen:
            seen.add(kind.group)
            found.append(kind)
    return found


def my_pairings(person: Person | None, today: date) -> PairingQuerySet:
    """Return the pairings a person helps in today, the longest without contact first."""
    rows = Pairing.objects.of_helper(person).active_on(today).with_row()
    seen = Max("activities__happened_on", filter=Q(activities__voided_at=None))
    return rows.annotate(last_contact_on=seen).order_by("last_contact_on", "pk")


def about(user: User, today: date) -> list[tuple[str, list[About]]]:
    """Return the groups of the who-or-where list: my pairings, where I was lately, then other enterprises."""
    pairings = list(my_pairings(user.person, today)[:PAIRINGS_SHOWN])
    lately = Activity.objects.standing().entered_by(user)[:40].select_related("body", "venue")
    places: dict[str, About] = {}
    for activity in lately:
        if activity.body:
            places.setdefault(f"body:{activity.body_id}", About(f"body:{activity.body_id}", activity.body.brief))
        if activity.venue:
            places.setdefault(f"venue:{activity.venue_id}", About(f"venue:{activity.venue_id}", activity.venue.name))
    known = [int(value.partition(":")[2]) for value in places if value.startswith("body:")]
    others = named_bodies(user).exclude(pk__in=known).annotate(seen=Count("services_activities_about"))
    return [
        ("pairings", [About(f"pairing:{row.pk}", f"{row.helped_name} · {row.kind}") for row in pairings]),
        ("lately", list(places.values())[:10]),
        ("bodies", [About(f"body:{row.pk}", row.brief) for row in others.order_by("seen", "name")[:BODIES_SHOWN]]),
    ]


def one_about(user: User, value: str) -> About | None:
    """Return what a value of the list stands for, None for nothing the account may log about."""
    sort, _colon, key = value.partition(":")
    number = int(key) if key.isdecimal() and len(key) < 19 else 0
    rows = {
        "pairing": Pairing.objects.within(user, Permission.LOG_ACTIVITY).standing().with_row(),
        "body": named_bodies(user),
        "venue": Venue.objects.within(user, Permission.LOG_ACTIVITY),
    }
    found = rows[sort].filter(pk=number).first() if sort in rows else None
    if found is None:
        return None
    return About(f"{sort}:{found.pk}", f"{found.helped_name} · {found.kind}" if sort == "pairing" else found.name)


def named_bodies(user: User) -> OrganisationQuerySet:
    """Return the enterprises, branches and communities in the account's ledger."""
    named = Organisation.Kind
    kinds = [named.ENTERPRISE, named.PARTY_BRANCH, named.PARTY_GROUP, named.COMMUNITY]
    within = under_paths("path", user.paths(Permission.LOG_ACTIVITY))
    return Organisation.objects.current().filter(within, kind__in=kinds)


def by_name(user: User, text: str) -> list[About]:
    """Return up to six bodies and venues whose name holds the text, an exact name alone."""
    bodies = Organisation.objects.current().filter(under_paths("path", user.paths(Permission.LOG_ACTIVITY)))
    venues = Venue.objects.visible_to(user).filter(closed_on=None)
    found = [About(f"body:{row.pk}", row.name) for row in bodies.filter(name__icontains=text).order_by("name")[:6]]
    found += [About(f"venue:{row.pk}", row.name) for row in venues.filter(name__icontains=text).order_by("name")[:6]]
    exact = [one for one in found if one.label == text]
    return exact if len(exact) == 1 else found[:6]


def phrases(kinds: list[Kind], organisation: Organisation) -> list[str]:
    """Return first sentences for these kinds, the house's and those of bodies above the organisation."""
    rows = Phrase.objects.filter(kind__in=kinds).select_related("organisation").order_by("kind__position", "position")
    ours = [row for row in rows if row.organisation is None or organisation.path.startswith(row.organisation.path)]
    return list(dict.fromkeys(row.text for row in ours))[:24]


def doubles(activity: Activity) -> list[Activity]:
    """Return entries that may be the same: kind, organisation and whom, within a day."""
    near = [date.fromordinal(activity.happened_on.toordinal() + step) for step in (-1, 0, 1)]
    same = {
        name: getattr(activity, name) for name in ("kind_id", "organisation_id", "pairing_id", "body_id", "venue_id")
    }
    rows = Activity.objects.standing().filter(happened_on__in=near, **same).exclude(pk=activity.pk)
    return list(rows.with_row().order_by("-logged_at", "-pk")[:5])
