"""Figures about places and their use."""

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.registry import Indicator, Sort, register
from services.models import Activity, Venue
from services.models.vocabulary import Group

PARAMS = {
    "kind": "kind__code",
    "kind__group": "kind__group",
    "name": "name",
    "batch": "batch",
    "campaign": "campaign__pk",
    "region": "region__code",
}
AT_THE_END = _("Venues open at the end of the period; merged ones count once.")


def venues() -> QuerySet:
    """Return venues, merged ones apart."""
    return Venue.objects.filter(merged_into=None)


def sums(key: str, label: str, unit: str, column: str) -> Indicator:
    """Define the sum of one column over open venues."""
    return Indicator(
        key=key,
        label=label,
        unit=unit,
        caveat=AT_THE_END,
        params=PARAMS,
        rows=lambda: venues().filter(**{f"{column}__isnull": False}),
        date="opened_on",
        sort=Sort.STOCK,
        ends="closed_on",
        measure=Sum(column),
    )


register(
    Indicator(
        key="venue.open",
        label=_("Venues"),
        unit=pgettext_lazy("unit", "venues"),
        caveat=AT_THE_END,
        params=PARAMS,
        rows=venues,
        date="opened_on",
        sort=Sort.STOCK,
        ends="closed_on",
    ),
    sums("venue.rooms", _("Rooms"), pgettext_lazy("unit", "rooms"), "rooms"),
    sums("venue.beds", _("Beds"), pgettext_lazy("unit", "beds"), "beds"),
    sums("venue.zones", _("Zones"), pgettext_lazy("unit", "zones"), "zones"),
    sums("venue.area", _("Area of venues"), pgettext_lazy("unit", "square metres"), "area_square_metres"),
    Indicator(
        key="venue.visits",
        label=_("People received at venues"),
        unit=pgettext_lazy("unit", "person-times"),
        caveat=_("The sum of the numbers noted for the use of venues, by the day or month noted."),
        params={
            "kind": "venue__kind__code",
            "name": "venue__name",
            "venue": "venue__pk",
            "region": "venue__region__code",
        },
        rows=lambda: Activity.objects.standing().filter(kind__group=Group.VENUE_USE, headcount__isnull=False),
        date="happened_on",
        measure=Sum("headcount"),
    ),
    Indicator(
        key="venue.kinds",
        label=_("Sorts of venues"),
        unit=pgettext_lazy("unit", "sorts"),
        caveat=AT_THE_END,
        params=PARAMS,
        rows=venues,
        date="opened_on",
        sort=Sort.STOCK,
        ends="closed_on",
        measure=Count("kind", distinct=True),
        is_additive=False,
    ),
)
