"""Figures of assessment: points for outcomes. No ranking is made of them."""

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.registry import Indicator, Sort, register
from services.models import Criterion, Score


def scores() -> QuerySet:
    """Return the scores that count."""
    return Score.objects.counted()


register(
    Indicator(
        key="criterion.score",
        label=_("Points of assessment"),
        unit=pgettext_lazy("unit", "points"),
        caveat=_("The sum of confirmed points whose period ends within this one; outcomes only."),
        params={"sheet": "criterion__sheet__pk", "body": "body__code", "category": "criterion__category"},
        rows=scores,
        date="to_on",
        measure=Sum("points"),
        version=2,
    ),
    Indicator(
        key="criterion.count",
        label=_("Criteria of assessment"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Lines of the sheets in force at the end of the period."),
        params={"sheet": "sheet__pk", "subject": "sheet__subject", "category": "category"},
        rows=Criterion.objects.all,
        date="sheet__starts_on",
        sort=Sort.STOCK,
        ends="sheet__ends_on",
        org="sheet__organisation__path",
    ),
)
