"""Figures about what was asked: appeals, hard problems, suggestions, errands, clues. Tasks have a file of their own."""

from decimal import Decimal

from django.db.models import Aggregate, DurationField, F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.periods import Period
from services.indicators.registry import Indicator, Number, Ratio, Scope, Sort, register
from services.models import Matter
from services.models.matter import MatterState, Outcome, Satisfaction
from services.models.vocabulary import Group

PARAMS = {
    "kind": "kind__code",
    "kind__group": "kind__group",
    "way": "way",
    "channel": "way",
    "pairing__kind": "pairing__kind__code",
    "campaign": "campaign__pk",
    "campaign__name": "campaign__name",
    "body": "body__code",
    "region": "region__code",
    "venue": "venue__pk",
}
ASKED = (Group.APPEAL, Group.PROBLEM, Group.SUGGESTION, Group.ERRAND, Group.CLUE)
CONTENT = (Satisfaction.SATISFIED, Satisfaction.BASICALLY)
SECONDS_A_DAY = 24 * 60 * 60
HEARD = (*CONTENT, Satisfaction.UNSATISFIED)


class Median(Aggregate):
    """The middle one of the values."""

    template = "percentile_cont(0.5) within group (order by %(expressions)s)"


def matters() -> QuerySet:
    """Return what people asked for; what was merged counts as the matter it was merged into."""
    return Matter.objects.counted().of_group(*ASKED)


def closed() -> QuerySet:
    """Return what the handler closed, whatever came of it."""
    return matters().filter(state__in=[MatterState.CLOSED, MatterState.SETTLED])


def still_open(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep what was open, and past its day, on the day of looking."""
    return rows.filter(due_on__lt=period.as_of)


def median_days(rows: QuerySet, scope: Scope, period: Period) -> Number:
    """Return the median of calendar days from receipt to closing."""
    taken = Median(F("closed_on") - F("received_on"), output_field=DurationField())
    value = rows.aggregate(value=taken)["value"]
    return None if value is None else (Decimal(value.total_seconds()) / SECONDS_A_DAY).quantize(Decimal("0.1"))


register(
    Indicator(
        key="matter.received",
        label=_("Matters received"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("By the day of receipt. What was merged into another counts once, as that one."),
        params=PARAMS,
        rows=matters,
        date="received_on",
    ),
    Indicator(
        key="matter.closed",
        label=_("Matters closed"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Closed by the handler, by the day of closing; the call-back may still be to come."),
        params=PARAMS,
        rows=closed,
        date="closed_on",
    ),
    Indicator(
        key="matter.resolved",
        label=_("Matters solved"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Solved is what the call-back confirmed, or what needs none; by the day of closing."),
        params=PARAMS,
        rows=lambda: matters().filter(is_solved=True),
        date="closed_on",
    ),
    Indicator(
        key="matter.declined",
        label=_("Matters declined"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Declined with a reason, by the day of the decision; left out of the rate of solutions."),
        params=PARAMS,
        rows=lambda: matters().filter(state=MatterState.DECLINED),
        date="closed_on",
    ),
    Indicator(
        key="matter.open",
        label=_("Matters open"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Received and not closed at the end of the period, overdue ones included."),
        params=PARAMS,
        rows=matters,
        date="received_on",
        sort=Sort.STOCK,
        ends="closed_on",
    ),
    Indicator(
        key="matter.overdue",
        label=_("Matters overdue"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Open at the end of the period with their day passed; deadlines are in working days."),
        params=PARAMS,
        rows=matters,
        date="received_on",
        sort=Sort.STOCK,
        ends="closed_on",
        narrow=still_open,
    ),
    Indicator(
        key="matter.decidable",
        label=_("Matters closed that could be solved"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Closed with the outcome solved or partly solved; explained and declined ones are left out."),
        params=PARAMS,
        rows=lambda: closed().filter(outcome__in=[Outcome.SOLVED, Outcome.PARTLY]),
        date="closed_on",
    ),
    Indicator(
        key="matter.called_back",
        label=_("Matters called back and reached"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Who was not reached is neither satisfied nor dissatisfied."),
        params=PARAMS,
        rows=lambda: closed().filter(satisfaction__in=HEARD),
        date="closed_on",
    ),
    Indicator(
        key="matter.satisfied",
        label=_("Matters with a satisfied call-back"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Satisfied or basically satisfied, as the person said."),
        params=PARAMS,
        rows=lambda: closed().filter(satisfaction__in=CONTENT),
        date="closed_on",
    ),
    Ratio(
        key="matter.resolution_rate",
        label=_("Rate of solutions"),
        unit="%",
        caveat=_("Solved over closed; explained and declined ones are left out of both."),
        params=PARAMS,
        top="matter.resolved",
        bottom="matter.decidable",
    ),
    Ratio(
        key="matter.satisfaction_rate",
        label=_("Rate of satisfaction"),
        unit="%",
        caveat=_("Satisfied over reached by the call-back."),
        params=PARAMS,
        top="matter.satisfied",
        bottom="matter.called_back",
    ),
    Indicator(
        key="matter.median_days",
        label=_("Median days from receipt to closing"),
        unit=pgettext_lazy("unit", "days"),
        caveat=_("Calendar days; half of the matters took less, half took more."),
        params=PARAMS,
        rows=closed,
        date="closed_on",
        reckon=median_days,
        is_additive=False,
    ),
)
