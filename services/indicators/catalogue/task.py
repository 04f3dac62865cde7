"""Figures about what was promised: task lists, alliances, targets."""

from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation
from services.indicators import periods, registry
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Number, Reading, Scope, Sort, register
from services.models import CampaignMember, Matter, Target
from services.models.matter import MatterState
from services.models.vocabulary import Group

PARAMS = {
    "campaign": "campaign__pk",
    "campaign__name": "campaign__name",
    "kind": "kind__code",
    "body": "lead_body__code",
}


def tasks() -> QuerySet:
    """Return tasks, merged ones apart."""
    return Matter.objects.counted().of_group(Group.TASK)


def responsible(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep the bodies that lead or help with a task counted in `task.total`."""
    found = registry.get("task.total").queryset(scope, period, **filters).values("pk")
    return rows.filter(
        Q(pk__in=Organisation.objects.filter(services_matters_led__in=found).values("pk"))
        | Q(pk__in=Organisation.objects.filter(services_matters_joined__in=found).values("pk"))
    )


def past_due(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep what was past its day on the day of looking."""
    return rows.filter(due_on__lt=period.as_of)


def reading_of(target: Target, period: Period) -> Reading | None:
    """Return what a target's indicator says from its first day to its deadline, or to the end of the period.

    None for a target that has not begun by then. Raises: Refused where the catalogue no longer knows its indicator.
    """
    until = min(target.due_on, period.end)
    if until < target.starts_on:
        return None
    within = periods.parse(f"since:{target.starts_on}..{until}", period.today)
    return registry.read(target.indicator, Scope(target.organisation), within, **target.filters)


def progress_of(target: Target, period: Period) -> Number:
    """Return the number of `reading_of`, 0 for none."""
    reading = reading_of(target, period)
    return (reading.value if reading else 0) or 0


def reached_percent(rows: QuerySet, scope: Scope, period: Period) -> Number:
    """Return how much of what the targets promise is there, in percent; what exceeds one helps no other."""
    targets = list(rows.select_related("organisation__region"))
    if not targets:
        return None
    promised = sum(target.number for target in targets)
    there = sum(min(Decimal(progress_of(target, period)), target.number) for target in targets)
    return (there * 100 / promised).quantize(Decimal("0.1"))


register(
    Indicator(
        key="task.total",
        label=_("Tasks"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Tasks by the day they were assigned."),
        params=PARAMS,
        rows=tasks,
        date="received_on",
    ),
    Indicator(
        key="task.done",
        label=_("Tasks done"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Of the tasks assigned in the period, those settled by now."),
        params=PARAMS,
        rows=lambda: tasks().filter(state=MatterState.SETTLED),
        date="received_on",
    ),
    Indicator(
        key="task.overdue",
        label=_("Tasks overdue"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Not done at the end of the period with their deadline passed."),
        params=PARAMS,
        rows=tasks,
        date="received_on",
        sort=Sort.STOCK,
        ends="closed_on",
        narrow=past_due,
    ),
    Indicator(
        key="task.units",
        label=_("Units responsible for tasks"),
        unit=pgettext_lazy("unit", "units"),
        caveat=_("Bodies that lead or help with a task of the period, each once."),
        params=dict.fromkeys(("campaign", "campaign__name", "kind"), ""),
        rows=Organisation.objects.all,
        org="",
        narrow=responsible,
        is_additive=False,
    ),
    Indicator(
        key="alliance.units",
        label=_("Member units"),
        unit=pgettext_lazy("unit", "units"),
        caveat=_("Bodies that were members at the end of the period, each once."),
        params={"campaign": "campaign__pk", "campaign__name": "campaign__name", "form": "campaign__form"},
        rows=CampaignMember.objects.all,
        date="joined_on",
        sort=Sort.STOCK,
        ends="left_on",
        measure=Count("body", distinct=True),
        is_additive=False,
    ),
    Indicator(
        key="campaign.progress",
        label=_("Progress towards targets"),
        unit="%",
        caveat=_("What the targets' own figures say from their first day, over what was promised."),
        params={"campaign": "campaign__pk", "campaign__name": "campaign__name", "label": "label"},
        rows=Target.objects.standing,
        date="starts_on",
        sort=Sort.STOCK,
        reckon=reached_percent,
        is_additive=False,
    ),
)
