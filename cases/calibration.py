"""Raw and calibrated scores: harsh and lenient reviewers brought to one mean and one spread (pure).

Method: a reviewer's scores are set off from the own mean in units of the own spread, and put back in the mean and the
spread of everybody. Source: the usual standard score; the least sample and the distance that counts as disagreement
are our choice. It assumes that reviewers met cases of much the same quality, as an even spread makes likely. Whoever
calls it gives scores by one rubric of one call: means of different questions cannot be set against each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, pstdev

LEAST = 5  # cases a reviewer must have scored before the own mean says anything
FAR_APART = 20  # points between the highest and the lowest of a case


@dataclass(frozen=True)
class Score:
    """What one reviewer gave one case."""

    case: int
    reviewer: int
    total: float
    passes: bool = True


@dataclass(frozen=True)
class Result:
    """One case: how many scores, their mean raw and calibrated, how far apart, how many say it fails the gate.

    `calibrated` is None unless at least one of its reviewers has scored enough; scores of the others stand raw in it,
    and `uncalibrated` says how many these are.
    """

    count: int
    raw: float
    calibrated: float | None
    uncalibrated: int
    apart: float
    failed: int

    @property
    def is_disputed(self) -> bool:
        """Whether the reviewers disagree: far apart in points, or divided on the gate."""
        return self.apart >= FAR_APART or 0 < self.failed < self.count

    @property
    def fails(self) -> bool:
        """Whether a reviewer says that it fails the gate, whatever the sum."""
        return self.failed > 0


@dataclass(frozen=True)
class Measure:
    """How one reviewer scores: how many cases, their mean, and how far that lies from the mean of all scores."""

    count: int
    mean: float
    shift: float

    @property
    def lower(self) -> float:
        """How far the mean lies below that of all scores."""
        return -self.shift

    @property
    def is_enough(self) -> bool:
        """Whether the reviewer's scores are calibrated."""
        return self.count >= LEAST


def measures(scores: Iterable[Score]) -> dict[int, Measure]:
    """Return how each reviewer scores."""
    scores, of = list(scores), defaultdict(list)
    for score in scores:
        of[score.reviewer].append(score.total)
    everybody = fmean(score.total for score in scores) if scores else 0.0
    return {who: Measure(len(given), fmean(given), fmean(given) - everybody) for who, given in of.items()}


def calibrated(scores: Iterable[Score], least: int = LEAST) -> dict[tuple[int, int], float]:
    """Return the calibrated score of each (case, reviewer) whose reviewer has scored `least` cases, within 0 to 100."""
    scores, of = list(scores), defaultdict(list)
    for score in scores:
        of[score.reviewer].append(score.total)
    if not scores:
        return {}
    everybody = [score.total for score in scores]
    mean, spread = fmean(everybody), pstdev(everybody)
    own = {who: (fmean(given), pstdev(given)) for who, given in of.items() if len(given) >= least}
    found = {}
    for score in scores:
        if score.reviewer in own:
            centre, width = own[score.reviewer]
            distance = (score.total - centre) / width if width else 0.0
            found[score.case, score.reviewer] = min(max(mean + spread * distance, 0.0), 100.0)
    return found


def results(scores: Iterable[Score], least: int = LEAST) -> dict[int, Result]:
    """Return what came of each case that has a score."""
    scores, by_case = list(scores), defaultdict(list)
    adjusted = calibrated(scores, least)
    for score in scores:
        by_case[score.case].append(score)
    return {case: _result(given, adjusted) for case, given in by_case.items()}


def _result(given: list[Score], adjusted: dict[tuple[int, int], float]) -> Result:
    totals = [score.total for score in given]
    known = [adjusted.get((score.case, score.reviewer)) for score in given]
    missing = known.count(None)
    mixed = [total if value is None else value for total, value in zip(totals, known, strict=True)]
    return Result(
        count=len(given),
        raw=fmean(totals),
        calibrated=None if missing == len(given) else fmean(mixed),
        uncalibrated=missing,
        apart=max(totals) - min(totals),
        failed=sum(not score.passes for score in given),
    )
