"""Where a list of honours is cut off by the scores; who stands level at a cut is named, never chosen here (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

OUT = 0  # the answer for one who stands level and does not come on the list


@dataclass(frozen=True)
class Entrant:
    """A case that may come on the list, with the mean it is ranked by."""

    case: int
    mean: float

    @property
    def shown(self) -> Decimal:
        """The mean as pages show it. Who shows the same stands level: nobody can be told apart by what is not shown."""
        return Decimal(repr(self.mean)).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Share:
    """So many places of one honour."""

    places: int
    honour: str = ""


@dataclass(frozen=True)
class Tie:
    """Cases that stand level at the end of a share (counted from 1) that has `places` left for them."""

    share: int
    places: int
    mean: Decimal
    cases: tuple[int, ...]
    is_settled: bool


@dataclass
class Cut:
    """The cases placed, best first, each with its share; and every tie at a cut. Open while one is not settled."""

    placed: list[tuple[int, int]] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether somebody must say first where those who stand level go."""
        return any(not tie.is_settled for tie in self.ties)


def cut(entrants: Iterable[Entrant], shares: Sequence[Share], answers: Mapping[int, int]) -> Cut:
    """Fill the shares in turn, best mean first; of equals the one given first stands first.

    `answers` says of a case to which share it goes, or `OUT`. It is asked only of cases level at a cut, all of which
    need one; a share may so come to hold more or fewer than its places. Nothing is placed after an open tie.
    """
    left = sorted(entrants, key=lambda one: (-one.shown, -one.mean))
    found = Cut()
    for number, share in enumerate(shares, start=1):
        if len(left) <= share.places:
            found.placed += [(one.case, number) for one in left]
            return found
        edge = left[share.places - 1].shown
        above = [one for one in left if one.shown > edge]
        level = [one for one in left if one.shown == edge]
        if len(above) + len(level) > share.places:
            asked = tuple(one.case for one in level)
            said = [answers.get(case) for case in asked]
            is_settled = all(answer == OUT or (answer or 0) >= number for answer in said if answer is not None)
            is_settled = is_settled and None not in said
            found.ties.append(Tie(number, share.places - len(above), edge, asked, is_settled))
            if not is_settled:
                found.placed += [(one.case, number) for one in above]
                return found
            later = [one for one in level if answers[one.case] > number]
            level = [one for one in level if answers[one.case] == number]
        else:
            later = []
        found.placed += [(one.case, number) for one in above + level]
        left = later + [one for one in left if one.shown < edge]
    return found
