"""What is counted of cases. A measure's condition makes the number and picks the rows behind it, so they cannot differ.

Every received case is in exactly one of accepted, declined, withdrawn, merged and open.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Decision
from cases.models.case import State

SMALL = 10  # a rate over fewer cases says nothing; the ledger's figures draw the same line


@dataclass(frozen=True)
class Measure:
    """One number. `caveat` is what a reader must know of it.

    `told` is the condition for the submitting side where it differs: what is accepted and not yet published is still
    under review to them.
    """

    name: str
    label: Promise
    caveat: Promise
    condition: Q
    told: Q | None = None

    def rule(self, *, is_desk: bool) -> Q:
        """Return the condition for a side."""
        return self.condition if is_desk or self.told is None else self.told


ACCEPTED = Q(published_at__isnull=False) | Q(state__in=[State.READY, State.PUBLISHED])
PUBLIC = Q(published_at__isnull=False) | Q(state=State.PUBLISHED)
OVER = Q(state__in=[State.DECLINED, State.WITHDRAWN, State.MERGED])
RETURNED = Decision.objects.filter(kind=Decision.Kind.RETURN).values("case")


def _ended(state: State) -> Q:
    return Q(state=state, published_at=None)


MEASURES = (
    Measure(
        "received",
        pgettext_lazy("cases", "Received"),
        _("Submitted, by the year of their number; drafts do not count."),
        Q(),
    ),
    Measure(
        "accepted",
        pgettext_lazy("cases", "Accepted"),
        _("Passed all three reviews; what was published and withdrawn later stays accepted."),
        ACCEPTED,
        PUBLIC,
    ),
    Measure("declined", pgettext_lazy("cases", "Declined"), _("The editors declined it."), _ended(State.DECLINED)),
    Measure(
        "withdrawn",
        pgettext_lazy("cases", "Withdrawn"),
        _("The submitting side withdrew it before it was accepted."),
        _ended(State.WITHDRAWN),
    ),
    Measure(
        "merged", pgettext_lazy("cases", "Merged"), _("Merged into another case as a duplicate."), _ended(State.MERGED)
    ),
    Measure(
        "open",
        pgettext_lazy("cases", "Open"),
        _("With the editors or with its unit for changes; nothing is decided yet."),
        ~ACCEPTED & ~OVER,
        ~PUBLIC & ~OVER,
    ),
    Measure(
        "returned",
        pgettext_lazy("cases", "Sent back for changes"),
        _("Returned to its unit at least once, whatever became of it; counted beside the others."),
        Q(pk__in=RETURNED),
    ),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
STAGES = (
    State.RECEIVED,
    State.FIRST_REVIEW,
    State.RETURNED,
    State.SECOND_REVIEW,
    State.FINAL_REVIEW,
    State.READY,
)
