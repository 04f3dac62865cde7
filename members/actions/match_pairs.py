"""What the workers of a data match, in one office or blind, keep of a comparison: pairs, a sample of them, counts."""

import math
import random
from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from members import audit
from members.actions.match_notice import ask_approval
from members.matching.model import Model
from members.matching.resolve import Pair
from members.models import MatchCandidate, MatchRun
from members.models.match import MatchState, PairState

SAMPLE_SHARE = 0.02  # of the automatic pairs go to a person, unmarked (decision 3)


def store(run: MatchRun, pairs: list[Pair], handles: Iterable[tuple[str, str]], model: Model) -> None:
    """Write the pairs of a locked run, strongest first; the sampled ones look like any other pair to decide.

    `handles` are the practitioner's and the member's of each pair. Side effects in order: pairs, run, audit row,
    notices after commit.
    """
    automatic = [place for place, pair in enumerate(pairs) if pair.is_automatic]
    sampled = set(random.SystemRandom().sample(automatic, math.ceil(SAMPLE_SHARE * len(automatic))))
    run.candidates.all().delete()
    MatchCandidate.objects.bulk_create(
        [
            _candidate(run, place, pair, pair_handles, place in sampled)
            for place, (pair, pair_handles) in enumerate(zip(pairs, handles, strict=True))
        ],
        batch_size=1000,
    )
    run.state, run.stage, run.counted_at = MatchState.COUNTED, "", timezone.now()
    run.step_rows = run.step_total
    run.automatic_count, run.sampled_count = len(automatic), len(sampled)
    run.review_count = len(pairs) - len(automatic)
    run.pass_counts = dict(Counter(pair.code for pair in pairs))
    run.model_version, run.weights = model.version, model.by_level()
    run.save()
    counts = {"automatic": len(automatic), "sampled": len(sampled), "review": run.review_count}
    audit.record(actor=run.started_by, event="match.count", target=run, **counts)
    ask_approval(run)


def _candidate(run: MatchRun, place: int, pair: Pair, handles: tuple[str, str], is_sampled: bool) -> MatchCandidate:
    is_for_people = is_sampled or not pair.is_automatic
    return MatchCandidate(
        run=run,
        number=place,
        practitioner_handle=handles[0],
        member_handle=handles[1],
        pass_code=pair.code,
        probability=pair.probability,
        levels=[f"{weighed.field}:{weighed.level}" for weighed in pair.explanation],
        is_automatic=pair.is_automatic,
        is_sampled=is_sampled,
        state=PairState.OPEN if is_for_people else PairState.WAITING,
    )
