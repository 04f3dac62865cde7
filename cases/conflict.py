"""Conflict of interest (回避): which bodies a person may not judge the cases of (pure).

Source: 图书质量保障体系 and the rules of award juries ask members to stay away from their own bodies; that a body above
or below counts as one's own below the province is our choice: a provincial jury would otherwise have nobody left.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Body(NamedTuple):
    """A body's place in the tree, and whether it stands below the province."""

    path: str
    is_low: bool


def is_own(body: Body, own: Iterable[Body]) -> bool:
    """Tell whether a body is one of a person's own, or stands above or below one of them under the province."""
    return any(_related(body, each) for each in own)


def is_superior(body: Body, own: Iterable[Body]) -> bool:
    """Tell whether one of a person's own bodies stands above this one, and none is this one or stands below it."""
    related = [each for each in own if _related(body, each)]
    return bool(related) and all(body.path != each.path and body.path.startswith(each.path) for each in related)


def _related(one: Body, other: Body) -> bool:
    if one.path == other.path:
        return True
    if one.path.startswith(other.path):
        return other.is_low
    return other.path.startswith(one.path) and one.is_low


def above(path: str) -> list[str]:
    """Return the paths of the bodies above a body, the topmost first."""
    parts = path.rstrip(".").split(".")
    return [".".join(parts[:count]) + "." for count in range(1, len(parts))]
