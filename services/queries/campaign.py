"""Reads of campaigns: the list, what was done in one, and which bodies a text names."""

import re
from datetime import date

from django.db.models import Q

from members.models import Organisation, User
from members.permissions import Permission
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Campaign, Group, Target
from services.models.campaign import CampaignQuerySet
from services.queries.matter import near_bodies
from services.queries.scope import reporting_bodies

BETWEEN = re.compile(r"[、,，;；/\n\t]+")
# What a campaign's page counts, where there is something to count.
DONE = (
    "activity.count",
    "activity.headcount",
    "training.completed",
    "task.total",
    "task.units",
    "task.done",
    "task.overdue",
    "matter.received",
    "matter.resolved",
    "matter.overdue",
    "grant.quantity",
    "grant.amount",
    "pairing.active",
    "venue.open",
)


def listed(user: User, wanted: dict, today: date) -> CampaignQuerySet:
    """Return the campaigns the account may read, narrowed; empty wishes are no wishes."""
    rows = Campaign.objects.visible_to(user)
    if body := wanted.get("organisation"):
        rows = rows.filter(organisation__path__startswith=body.path)
    if form := wanted.get("form"):
        rows = rows.filter(form=form)
    if text := wanted.get("text"):
        rows = rows.called(text)
    if wanted.get("when") == "ended":
        return rows.filter(ends_on__lt=today)
    return rows if wanted.get("when") == "all" else rows.filter(Q(ends_on=None) | Q(ends_on__gte=today))


def members_of(campaigns: list[Campaign], period: Period) -> dict[int, Reading]:
    """Return how many bodies take part in each campaign, with the rows behind it, in one query."""
    indicator = registry.get("alliance.units")
    rows = indicator.queryset(Scope(None), period).filter(campaign__in=[one.pk for one in campaigns])
    counts = dict(rows.order_by().values_list("campaign").annotate(count=indicator.measure))
    return {
        one.pk: Reading(indicator, Scope(one.organisation), period, {"campaign": str(one.pk)}, counts.get(one.pk, 0), 0)
        for one in campaigns
    }


def period_of(campaign: Campaign, today: date) -> Period:
    """Return the days of a campaign so far."""
    until = max(min(campaign.ends_on or today, today), campaign.starts_on)
    return periods.parse(f"since:{campaign.starts_on}..{until}", today)


def scope_of(campaign: Campaign, user: User) -> Scope:
    """Return the widest body around a campaign the reader may look from: whatever belongs to it counts."""
    steps = campaign.organisation_path.rstrip(".").split(".")
    above = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
    widest = reporting_bodies(user).filter(path__in=above).select_related("region").first()
    return Scope(widest or campaign.organisation)


def done_in(campaign: Campaign, scope: Scope, period: Period) -> list[Reading]:
    """Return the numbers of what was done in a campaign, those that are not 0; the first where all are."""
    filters = {"campaign": str(campaign.pk)}
    found = [registry.read(key, scope, period, **filters) for key in DONE]
    return [reading for reading in found if reading.value] or found[:1]


def has_tasks(campaign: Campaign) -> bool:
    """Tell whether a campaign keeps a list of tasks, or could."""
    if campaign.form in (Campaign.Form.TASK_LIST, Campaign.Form.CONFERENCE):
        return True
    return campaign.matters.filter(kind__group=Group.TASK).exists()


def targets_of(campaign: Campaign, user: User) -> list[Target]:
    """Return what a campaign promises, by deadline."""
    rows = Target.objects.visible_to(user).standing().filter(campaign=campaign)
    return list(rows.select_related("organisation__region", "campaign", "set_by").order_by("due_on", "pk"))


def manageable(user: User) -> CampaignQuerySet:
    """Return the campaigns the account may change, those that run first."""
    rows = Campaign.objects.within(user, Permission.MANAGE_CAMPAIGNS)
    return rows.order_by("-starts_on", "name", "pk")


def names_in(text: str) -> list[str]:
    """Return the names a text lists, separated by 、 or line ends, each once."""
    return list(dict.fromkeys("".join(name.split()) for name in BETWEEN.split(text) if name.strip()))


def bodies_named(user: User, names: list[str]) -> dict[str, list[Organisation]]:
    """Return, for each name, the bodies near the user with this name, short name or code, in one query."""
    wanted = set(names)
    rows = near_bodies(user).filter(Q(name__in=wanted) | Q(short_name__in=wanted) | Q(code__in=wanted))
    found: dict[str, list[Organisation]] = {name: [] for name in names}
    for body in rows.select_related("region"):
        for name in {body.name, body.short_name, body.code} & wanted:
            found[name].append(body)
    return found
