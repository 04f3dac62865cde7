"""Figures about projects a cadre looks after (双包服), and about suggestions that were taken up."""

from decimal import Decimal

from django.db.models import ExpressionWrapper, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.indicators.catalogue.grant import YUAN, grants
from services.indicators.catalogue.matter import PARAMS
from services.indicators.registry import Indicator, register
from services.models import Matter
from services.models.matter import Outcome
from services.models.vocabulary import Group


def projects() -> QuerySet:
    """Return projects, merged ones apart."""
    return Matter.objects.counted().of_group(Group.PROJECT)


def adopted() -> QuerySet:
    """Return suggestions taken up, in whole or in part."""
    rows = Matter.objects.counted().of_group(Group.SUGGESTION)
    return rows.filter(outcome__in=[Outcome.SOLVED, Outcome.PARTLY])


register(
    Indicator(
        key="project.total",
        label=_("Projects looked after"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("By the day a project was taken in; the stage is that of today."),
        params={name: PARAMS[name] for name in ("kind", "campaign", "campaign__name", "body", "region")}
        | {"stage": "stage"},
        rows=projects,
        date="received_on",
    ),
    Indicator(
        key="project.amount",
        label=_("Money won by projects"),
        unit=pgettext_lazy("unit", "yuan"),
        caveat=_("Funds and subsidies entered as won by a project, by the day given, to the fen."),
        params={"matter": "matter__pk", "kind": "kind__code", "level": "level", "campaign": "matter__campaign__pk"},
        rows=lambda: grants().filter(amount_fen__isnull=False, matter__kind__group=Group.PROJECT),
        date="given_on",
        measure=ExpressionWrapper(Sum("amount_fen") * Decimal("0.01"), YUAN),
    ),
    Indicator(
        key="suggestion.adopted",
        label=_("Suggestions adopted"),
        unit=pgettext_lazy("unit", "items"),
        caveat=_("Adopted in whole or in part, by the day of the answer."),
        params={name: PARAMS[name] for name in ("kind", "campaign", "campaign__name", "way", "region")},
        rows=adopted,
        date="closed_on",
    ),
)
