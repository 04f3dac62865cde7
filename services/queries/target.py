"""Reads of targets: the list, and how far each is by the registry's own number."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.errors import Refused
from members.models import User
from services.indicators import listing, periods, registry
from services.indicators.catalogue.task import reading_of
from services.indicators.registry import Reading
from services.models import Target
from services.models.campaign import TargetQuerySet


@dataclass(frozen=True)
class Progress:
    """A target beside its number. `reading` is None before its first day, `counted_by` "" where nothing counts it."""

    target: Target
    reading: Reading | None
    counted_by: str
    today: date

    @property
    def value(self) -> Decimal | int:
        """What is reached."""
        return (self.reading.value if self.reading else 0) or 0

    @property
    def is_reached(self) -> bool:
        """Whether the promised number is there."""
        return self.value >= self.target.number

    @property
    def is_late(self) -> bool:
        """Whether the deadline passed without it."""
        return not self.is_reached and self.target.due_on < self.today

    @property
    def bar(self) -> int:
        """How much of the bar is filled, in percent."""
        return min(int(self.value * 100 / self.target.number), 100)

    @property
    def text(self) -> str:
        """What is reached, as printed."""
        return self.reading.text if self.reading else "0"


def listed(user: User, wanted: dict, today: date) -> TargetQuerySet:
    """Return the standing targets the account may read, narrowed; empty wishes are no wishes."""
    rows = Target.objects.visible_to(user).standing()
    if body := wanted.get("organisation"):
        rows = rows.filter(organisation__path__startswith=body.path)
    if campaign := wanted.get("campaign"):
        rows = rows.filter(campaign=campaign)
    if text := wanted.get("text"):
        rows = rows.filter(label__icontains=text)
    if wanted.get("when") == "passed":
        rows = rows.filter(due_on__lt=today)
    elif wanted.get("when") == "none":
        rows = rows.filter(campaign=None)
    elif wanted.get("when") != "all":
        rows = rows.filter(due_on__gte=today)
    return rows.select_related("organisation__region", "campaign", "set_by").order_by("due_on", "pk")


def measured(targets: list[Target], today: date) -> list[Progress]:
    """Return each target with its number today, the words of its filters looked up together."""
    period = periods.parse(f"asof:{today}", today)
    words = listing.filters_in_words([target.filters for target in targets])
    return [_measured(target, period, named, today) for target, named in zip(targets, words, strict=True)]


def _measured(target: Target, period: periods.Period, words: list[tuple[str, str]], today: date) -> Progress:
    try:
        label = str(registry.get(target.indicator).label)
        reading = reading_of(target, period)
    except Refused:  # an indicator that left the catalogue: the page says so instead of failing
        return Progress(target, None, "", today)
    narrowed = "；".join(f"{name}：{value}" for name, value in words)
    return Progress(target, reading, f"{label}（{narrowed}）" if narrowed else label, today)
