"""Figures of other people's systems, papers issued, and what keeping the ledger costs."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import FloatField, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.catalogue.matter import Median
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Number, Scope, Sort, register
from services.models import Activity, Attachment, Figure, Kind
from services.models.ledger import Source

SPOKEN = ("key", "organisation", "from_on", "to_on", "value")


def figures() -> QuerySet:
    """Return figures nobody has corrected."""
    return Figure.objects.standing()


def attested(rows: QuerySet, scope: Scope, period: Period) -> Number:
    """Return what one series says, summed over bodies: the latest of numbers of a day, the sum of numbers of a span.

    A span inside another one (a month beside its year) does not count again. Different series are no sum: None.
    """
    return total_of(list(rows.values_list(*SPOKEN).order_by("pk")))


def total_of(found: list[tuple]) -> Number:
    """Return the same of rows read already, each with the columns of `SPOKEN`."""
    if not found or len({key for key, *_rest in found}) > 1:
        return None
    total = Decimal(0)
    by_body = defaultdict(list)
    for _key, body, *rest in found:
        by_body[body].append(tuple(rest))
    for series in by_body.values():
        spans = [row for row in series if row[0] < row[1]]
        total += _sum_of_spans(spans) if spans else max(series, key=lambda row: row[1])[2]
    return total


def _sum_of_spans(spans: list[tuple]) -> Decimal:
    taken = []
    for first, last, value in sorted(spans, key=lambda row: row[0] - row[1]):
        if all(last < other_first or first > other_last for other_first, other_last, _value in taken):
            taken.append((first, last, value))
    return sum((value for _first, _last, value in taken), Decimal(0))


def median_seconds(rows: QuerySet, scope: Scope, period: Period) -> Number:
    """Return the median of seconds from opening the form to saving it."""
    value = rows.aggregate(value=Median("entry_seconds", output_field=FloatField()))["value"]
    return None if value is None else round(value)


register(
    Indicator(
        key="figure.value",
        label=_("Figure of others"),
        unit="",
        caveat=_("Typed in with its source; one series at a time. Numbers of a day: the latest; of a span: their sum."),
        params={"key": "key"},
        rows=figures,
        date="to_on",
        sort=Sort.EXTERNAL,
        reckon=attested,
        is_additive=False,
    ),
    Indicator(
        key="document.count",
        label=_("Policy papers issued"),
        unit=pgettext_lazy("unit", "papers"),
        caveat=_("Papers kept here, by their date of issue."),
        params={"issuer": "issuer__code"},
        rows=lambda: Attachment.objects.standing().filter(sort=Attachment.Sort.POLICY),
        date="issued_on",
    ),
    Indicator(
        key="entry.count",
        label=_("Entries made by hand"),
        unit=pgettext_lazy("unit", "entries"),
        caveat=_("What keeping the ledger costs: entries by the day they were made. Never counted by person."),
        rows=lambda: Activity.objects.standing().filter(source=Source.HAND),
        date="logged_at__date",
    ),
    Indicator(
        key="entry.seconds_median",
        label=_("Median seconds an entry takes"),
        unit=pgettext_lazy("unit", "seconds"),
        caveat=_("From opening the form to saving it; half took less. Never counted by person."),
        rows=lambda: Activity.objects.standing().filter(entry_seconds__isnull=False),
        date="logged_at__date",
        reckon=median_seconds,
        is_additive=False,
    ),
    Indicator(
        key="form.retired",
        label=_("Kinds of entry retired"),
        unit=pgettext_lazy("unit", "kinds"),
        caveat=_("Kinds nobody has to keep any more, by the day they were retired; the house's and the county's own."),
        rows=lambda: Kind.objects.filter(retired_on__isnull=False),
        date="retired_on",
        org="",
        is_additive=False,
    ),
)
