"""Reads of matters: who is behind a phone call, who looks after an enterprise, what a list shows."""

from datetime import date, timedelta

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from config.numbers import whole_number
from members.models import Organisation, Person, RoleAssignment, User
from members.models.account import UserQuerySet
from members.models.organisation import OrganisationQuerySet, under_paths
from members.permissions import ROLE_PERMISSIONS, Permission
from services.models import Activity, Campaign, CampaignMember, Group, Matter, MatterState, Pairing
from services.models.activity import ActivityQuerySet
from services.models.matter import OPEN_STATES, MatterQuerySet


def known_requester(user: User, phone: str) -> Person | None:
    """Return the one registered person with this phone the user may see; None for none or several."""
    if not phone:
        return None
    found = list(Person.objects.visible_to(user).with_number("phone", phone).select_related("employer__region")[:2])
    return found[0] if len(found) == 1 else None


def commissioners_of(body: Organisation, day: date) -> tuple[Person | None, Person | None]:
    """Return the two commissioners of an enterprise on a day: of the industry committee, and of the office.

    Which is which shows in their posts: whoever holds one in an industry party committee is the commissioner; where
    the posts do not tell, the one entered first is.
    """
    pairings = Pairing.objects.active_on(day).filter(kind__group=Group.COMMISSIONERS, helped_organisation=body)
    helpers = [pairing.helper for pairing in pairings.select_related("helper").order_by("pk") if pairing.helper]
    in_committee = set(
        Person.objects.filter(
            pk__in=[helper.pk for helper in helpers],
            posts__organisation__kind=Organisation.Kind.INDUSTRY_COMMITTEE,
            posts__to_on=None,
        ).values_list("pk", flat=True)
    )
    helpers.sort(key=lambda helper: helper.pk not in in_committee)  # the committee's first, else as they were entered
    if len(helpers) == 1 and helpers[0].pk not in in_committee:
        return None, helpers[0]
    return next(iter(helpers), None), helpers[1] if len(helpers) > 1 else None


def near_bodies(user: User) -> OrganisationQuerySet:
    """Return bodies a matter may concern or be led by: those of the user's county and the user's own subtree."""
    near = Q(region__path__startswith=user.organisation.region.path) | under_paths("path", user.paths())
    return Organisation.objects.current().filter(near).order_by("name", "pk")


def meetings_lately(user: User) -> ActivityQuerySet:
    """Return the meetings of the last half year at which something may have been raised, the last first."""
    since = timezone.localdate() - timedelta(days=183)
    rows = Activity.objects.within(user, Permission.HANDLE_MATTER).standing().filter(happened_on__gte=since)
    return rows.filter(kind__group__in=[Group.MEETING, Group.EXCHANGE]).with_row().newest_first()


def able_to_claim(campaign: Campaign) -> OrganisationQuerySet:
    """Return the bodies that may claim what stands under a campaign: its members and those of what it is part of."""
    members = CampaignMember.objects.filter(campaign__in=[campaign.pk, campaign.parent_id], left_on=None)
    return Organisation.objects.filter(pk__in=members.values("body")).order_by("name", "pk")


def next_number(user: User, campaign: str | None) -> dict[str, int]:
    """Return the number a new line of a list starts with, nothing where an address names no list."""
    key = whole_number(campaign)
    if key is None or not Campaign.objects.visible_to(user).filter(pk=key).exists():
        return {}
    last = Matter.objects.filter(campaign=key).aggregate(last=Max("number"))["last"] or 0
    return {"number": last + 1}


def colleagues(user: User) -> UserQuerySet:
    """Return the accounts that handle matters in the organisations in which the user does, by name."""
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if Permission.HANDLE_MATTER in granted]
    held = RoleAssignment.objects.in_force(timezone.localdate()).filter(role__in=roles)
    held = held.filter(under_paths("organisation__path", user.paths(Permission.HANDLE_MATTER)))
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("name", "pk")


def waiting(matters: MatterQuerySet, name: str, user: User, today: date | None = None) -> MatterQuerySet:
    """Keep the rows of one tab: mine, overdue, open, call_back, ended; anything else keeps all that count."""
    today = today or timezone.localdate()
    open_rows = Q(state__in=OPEN_STATES)
    wanted = {
        "mine": open_rows & Q(handler=user),
        "overdue": open_rows & Q(due_on__lt=today),
        "open": open_rows,
        "call_back": Q(state=MatterState.CLOSED),
        "ended": Q(state__in=[MatterState.SETTLED, MatterState.DECLINED]),
    }
    return matters.filter(wanted.get(name, ~Q(state=MatterState.MERGED)))


def tab_counts(matters: MatterQuerySet, user: User, today: date | None = None) -> dict[str, int]:
    """Count every tab in one query, by the conditions of `waiting`."""
    today = today or timezone.localdate()
    open_rows = Q(state__in=OPEN_STATES)
    return matters.aggregate(
        open=Count("pk", filter=open_rows),
        mine=Count("pk", filter=open_rows & Q(handler=user)),
        overdue=Count("pk", filter=open_rows & Q(due_on__lt=today)),
        call_back=Count("pk", filter=Q(state=MatterState.CLOSED)),
        ended=Count("pk", filter=Q(state__in=[MatterState.SETTLED, MatterState.DECLINED])),
        all=Count("pk", filter=~Q(state=MatterState.MERGED)),
    )


def in_order(matters: MatterQuerySet) -> MatterQuerySet:
    """Order as it is worked on: open before ended, the longest overdue first, what has no deadline last."""
    return matters.order_by(
        F("closed_on").desc(nulls_first=True), F("due_on").asc(nulls_last=True), F("number").asc(nulls_last=True), "pk"
    )


def open_problems(user: User, matter: Matter) -> MatterQuerySet:
    """Return the hard problems a matter could be merged into."""
    return Matter.objects.visible_to(user).open().of_group(Group.PROBLEM).exclude(pk=matter.pk).order_by("title", "pk")
