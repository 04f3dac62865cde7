"""Reads of venues: the list as a form narrows it, one venue's use by month, and what everybody may see."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from config.charts import Chart, Series
from members.middleware import whole_scope
from members.models import Region, User
from members.models.organisation import RegionQuerySet
from members.permissions import Permission
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.columns import Table
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Campaign, Venue
from services.models.campaign import CampaignQuerySet
from services.models.venue import VenueQuerySet

MONTHS_SHOWN = 12
EXPORTED = Table(
    (),
    (),
    (
        (pgettext_lazy("thing", "Name"), lambda row: row.name),
        (gettext_lazy("Kind"), lambda row: str(row.kind)),
        (gettext_lazy("Region"), lambda row: str(row.region)),
        (pgettext_lazy("place", "Address"), lambda row: row.address),
        (gettext_lazy("Opening hours"), lambda row: row.opening_hours),
        (gettext_lazy("Office phone"), lambda row: row.phone),
        (gettext_lazy("What is offered to drivers"), lambda row: row.services),
        (gettext_lazy("What is there"), lambda row: row.offers),
        (gettext_lazy("Rooms"), lambda row: row.rooms),
        (gettext_lazy("Beds"), lambda row: row.beds),
        (gettext_lazy("Zones"), lambda row: row.zones),
        (gettext_lazy("Area in square metres"), lambda row: row.area_square_metres),
        (gettext_lazy("Inside"), lambda row: str(row.parent or "")),
        (gettext_lazy("Batch"), lambda row: row.batch),
        (gettext_lazy("Open since"), lambda row: row.opened_on),
        (gettext_lazy("Closed on"), lambda row: row.closed_on),
        (gettext_lazy("State"), lambda row: str(row.state_tag.label)),
        (gettext_lazy("Organisation"), lambda row: str(row.organisation)),
    ),
)


def listed(user: User, wanted: dict) -> VenueQuerySet:
    """Return the venues the account may read as a filter form asks for them: open ones unless it says otherwise."""
    rows = Venue.objects.visible_to(user)
    states = {"": Q(closed_on=None), "public": Q(closed_on=None, is_public=True), "closed": Q(closed_on__isnull=False)}
    rows = rows.filter(states.get(wanted.get("state") or "", Q()))
    if text := wanted.get("text"):
        rows = rows.filter(Q(name__icontains=text) | Q(address__icontains=text))
    if region := wanted.get("region"):
        rows = rows.filter(region__path__startswith=region.path)
    exact = {name: wanted[name] for name in ("kind", "batch") if wanted.get(name)}
    return rows.filter(**exact).order_by("kind__position", "region__code", "name", "pk")


def regions(user: User) -> RegionQuerySet:
    """Return the divisions a venue may lie in: the user's own and those below it."""
    return Region.objects.under([user.organisation.region.path]).order_by("code")


def around(user: User, venue: Venue) -> VenueQuerySet:
    """Return the open venues another one may lie in."""
    rows = Venue.objects.within(user, Permission.LOG_ACTIVITY).filter(Q(closed_on=None) | Q(pk=venue.parent_id))
    return rows.exclude(pk=venue.pk).order_by("name", "pk")


def campaigns(user: User) -> CampaignQuerySet:
    """Return the campaigns a venue may belong to."""
    return Campaign.objects.within(user, Permission.LOG_ACTIVITY).order_by("-starts_on", "pk")


def readings(venue: Venue, period: Period) -> list[Reading]:
    """Return a venue's numbers of a period: people received, matters raised there."""
    scope = Scope(venue.organisation)
    return [registry.read(key, scope, period, venue=str(venue.pk)) for key in ("venue.visits", "matter.received")]


def use_by_month(venue: Venue, today: date) -> Chart:
    """Return how many people used a venue in each of the last months; each number opens its entries. One query."""
    indicator, scope = registry.get("venue.visits"), Scope(venue.organisation)
    first = _months_back(today, MONTHS_SHOWN - 1)
    period = periods.parse(f"since:{first.isoformat()}..{today.isoformat()}", today)
    filters = {"venue": str(venue.pk)}
    rows = indicator.queryset(scope, period, **filters).order_by().annotate(month=TruncMonth("happened_on"))
    counts = dict(rows.values_list("month").annotate(people=Sum("headcount")))
    months = period.months
    values = tuple(counts.get(month.start, 0) for month in months)
    links = tuple(indicator.link(scope, month, filters) for month in months)
    series = (Series(str(indicator.label), values, links),)
    return Chart(_("People received by month"), str(indicator.unit), tuple(month.text for month in months), series)


def _months_back(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, 1)


@dataclass(frozen=True)
class County:
    """A county with how many of its venues everybody may see."""

    region: Region
    count: int


def counties() -> list[County]:
    """Return the counties that show venues to everybody, by code. Lifts the scope: strangers have none."""
    with whole_scope():
        codes = Venue.objects.public().order_by().values_list("region__code").annotate(count=Count("pk"))
        found: dict[str, int] = {}
        for code, count in codes:
            found[code[:6]] = found.get(code[:6], 0) + count
    return [County(region, found[region.code]) for region in Region.objects.filter(code__in=found).order_by("code")]


def shown_in(region: Region | None) -> list[Venue]:
    """Return the venues everybody may see of a county, or of all, by kind, township and name. Lifts the scope."""
    with whole_scope():
        rows = Venue.objects.public().filter(region__path__startswith=region.path if region else "")
        return list(rows.with_row().order_by("kind__position", "region__code", "name", "pk"))


def shown(pk: int) -> Venue | None:
    """Return one venue everybody may see with what its page says, None for any other. Lifts the scope."""
    with whole_scope():
        rows = Venue.objects.public().select_related("kind", "organisation", "region__parent", "parent")
        venue = rows.filter(pk=pk).first()
        if venue is not None:
            venue.partner_names = list(venue.partners.order_by("name", "pk").values_list("name", flat=True))
            venue.county = next(iter(Region.objects.filter(code=venue.region.code[:6])), venue.region)
            venue.parts_shown = list(venue.parts.public().select_related("kind").order_by("name", "pk"))
    return venue


def shown_addresses() -> list[str]:
    """Return the addresses of all pages of venues, for search engines. Lifts the scope."""
    with whole_scope():
        return [venue.get_public_url() for venue in Venue.objects.public().only("pk").order_by("pk")]
