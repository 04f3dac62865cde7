"""Which template a report is made with."""

from datetime import date

from django.db.models.functions import Length

from config.uploads import storage
from members.models import Organisation
from services.indicators import periods
from services.indicators.periods import Period
from services.models import ReportTemplate

Span = ReportTemplate.Span


def span_of(period: Period) -> str:
    """Return which report a period asks for; "" for days that are no calendar month, quarter or year."""
    if period.text.startswith(("since", "asof")):
        return ""
    return Span.QUARTER if "Q" in period.text else Span.MONTH if "-" in period.text else Span.YEAR


def last_whole(span: str, today: date) -> Period:
    """Return the last month, quarter or year that is over."""
    if span == Span.YEAR:
        return periods.parse(str(today.year - 1), today)
    this = periods.month_of(today, today) if span == Span.MONTH else periods.quarter_of(today, today)
    day = date.fromordinal(this.start.toordinal() - 1)
    return periods.month_of(day, today) if span == Span.MONTH else periods.quarter_of(day, today)


def in_force(organisation: Organisation, period: Period, sort: str) -> ReportTemplate | None:
    """Return the template of the body, else of the nearest one above it; None for the layout we ship."""
    steps = organisation.path.rstrip(".").split(".")
    paths = [".".join(steps[: number + 1]) + "." for number in range(len(steps))]
    rows = ReportTemplate.objects.in_use().filter(organisation__path__in=paths, span=span_of(period), sort=sort)
    return rows.annotate(depth=Length("organisation__path")).order_by("-depth").first()


def file_of(template: ReportTemplate) -> bytes:
    """Return the template's file."""
    return storage.read(storage.ORIGINALS, template.sha256)
