"""How much each kind is used: counts, the last day, and which nobody has used for two quarters."""

from datetime import date

from django.db import models
from django.db.models import Case, Count, Exists, IntegerField, Max, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from members.models import AuditEvent, User
from services.models import Activity, Domain, Grant, Matter, Pairing, Venue
from services.models.vocabulary import KindQuerySet

QUARTERS = 2


def rows_of(user: User) -> dict[Domain, tuple[QuerySet, str]]:
    """Return, by domain, the rows in the account's scope that count, and the day each counts on."""
    return {
        Domain.ACTIVITY: (Activity.objects.visible_to(user).standing(), "happened_on"),
        Domain.MATTER: (Matter.objects.visible_to(user).counted(), "received_on"),
        Domain.PAIRING: (Pairing.objects.visible_to(user).standing(), "started_on"),
        Domain.GRANT: (Grant.objects.visible_to(user).standing(), "given_on"),
        Domain.VENUE: (Venue.objects.visible_to(user).filter(merged_into=None), "opened_on"),
    }


def with_uses(kinds: KindQuerySet, user: User) -> KindQuerySet:
    """Annotate `uses`, the rows of each kind within the account's scope, and `last_used_on`."""
    counts, days = [], []
    for domain, (rows, day) in rows_of(user).items():
        own = rows.filter(kind=OuterRef("pk")).order_by().values("kind")
        counts.append(When(domain=domain, then=Subquery(own.annotate(number=Count("pk")).values("number"))))
        days.append(When(domain=domain, then=Subquery(own.annotate(last_on=Max(day)).values("last_on"))))
    return kinds.annotate(
        uses=Coalesce(Case(*counts, output_field=IntegerField()), Value(0)),
        last_used_on=Case(*days, output_field=models.DateField()),
    )


def cutoff(today: date) -> date:
    """Return the first day of the two whole quarters before today's."""
    months = today.year * 12 + (today.month - 1) // 3 * 3 - 3 * QUARTERS
    return date(months // 12, months % 12 + 1, 1)


def unused(kinds: KindQuerySet, user: User, today: date) -> KindQuerySet:
    """Keep kinds in use that no row of two whole quarters has: suggested for retirement.

    None while the ledger itself is younger than that, and none added since.
    """
    since = cutoff(today)
    if not any(rows.filter(**{f"{day}__lt": since}).exists() for rows, day in rows_of(user).values()):
        return kinds.none()
    added = AuditEvent.objects.filter(
        object_type="services.kind", object_id=OuterRef("pk"), event="kind.add", at__date__gte=since
    )
    late = models.Q(last_used_on=None) | models.Q(last_used_on__lt=since)
    return kinds.filter(late, ~Exists(added), retired_on=None)
