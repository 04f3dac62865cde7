"""Keeping the shingles of the present texts, the pairs that resemble each other, and what people made of them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from cases.evidence import alike as comparing
from cases.evidence import shingles
from cases.models import Case, CaseShingle, Likeness
from config.errors import WrongState
from members import audit
from members.models import User

GROWN = 10  # percent more than when it was put aside: the pair is shown again


@task()
def index_case(pk: int) -> None:
    """Store what a case's present text is made of, and find whom it resembles now."""
    refresh(pk)


@transaction.atomic
def refresh(pk: int) -> int:
    """Index a case's present text and compare it with all others; return how many pairs stand on record.

    Side effects in order: lock, shingles, pairs.
    """
    case = Case.objects.select_for_update(of=["self"]).select_related("organisation", "current_revision").get(pk=pk)
    index(case)
    return compare(case)


@transaction.atomic
def index(case: Case) -> int:
    """Store the shingles of a case's present text instead of the former ones; return how many."""
    masked = comparing.without_names(case, comparing.region_names())
    CaseShingle.objects.filter(case=case).delete()
    rows = [
        CaseShingle(case=case, shingle=each, is_masked=is_masked)
        for is_masked, text in ((False, case.current_revision.body), (True, masked))
        for each in shingles.sample(shingles.read(text).hashes)
    ]
    CaseShingle.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


@transaction.atomic
def compare(case: Case) -> int:
    """Put on record which cases a case resembles now; pairs that do so no longer go, unless a person judged them."""
    found = comparing.alike(case, Case.objects.exclude(current_revision=None))
    kept = [_put(case, each).pk for each in found]
    if len(found) < comparing.SHOWN:  # else the others may merely be less alike than these
        Likeness.objects.of(case).filter(dismissed_at=None).exclude(pk__in=kept).delete()
    return len(kept)


@transaction.atomic
def dismiss(*, case: Case, other: Case, note: str, by: User) -> Likeness:
    """Put a pair aside: a person has read both, and it needs no more looking at.

    Raises: WrongState when the pair is not on record any more. Side effects in order: lock, mark, audit row.
    """
    row = _locked(case, other)
    if row.dismissed_at is None:
        row.dismissed_at, row.dismissed_by, row.note = timezone.now(), by, note
        row.save(update_fields=["dismissed_at", "dismissed_by", "note"])
        audit.record(actor=by, event="likeness.dismiss", target=case, other=other.pk)
    return row


@transaction.atomic
def restore(*, case: Case, other: Case, by: User) -> Likeness:
    """Ask for a look at a pair again.

    Raises: WrongState when the pair is not on record any more. Side effects in order: lock, mark, audit row.
    """
    row = _locked(case, other)
    if row.dismissed_at is not None:
        row.dismissed_at, row.dismissed_by, row.note = None, None, ""
        row.save(update_fields=["dismissed_at", "dismissed_by", "note"])
        audit.record(actor=by, event="likeness.restore", target=case, other=other.pk)
    return row


def _pair(case: Case, other: Case) -> dict[str, Case]:
    earlier, later = sorted([case, other], key=lambda each: each.pk)
    return {"earlier": earlier, "later": later}


def _locked(case: Case, other: Case) -> Likeness:
    row = Likeness.objects.select_for_update().filter(**_pair(case, other)).first()
    if row is None:
        raise WrongState(_("The texts have changed and these two resemble each other no longer. Reload the page."))
    return row


def _put(case: Case, found: comparing.Alike) -> Likeness:
    """Write a pair as it is now; one put aside comes back where the texts have grown more alike since."""
    pair, measure = _pair(case, found.case), found.measure
    values = {
        "earlier_revision": pair["earlier"].current_revision,
        "later_revision": pair["later"].current_revision,
        "share_percent": measure.percent,
        "masked_percent": measure.masked_percent,
        "longest": found.longest,
        "is_lifted": measure.is_lifted,
        "is_strong": measure.is_strong,
        "found_at": timezone.now(),
    }
    row = Likeness.objects.select_for_update().filter(**pair).first()
    if row is None:
        return Likeness.objects.create(**pair, **values)
    if row.dismissed_at is not None:
        grown = max(measure.percent - row.share_percent, measure.masked_percent - row.masked_percent) >= GROWN
        if not grown and measure.is_lifted <= row.is_lifted:
            return row
        values |= {"dismissed_at": None, "dismissed_by": None, "note": ""}
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return row
