"""What a county's or a city's page draws: courses by month, channels, targets, a map of squares. One query each."""

from datetime import date

from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from config.charts import Chart, Series
from members.models import Region
from members.models.discovery import Channel
from services.indicators import periods, registry
from services.indicators.catalogue.task import progress_of
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Group, Target

TILES = (
    ("member.hidden_found", {}),
    ("activity.count", {}),
    ("activity.count", {"kind__group": Group.CARE}),
    ("matter.received", {"kind__group": Group.APPEAL}),
    ("matter.resolved", {"kind__group": Group.APPEAL}),
    ("matter.overdue", {}),
    ("pairing.active", {}),
    ("pairing.contact_rate", {}),
    ("grant.quantity", {"kind__group": Group.GOODS}),
    ("venue.open", {}),
)
COURSES = (Group.VOLUNTEERING, Group.CARE, Group.EXCHANGE)
TILES_A_ROW = 5


def tiles(scope: Scope, period: Period, wanted: tuple[tuple[str, dict], ...] = TILES) -> list[tuple[str, Reading]]:
    """Return the numbers at the top with their labels."""
    found = []
    for key, filters in wanted:
        reading = registry.read(key, scope, period, **{name: str(value) for name, value in filters.items()})
        group = filters.get("kind__group")
        label = str(reading.indicator.label)
        found.append((f"{label} · {group.label}" if group else label, reading))
    return found


def charts(scope: Scope, period: Period) -> list[Chart]:
    """Return the drawings of the page; each number in them opens its rows."""
    drawn = [
        by_month(scope, period),
        by_channel(scope, period),
        targets(scope, period),
        by_region(scope, period),
    ]
    return [chart for chart in drawn if chart is not None]


def by_month(scope: Scope, period: Period) -> Chart | None:
    """Return activities by month and group; None for a period without a start."""
    months = period.months
    if len(months) < 2:
        return None
    indicator = registry.get("activity.count")
    rows, measure = indicator.counted(scope, period)
    rows = rows.order_by().annotate(month=TruncMonth("happened_on")).values_list("month", "kind__group")
    counts = {(month, group): count for month, group, count in rows.annotate(count=measure)}
    series = tuple(
        Series(
            str(group.label),
            tuple(counts.get((month.start, str(group)), 0) for month in months),
            tuple(indicator.link(scope, month, {"kind__group": str(group)}) for month in months),
        )
        for group in COURSES
    )
    return Chart(_("Activities by month"), _("times"), tuple(month.text for month in months), series)


def by_channel(scope: Scope, period: Period) -> Chart:
    """Return hidden members found by first channel."""
    indicator = registry.get("member.hidden_found")
    counts = indicator.split("channel", scope, period)
    links = tuple(indicator.link(scope, period, {"found_by": channel.value}) for channel in Channel)
    values = tuple(counts.get(channel.value, 0) for channel in Channel)
    names = tuple(str(channel.label) for channel in Channel)
    series = (Series(str(indicator.label), values, links),)
    return Chart(_("Party members found, by channel"), str(indicator.unit), names, series, "bars")


def targets(scope: Scope, period: Period) -> Chart | None:
    """Return how far each promised number is, done beside promised; None where nothing is promised."""
    running = (
        Target.objects.standing()
        .filter(
            organisation__path__startswith=scope.path, starts_on__lte=period.end, due_on__gte=period.start or period.end
        )
        .order_by("due_on", "pk")[:12]
    )
    found = [(target, progress_of(target, period)) for target in running]
    if not found:
        return None
    done = tuple(float(value or 0) for _target, value in found)
    promised = tuple(float(target.number) for target, _value in found)
    names = tuple(target.label for target, _value in found)
    series = (Series(_("done"), _plain(done)), Series(_("promised"), _plain(promised)))
    return Chart(_("Targets"), _("as promised"), names, series, "bars")


def by_region(scope: Scope, period: Period) -> Chart | None:
    """Return activities by township or county on a map of equal squares, in the order of the division codes."""
    if scope.organisation is None:
        return None
    indicator = registry.get("activity.count")
    below = list(Region.objects.filter(parent=scope.organisation.region).order_by("code"))
    if len(below) < 2:
        return None
    counts = indicator.split("region__path", scope, period)
    values = tuple(
        sum(count for path, count in counts.items() if (path or "").startswith(region.path)) for region in below
    )
    links = tuple(indicator.link(scope, period, {"place": region.path}) for region in below)
    places = tuple((number % TILES_A_ROW, number // TILES_A_ROW) for number in range(len(below)))
    names = tuple(region.name for region in below)
    note = _("Squares stand in the order of the division codes; the size of a place says nothing here.")
    series = (Series(str(indicator.label), values, links),)
    return Chart(_("Activities by place"), str(indicator.unit), names, series, "tiles", note, places)


def _plain(numbers: tuple[float, ...]) -> tuple:
    return tuple(int(number) if number == int(number) else number for number in numbers)


def last_quarter(today: date) -> Period:
    """Return the quarter that is over."""
    this = periods.quarter_of(today, today)
    return periods.quarter_of(date.fromordinal(this.start.toordinal() - 1), today)
