"""Trainings of a period: how many completed each one, who by name, and who of them holds the certificate."""

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from members.models import Person
from services.indicators.columns import Table
from services.indicators.periods import Period
from services.indicators.registry import Scope
from services.models import Activity, Grant, Kind, Participation
from services.models.vocabulary import Group


def listed(scope: Scope, period: Period, kind: Kind | None = None) -> QuerySet:
    """Return the trainings of a period, the last first, with `completed`, `named` and `certified`."""
    names = Participation.objects.filter(activity=OuterRef("pk"), state=Participation.State.COMPLETED)
    papers = Grant.objects.standing().filter(activity=OuterRef("pk"), kind__group=Group.CERTIFICATE)
    rows = Activity.objects.standing().filter(
        kind__group=Group.TRAINING, organisation__path__startswith=scope.path, happened_on__lte=period.end
    )
    if period.start:
        rows = rows.filter(happened_on__gte=period.start)
    if kind is not None:
        rows = rows.filter(kind=kind)
    named = Coalesce(Subquery(_count(names), output_field=IntegerField()), 0)
    certified = Coalesce(Subquery(_count(papers), output_field=IntegerField()), 0)
    rows = rows.annotate(named=named, certified=certified)
    return rows.annotate(completed=Greatest(Coalesce(F("headcount"), 0), F("named"))).with_row().newest_first()


def completed(activity: Activity) -> QuerySet:
    """Return the people who completed a training, by name."""
    done = {"services_participations__activity": activity, "services_participations__state": "completed"}
    return Person.objects.filter(**done).select_related("employer", "party_branch").order_by("name", "pk")


def without_certificate(activity: Activity) -> list[Person]:
    """Return who completed a training and got no certificate of it yet."""
    holders = Grant.objects.standing().filter(activity=activity, kind__group=Group.CERTIFICATE).exclude(person=None)
    return list(completed(activity).exclude(pk__in=holders.values("person")))


def table() -> Table:
    """Return the columns of the list's export."""
    return Table(
        ("-happened_on", "-pk"),
        (),
        (
            (_("Date"), lambda row: row.happened_on),
            (_("Kind"), lambda row: str(row.kind)),
            (_("One line"), lambda row: row.line or row.title),
            (_("Organisation"), lambda row: str(row.organisation)),
            (_("Completed by"), lambda row: row.completed),
            (_("Of them by name"), lambda row: row.named),
            (_("Certificates"), lambda row: row.certified),
        ),
    )


def _count(rows: QuerySet) -> QuerySet:
    return rows.order_by().values("activity").annotate(found=Count("pk")).values("found")
