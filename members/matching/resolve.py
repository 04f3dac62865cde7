"""From levels to pairs: weigh, settle who is alone, one member for one practitioner (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from members.matching import passes
from members.matching.model import DOUBTFUL, SURE, Model, Weighed

FIELDS = ("id_no", "name", "phone", "birth", "plate")


class Pair(NamedTuple):
    """Two rows (places in their rolls), the pass, the probability and what it is made of."""

    practitioner: int
    member: int
    probability: float
    code: str
    explanation: tuple[Weighed, ...]

    @property
    def is_automatic(self) -> bool:
        """Tell whether no person needs to decide."""
        return not self.code.startswith("review-")


def resolve(found: Iterable[tuple], model: Model, size: int) -> list[Pair]:
    """Weigh every pair found between rolls of which the larger has `size` rows; keep each row's best.

    Strongest first; ties by pass, then by row.
    """
    kinds: dict[tuple[str, ...], tuple[float, str, tuple[Weighed, ...]]] = {}
    rows = []
    for practitioner, member, *levels in found:
        key = tuple(levels)
        if key not in kinds:
            kinds[key] = _weigh(key, model, size)
        if kinds[key][1]:
            rows.append((practitioner, member, key))
    crowded = _crowded(rows, kinds)
    pairs = []
    for practitioner, member, key in rows:
        probability, code, explanation = kinds[key]
        if code in crowded and (practitioner in crowded[code][0] or member in crowded[code][1]):
            code, probability = passes.NOT_ALONE[code], min(probability, DOUBTFUL)
        pairs.append(Pair(practitioner, member, probability, code, explanation))
    pairs.sort(key=lambda pair: (-pair.probability, passes.ORDER[pair.code], pair.practitioner, pair.member))
    taken_practitioners, taken_members, kept = set(), set(), []
    for pair in pairs:
        if pair.practitioner not in taken_practitioners and pair.member not in taken_members:
            taken_practitioners.add(pair.practitioner)
            taken_members.add(pair.member)
            kept.append(pair)
    return kept


def _weigh(key: tuple[str, ...], model: Model, size: int) -> tuple[float, str, tuple[Weighed, ...]]:
    """Return probability, pass and explanation of one combination of levels."""
    code = passes.code(*key)
    levels = dict(zip(FIELDS, key, strict=True))
    shown = {name: level for name, level in levels.items() if level != "missing" or name in {"id_no", "name", "phone"}}
    explanation = tuple(model.explain(shown))
    probability = round(model.probability(list(explanation), size), 9)
    if code in passes.AUTOMATIC and probability < SURE:
        code = passes.NOT_ALONE.get(code, "review-id")
    if code not in passes.AUTOMATIC:
        probability = min(probability, passes.AT_MOST.get(code, DOUBTFUL))
    return probability, code, explanation


def _crowded(rows: list[tuple], kinds: dict) -> dict[str, tuple[set[int], set[int]]]:
    """Name, for passes that count only when nobody else fits, the rows for which somebody else does.

    Passes that share the first word (id, rep, phone) compete: whoever has the number with another name, too.
    """
    left: dict[str, Counter] = defaultdict(Counter)
    right: dict[str, Counter] = defaultdict(Counter)
    for practitioner, member, key in rows:
        family = _family(kinds[key][1])
        left[family][practitioner] += 1
        right[family][member] += 1
    crowds = {
        family: tuple({row for row, times in side[family].items() if times > 1} for side in (left, right))
        for family in left
    }
    return {code: crowds.get(_family(code), (set(), set())) for code in passes.NOT_ALONE}


def _family(code: str) -> str:
    return code.removeprefix("review-").split("-")[0]
