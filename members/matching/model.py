"""What each agreement or difference weighs, and the probability of a pair (pure).

`model.json` ships trained numbers: for each field and level m, how often it is seen when the two records are one
person, and u, how often when they are not. A weight is log2(m / u). The prior is the trained one whatever the size
of the rolls where a number or a phone agrees: a wrong pair of that kind comes from somebody's slip or family, and
those grow with the roll as true pairs do. Where only name and date or plate agree, chance grows with the product of
the rolls, and the prior falls with their size. `bench/train_matcher.py` makes the file (`make train-matcher`).
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

SHIPPED = Path(__file__).with_name("model.json")
LEVELS = {
    "id_no": ("same", "repaired", "missing", "differs"),
    "name": ("same", "sound", "alike", "char", "half", "missing", "differs"),
    "phone": ("same", "missing", "differs"),
    "birth": ("same", "missing", "differs"),
    "plate": ("same", "missing", "differs"),
}
FOUND_SHARE = 0.05  # of the larger roll's rows are one person with one of the other's; our choice
SURE = 0.99  # automatic pairs are at least as probable (decision 7)
DOUBTFUL = 0.98  # and a pair that a person must decide never looks like one


class Weighed(NamedTuple):
    """A field's level and what it adds to the weight of evidence, in bits."""

    field: str
    level: str
    weight: float


class Model:
    """Trained numbers; `version` names them in a run's record."""

    def __init__(self, document: dict) -> None:
        self.version = document["version"]
        self.prior = math.log2(document["probability_two_random_records_match"])
        self.weights = {
            (field, level): round(math.log2(numbers["m"] / numbers["u"]), 6)
            for field, levels in document["fields"].items()
            for level, numbers in levels.items()
        }

    def by_level(self) -> dict[str, float]:
        """Return the weights by `field:level`, as a run's record keeps them."""
        return {f"{field}:{level}": weight for (field, level), weight in self.weights.items()}

    def explain(self, levels: dict[str, str]) -> list[Weighed]:
        """Weigh each field that says something; what is missing says nothing."""
        return [
            Weighed(field, level, 0.0 if level == "missing" else self.weights[field, level])
            for field, level in levels.items()
        ]

    def probability(self, explanation: list[Weighed], size: int = 0) -> float:
        """Turn prior and weights into a probability, between rolls of which the larger has `size` rows."""
        levels = {weighed.field: weighed.level for weighed in explanation}
        linked = levels.get("id_no") in {"same", "repaired"} or levels.get("phone") == "same"
        prior = self.prior if linked or not size else min(self.prior, math.log2(FOUND_SHARE / size))
        total = prior + sum(weighed.weight for weighed in explanation)
        return 1 / (1 + 2**-total) if total > -900 else 0.0


@cache
def shipped() -> Model:
    """Load the model that ships with the code."""
    return Model(json.loads(SHIPPED.read_text(encoding="utf-8")))
