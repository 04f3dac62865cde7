"""What a report says, in which order: headings with the numbers under them. Reading, not counting, happens here."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from services.indicators import catalogue, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Group, Snapshot

# heading, then (key, filters, label or "" for the indicator's own)
OUTLINE = (
    (
        _("Finding party members"),
        (
            ("member.hidden_found", {}, ""),
            ("member.joined_group", {}, ""),
            ("enterprise.visited", {}, ""),
            ("enterprise.covered", {}, ""),
        ),
    ),
    (
        _("Care and service"),
        (
            ("activity.count", {"kind__group": Group.VOLUNTEERING}, Group.VOLUNTEERING.label),
            ("activity.count", {"kind__group": Group.CARE}, Group.CARE.label),
            ("activity.count", {"kind__group": Group.EXCHANGE}, Group.EXCHANGE.label),
            ("grant.quantity", {"kind__group": Group.GOODS}, Group.GOODS.label),
            ("venue.visits", {}, ""),
            ("training.completed", {}, ""),
            ("certificate.count", {}, ""),
        ),
    ),
    (
        _("Appeals and hard problems"),
        (
            ("matter.received", {"kind__group": Group.APPEAL}, _("Appeals received")),
            ("matter.closed", {"kind__group": Group.APPEAL}, _("Appeals closed")),
            ("matter.resolved", {"kind__group": Group.APPEAL}, _("Appeals solved")),
            ("matter.resolved", {"kind__group": Group.PROBLEM}, _("Hard problems solved")),
            ("matter.declined", {}, ""),
            ("matter.overdue", {}, ""),
            ("matter.satisfaction_rate", {}, ""),
        ),
    ),
    (
        _("Pairings and party life"),
        (
            ("pairing.active", {}, ""),
            ("pairing.contact_rate", {}, ""),
            ("pairing.visit_rate", {}, ""),
            ("enterprise.with_secretary", {}, ""),
            ("orglife.rate", {}, ""),
        ),
    ),
    (
        _("Tasks, venues and honours"),
        (
            ("task.total", {}, ""),
            ("task.done", {}, ""),
            ("task.overdue", {}, ""),
            ("venue.open", {}, ""),
            ("honour.count", {}, ""),
        ),
    ),
    (
        _("What the ledger cost"),
        (("entry.count", {}, ""), ("entry.seconds_median", {}, ""), ("form.retired", {}, "")),
    ),
)


@dataclass(frozen=True)
class Line:
    """One number of a report; `sent` is what was reported for the same body and period before, None for nothing."""

    label: str
    reading: Reading
    sent: Decimal | None = None

    @property
    def added(self) -> Decimal | None:
        """How far the number has moved since it was sent; None where nothing was."""
        if self.sent is None or self.reading.value is None:
            return None
        return Decimal(self.reading.value) - self.sent

    @property
    def since_sent(self) -> str:
        """What was sent, what it is now and what came between; "" where nothing was sent or nothing has changed."""
        if not self.added:
            return ""
        shown = {"sent": f"{self.sent.normalize():f}", "now": self.reading.text, "added": f"{self.added.normalize():f}"}
        return _("sent %(sent)s, now %(now)s (%(added)s entered since)") % shown

    @property
    def text(self) -> str:
        """The number with its unit."""
        return f"{self.reading.text}{self.reading.indicator.unit}" if self.reading.value is not None else "—"


@dataclass(frozen=True)
class Section:
    """A heading with its numbers."""

    heading: str
    lines: list[Line]

    @property
    def telling(self) -> list[Line]:
        """The numbers that have something to say."""
        return [line for line in self.lines if line.reading.value]


@dataclass(frozen=True)
class Report:
    """All numbers of one body and period."""

    scope: Scope
    period: Period
    sections: list[Section]
    last: Snapshot | None

    @property
    def lines(self) -> list[Line]:
        """Every number in its order."""
        return [line for section in self.sections for line in section.lines]


def build(scope: Scope, period: Period) -> Report:
    """Read every number of the outline, and what was sent last for the same body and period."""
    last = (
        Snapshot.objects.filter(organisation=scope.organisation, period=period.text)
        .order_by("-taken_at", "-pk")
        .first()
    )
    sent = {}
    if last is not None:
        sent = {(one.key, tuple(sorted(one.filters.items()))): one.value for one in last.values.all()}
    sections = []
    for heading, wanted in OUTLINE:
        lines = []
        for key, filters, label in wanted:
            plain = {name: str(value) for name, value in filters.items()}
            found = registry.read(key, scope, period, **plain)
            lines.append(
                Line(str(label or found.indicator.label), found, sent.get((key, tuple(sorted(plain.items())))))
            )
        sections.append(Section(str(heading), lines))
    return Report(scope, period, sections, last)
