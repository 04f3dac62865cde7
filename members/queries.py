"""Reads across the models of this app."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Max, Model, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _

from members import identity
from members.matching import card
from members.models import (
    AuditEvent,
    Lead,
    LeadEvidence,
    MatchCandidate,
    MatchRun,
    Organisation,
    Person,
    Region,
    SecondFactor,
    User,
    Vehicle,
)
from members.models.account import UserQuerySet
from members.models.audit import AuditEventQuerySet
from members.models.discovery import Channel, LeadQuerySet
from members.models.match import PairState
from members.models.organisation import OrganisationQuerySet, RegionQuerySet, under_paths
from members.models.register import LINKS, PersonQuerySet
from members.passwords import first_password_tokens
from members.permissions import Permission
from members.tally import Tally
from members.workflow import OPEN, REACHABLE, TO_DECIDE

Kind = Organisation.Kind
LINK_KINDS = {
    "party_branch": (Kind.PARTY_BRANCH, Kind.GENERAL_BRANCH, Kind.PARTY_COMMITTEE, Kind.PARTY_GROUP, Kind.TEMPORARY),
    "employer": (Kind.ENTERPRISE, Kind.PLATFORM, Kind.AGENCY, Kind.MASS_ORGANISATION),
    "industry_committee": (Kind.INDUSTRY_COMMITTEE,),
    "home_community": (Kind.COMMUNITY, Kind.TOWNSHIP),
}


def first_password_account(uid: str, token: str) -> User | None:
    """Return the account a link for a first password opens; None for a link that is wrong, used or too old."""
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first() if 0 < pk < 2**63 else None
    return user if user is not None and first_password_tokens.check_token(user, token) else None


def factor_of(user: User) -> SecondFactor | None:
    """Return the factor an account uses, with `codes_left`; None without one."""
    left = Count("codes", filter=Q(codes__used_at=None))
    return SecondFactor.objects.in_use().filter(user=user).annotate(codes_left=left).first()


def begun_factor_of(user: User) -> SecondFactor | None:
    """Return the factor that waits for its first code."""
    return SecondFactor.objects.filter(user=user, confirmed_at=None).select_related("user").first()


def half_signed_in(half: dict) -> User | None:
    """Return the account whose password was right a moment ago; None once it changed or may not sign in."""
    user = User.objects.filter(pk=half.get("user"), is_active=True).first()
    is_same = user is not None and constant_time_compare(half.get("hash", ""), user.get_session_auth_hash())
    return user if is_same else None


@dataclass(frozen=True)
class AuditPage:
    """One page of the log, and the number below which the next one starts."""

    rows: list[tuple[AuditEvent, User | None]]
    next_before: int | None
    is_first: bool


def narrowed_audit(events: AuditEventQuerySet, wanted: dict) -> AuditEventQuerySet:
    """Keep the events a filter form asks for; days are those of the site's time zone."""
    if account := wanted["account"]:
        number = int(account) if account.isdecimal() and len(account) < 19 else None
        named = User.objects.filter(username=account).values("pk")
        events = events.filter(actor_id=number) if number is not None else events.filter(actor_id__in=named)
    exact = {name: wanted[name] for name in ("event", "object_type", "object_id") if wanted[name]}
    if wanted["first_on"]:
        exact["at__gte"] = _midnight(wanted["first_on"])
    if wanted["last_on"]:
        exact["at__lt"] = _midnight(wanted["last_on"] + timedelta(days=1))
    return events.filter(**exact)


def audit_page(events: AuditEventQuerySet, before: str, size: int = 50) -> AuditPage:
    """Return the newest events below the number `before`; two queries, none of which counts."""
    if before.isdecimal() and len(before) < 19:
        events = events.filter(number__lt=int(before))
    found = list(events.order_by("-number")[: size + 1])
    shown = found[:size]
    accounts = User.objects.in_bulk({event.actor_id for event in shown if event.actor_id})
    rows = [(event, accounts.get(event.actor_id)) for event in shown]
    return AuditPage(rows, shown[-1].number if len(found) > size else None, not before)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def kept_organisations(user: User) -> OrganisationQuerySet:
    """Return the bodies whose people the user may keep."""
    return Organisation.objects.current().filter(under_paths("path", user.paths(Permission.EDIT_PEOPLE)))


def keepers(user: User) -> OrganisationQuerySet:
    """Return the bodies a person may be registered with, the widest first: firms and villages are links, no keepers.

    A keeper at home in one of those kinds is offered its own body all the same.
    """
    no_keepers = Q(kind__in=[Kind.ENTERPRISE, Kind.COMMUNITY]) & ~Q(pk=user.organisation_id)
    return kept_organisations(user).exclude(no_keepers).order_by("path")


def link_choices(user: User, link: str) -> OrganisationQuerySet:
    """Return the bodies one of a person's four links may point at, by name.

    A branch or a village lies outside the bureau that keeps the driver, so the whole county of the user's home
    organisation counts, beside the user's own subtree.
    """
    near = Q(region__path__startswith=user.organisation.region.path) | under_paths("path", user.paths())
    return Organisation.objects.current().filter(near, kind__in=LINK_KINDS[link]).order_by("name", "pk")


BLIND_KINDS = (Kind.PARTY_COMMITTEE, Kind.INDUSTRY_COMMITTEE, Kind.AGENCY, Kind.MASS_ORGANISATION, Kind.PLATFORM)


def blind_own_bodies(user: User) -> OrganisationQuerySet:
    """Return the bodies for which the user may act in a blind match, by place in the tree."""
    return kept_organisations(user).filter(Q(kind__in=BLIND_KINDS) | Q(pk=user.organisation_id)).order_by("path")


def blind_other_bodies(user: User) -> OrganisationQuerySet:
    """Return the departments a blind match may be with: of the user's own county, and of the divisions above it."""
    region = user.organisation.region.path
    steps = region.rstrip(".").split(".")
    above = [".".join(steps[:count]) + "." for count in range(1, len(steps))]
    near = Q(region__path__startswith=region) | Q(region__path__in=above)
    return Organisation.objects.current().filter(near, kind__in=BLIND_KINDS).order_by("name", "pk")


def narrowed_people(people: PersonQuerySet, wanted: dict) -> PersonQuerySet:
    """Keep the people a filter form asks for; empty wishes are no wishes."""
    if wanted.get("name"):
        people = people.filter(name__icontains=wanted["name"])
    if organisation := wanted.get("organisation"):
        people = people.filter(organisation_path__under=organisation.path)
    missing = wanted.get("missing")
    if missing in LINKS:
        people = people.filter(**{missing: None})
    elif missing in ("identity", "phone"):
        people = people.filter(**{f"{missing}_digest": None})
    if kind := wanted.get("kind"):
        drives = Q(vehicles_driven__kind=kind) | Q(vehicles_kept__kind=kind)
        people = people.filter(pk__in=Person.objects.filter(drives).values("pk"))
    return people


@dataclass(frozen=True)
class Found:
    """What a number or a plate led to: the people, and the fault of a number that is none."""

    people: list[Person]
    is_number: bool
    field: str = ""
    fault: str = ""


def people_by_number(people: PersonQuerySet, text: str) -> Found:
    """Find people by exact identity number, phone or plate; `is_number` is false for what reads like a name."""
    if (plate := identity.read_plate(text)).is_usable:
        vehicles = Vehicle.objects.filter(plate=plate.value).values_list("keeper_id", "driver_id")
        ids = {pk for pair in vehicles for pk in pair if pk}
        return Found(list(people.filter(pk__in=ids).order_by("name", "pk")[:20]), True)
    if sum(character.isdigit() for character in text) < 5:
        return Found([], False)
    number, phone = identity.read_id(text), identity.read_phone(text)
    if not number.is_usable and not phone.is_usable:
        return Found([], True, "id_no", number.fault)
    place, value = ("identity", number.value) if number.is_usable else ("phone", phone.value)
    matching = people.with_number(place, value)
    return Found(list(matching.order_by("name", "pk")[:20]), True)


def history(row: Model, size: int = 20) -> list[tuple[AuditEvent, User | None]]:
    """Return what was done to a row, newest first: field names and counts, as the log has them."""
    events = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=row.pk)
    shown = list(events.exclude(event="access.refused").order_by("-number")[:size])
    accounts = User.objects.in_bulk({event.actor_id for event in shown if event.actor_id})
    return [(event, accounts.get(event.actor_id)) for event in shown]


def reveals(
    since: datetime, person: int | None = None, account: str | None = None
) -> list[tuple[AuditEvent, User | None]]:
    """Return each time a number of `person` was shown, or was shown to `account` (a user name), oldest first."""
    events = AuditEvent.objects.filter(event="person.reveal", at__gte=since)
    if person is not None:
        events = events.filter(object_type=Person._meta.label_lower, object_id=person)
    else:
        events = events.filter(actor_id__in=User.objects.filter(username=account).values("pk"))
    found = list(events.order_by("number"))
    accounts = User.objects.in_bulk({event.actor_id for event in found})
    return [(event, accounts.get(event.actor_id)) for event in found]


def enterprises(user: User) -> OrganisationQuerySet:
    """Return the enterprises the user sees, with how many registered people each employs."""
    visible = Organisation.objects.visible_to(user).current().filter(kind=Kind.ENTERPRISE).select_related("region")
    return visible.annotate(employee_count=Count("employees", distinct=True))


def near_regions(user: User) -> RegionQuerySet:
    """Return the divisions of the user's home county, townships included."""
    return Region.objects.under([user.organisation.region.path])


@dataclass(frozen=True)
class LeadTab:
    """One way of looking at the leads that asks for work, with how many there are."""

    label: str
    name: str
    count: int
    is_current: bool

    @property
    def query(self) -> str:
        """The query string that opens them."""
        return f"?{self.name}=on"


def lead_tabs(leads: LeadQuerySet, asked: dict) -> list[LeadTab]:
    """Return the leads nobody has touched for a week, and those nobody looks after."""
    rows = {
        "waiting": (_("Untouched for a week"), waiting_leads(leads)),
        "unowned": (_("Nobody looks after it"), narrowed_leads(leads, {"unowned": True})),
    }
    return [LeadTab(label, name, found.count(), name in asked) for name, (label, found) in rows.items()]


def lead_tallies(leads: LeadQuerySet) -> dict[str, list[Tally]]:
    """Count leads by first channel, by township and by month found; three queries."""
    sums = {"found": Count("pk"), "sure": Count("pk", filter=~Q(confirmed_at=None))}
    channels = {row["channel"]: row for row in leads.values("channel").annotate(**sums)}
    regions = leads.values("region", "region__name").annotate(**sums).order_by("region__code")
    months = leads.annotate(month=TruncMonth("found_at")).values("month").annotate(**sums).order_by("-month")[:12]
    return {
        "channels": [
            Tally(label, row["found"], row["sure"], {"channel": value})
            for value, label in Channel.choices
            if (row := channels.get(value, {"found": 0, "sure": 0}))
        ],
        "regions": [
            Tally(row["region__name"], row["found"], row["sure"], {"region": row["region"]}) for row in regions
        ],
        "months": [
            Tally(f"{row['month']:%Y-%m}", row["found"], row["sure"], {"month": f"{row['month']:%Y-%m}"})
            for row in months
        ],
    }


def narrowed_leads(leads: LeadQuerySet, wanted: dict) -> LeadQuerySet:
    """Keep the leads a filter form asks for; empty wishes are no wishes."""
    leads = leads.filter(**{name: wanted[name] for name in ("channel", "state", "region") if wanted.get(name)})
    if wanted.get("month"):
        first = wanted["month"]
        after = (first + timedelta(days=32)).replace(day=1)
        leads = leads.filter(found_at__gte=_midnight(first), found_at__lt=_midnight(after))
    if wanted.get("confirmed"):
        leads = leads.confirmed()
    if wanted.get("unowned"):
        leads = leads.filter(owner=None, state__in=OPEN)
    if wanted.get("waiting"):
        leads = leads.filter(pk__in=waiting_leads(leads).values("pk"))
    return leads


def waiting_leads(leads: LeadQuerySet) -> LeadQuerySet:
    """Keep open leads nobody has moved for a week."""
    return leads.untouched_since(timezone.now() - timedelta(days=7), OPEN)


def contact_list(leads: LeadQuerySet) -> LeadQuerySet:
    """Keep the people the contact group is for: confirmed, or checked in by themselves, and not ended."""
    said_so = Q(confirmed_at__isnull=False) | Q(evidence__channel=Channel.CHECK_IN)
    return leads.filter(said_so, state__in=REACHABLE).distinct()


def narrowed_contacts(leads: LeadQuerySet, wanted: dict) -> LeadQuerySet:
    """Keep the people of the contact list a filter form asks for; empty wishes are no wishes."""
    if wanted.get("region"):
        leads = leads.filter(region=wanted["region"])
    if wanted.get("joined"):
        leads = leads.filter(joined_group_at__isnull=wanted["joined"] == "no")
    return leads


def colleagues(user: User) -> UserQuerySet:
    """Return the accounts at home in the organisations whose people the user keeps, by name."""
    within = under_paths("organisation__path", user.paths(Permission.EDIT_PEOPLE))
    return User.objects.filter(within, is_active=True).order_by("name", "pk")


def lead_evidence(lead: Lead) -> list[LeadEvidence]:
    """Return the signs by which a lead was found, the first one first; a data match says what agreed (`words`)."""
    signs = list(lead.evidence.select_related("visit__enterprise", "recorded_by").order_by("found_at", "pk"))
    for sign in signs:
        sign.words = card.sentence(sign.levels) if sign.levels else ""
    return signs


def coverage(user: User) -> OrganisationQuerySet:
    """Return the enterprises the user sees with their visits, never visited ones first, then the longest ago."""
    visited = enterprises(user).annotate(
        last_visit_on=Max("visits__visited_on"), visit_count=Count("visits", distinct=True)
    )
    return visited.order_by(F("last_visit_on").asc(nulls_first=True), "region__code", "name", "pk")


def members_offices(user: User) -> OrganisationQuerySet:
    """Return the bodies that may keep a roll of members to match against: party bodies and agencies of the county."""
    near = Q(region__path__startswith=user.organisation.region.path) | under_paths("path", user.paths())
    kinds = (Kind.AGENCY, Kind.PARTY_COMMITTEE, Kind.INDUSTRY_COMMITTEE, Kind.GENERAL_BRANCH, Kind.PARTY_BRANCH)
    return Organisation.objects.current().filter(near, kind__in=kinds).order_by("path")


def next_pair(run: MatchRun, user: User, *, put_off: bool = False) -> MatchCandidate | None:
    """Return the strongest pair the user can decide: open ones, or those put off; not one waiting for another person.

    None when there is none.
    """
    states = [PairState.LATER] if put_off else [PairState.OPEN, PairState.SECOND]
    return run.candidates.filter(state__in=states).exclude(first_by=user).order_by("number").first()


def pair_counts(run: MatchRun) -> dict[str, int]:
    """Count a run's pairs by state; every state is there. A closed run gives the counts it kept."""
    counts = dict.fromkeys(PairState.values, 0)
    if run.closed_at is not None:
        return counts | {PairState.CONFIRMED: run.confirmed_count, PairState.REJECTED: run.rejected_count}
    return counts | dict(run.candidates.values_list("state").annotate(count=Count("pk")))


def to_decide_count(run: MatchRun) -> int:
    """Count the pairs that wait for a person."""
    return run.candidates.filter(state__in=TO_DECIDE).count()
