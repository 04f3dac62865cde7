"""Figures about what happened."""

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation
from services.indicators import counting
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Ratio, Scope, register
from services.models import Activity, Duty, MonthTally, Participation, Tally
from services.models.pairing import Proof
from services.models.vocabulary import Group

PARAMS = {
    "kind": "kind__code",
    "kind__group": "kind__group",
    "campaign": "campaign__pk",
    "campaign__name": "campaign__name",
    "channel": "channel",
    "body": "body__code",
    "venue": "venue__pk",
    "region": "region__code",
    "place": "region__path__startswith",
    "pairing__kind": "pairing__kind__code",
}
TALLIED = frozenset({"kind", "kind__group", "channel", "region", "place"})
BY_DATE = _("Counted by the day it happened, not the day it was entered; what was taken back does not count.")


def activities() -> QuerySet:
    """Return what counts: activities nobody has taken back."""
    return Activity.objects.standing()


def tallies(period: Period) -> QuerySet:
    """Return the same added up: by month for a period of whole months, else by day."""
    return (MonthTally if period.is_of_months else Tally).objects.all()


def trainings() -> QuerySet:
    """Return trainings with how many completed them: the number written down, or the names where they are more."""
    names = Participation.objects.filter(activity=OuterRef("pk"), state=Participation.State.COMPLETED).order_by()
    counted = names.values("activity").annotate(found=Count("pk")).values("found")
    names = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    completed = Greatest(Coalesce(F("headcount"), 0), names)
    rows = activities().filter(kind__group=Group.TRAINING).annotate(completed=completed)
    return rows.filter(completed__gte=1)


def branch_duties(scope: Scope, period: Period) -> list[tuple[QuerySet, Duty]]:
    """Return the duties of party life in force in the period, each with the bodies in scope it binds."""
    duties = Duty.objects.filter(body_kind__startswith="party", proof=Proof.ACTIVITY, starts_on__lte=period.as_of)
    return [(_bodies(duty, scope), duty) for duty in duties.select_related("organisation", "proof_kind")]


def _bodies(duty: Duty, scope: Scope) -> QuerySet:
    rows = bodies_of_party_life().filter(kind=duty.body_kind, path__startswith=scope.path)
    return rows.filter(path__startswith=duty.organisation.path) if duty.organisation else rows


def bodies_of_party_life() -> QuerySet:
    """Return the branches and groups that owe meetings."""
    kinds = [Organisation.Kind.PARTY_BRANCH, Organisation.Kind.PARTY_GROUP]
    return Organisation.objects.filter(kind__in=kinds, merged_into=None)


def of_branches(rows: QuerySet, scope: Scope, period: Period, filters: dict) -> QuerySet:
    """Keep meetings of branches in scope, whoever entered them; `branch` keeps those of one."""
    about = Q(body__path__startswith=scope.path) | Q(body=None, organisation__path__startswith=scope.path)
    if code := filters.get("branch"):
        about &= Q(body__code=code) | Q(body=None, organisation__code=code)
    return rows.filter(about)


def _owed(rows: QuerySet, scope: Scope, period: Period) -> int:
    return sum(counting.body_periods(bodies, duty, period) for bodies, duty in branch_duties(scope, period))


def _held(rows: QuerySet, scope: Scope, period: Period) -> int:
    return sum(counting.body_periods_done(bodies, duty, period) for bodies, duty in branch_duties(scope, period))


def _held_and_owed(rows: QuerySet, scope: Scope, period: Period) -> tuple[int, int, int]:
    """Return both numbers and how many meetings there were: one query a duty for the two."""
    each = [counting.body_periods_each(bodies, duty, period) for bodies, duty in branch_duties(scope, period)]
    both = [(held, owed) for found in each for owed, held, _missed in found.values()]
    return sum(held for held, _owed in both), sum(owed for _held, owed in both), rows.count()


register(
    Indicator(
        key="activity.count",
        label=_("Activities"),
        unit=pgettext_lazy("unit", "times"),
        caveat=BY_DATE,
        params=PARAMS,
        rows=activities,
        date="happened_on",
        tally=tallies,
        tallied=TALLIED,
    ),
    Indicator(
        key="activity.headcount",
        label=_("People in activities (person-times)"),
        unit=pgettext_lazy("unit", "person-times"),
        caveat=_("The sum of the numbers written down at each activity: who came twice counts twice."),
        params=PARAMS,
        rows=lambda: activities().filter(headcount__isnull=False),
        date="happened_on",
        measure=Sum("headcount"),
    ),
    Indicator(
        key="activity.persons",
        label=_("Different people in activities"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("Only people entered by name, each once, however often they came."),
        params={name: f"activity__{lookup}" for name, lookup in PARAMS.items()},
        rows=lambda: Participation.objects.filter(activity__voided_at=None).exclude(state=Participation.State.ABSENT),
        date="activity__happened_on",
        org="activity__organisation__path",
        measure=Count("person", distinct=True),
        is_additive=False,
    ),
    Indicator(
        key="activity.attended",
        label=_("Times people took part by name"),
        unit=pgettext_lazy("unit", "person-times"),
        caveat=_("Each name at each activity counts once; who was absent does not. Of one person by the filter."),
        params={name: f"activity__{lookup}" for name, lookup in PARAMS.items()} | {"person": "person__pk"},
        rows=lambda: Participation.objects.filter(activity__voided_at=None).exclude(state=Participation.State.ABSENT),
        date="activity__happened_on",
        org="activity__organisation__path",
    ),
    Indicator(
        key="training.completed",
        label=_("Trainings completed"),
        unit=pgettext_lazy("unit", "person-times"),
        caveat=_("People who went through with a training; hours are never counted."),
        params=PARAMS,
        rows=trainings,
        date="happened_on",
        measure=Sum("completed"),
        version=2,
    ),
    Indicator(
        key="training.persons",
        label=_("People who completed a training"),
        unit=pgettext_lazy("unit", "people"),
        caveat=_("Only people entered by name, each once, however many trainings they completed."),
        params={name: f"activity__{lookup}" for name, lookup in PARAMS.items()},
        rows=lambda: Participation.objects.filter(
            activity__voided_at=None, activity__kind__group=Group.TRAINING, state=Participation.State.COMPLETED
        ),
        date="activity__happened_on",
        org="activity__organisation__path",
        measure=Count("person", distinct=True),
        is_additive=False,
    ),
    Indicator(
        key="orglife.due",
        label=_("Meetings of party life owed"),
        unit=pgettext_lazy("unit", "times"),
        caveat=_(
            "Whole quarters and months that are over, times the branches and groups they bind; excused ones apart."
        ),
        rows=bodies_of_party_life,
        org="path",
        reckon=_owed,
    ),
    Indicator(
        key="orglife.done",
        label=_("Meetings of party life held"),
        unit=pgettext_lazy("unit", "times"),
        caveat=_(
            "Of those owed, the ones held in their quarter or month; a second one in the same month adds nothing."
        ),
        rows=bodies_of_party_life,
        org="path",
        reckon=_held,
    ),
    Indicator(
        key="orglife.meetings",
        label=_("Meetings of party life entered"),
        unit=pgettext_lazy("unit", "times"),
        caveat=_("Every meeting entered, by the branch that met and whoever entered it; more than are owed count too."),
        params={"kind": "kind__code", "branch": ""},
        rows=lambda: activities().filter(kind__group=Group.PARTY_LIFE),
        date="happened_on",
        org="",
        narrow=of_branches,
        is_additive=False,  # by branch, so a county's own rows are those of branches outside its towns
    ),
    Ratio(
        key="orglife.rate",
        label=_("Party life held as the rules ask"),
        unit="%",
        caveat=_("Held over owed, whole quarters and months only."),
        top="orglife.done",
        bottom="orglife.due",
        reckon=_held_and_owed,
    ),
)
