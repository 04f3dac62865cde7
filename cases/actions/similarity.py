"""Keeping the shingles of the present texts."""

from django.db import transaction

from cases.evidence import shingles
from cases.models import Case, CaseShingle


@transaction.atomic
def index(case: Case) -> int:
    """Store the shingles of a case's present text instead of the former ones; return how many."""
    body = case.current_revision.body
    CaseShingle.objects.filter(case=case).delete()
    rows = [
        CaseShingle(case=case, shingle=each, is_masked=is_masked)
        for is_masked, text in ((False, body), (True, shingles.masked(body)))
        for each in shingles.sample(shingles.shingles(text))
    ]
    CaseShingle.objects.bulk_create(rows, batch_size=2000)
    return len(rows)
