"""Where a workbook's table begins, and what a whole file would come to (pure)."""

from collections import Counter
from dataclasses import dataclass, field

SHOWN_FAULTS = 50


@dataclass(frozen=True)
class Layout:
    """Where the table begins and what each column means; `fields` has one entry a column, "" for columns left out."""

    headers: list[str]
    fields: list[str]
    first_row: int


@dataclass
class Examined:
    """What a whole file would come to."""

    total: int = 0
    bad: int = 0
    faults: Counter = field(default_factory=Counter)
    first_bad: list = field(default_factory=list)
