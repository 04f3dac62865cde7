"""Figures about what was given."""

from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.registry import Indicator, Sort, register
from services.models import Grant
from services.models.vocabulary import Group

PARAMS = {
    "kind": "kind__code",
    "kind__group": "kind__group",
    "name": "name",
    "level": "level",
    "campaign": "campaign__pk",
    "campaign__name": "campaign__name",
    "body": "body__code",
    "region": "region__code",
}
YUAN = DecimalField(max_digits=18, decimal_places=2)


def grants() -> QuerySet:
    """Return what counts: grants nobody has taken back."""
    return Grant.objects.standing()


register(
    Indicator(
        key="grant.quantity",
        label=_("Given out"),
        unit=pgettext_lazy("unit", "pieces"),
        caveat=_("The sum of quantities by the day given; a hand-out without names counts as many as it says."),
        params=PARAMS,
        rows=grants,
        date="given_on",
        measure=Sum("quantity"),
    ),
    Indicator(
        key="grant.kinds",
        label=_("Sorts given out"),
        unit=pgettext_lazy("unit", "sorts"),
        caveat=_("Different names of what was given, each once."),
        params=PARAMS,
        rows=grants,
        date="given_on",
        measure=Count("name", distinct=True),
        is_additive=False,
    ),
    Indicator(
        key="grant.amount",
        label=_("Money given"),
        unit=pgettext_lazy("unit", "yuan"),
        caveat=_("The sum of amounts by the day given, to the fen."),
        params=PARAMS,
        rows=lambda: grants().filter(amount_fen__isnull=False),
        date="given_on",
        measure=ExpressionWrapper(Sum("amount_fen") * Decimal("0.01"), YUAN),
    ),
    Indicator(
        key="grant.in_force",
        label=_("Marks and titles in force"),
        unit=pgettext_lazy("unit", "pieces"),
        caveat=_("Given by the end of the period and not taken down or run out."),
        params=PARAMS,
        rows=grants,
        date="given_on",
        sort=Sort.STOCK,
        ends="ended_on",
        measure=Sum("quantity"),
    ),
    Indicator(
        key="certificate.count",
        label=_("Certificates"),
        unit=pgettext_lazy("unit", "pieces"),
        caveat=_("Certificates by the day of issue, one by one or as a list."),
        params=PARAMS,
        rows=lambda: grants().filter(kind__group=Group.CERTIFICATE),
        date="given_on",
        measure=Sum("quantity"),
    ),
    Indicator(
        key="honour.count",
        label=_("Honours"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Honours of people and bodies by the day given; the level narrows it."),
        params=PARAMS,
        rows=lambda: grants().filter(kind__group=Group.HONOUR),
        date="given_on",
    ),
)
