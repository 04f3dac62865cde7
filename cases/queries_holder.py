"""What the holder of a case's own link reads beside the text: how it went on, letters, photos, its call."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import letters, queries, queries_callcheck, workflow
from cases.callcheck import Finding
from cases.models import Case, CasePhoto, Decision, Letter, LetterItem
from cases.models.letter import LetterKind, LetterState
from members.middleware import whole_scope

MOST_LETTERS = 20
SENT_OUT = (LetterState.SENT, LetterState.UNSURE, LetterState.BOUNCED, LetterState.HANDED)
TO_CONTRIBUTOR = (
    LetterKind.PUBLISHED,
    LetterKind.ACCEPTED,
    LetterKind.DECLINED,
    LetterKind.JOINED,
    LetterKind.RETURNED,
    LetterKind.REMINDER,
    LetterKind.QUESTION,
    LetterKind.OTHER,
)
THE_DESK = gettext_lazy("the editors")
YOU = gettext_lazy("you")


@dataclass(frozen=True)
class Step:
    """One decision in the words of the submitting side."""

    label: str
    who: str
    at: datetime
    note: str


@dataclass(frozen=True)
class Read:
    """One letter that went out about this case alone."""

    subject: str
    body: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """All that stands on the holder's page beside the text and its form."""

    told: str
    steps: list[Step]
    closing: Step | None
    letters: list[Read]
    photos: list[CasePhoto]
    findings: list[Finding]
    public_url: str


def standing(case: Case) -> Standing:
    """Gather a case's way so far for who sent it in; five queries."""
    steps = _steps(case)
    entry = getattr(case, "library_entry", None)
    ended = case.status in workflow.ENDED and steps
    return Standing(
        told=str(queries.told(case)),
        steps=steps,
        closing=steps[0] if ended and steps[0].note else None,
        letters=_letters(case),
        photos=list(case.photos.in_order()),
        findings=queries_callcheck.of_case(case),
        public_url=entry.get_absolute_url() if entry is not None and entry.withdrawn_at is None else "",
    )


def _steps(case: Case) -> list[Step]:
    """Return what was decided, newest first, without what the desk settles within itself or took back."""
    rows = case.decisions.filter(voided_by=None).exclude(kind__in=workflow.INTERNAL).order_by("-pk")
    return [
        Step(
            str(row.get_kind_display()),
            str(YOU if workflow.TRANSITIONS[Decision.Kind(row.kind)].by_author else THE_DESK),
            row.decided_at,
            row.note,
        )
        for row in rows
    ]


def _letters(case: Case) -> list[Read]:
    """Return the letters that left the desk, newest first. What also speaks of another case is not shown here.

    The key of the page stands in no stored letter: its mark is read as the page one looks at.
    """
    mark = letters.LINK % {"number": case.number}
    with whole_scope():
        others = LetterItem.objects.exclude(case=case).values("letter")
        found = (
            Letter.objects.filter(items__case=case, state__in=SENT_OUT, kind__in=TO_CONTRIBUTOR)
            .exclude(pk__in=others)
            .distinct()
            .order_by("-created_at", "-pk")
        )
        rows = list(found[:MOST_LETTERS])
    return [Read(row.subject, row.body.replace(mark, _("(this page)")), row.sent_at or row.created_at) for row in rows]
