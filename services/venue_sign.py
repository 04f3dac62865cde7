"""A venue's sign for the door: kind and name, hours and phone, what is offered, a code that leads to its page (pure).

Drawn with the poster's shapes, one page of A4, the letters embedded.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import segno

from config.lettering import BLACK, BOLD, MEDIUM, REGULAR
from members.poster import rendering
from members.poster.design import DEEP, GOLD, INK, LINE, PALE_GOLD, PAPER, RED, SOFT, WHITE, ribbon
from members.poster.shapes import PAGE, Box, Code, Polygon, Shape, Words, curve, fitted, width_of, wrapped

WIDTH, HEIGHT = PAGE
MARGIN = 17.0
ROOM = WIDTH - 2 * MARGIN
WELCOME = "货车司机、快递员、外卖骑手、网约车司机，欢迎进来歇一歇"
SCAN = "扫码看地址、时间和服务"
MOST_OFFERS, FEW_OFFERS = 12, 8


@dataclass(frozen=True)
class Facts:
    """What a sign says. `services` is text as it was typed, its parts on lines or between commas."""

    kind: str
    name: str
    keeper: str
    address: str
    hours: str
    phone: str
    services: str
    link: str

    @property
    def offers(self) -> list[str]:
        """The services one by one, as many as the sign has room for."""
        parts = [part.strip(" 。") for part in re.split(r"[\n、,，;；]", self.services)]
        return [part for part in parts if part][:MOST_OFFERS]


@lru_cache(maxsize=32)
def made(facts: Facts) -> bytes:
    """Return the sign as a PDF of A4."""
    return rendering.pdf(draw(facts), "a4", facts.name)


def draw(facts: Facts) -> list[Shape]:
    """Return the sign's shapes, from the ground up."""
    return [Box(0, 0, WIDTH, HEIGHT, PAPER), *_cloth(), *_head(facts), *_offers(facts), *_foot(facts)]


def _cloth() -> list[Shape]:
    edge = curve((-8, 112), (40, 122), (100, 108), (160, 100), (218, 110))
    fold = curve((-8, 70), (50, 50), (110, 74), (160, 88), (218, 62))
    return [
        Polygon(((-8, 0), (218, 0), *reversed(edge)), RED),
        Polygon(((-8, 0), (218, 0), *reversed(fold)), DEEP),
        ribbon(edge, (0.0, 2.2, 1.2, 2.4, 0.6), GOLD),
    ]


def _head(facts: Facts) -> list[Shape]:
    """Set the keeper, the kind in the largest letters, the name below it."""
    kind = fitted(facts.kind, 42, BLACK, ROOM)
    keeper = fitted(facts.keeper, 6, MEDIUM, ROOM)
    lines = wrapped(facts.name, 9.5, BOLD, ROOM)[:2]
    shapes: list[Shape] = [
        Words(MARGIN, 24, facts.keeper, keeper, MEDIUM, PALE_GOLD),
        Words(MARGIN, 32 + kind * 0.88, facts.kind, kind, BLACK, WHITE),
    ]
    top = 32 + kind * 0.88 + 19
    return shapes + [Words(MARGIN, top + at * 12, line, 9.5, BOLD, GOLD) for at, line in enumerate(lines)]


def _offers(facts: Facts) -> list[Shape]:
    """Set who is welcome, and the services in two columns."""
    shapes: list[Shape] = [Words(MARGIN, 136, WELCOME, fitted(WELCOME, 6.6, BOLD, ROOM), BOLD, INK)]
    column = ROOM / 2
    size, step = (7.6, 13.0) if len(facts.offers) <= FEW_OFFERS else (5.6, 9.5)
    for number, offer in enumerate(facts.offers):
        left, y = MARGIN + number % 2 * column, 151 + number // 2 * step
        shapes += [
            Box(left, y - size * 0.64, 2.6, 2.6, RED),
            Words(left + 6, y, offer, fitted(offer, size, REGULAR, column - 10), REGULAR, INK),
        ]
    return shapes


def _foot(facts: Facts) -> list[Shape]:
    """Lay the code on its card at the right, hours, phone and address beside it."""
    side, top = 62.0, 209.0
    left = WIDTH - MARGIN - side
    rows = tuple(tuple(row) for row in segno.make(facts.link, error="q", boost_error=True, micro=False).matrix)
    shown = facts.link.removeprefix("https://").removeprefix("http://")
    small = fitted(shown, 3.4, MEDIUM, side - 6)
    call = fitted(SCAN, 4.6, BOLD, side - 8)
    shapes: list[Shape] = [
        Box(left - 0.5, top - 0.5, side + 1, side + 15, LINE, 3.4),
        Box(left, top, side, side + 14, WHITE, 3),
        Code(left + 6, top + 6, side - 12, rows, INK),
        Words(left + (side - width_of(SCAN, call, BOLD)) / 2, top + side + 3, SCAN, call, BOLD, RED),
        Words(left + (side - width_of(shown, small, MEDIUM)) / 2, top + side + 9.4, shown, small, MEDIUM, SOFT),
    ]
    y, room = top + 6, left - 10 - MARGIN
    for label, text, most in (("开放时间", facts.hours, 2), ("电话", facts.phone, 1), ("地址", facts.address, 3)):
        if not text:
            continue
        shapes.append(Words(MARGIN, y, label, 4.4, MEDIUM, SOFT))
        for line in wrapped(text, 6.4, BOLD, room)[:most]:
            y += 8.6
            shapes.append(Words(MARGIN, y, line, 6.4, BOLD, INK))
        y += 11
    return shapes
