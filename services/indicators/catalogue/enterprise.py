"""Figures about enterprises. They are counted where they lie (属地), by the rows of the body that asks."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import EnterpriseVisit, Organisation
from services.indicators.periods import Period
from services.indicators.registry import By, Indicator, Ratio, Scope, register
from services.models import Activity, Pairing
from services.models.vocabulary import Group

PLACE = {"by": By.REGION, "org": "", "region": "region__path"}


def enterprises() -> QuerySet:
    """Return enterprises; merged ones are counted as the one they became part of."""
    return Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE, merged_into=None)


def existing(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those not closed on the day of looking."""
    return rows.filter(Q(closed_on=None) | Q(closed_on__gt=period.as_of))


def standing_by(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those the party covered on the day of looking, by the form (the kind of pairing) where one is asked for."""
    return _paired(rows, scope, period, {"kind__group": Group.COVERAGE} | _form(filters))


def with_secretary(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those that had a secretary on the day of looking."""
    return _paired(rows, scope, period, {"kind__group": Group.SECRETARY})


def visited(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those visited in the period, by an activity or by a visit of the search for hidden members."""
    logged = Activity.objects.standing().filter(
        kind__group=Group.ENTERPRISE_VISIT, organisation__path__startswith=scope.path, body=OuterRef("pk")
    )
    searched = EnterpriseVisit.objects.filter(organisation__path__startswith=scope.path, enterprise=OuterRef("pk"))
    logged, searched = logged.filter(happened_on__lte=period.end), searched.filter(visited_on__lte=period.end)
    if period.start:
        logged, searched = logged.filter(happened_on__gte=period.start), searched.filter(visited_on__gte=period.start)
    if kind := filters.get("kind"):
        return rows.filter(Exists(logged.filter(kind__code=kind)))
    return rows.filter(Exists(logged) | Exists(searched))


def _form(filters: dict) -> dict:
    return {"kind__code": filters["form"]} if "form" in filters else {}


def _paired(rows: QuerySet, scope: Scope, period: Period, wanted: dict) -> QuerySet:
    pairings = Pairing.objects.active_on(period.as_of).filter(
        organisation__path__startswith=scope.path, helped_organisation=OuterRef("pk"), **wanted
    )
    return existing(rows, scope, period, {}).filter(Exists(pairings))


register(
    Indicator(
        key="enterprise.total",
        label=_("Enterprises"),
        unit=pgettext_lazy("unit", "enterprises"),
        caveat=_("Enterprises lying in the area that exist at the end of the period, each once."),
        params={"form": ""},
        rows=enterprises,
        narrow=existing,
        **PLACE,
    ),
    Indicator(
        key="enterprise.covered",
        label=_("Enterprises covered by the party"),
        unit=pgettext_lazy("unit", "enterprises"),
        caveat=_(
            "With a branch, a joint branch, an instructor or a mass organisation at the end of the period, each once."
        ),
        params={"form": ""},
        rows=enterprises,
        narrow=standing_by,
        **PLACE,
    ),
    Ratio(
        key="enterprise.coverage_rate",
        label=_("Coverage of enterprises"),
        unit="%",
        caveat=_("Covered over all enterprises of the area at the end of the period."),
        by=By.REGION,
        params={"form": ""},
        top="enterprise.covered",
        bottom="enterprise.total",
    ),
    Indicator(
        key="enterprise.visited",
        label=_("Enterprises visited"),
        unit=pgettext_lazy("unit", "enterprises"),
        caveat=_("Visited or surveyed at least once in the period, each once."),
        params={"kind": ""},
        rows=enterprises,
        narrow=visited,
        is_additive=False,
        **PLACE,
    ),
    Indicator(
        key="enterprise.visitors",
        label=_("People who visited enterprises"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("Accounts named on visits of the search for hidden members, each once."),
        rows=EnterpriseVisit.objects.all,
        date="visited_on",
        measure=Count("visitors", distinct=True),
        is_additive=False,
    ),
    Indicator(
        key="enterprise.with_secretary",
        label=_("Enterprises with a secretary"),
        unit=pgettext_lazy("unit", "enterprises"),
        caveat=_("With an enterprise secretary at the end of the period, each once."),
        rows=enterprises,
        narrow=with_secretary,
        **PLACE,
    ),
)
