"""What a poster is made of: flat shapes in millimetres of an A4 page, from its top left corner (pure)."""

from dataclasses import dataclass

from config import lettering

Point = tuple[float, float]
Colour = tuple[int, int, int]

PAGE = (210.0, 297.0)


@dataclass(frozen=True)
class Polygon:
    """A filled outline."""

    points: tuple[Point, ...]
    colour: Colour


@dataclass(frozen=True)
class Box:
    """A filled rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour
    radius: float = 0.0


@dataclass(frozen=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: Colour


@dataclass(frozen=True)
class Words:
    """One line of text; `y` is its baseline, `size` the height of a Chinese character."""

    x: float
    y: float
    text: str
    size: float
    weight: int
    colour: Colour


@dataclass(frozen=True)
class Code:
    """A QR code: its dark modules in a square of `size`, the quiet zone apart."""

    x: float
    y: float
    size: float
    rows: tuple[tuple[int, ...], ...]
    colour: Colour


Shape = Polygon | Box | Disc | Words | Code


def width_of(text: str, size: float, weight: int) -> float:
    """Return how wide a line is set."""
    return lettering.for_picture(weight, 200).getlength(text) * size / 200


def fitted(text: str, size: float, weight: int, room: float) -> float:
    """Return the size, at most `size`, at which the line fits the room."""
    width = width_of(text, size, weight)
    return size if width <= room else size * room / width


def wrapped(text: str, size: float, weight: int, room: float) -> list[str]:
    """Break a text into lines that fit the room; no line begins with a mark that closes something."""
    lines = [""]
    for letter in text:
        if lines[-1] and letter not in "，。、；：！？）》」”" and width_of(lines[-1] + letter, size, weight) > room:
            lines.append("")
        lines[-1] += letter
    return lines


def curve(*through: Point, steps: int = 24) -> list[Point]:
    """Return points of a smooth line through the given ones (Catmull-Rom)."""
    ends = [through[0], *through, through[-1]]
    line = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append(tuple(_between(a[axis], b[axis], c[axis], d[axis], t) for axis in (0, 1)))
    return [*line, through[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
