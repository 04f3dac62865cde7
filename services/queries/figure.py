"""Reads of other people's figures: the list, the series there are, a year of a platform's monthly reminders."""

import hashlib
import re
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from pypinyin import lazy_pinyin

from config.charts import Chart, Series
from members.models import Organisation, User
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.catalogue.other import SPOKEN, total_of
from services.indicators.registry import Scope
from services.models import Figure
from services.models.indicator import FigureQuerySet
from services.queries.matter import near_bodies

MONTHS = 12
# Row 71: what a monitoring platform tells drivers at once, kept as monthly sums and never by driver.
ALERTS = {
    "fatigue-alerts": gettext_lazy("Reminders of tired driving"),
    "speeding-alerts": gettext_lazy("Reminders of speeding and violations"),
    "other-alerts": gettext_lazy("Other safety reminders"),
}
LONGEST_KEY = 60


def listed(user: User, wanted: dict) -> FigureQuerySet:
    """Return the figures nobody corrected that the account may read, narrowed; empty wishes are no wishes."""
    rows = Figure.objects.visible_to(user).standing()
    if body := wanted.get("organisation"):
        rows = rows.filter(organisation__path__startswith=body.path)
    exact = {"key": "key", "to_on__gte": "first_on", "to_on__lte": "last_on"}
    rows = rows.filter(**{lookup: wanted[name] for lookup, name in exact.items() if wanted.get(name)})
    if text := wanted.get("text"):
        rows = rows.filter(Q(label__icontains=text) | Q(source_name__icontains=text))
    return rows


def series(user: User) -> list[tuple[str, str]]:
    """Return the series the account may read, as (key, what it says), by what they say."""
    rows = Figure.objects.visible_to(user).standing().order_by("key", "-to_on", "-pk").distinct("key")
    return sorted(rows.values_list("key", "label"), key=lambda pair: pair[1])


def labels(user: User) -> list[str]:
    """Return what figures say, to be proposed for the next one."""
    return list(dict.fromkeys(label for _key, label in series(user)))


def sources(user: User) -> list[str]:
    """Return who attested figures lately, and the platforms near, to be proposed."""
    rows = Figure.objects.visible_to(user).standing().order_by("-pk").values_list("source_name", flat=True)[:200]
    platforms = near_bodies(user).filter(kind=Organisation.Kind.PLATFORM).values_list("name", flat=True)[:20]
    return list(dict.fromkeys([*rows, *platforms]))[:40]


def alerting_platform(user: User) -> str:
    """Return whose reminders were entered last, "" for nobody's."""
    rows = Figure.objects.visible_to(user).standing().filter(key__in=ALERTS)
    return rows.order_by("-to_on", "-pk").values_list("source_name", flat=True).first() or ""


def key_of(user: User, label: str) -> str:
    """Return the series a label belongs to: the one that says the same already, else a new one named in pinyin.

    The same label gives the same series in every county, so a city can add them up.
    """
    known = Figure.objects.visible_to(user).standing()
    if (same := known.filter(label=label).order_by("-to_on", "-pk").first()) is not None:
        return same.key
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(lazy_pinyin(label)).lower()).strip("-")
    digest = hashlib.sha256(label.encode()).hexdigest()[:6]
    key = words[: LONGEST_KEY - 7].strip("-")
    if not key or key != words or known.filter(key=key).exists():
        key = f"{key}-{digest}".strip("-")
    return key


def same_series(figure: Figure) -> FigureQuerySet:
    """Return the other figures of the series in the same body, the newest first."""
    rows = Figure.objects.standing().filter(organisation=figure.organisation, key=figure.key)
    return rows.exclude(pk=figure.pk).with_row().newest_first()


def versions(figure: Figure) -> list[Figure]:
    """Return the rows this one took the place of, the last first."""
    found, current = [], figure
    while current.corrects_id is not None:
        current = Figure.objects.select_related("logged_by", "voided_by").get(pk=current.corrects_id)
        found.append(current)
    return found


def reading_url(figure: Figure) -> str:
    """Return the address of the indicator that counts the series over the figure's year."""
    period = periods.this_year(figure.to_on)
    return registry.get("figure.value").link(Scope(figure.organisation), period, {"key": figure.key})


def alerts_chart(organisation: Organisation, today: date) -> Chart:
    """Return a year of monthly reminders, a line for each sort, over the months somebody entered: one query."""
    indicator, scope, months = registry.get("figure.value"), Scope(organisation), _last_months(today)
    year = periods.of_days(months[0].start, months[-1].end, today)
    rows = indicator.queryset(scope, year).filter(key__in=ALERTS).values_list(*SPOKEN).order_by("pk")
    said: dict[tuple[str, str], list] = {}
    for row in rows:
        key, _body, first, last, _value = row
        if (first.year, first.month) == (last.year, last.month):
            said.setdefault((f"{last:%Y-%m}", key), []).append(row)
    entered = [month for month in months if any((month.text, key) in said for key in ALERTS)]
    lines = [
        Series(
            str(label),
            tuple(int(total_of(said.get((month.text, key), [])) or 0) for month in entered),
            tuple(indicator.link(scope, month, {"key": key}) for month in entered),
        )
        for key, label in ALERTS.items()
    ]
    names = tuple(month.text for month in entered)
    return Chart(
        _("Safety reminders by month"),
        pgettext("unit", "times"),
        names,
        tuple(lines),
        kind="line",
        note=_("Figures of others: as attested."),
    )


def _last_months(today: date) -> list[periods.Period]:
    first = today.year * 12 + today.month - MONTHS
    days = (date(number // 12, number % 12 + 1, 1) for number in range(first, first + MONTHS))
    return [periods.month_of(day, today) for day in days]
