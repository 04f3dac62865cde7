"""Which other cases tell what a case tells: candidates by stored shingles, then compared in full."""

from dataclasses import dataclass

from django.db import connection

from cases.evidence import shingles
from cases.models import Case
from cases.models.case import CaseQuerySet

CANDIDATES = 12
SHOWN = 8
BOILERPLATE_CASES = 50  # our choice: what stands in more cases than this is a formula, nobody's own words
WEAKEST = 0.08
LIFTED = 0.9
NEAR = """
WITH hits AS (
    SELECT shingle, case_id FROM cases_caseshingle
    WHERE is_masked = %(masked)s AND shingle = ANY(%(asked)s) AND case_id <> %(case)s
), rare AS (SELECT shingle FROM hits GROUP BY shingle HAVING count(*) <= %(common)s)
SELECT case_id FROM hits JOIN rare USING (shingle)
GROUP BY case_id ORDER BY count(*) DESC, case_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Alike:
    """Another case with the shares of this text found there: as it stands, and with names masked."""

    case: Case
    share: float
    masked_share: float
    passages: list[shingles.Passage]
    is_lifted: bool

    @property
    def percent(self) -> int:
        """The share in whole percent."""
        return round(self.share * 100)

    @property
    def masked_percent(self) -> int:
        """The share with names masked in whole percent."""
        return round(self.masked_share * 100)

    @property
    def is_renamed(self) -> bool:
        """Whether the two agree far better once names are masked (换名雷同)."""
        return self.masked_share >= 0.5 and self.masked_share - self.share >= 0.1


def alike(case: Case, within: CaseQuerySet) -> list[Alike]:
    """Return the cases of `within` that share most with a case, the most alike first."""
    body = case.current_revision.body
    plain, masked = shingles.shingles(body), shingles.shingles(shingles.masked(body))
    near = {*_near(case, plain, is_masked=False), *_near(case, masked, is_masked=True)}
    found = []
    for other in within.filter(pk__in=near).select_related("organisation", "current_revision"):
        theirs = other.current_revision.body
        whole = shingles.shingles(theirs)
        share = max(shingles.containment(plain, whole), shingles.containment(whole, plain))
        masked_share = shingles.containment(masked, shingles.shingles(shingles.masked(theirs)))
        is_lifted = any(part >= LIFTED for _line, part in shingles.by_paragraph(body, whole))
        if max(share, masked_share) >= WEAKEST or is_lifted:
            found.append(Alike(other, share, masked_share, shingles.passages(body, theirs), is_lifted))
    return sorted(found, key=lambda each: (-max(each.share, each.masked_share), -each.case.pk))[:SHOWN]


def _near(case: Case, hashes: set[int], *, is_masked: bool) -> list[int]:
    asked = {"asked": shingles.sample(hashes), "masked": is_masked, "case": case.pk}
    with connection.cursor() as cursor:
        cursor.execute(NEAR, asked | {"common": BOILERPLATE_CASES, "limit": CANDIDATES})
        return [pk for (pk,) in cursor.fetchall()]
