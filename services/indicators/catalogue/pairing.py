"""Figures about who stands by whom, and how well it is kept."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators import counting
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Ratio, Scope, Sort, register
from services.models import Duty, Matter, Pairing
from services.models.pairing import Every, Proof

PARAMS = {
    "kind": "kind__code",
    "kind__group": "kind__group",
    "campaign": "campaign__pk",
    "region": "region__code",
    "helped_body": "helped_organisation__code",
}


def pairings() -> QuerySet:
    """Return what counts: pairings nobody has taken back."""
    return Pairing.objects.standing()


def owing_contact() -> QuerySet:
    """Return pairings of the kinds that owe a weekly contact."""
    return pairings().filter(kind__in=_owed(Every.WEEK, Proof.CONTACT))


def owing_visit() -> QuerySet:
    """Return pairings of the kinds that owe a monthly visit."""
    return pairings().filter(kind__in=_owed(Every.MONTH, Proof.VISIT))


def _owed(every: str, proof: str) -> QuerySet:
    return Duty.objects.filter(pairing_kind__isnull=False, every=every, proof=proof).values("pairing_kind")


def overlapping(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep what held on any day of the period."""
    rows = rows.filter(started_on__lte=period.as_of)
    return rows.filter(Q(ended_on=None) | Q(ended_on__gt=period.start)) if period.start else rows


def with_solution(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep those in which a matter was solved in the period."""
    solved = Matter.objects.filter(pairing=OuterRef("pk"), is_solved=True, closed_on__lte=period.end)
    return rows.filter(Exists(solved.filter(closed_on__gte=period.start) if period.start else solved))


def shares(rows: QuerySet, scope: Scope, period: Period, every: str) -> counting.Shares:
    """Return how many weeks of contact, or months with a visit, were owed and kept."""
    return counting.pairing_shares(rows, every, period, scope.path)


def owed(every: str) -> Callable:
    """Return what reckons how many weeks or months were owed."""
    return lambda rows, scope, period: shares(rows, scope, period, every).owed


def kept(every: str) -> Callable:
    """Return what reckons in how many of them there was a contact, or a visit."""
    return lambda rows, scope, period: shares(rows, scope, period, every).kept


def both(every: str) -> Callable:
    """Return what reckons the two at once, with how many pairings they were counted over."""

    def reckon(rows: QuerySet, scope: Scope, period: Period) -> tuple[int, int, int]:
        found = shares(rows, scope, period, every)
        return found.kept, found.owed, found.pairings

    return reckon


WHOLE = _("Whole calendar weeks and months that are over and through which the pairing held; excused ones apart.")

register(
    Indicator(
        key="pairing.active",
        label=_("Pairings in force"),
        unit=pgettext_lazy("unit", "pairs"),
        caveat=_("In force at the end of the period; ended ones and those taken back do not count."),
        params=PARAMS,
        rows=pairings,
        date="started_on",
        sort=Sort.STOCK,
        ends="ended_on",
    ),
    *(
        Indicator(
            key=key,
            label=label,
            unit=pgettext_lazy("unit", "times"),
            caveat=WHOLE,
            params=PARAMS,
            rows=rows,
            narrow=overlapping,
            reckon=reckon,
            version=2,  # 1 counted kinds that owe nothing too
        )
        for key, label, rows, reckon in (
            ("pairing.weeks_due", _("Weeks of contact owed"), owing_contact, owed("week")),
            ("pairing.weeks_kept", _("Weeks with a contact"), owing_contact, kept("week")),
            ("pairing.months_due", _("Months of visit owed"), owing_visit, owed("month")),
            ("pairing.months_kept", _("Months with a visit"), owing_visit, kept("month")),
        )
    ),
    Ratio(
        key="pairing.contact_rate",
        label=_("Weekly contact kept"),
        unit="%",
        caveat=WHOLE,
        params=PARAMS,
        top="pairing.weeks_kept",
        bottom="pairing.weeks_due",
        reckon=both("week"),
        version=2,
    ),
    Ratio(
        key="pairing.visit_rate",
        label=_("Monthly visit kept"),
        unit="%",
        caveat=WHOLE,
        params=PARAMS,
        top="pairing.months_kept",
        bottom="pairing.months_due",
        reckon=both("month"),
        version=2,
    ),
    Indicator(
        key="pairing.solved",
        label=_("Pairings with a problem solved"),
        unit=pgettext_lazy("unit", "pairs"),
        caveat=_("Of those in force at the end of the period, the ones in which a matter was solved in the period."),
        params=PARAMS,
        rows=pairings,
        date="started_on",
        sort=Sort.STOCK,
        ends="ended_on",
        narrow=with_solution,
    ),
    Ratio(
        key="pairing.solved_rate",
        label=_("Pairings with a problem solved, in percent"),
        unit="%",
        caveat=_("Over the pairings in force at the end of the period."),
        params=PARAMS,
        top="pairing.solved",
        bottom="pairing.active",
    ),
)
