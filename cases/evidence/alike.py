"""Which other cases tell what a case tells: candidates by stored shingles, then compared in full."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from cases.evidence import passages, shingles
from cases.models import Case
from cases.models.case import CaseQuerySet
from members.models import Region

CANDIDATES = 10
HITS = 3  # stored shingles both must have: a passage of twenty characters has two, a paragraph of 60 seven
SHOWN = 8
BOILERPLATE_CASES = 50  # our choice: what stands in more cases than this is a formula, nobody's own words
WEAKEST = 0.05  # our choice: nine real texts of one subject share 0.01 at most
STRONG = 0.3
MOSTLY = 0.8
LIFTED = 0.9
RENAMED, RENAMED_GAIN = 0.5, 0.1
NEAR = """
SELECT shingle, count(*), CASE WHEN count(*) <= %(common)s THEN array_agg(case_id) END
FROM cases_caseshingle WHERE is_masked = %(masked)s AND shingle = ANY(%(asked)s) AND case_id <> %(case)s
GROUP BY shingle
"""


@dataclass(frozen=True)
class Measure:
    """How far two texts agree: the larger share of one in the other, the same with names masked, the best paragraph."""

    share: float
    masked_share: float
    paragraph_share: float

    @property
    def is_lifted(self) -> bool:
        """Whether a whole paragraph of one stands in the other."""
        return self.paragraph_share >= LIFTED

    @property
    def is_renamed(self) -> bool:
        """Whether the two agree far better once names are masked (换名雷同)."""
        return self.masked_share >= RENAMED and self.masked_share - self.share >= RENAMED_GAIN

    @property
    def is_telling(self) -> bool:
        """Whether a person should look at it at all."""
        return max(self.share, self.masked_share) >= WEAKEST or self.is_lifted

    @property
    def is_strong(self) -> bool:
        """Whether it is worth a place in the queue."""
        return max(self.share, self.masked_share) >= STRONG or self.is_lifted

    @property
    def percent(self) -> int:
        """The share in whole percent."""
        return round(self.share * 100)

    @property
    def masked_percent(self) -> int:
        """The share with names masked in whole percent."""
        return round(self.masked_share * 100)

    @property
    def verdict(self) -> Promise:
        """What may be said of it, and no more."""
        if self.share >= MOSTLY:
            return _("Nearly the whole wording is the same")
        if self.is_renamed:
            return _("With names masked they are much the same: perhaps one text with other names")
        if self.share >= STRONG:
            return _("A large part of the wording is the same")
        if self.is_lifted:
            return _("At least one whole paragraph is the same")
        return _("Single passages are the same")


@dataclass(frozen=True)
class Alike:
    """Another case, and how far its text agrees with ours."""

    case: Case
    measure: Measure
    ours: shingles.Read
    theirs: shingles.Read

    @cached_property
    def shared(self) -> list[passages.Passage]:
        """The stretches both have."""
        return passages.passages(self.ours, self.theirs)

    @property
    def longest(self) -> int:
        """How many characters the longest of them has; 0 for none."""
        return max((each.end - each.start for each in self.shared), default=0)

    @cached_property
    def places(self) -> list[passages.Place]:
        """What to compare, side by side."""
        return passages.places(self.ours, self.theirs, self.shared)


@dataclass(frozen=True)
class Near:
    """What the stored shingles say: cases that share rare ones, the nearest first, and which are formulae."""

    cases: list[int]
    common: set[int]


def alike(case: Case, within: CaseQuerySet) -> list[Alike]:
    """Return the cases of `within` that share most with a case, the most alike first."""
    regions = region_names()
    near = _near(case, shingles.read(case.current_revision.body), is_masked=False)
    hidden = _near(case, shingles.read(without_names(case, regions)), is_masked=True)
    ours = shingles.read(case.current_revision.body, near.common)
    ours_masked = shingles.read(without_names(case, regions), hidden.common)
    others = within.filter(pk__in={*near.cases, *hidden.cases}).exclude(pk=case.pk)
    found = []
    for other in others.select_related("organisation", "current_revision"):
        theirs = shingles.read(other.current_revision.body, near.common)
        theirs_masked = shingles.read(without_names(other, regions), hidden.common)
        measure = Measure(
            share=_either(shingles.containment, ours, theirs),
            masked_share=_either(shingles.containment, ours_masked, theirs_masked),
            paragraph_share=_either(shingles.best_paragraph, ours, theirs),
        )
        if measure.is_telling:
            found.append(Alike(other, measure, ours, theirs))
    return sorted(found, key=lambda one: (-max(one.measure.share, one.measure.masked_share), -one.case.pk))[:SHOWN]


def without_names(case: Case, regions: list[str]) -> str:
    """Return the present text with the names of all places and of the body that sent it in masked."""
    bodies = [name for name in (case.organisation.name, case.organisation.short_name) if name]
    return shingles.masked(case.current_revision.body, [*regions, *bodies])


def region_names() -> list[str]:
    """Return the names of all regions, also without 市 or 县: what is masked in every text."""
    names = list(Region.objects.order_by("pk").values_list("name", flat=True))
    return [*names, *shingles.short_names(names)]


def _either(share: Callable[[shingles.Read, shingles.Read], float], one: shingles.Read, other: shingles.Read) -> float:
    return max(share(one, other), share(other, one))


def _near(case: Case, mine: shingles.Read, *, is_masked: bool) -> Near:
    """Find who shares stored shingles; one that few cases have weighs more."""
    asked = {"asked": shingles.sample(mine.counted), "masked": is_masked, "case": case.pk}
    weights: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    common = set()
    with connection.cursor() as cursor:
        cursor.execute(NEAR, asked | {"common": BOILERPLATE_CASES})
        for shingle, count, pks in cursor.fetchall():
            if pks is None:
                common.add(shingle)
                continue
            for pk in pks:
                weights[pk] += 1 / count
                hits[pk] += 1
    worth = [pk for pk, _weight in weights.most_common() if hits[pk] >= HITS]
    return Near(worth[:CANDIDATES], common)
