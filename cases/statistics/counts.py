"""Counts of cases by month, city, kind and field in one statement, and the days cases spend in each stage."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Decision, SubjectField
from cases.models.case import CaseQuerySet, State
from cases.statistics.measures import BY_NAME, MEASURES, SMALL, STAGES
from members.models import Organisation, Region

BY_DIMENSION = """
select grouping(month, region, kind, field, body), month, region, kind, field, body, count(*), {counts}
from (select date_trunc('month', at at time zone %s)::date as month, region, kind, field, body, {names}
      from ({rows}) found(at, region, kind, field, body, {names})) cut
group by grouping sets ((), (month), (region), (kind), (field), (body))
"""
BODIES = 200  # our choice: what a unit's page lists of the bodies below it
DIMENSIONS = ("month", "region", "kind", "field", "body")
IN_STAGE = """
select from_state, count(*), percentile_cont(0.5) within group (order by took), max(took),
       -(max(array[took, -case_id]))[2]::bigint
from (select case_id, from_state, extract(epoch from decided_at - since)::double precision / 86400 as took
      from cases_decision where case_id in ({rows}) and from_state = any(%s) and since is not null) moves
group by from_state
"""
NOW_IN_STAGE = """
select state, count(*), percentile_cont(0.5) within group (order by took), max(took)
from (select state, extract(epoch from %s - since) / 86400 as took from ({rows}) cases(state, since)) standing
group by state
"""
TO_RESULT = """
select count(*), percentile_cont(0.5) within group (order by took), max(took)
from (select extract(epoch from coalesce(published, since) - at) / 86400 as took
      from ({rows}) cases(at, published, since)) settled
"""


@dataclass
class Tally:
    """The measures of one group of cases. `key` is its value in an address, "" where it has none."""

    label: str
    key: str = ""
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        """How many have a result."""
        return self.numbers["received"] - self.numbers["open"]

    @property
    def rate(self) -> Decimal | None:
        """Accepted of those with a result, in percent; None where none has one."""
        if not self.decided:
            return None
        return (Decimal(self.numbers["accepted"]) * 100 / self.decided).quantize(Decimal("0.1"))

    @property
    def is_small(self) -> bool:
        """Whether the rate stands on fewer cases than anything should be concluded from."""
        return self.decided < SMALL

    def add(self, numbers: dict[str, int]) -> None:
        """Add another group's numbers."""
        for name, number in numbers.items():
            self.numbers[name] = self.numbers.get(name, 0) + number


@dataclass(frozen=True)
class Counts:
    """All counts of a set of cases: together, and by each dimension."""

    total: Tally
    months: list[Tally]
    cities: list[Tally]
    kinds: list[Tally]
    fields: list[Tally]
    bodies: list[Tally]


@dataclass(frozen=True)
class StageTime:
    """Days spent in one stage: by those that left it (median, longest and which case), and by those in it now."""

    state: State
    passed: int = 0
    median: float | None = None
    longest: float | None = None
    longest_case: int | None = None
    now: int = 0
    now_median: float | None = None
    now_longest: float | None = None


def count(cases: CaseQuerySet, *, is_desk: bool = True) -> Counts:
    """Count received cases by every dimension: one statement, and one query each for cities, fields and bodies."""
    names = [measure.name for measure in MEASURES if measure.condition]
    marked = cases.order_by().annotate(
        **{
            f"is_{name}": ExpressionWrapper(BY_NAME[name].rule(is_desk=is_desk), output_field=BooleanField())
            for name in names
        }
    )
    inner, values = marked.values_list(
        "received_at",
        "organisation__region_id",
        "organisation__kind",
        "field_id",
        "organisation_id",
        *(f"is_{name}" for name in names),
    ).query.sql_with_params()
    sql = BY_DIMENSION.format(
        rows=inner, names=", ".join(names), counts=", ".join(f"count(*) filter (where {name})" for name in names)
    )
    found: dict[str, dict] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql, [timezone.get_current_timezone_name(), *values])
        for mask, *cells in cursor.fetchall():
            keys, numbers = (
                cells[: len(DIMENSIONS)],
                dict(zip(["received", *names], cells[len(DIMENSIONS) :], strict=True)),
            )
            place = next((at for at in range(len(DIMENSIONS)) if not mask >> (len(DIMENSIONS) - 1 - at) & 1), None)
            if place is None:
                found["total"][None] = numbers
            else:
                found[DIMENSIONS[place]][keys[place]] = numbers
    none = dict.fromkeys(["received", *names], 0)
    return Counts(
        total=Tally(_("All"), "", found["total"].get(None, none)),
        months=_months(found["month"]),
        cities=_cities(found["region"]),
        kinds=_kinds(found["kind"]),
        fields=_fields(found["field"]),
        bodies=_bodies(found["body"]),
    )


def stage_times(cases: CaseQuerySet) -> list[StageTime]:
    """Return the days in each stage: whole moves of these cases, and how long those open now have stood; 2 queries."""
    inner, values = cases.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(IN_STAGE.format(rows=inner), [*values, [str(state) for state in STAGES]])
        passed = {state: rest for state, *rest in cursor.fetchall()}
        inner, values = (
            cases.order_by().filter(state__in=STAGES).values_list("state", "state_since").query.sql_with_params()
        )
        cursor.execute(NOW_IN_STAGE.format(rows=inner), [timezone.now(), *values])
        standing = {state: rest for state, *rest in cursor.fetchall()}
    return [
        StageTime(state, *_days(passed.get(state, (0, None, None, None))), *_days(standing.get(state, (0, None, None))))
        for state in STAGES
    ]


def to_result(cases: CaseQuerySet, *, is_desk: bool = True) -> tuple[int, float | None, float | None]:
    """Return how many cases have a result, and the median and longest days from receipt to it."""
    settled = cases.order_by().exclude(BY_NAME["open"].rule(is_desk=is_desk))
    inner, values = settled.values_list("received_at", "published_at", "state_since").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(TO_RESULT.format(rows=inner), values)
        return tuple(_days(cursor.fetchone()))


def left_stage(cases: CaseQuerySet, state: str) -> CaseQuerySet:
    """Keep cases that left a stage at least once: the rows behind its median."""
    return cases.filter(pk__in=Decision.objects.filter(from_state=state).values("case"))


def _months(found: dict[date, dict]) -> list[Tally]:
    return [Tally(f"{month:%Y-%m}", f"{month:%Y-%m}", numbers) for month, numbers in sorted(found.items())]


def _cities(found: dict[int, dict]) -> list[Tally]:
    """Add regions up to the city they lie in; what lies in none stands at the end."""
    paths = dict(Region.objects.filter(pk__in=found).values_list("pk", "path"))
    cities = list(Region.objects.cities())
    tallies = {city.pk: Tally(city.name, city.code) for city in cities}
    rest = Tally(_("No city (of the province)"), "-")
    for region, numbers in found.items():
        city = next((city for city in cities if paths[region].startswith(city.path)), None)
        (tallies[city.pk] if city else rest).add(numbers)
    return [tally for tally in [*tallies.values(), rest] if tally.numbers]


def _kinds(found: dict[str, dict]) -> list[Tally]:
    kinds = [(str(kind), str(kind.label)) for kind in Organisation.Kind]
    return [Tally(label, kind, found[kind]) for kind, label in kinds if kind in found]


def _fields(found: dict[int | None, dict]) -> list[Tally]:
    rows = SubjectField.objects.filter(pk__in=[pk for pk in found if pk]).order_by("position", "pk")
    tallies = [Tally(row.name, row.code, found[row.pk]) for row in rows]
    return [*tallies, *([Tally(_("No field yet"), "-", found[None])] if None in found else [])]


def _bodies(found: dict[int, dict]) -> list[Tally]:
    rows = Organisation.objects.filter(pk__in=found).order_by("path")
    return [Tally(row.name, row.code, found[row.pk]) for row in rows[:BODIES]]


def _days(row: tuple) -> list:
    """Round days to one decimal; counts and keys stay."""
    return [round(float(cell), 1) if isinstance(cell, float | Decimal) else cell for cell in row]


def received(cases: CaseQuerySet) -> CaseQuerySet:
    """Keep cases that were submitted once."""
    return cases.filter(received_at__isnull=False)
