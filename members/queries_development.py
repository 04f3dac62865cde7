"""Reads of developments: their steps with clocks, what is overdue or one-sided, counts, quotas and what was taken."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from members import development_clock
from members.development_clock import Line
from members.models import Development, DevelopmentQuota, DevelopmentStep, StepDefinition
from members.models.development import DevelopmentQuerySet, QuotaQuerySet, Stage, WayIn
from members.queries import Tally


def lines_of(development: Development) -> list[Line]:
    """Return the steps of one development with their clocks, as of today."""
    steps = development.steps.filter(taken_back_at=None).select_related("recorded_by")
    return development_clock.lines(list(StepDefinition.objects.in_use()), steps, timezone.localdate())


def taken(quota: DevelopmentQuota) -> int:
    """Count the people a quota has been used for: those admitted in its year under its organisation."""
    return Development.objects.filter(
        organisation_path__under=quota.organisation_path, admitted_on__year=quota.year
    ).count()


def with_taken(quotas: QuerySet) -> QuerySet:
    """Add `taken_count` to each quota: the same count for a whole list."""
    admitted = Development.objects.filter(
        organisation_path__startswith=OuterRef("organisation_path"), admitted_on__year=OuterRef("year")
    )
    count = admitted.order_by().annotate(count=Func(F("pk"), function="count")).values("count")
    return quotas.annotate(taken_count=Subquery(count, output_field=IntegerField()))


@dataclass(frozen=True)
class Standing:
    """What is open in one development: the steps whose day has passed, and those one side has not recorded."""

    overdue: list[Line]
    one_sided: list[Line]


def standings(developments: Iterable[Development], today: date) -> dict[int, Standing]:
    """Return what is open in each, by key; two queries however many they are."""
    rules = list(StepDefinition.objects.in_use())
    records: dict[int, list] = {}
    keys = [row.pk for row in developments]
    for step in DevelopmentStep.objects.filter(development__in=keys, taken_back_at=None):
        records.setdefault(step.development_id, []).append(step)
    found = {}
    for row in developments:
        lines = development_clock.lines(rules, records.get(row.pk, ()), today)
        found[row.pk] = Standing(development_clock.overdue(lines, row.stage, today), development_clock.one_sided(lines))
    return found


def open_keys(developments: DevelopmentQuerySet, today: date) -> dict[str, list[int]]:
    """Return the keys of running developments with a step overdue, and with a step one side has not recorded."""
    found = standings(list(developments.running().only("pk", "stage")), today)
    return {
        "overdue": [pk for pk, standing in found.items() if standing.overdue],
        "one_sided": [pk for pk, standing in found.items() if standing.one_sided],
    }


def narrowed(developments: DevelopmentQuerySet, wanted: dict, today: date) -> DevelopmentQuerySet:
    """Keep the developments a filter form asks for; empty wishes are no wishes."""
    developments = developments.filter(**{name: wanted[name] for name in ("stage", "way_in") if wanted.get(name)})
    if wanted.get("name"):
        developments = developments.filter(person__name__icontains=wanted["name"])
    if wanted.get("year"):
        developments = developments.filter(admitted_on__year=wanted["year"])
    if body := wanted.get("organisation"):
        developments = developments.filter(organisation_path__under=body.path)
    for name in ("overdue", "one_sided"):
        if wanted.get(name):
            developments = developments.filter(pk__in=open_keys(developments, today)[name])
    return developments


def tallies(developments: DevelopmentQuerySet) -> dict[str, list[Tally]]:
    """Count developments by stage and by channel, all and those admitted; each number opens its rows."""
    counted = developments.values("stage", "way_in").annotate(rows=Count("pk"))
    stages, ways = Counter(), Counter()
    for row in counted:
        stages[row["stage"]] += row["rows"]
        ways[row["way_in"]] += row["rows"]
    return {
        "stages": [Tally(label, stages[value], 0, {"stage": value}) for value, label in Stage.choices],
        "ways": [Tally(label, ways[value], 0, {"way_in": value}) for value, label in WayIn.choices],
    }


@dataclass(frozen=True)
class QuotaLine:
    """A quota with how many of its places are taken; the query opens exactly those people."""

    quota: DevelopmentQuota
    taken: int

    @property
    def free(self) -> int:
        """Places left, never below nothing."""
        return max(self.quota.places - self.taken, 0)

    @property
    def query(self) -> str:
        """The query string that opens the people counted."""
        return f"?organisation={self.quota.organisation_id}&year={self.quota.year}"


def quota_lines(quotas: QuotaQuerySet) -> list[QuotaLine]:
    """Return quotas, the newest year first, with the places taken; one query."""
    admitted = (
        Development.objects.filter(
            organisation_path__startswith=OuterRef("organisation_path"), admitted_on__year=OuterRef("year")
        )
        .order_by()
        .annotate(one=Value(1))
        .values("one")
        .annotate(rows=Count("pk"))
        .values("rows")
    )
    rows = quotas.select_related("organisation").annotate(used=Coalesce(Subquery(admitted), 0))
    return [QuotaLine(row, row.used) for row in rows.order_by("-year", "organisation__path")]
