"""Spreading cases over reviewers: least load first, nobody on a case they must keep away from (pure)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seat:
    """A case that wants reviewers: how many, of which field, and who may not be one."""

    case: int
    wanted: int
    field: int | None = None
    barred: Collection[int] = frozenset()


@dataclass
class Chair:
    """A reviewer while cases are given out: what lies with them already, what they like, how much they take."""

    reviewer: int
    load: int
    fields: Collection[int] = frozenset()
    most: int | None = None

    @property
    def is_free(self) -> bool:
        """Whether one more may be given."""
        return self.most is None or self.load < self.most


@dataclass
class Spread:
    """What comes of it: pairs of case and reviewer, and the seats nobody could take, by case."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)


def spread(seats: Iterable[Seat], chairs: Collection[Chair]) -> Spread:
    """Give every seat to whoever has least on the table; among equals to whom the field interests.

    Seats that fewest people may take go first, so that nobody is used up elsewhere. The same input gives the same
    pairs, so that what was previewed is what is entered. `chairs` are loaded on the way.
    """
    done, seats = Spread(), list(seats)
    able = {seat.case: [chair for chair in chairs if chair.reviewer not in seat.barred] for seat in seats}
    for seat in sorted(seats, key=lambda seat: (len(able[seat.case]) - seat.wanted, seat.case)):
        free = [chair for chair in able[seat.case] if chair.is_free]
        free.sort(key=lambda chair: (chair.load, seat.field not in chair.fields, chair.reviewer))
        for chair in free[: seat.wanted]:
            chair.load += 1
            done.pairs.append((seat.case, chair.reviewer))
        if len(free) < seat.wanted:
            done.short[seat.case] = seat.wanted - len(free)
    return done
