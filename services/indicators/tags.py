"""The tag that prints a number: value, unit, link to its rows, and what it means beside it."""

from django import template
from django.utils import timezone

from members.models import Organisation
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Scope

register = template.Library()


@register.inclusion_tag("components/indicator.html")
def ind(key: str, organisation: Organisation, period: Period | str, **filters: object) -> dict:
    """Show one indicator: `{% ind "activity.count" organisation=org period=p kind__group="care" %}`."""
    if isinstance(period, str):
        period = periods.parse(period, timezone.localdate())
    return {"reading": registry.read(key, Scope(organisation), period, **filters)}
