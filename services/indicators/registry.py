"""Indicators: what is counted, by which date, in whose scope. No tables; the catalogue's files register theirs here.

A definition is the only place that says what a number means. The number, the list behind it and the export all come
from `queryset`, so they cannot differ. `version` goes up with any change of meaning; snapshots keep theirs.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlencode

from django.db.models import Aggregate, Count, Q, QuerySet, Sum
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.models import Organisation
from services.indicators.periods import Period

SMALL = 10  # a ratio over fewer rows is shown as a small sample
Number = int | Decimal | None


class Sort(StrEnum):
    """How a number relates to time."""

    FLOW = "flow"  # what happened within the period
    STOCK = "stock"  # what held at its end
    RATIO = "ratio"  # one number over another
    EXTERNAL = "external"  # what somebody else attests


class By(StrEnum):
    """Which of the two scopes a number is counted by."""

    ORGANISATION = "organisation"
    REGION = "region"

    @property
    def label(self) -> str:
        """The scope in words."""
        return {self.ORGANISATION: _("by organisation"), self.REGION: _("by location")}[self]


@dataclass(frozen=True)
class Scope:
    """An organisation with everything under it, and the division it lies in; None is the whole house."""

    organisation: Organisation | None = None

    @property
    def path(self) -> str:
        """The path prefix of the subtree; "" for the whole house."""
        return self.organisation.path if self.organisation else ""

    @property
    def region_path(self) -> str:
        """The path prefix of the division; "" for the whole house."""
        return self.organisation.region.path if self.organisation else ""

    @property
    def code(self) -> str:
        """The organisation's code, `*` for the whole house."""
        return self.organisation.code if self.organisation else "*"


@dataclass(frozen=True)
class Reading:
    """A number with everything a reader needs to judge it. `rows` is how many rows it was made of."""

    indicator: "Indicator | Ratio"
    scope: Scope
    period: Period
    filters: dict
    value: Number
    rows: int
    top: Number = None
    bottom: Number = None

    @property
    def is_small(self) -> bool:
        """Whether a ratio stands on fewer rows than anything should be concluded from."""
        return self.bottom is not None and self.bottom < SMALL

    @property
    def text(self) -> str:
        """The value as it is printed; a dash for none."""
        if self.value is None:
            return "—"
        if isinstance(self.value, Decimal):
            return f"{self.value:f}".rstrip("0").rstrip(".") if "." in f"{self.value:f}" else f"{self.value:f}"
        return str(self.value)

    @property
    def url(self) -> str:
        """The address of the rows behind the number."""
        return self.indicator.link(self.scope, self.period, self.filters)

    def as_json(self) -> dict:
        """Return the object the command prints."""
        value = self.value
        if isinstance(value, Decimal):
            value = int(value) if value == value.to_integral_value() else float(value)
        return {
            "key": self.indicator.key,
            "label": str(self.indicator.label),
            "value": value,
            "unit": str(self.indicator.unit),
            "rows": self.rows,
            "scope": f"{self.indicator.by}:{self.scope.code}",
            "period": self.period.text,
            "caveat": str(self.indicator.caveat),
            "version": self.indicator.version,
        } | ({"filters": self.filters} if self.filters else {})


@dataclass(frozen=True)
class Definition:
    """What every kind of indicator says of itself.

    `params` maps the filters it accepts to lookups; "" leaves one to `narrow`.
    """

    key: str
    label: str
    unit: str
    caveat: str
    params: dict[str, str] = field(default_factory=dict)
    by: By = By.ORGANISATION
    version: int = 1

    def checked(self, filters: dict) -> dict:
        """Return filters as lookups. Raises: Refused for one the definition does not know or a value it cannot take."""
        unknown = sorted(set(filters) - set(self.params))
        if unknown:
            raise Refused(
                _("%(key)s cannot be narrowed by %(names)s; it takes %(known)s.")
                % {"key": self.key, "names": ", ".join(unknown), "known": ", ".join(sorted(self.params)) or "—"},
                code="filter",
            )
        for name, value in filters.items():
            is_number = self.params[name].rpartition("__")[2] in {"pk", "id"}
            if is_number and not (str(value).isdecimal() and len(str(value)) < 19):
                raise Refused(_("The filter %(name)s wants a number.") % {"name": name}, code="filter")
            if "\x00" in str(value):
                raise Refused(_("The filter %(name)s cannot be read.") % {"name": name}, code="filter")
        return {self.params[name]: value for name, value in filters.items() if self.params[name]}

    def link(self, scope: Scope, period: Period, filters: dict) -> str:
        """Return the address of the rows, "" where no page shows them."""
        wanted = {"period": period.text} | ({"organisation": scope.code} if scope.organisation else {}) | filters
        try:
            return f"{reverse('services:indicator_rows', args=[self.key])}?{urlencode(wanted)}"
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Indicator(Definition):
    """A count or a sum over rows.

    `rows` are the facts with void, merged and excused ones left out; `date` the column that says when; `ends` the one
    that says when a stock stopped to hold. `org` and `region` are the paths compared with the scope: a number by
    location asks for both, so that nobody counts another body's rows. `narrow` cuts by scope and period in its own
    way, `reckon` turns the rows into a number in its own way. `tally` are the same facts added up by the database
    (`services.models.tally`); a count that is narrowed by nothing but `tallied` is read from there.
    """

    rows: Callable[[], QuerySet] = None
    date: str = ""
    sort: Sort = Sort.FLOW
    org: str = "organisation__path"
    region: str = ""
    ends: str = ""
    measure: Aggregate | None = None
    narrow: Callable[[QuerySet, Scope, Period, dict], QuerySet] | None = None
    reckon: Callable[[QuerySet, Scope, Period], Number] | None = None
    is_additive: bool = True
    tally: Callable[[Period], QuerySet] | None = None
    tallied: frozenset[str] = frozenset()

    def queryset(self, scope: Scope, period: Period, /, **filters: object) -> QuerySet:
        """Return the rows the number is made of."""
        rows = self._cut(self.rows(), scope, period, filters)
        return self.narrow(rows, scope, period, filters) if self.narrow else rows

    def counted(self, scope: Scope, period: Period, /, **filters: object) -> tuple[QuerySet, Aggregate]:
        """Return rows and the aggregate over them that makes the number: added up beforehand where that is enough."""
        if self.tally is not None and self.tallied.issuperset(filters):
            return self._cut(self.tally(period), scope, period, filters), Sum("number")
        return self.queryset(scope, period, **filters), self.measure or Count("pk")

    def _cut(self, rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
        rows = rows.filter(**self.checked(filters))
        if self.org and scope.path:
            rows = rows.filter(**{f"{self.org}__startswith": scope.path})
        if self.by is By.REGION and scope.region_path:
            rows = rows.filter(**{f"{self.region}__startswith": scope.region_path})
        return self._dated(rows, period)

    def read(self, scope: Scope, period: Period, /, **filters: object) -> Reading:
        """Return the number."""
        if self.tally is not None and self.tallied.issuperset(filters):
            rows, measure = self.counted(scope, period, **filters)
            value = rows.aggregate(value=measure)["value"] or 0
            return Reading(self, scope, period, filters, value, value)
        rows = self.queryset(scope, period, **filters)
        count = Count("pk", distinct=rows.query.distinct)
        if self.reckon:
            value, found = self.reckon(rows, scope, period), rows.count()
        elif self.measure is None:
            value = found = rows.aggregate(found=count)["found"]
        else:
            both = rows.aggregate(value=self.measure, found=Count("pk", distinct=True))
            value, found = both["value"] or 0, both["found"]
        return Reading(self, scope, period, filters, value, found)

    def number(self, scope: Scope, period: Period, /, **filters: object) -> Number:
        """Return the value alone, where nobody asks how many rows it was made of."""
        if self.reckon:
            return self.reckon(self.queryset(scope, period, **filters), scope, period)
        return self.read(scope, period, **filters).value

    def split(self, dimension: str, scope: Scope, period: Period, /, **filters: object) -> dict:
        """Return the number for each value of a column, largest first; for charts, never for a ranking of people."""
        rows, measure = self.counted(scope, period, **filters)
        return dict(rows.order_by().values_list(dimension).annotate(value=measure).order_by("-value", dimension))

    def _dated(self, rows: QuerySet, period: Period) -> QuerySet:
        if not self.date:
            return rows
        if self.sort is Sort.STOCK:
            rows = rows.filter(**self._until(period.as_of))
            if self.ends:
                rows = rows.filter(Q(**{self.ends: None}) | Q(**{f"{self.ends}__gt": period.as_of}))
            return rows
        rows = rows.filter(**self._until(period.end))
        return rows.filter(**self._since(period.start)) if period.start else rows

    def _until(self, day: datetime.date) -> dict:
        """Return the condition for a date column, or a moment written as `column__date`, that an index can serve."""
        if self.date.endswith("__date"):
            return {f"{self.date.removesuffix('__date')}__lt": midnight(day + datetime.timedelta(days=1))}
        return {f"{self.date}__lte": day}

    def _since(self, day: datetime.date) -> dict:
        if self.date.endswith("__date"):
            return {f"{self.date.removesuffix('__date')}__gte": midnight(day)}
        return {f"{self.date}__gte": day}


@dataclass(frozen=True)
class Ratio(Definition):
    """One indicator as a percentage of another. The list behind it is the upper one's rows.

    `reckon` turns those rows into both numbers and how many rows there are, where that is quicker than reading the two
    indicators one after the other; it must say what they say.
    """

    top: str = ""
    bottom: str = ""
    reckon: Callable[[QuerySet, Scope, Period], tuple[Number, Number, int]] | None = None
    sort: Sort = Sort.RATIO
    is_additive: bool = False

    def queryset(self, scope: Scope, period: Period, /, **filters: object) -> QuerySet:
        """Return the rows of the upper number."""
        return get(self.top).queryset(scope, period, **self._shared(filters))

    def read(self, scope: Scope, period: Period, /, **filters: object) -> Reading:
        """Return the percentage with one decimal, None where the lower number is 0."""
        top, bottom, rows = self._both(scope, period, self._shared(filters))
        value = None
        if bottom:
            value = (Decimal(top) * 100 / Decimal(bottom)).quantize(Decimal("0.1"))
        return Reading(self, scope, period, filters, value, rows, top, bottom)

    def _both(self, scope: Scope, period: Period, filters: dict) -> tuple[Number, Number, int]:
        if self.reckon:
            return self.reckon(self.queryset(scope, period, **filters), scope, period)
        top, bottom = get(self.top).read(scope, period, **filters), get(self.bottom).number(scope, period, **filters)
        return top.value or 0, bottom or 0, top.rows

    def _shared(self, filters: dict) -> dict:
        self.checked(filters)
        return filters


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment a day begins, in the site's time zone."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


_known: dict[str, Indicator | Ratio] = {}


def register(*indicators: Indicator | Ratio) -> None:
    """Add definitions; the same key twice is a mistake in the catalogue."""
    for indicator in indicators:
        if indicator.key in _known:
            raise ValueError(f"two indicators are called {indicator.key}")
        _known[indicator.key] = indicator


def get(key: str) -> Indicator | Ratio:
    """Return a definition. Raises: Refused for an unknown key."""
    if key not in _known:
        raise Refused(_("There is no indicator called %(key)s.") % {"key": key[:60]}, code="indicator")
    return _known[key]


def everything() -> Iterable[Indicator | Ratio]:
    """Return all definitions in the order of the catalogue."""
    return list(_known.values())


def read(key: str, scope: Scope, period: Period, /, **filters: object) -> Reading:
    """Return one number by its key."""
    return get(key).read(scope, period, **filters)
