"""Figures about people on their way into the party, by the two channels and the two sides that record it."""

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members import queries_development
from members.models import Development, DevelopmentQuota
from members.models.development import Stage
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Ratio, Scope, Sort, register

PARAMS = {"channel": "way_in", "stage": "stage"}


def developments() -> QuerySet:
    """Return developments that were not broken off."""
    return Development.objects.exclude(stage=Stage.ENDED)


def step_overdue(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those with a step whose day has passed."""
    return rows.filter(pk__in=queries_development.open_keys(rows, period.today)["overdue"])


def by_both_sides(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those in which no step waits for the other side."""
    return rows.exclude(pk__in=queries_development.open_keys(rows, period.today)["one_sided"])


def in_years(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep quotas of the years the period touches."""
    rows = rows.filter(year__lte=period.end.year)
    return rows.filter(year__gte=period.start.year) if period.start else rows


register(
    Indicator(
        key="development.stage",
        label=_("People on their way into the party"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("Begun by the end of the period and not broken off; the stage is that of today."),
        params=PARAMS,
        rows=developments,
        date="opened_at__date",
        sort=Sort.STOCK,
    ),
    Indicator(
        key="development.admitted",
        label=_("Party members admitted"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("By the day of the admitting step; broken off ones do not count."),
        params=PARAMS,
        rows=lambda: developments().filter(admitted_on__isnull=False),
        date="admitted_on",
    ),
    Indicator(
        key="development.quota",
        label=_("Places planned for new members"),
        unit=pgettext_lazy("unit", "places"),
        caveat=_("Quotas of the years the period touches; whole years only."),
        rows=DevelopmentQuota.objects.all,
        narrow=in_years,
        measure=Sum("places"),
    ),
    Indicator(
        key="development.step_overdue",
        label=_("Developments with a step overdue"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("As of today: the day of a step has passed and neither side has recorded it."),
        params=PARAMS,
        rows=lambda: developments().running(),
        narrow=step_overdue,
    ),
    Indicator(
        key="development.both_sides",
        label=_("Developments recorded by both sides"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("As of today: no step waits for the enterprise or for the home place."),
        params=PARAMS,
        rows=lambda: developments().running(),
        narrow=by_both_sides,
    ),
    Indicator(
        key="development.running",
        label=_("Developments under way"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("As of today: neither full members nor broken off."),
        params=PARAMS,
        rows=lambda: developments().running(),
    ),
    Ratio(
        key="development.both_sides_rate",
        label=_("Recorded by both sides, in percent"),
        unit="%",
        caveat=_("As of today, over the developments under way."),
        params=PARAMS,
        top="development.both_sides",
        bottom="development.running",
    ),
)
