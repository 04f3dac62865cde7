"""The poster's design: a red cloth that runs down into a road, a lorry and a courier on it, the code at its end (pure).

Drawn by us with flat shapes; it shows no emblem.
"""

from dataclasses import dataclass

import segno

from config.lettering import BLACK, BOLD, MEDIUM, REGULAR
from members.poster.shapes import PAGE, Box, Code, Colour, Disc, Polygon, Shape, Words, curve, fitted, width_of, wrapped

TITLE = ("党旗在召唤", "党员亮身份")
CALL = "货车司机、快递员、外卖骑手、网约车司机中的党员"
CALL_2 = "请扫码报到，组织一直在找您"
STEPS = (
    ("扫一扫", "用微信或手机相机，不用账号"),
    ("填三项", "姓名、手机号、原来所在的党支部"),
    ("等联系", "工作人员核实后与您联系，接您归队"),
)
PROMISE = "填写前会说明谁在用、用多久；填错可改，随时可撤回并删除。没有手机，请窗口工作人员代为登记。"

WIDTH, HEIGHT = PAGE
MARGIN = 17.0
RED, DEEP, DARK, BRIGHT = (184, 32, 27), (160, 26, 22), (132, 20, 17), (203, 48, 38)
GOLD, PALE_GOLD, PAPER, WHITE = (244, 205, 120), (250, 231, 188), (253, 249, 241), (255, 255, 255)
INK, SOFT, LINE = (38, 33, 31), (104, 94, 88), (228, 216, 198)
HILL, GLASS, SLATE = (247, 234, 211), (214, 230, 236), (72, 78, 92)


@dataclass(frozen=True)
class Facts:
    """What one poster says: whose window, where it is, and the address in its code."""

    organisation: str
    point: str
    place: str
    contact: str
    address: str


def draw(facts: Facts) -> list[Shape]:
    """Return the poster's shapes, from the ground up."""
    return [
        Box(0, 0, WIDTH, HEIGHT, PAPER),
        *cloth(),
        *headline(facts),
        *road(),
        *lorry(122, 1.06),
        *courier(48, 1.12),
        *card(facts),
        *steps(),
        *footer(facts),
    ]


def cloth() -> list[Shape]:
    """Lay the cloth: folds of four reds, its lower edge in one long wave."""
    edge = curve((-8, 148), (40, 158), (100, 140), (160, 122), (218, 132))
    folds = [
        (curve((-8, 122), (45, 136), (105, 118), (165, 100), (218, 108)), RED),
        (curve((-8, 60), (50, 34), (110, 62), (160, 78), (218, 48)), BRIGHT),
        (curve((-8, 34), (45, 8), (105, 36), (165, 54), (218, 22)), RED),
    ]
    shapes: list[Shape] = [Polygon(((-8, 0), (218, 0), *reversed(edge)), DEEP)]
    shapes += [Polygon(((-8, 0), (218, 0), *reversed(line)), colour) for line, colour in folds]
    shapes.append(
        ribbon(curve((-8, 148), (40, 158), (100, 140), (160, 122), (218, 132)), (0.0, 2.2, 1.2, 2.6, 0.6), GOLD)
    )
    return shapes


def headline(facts: Facts) -> list[Shape]:
    """Set who calls, and the call in two lines of five characters."""
    size = (WIDTH - 2 * MARGIN) / 5
    name = f"{facts.organisation}"
    small = fitted(name, 6.2, MEDIUM, WIDTH - 2 * MARGIN)
    return [
        Words(MARGIN, 24, name, small, MEDIUM, PALE_GOLD),
        Words(MARGIN, 28 + size * 0.9, TITLE[0], size, BLACK, WHITE),
        Words(MARGIN, 28 + size * 1.98, TITLE[1], size, BLACK, GOLD),
        Words(MARGIN, 28 + size * 2.42, CALL, fitted(CALL, 7, BOLD, 176), BOLD, WHITE),
        Words(MARGIN, 28 + size * 2.74, CALL_2, 7, MEDIUM, PALE_GOLD),
    ]


def ribbon(line: list, thickness: tuple[float, ...], colour: Colour) -> Polygon:
    """Make a band below a line, whose thickness swells and shrinks along it."""
    last = len(line) - 1
    lower = []
    for number, (x, y) in enumerate(line):
        place = number / last * (len(thickness) - 1)
        at = min(int(place), len(thickness) - 2)
        share = place - at
        lower.append((x, y + thickness[at] * (1 - share) + thickness[at + 1] * share))
    return Polygon((*line, *reversed(lower)), colour)


def road() -> list[Shape]:
    """Lay hills, and the road before them with its broken line."""
    hill = curve((-8, 168), (30, 158), (70, 163), (100, 156), (135, 139), (175, 131), (218, 136))
    upper = curve((-8, 173), (50, 174), (110, 169), (165, 155), (218, 145))
    lower = curve((218, 157), (165, 167), (110, 181), (50, 186), (-8, 185))
    middle = curve((-8, 179.6), (50, 180.4), (110, 175.2), (165, 161), (218, 151), steps=40)
    dashes = [
        Polygon((*middle[at : at + 9], *((x, y + 0.9) for x, y in reversed(middle[at : at + 9]))), PALE_GOLD)
        for at in range(4, len(middle) - 9, 18)
    ]
    return [Polygon((*hill, (218, 190), (-8, 190)), HILL), Polygon((*upper, *lower), DARK), *dashes]


LANE = curve((-8, 176.4), (50, 177.4), (110, 172.2), (165, 158.2), (218, 148.2))  # where wheels touch


def lorry(x: float, scale: float) -> list[Shape]:
    """Draw a lorry seen from its right side, on the road."""
    put = standing(x, scale, length=64)
    shapes: list[Shape] = [
        put((0, -30), (45, -30), (45, -5), (0, -5), colour=WHITE),
        put((0, -30), (45, -30), (45, -28.8), (0, -28.8), colour=LINE),
        put((0, -14.5), (45, -14.5), (45, -9), (0, -9), colour=BRIGHT),
        put((0, -8), (45, -8), (45, -7), (0, -7), colour=GOLD),
        put((46.4, -25), (57.4, -25), (63, -14), (63, -5), (46.4, -5), colour=RED),
        put((50, -22.4), (56.4, -22.4), (60.6, -14.4), (50, -14.4), colour=GLASS),
        put((-1, -5.4), (64, -5.4), (64, -3), (-1, -3), colour=INK),
        put((61, -9), (63, -9), (63, -6.4), (61, -6.4), colour=GOLD),
    ]
    for wheel in (8, 18, 54):
        centre = put.at(wheel, -2.4)
        shapes += [Disc(*centre, 4.6 * scale, INK), Disc(*centre, 1.9 * scale, LINE)]
    return shapes


def courier(x: float, scale: float) -> list[Shape]:
    """Draw a courier on a scooter with a box behind, on the road."""
    put = standing(x, scale, length=36)
    skin = (232, 190, 160)
    wheels = [put.at(wheel, -1.8) for wheel in (5, 32)]
    return [
        put((0, -21.5), (12, -21.5), (12, -10), (0, -10), colour=BRIGHT),
        put((0, -17.4), (12, -17.4), (12, -15.8), (0, -15.8), colour=PALE_GOLD),
        put((2.6, -9.6), (20, -9.6), (24, -4.4), (30, -4.4), (30, -2), (2, -2), colour=INK),
        put((27.6, -17.4), (30.2, -17.4), (33.4, -3), (31, -3), colour=INK),
        put((24.8, -18.4), (30.4, -19), (30.4, -17.2), (24.8, -16.6), colour=INK),
        put((14, -11), (21.4, -11.2), (25, -4.8), (22.2, -3.4), (18.8, -7.8), (14, -7.4), colour=SLATE),
        put((12.8, -21.6), (18.6, -23), (21.4, -10.6), (12.8, -9.4), colour=RED),
        put((16.6, -20.8), (19, -22), (27.4, -17.6), (26.2, -15.4), colour=DEEP),
        Disc(*put.at(17.6, -26.2), 3.8 * scale, skin),
        put((13.4, -26.4), (14.2, -29.2), (16.6, -30.6), (19.4, -30.2), (21.9, -27), (21.9, -26), colour=GOLD),
        *(Disc(*centre, 4.2 * scale, INK) for centre in wheels),
        *(Disc(*centre, 1.7 * scale, LINE) for centre in wheels),
    ]


def standing(x: float, scale: float, length: float) -> "Placing":
    """Return the placing of something that stands on the road from `x` on, inclined as the road is there."""
    first, last = height_at(x), height_at(x + length * scale)
    return Placing(x, first - 2.2 * scale, scale, rise=(last - first) / (length * scale))


def height_at(x: float) -> float:
    """Return how far down the page wheels touch the road at `x`."""
    return min(LANE, key=lambda point: abs(point[0] - x))[1]


class Placing:
    """Places a drawing's points on the page: moved, scaled, and sheared upwards by `rise` to stand on a slope."""

    def __init__(self, x: float, y: float, scale: float, rise: float) -> None:
        self.x, self.y, self.scale, self.rise = x, y, scale, rise

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of one point."""
        return (self.x + x * self.scale, self.y + (y + x * self.rise) * self.scale)

    def __call__(self, *points: tuple[float, float], colour: Colour) -> Polygon:
        """Return a polygon."""
        return Polygon(tuple(self.at(*point) for point in points), colour)


def card(facts: Facts) -> list[Shape]:
    """Lay the white card with the code; its quiet zone is the card itself."""
    side, left, top = 66.0, MARGIN, 197.0
    code = segno.make(facts.address, error="q", boost_error=True, micro=False)
    rows = tuple(tuple(row) for row in code.matrix)
    inner = side - 11
    shown = facts.address.removeprefix("https://").removeprefix("http://")
    size = fitted(shown, 3.4, MEDIUM, side - 8)
    return [
        Box(left - 0.5, top - 0.5, side + 1, side + 9, LINE, 3.4),
        Box(left, top, side, side + 8, WHITE, 3),
        Code(left + 5.5, top + 5.5, inner, rows, INK),
        Words(left + (side - width_of(shown, size, MEDIUM)) / 2, top + side + 3.4, shown, size, MEDIUM, SOFT),
    ]


def steps() -> list[Shape]:
    """Set the three steps beside the code, numbered by discs."""
    left, top = MARGIN + 66 + 12, 204.0
    shapes: list[Shape] = []
    for number, (head, text) in enumerate(STEPS):
        y = top + number * 19.5
        figure = str(number + 1)
        shapes += [
            Disc(left + 4.6, y, 4.6, RED),
            Words(left + 4.6 - width_of(figure, 6, BOLD) / 2, y + 2.15, figure, 6, BOLD, WHITE),
            Words(left + 13, y + 2.6, head, 7.6, BLACK, RED),
        ]
        for at, line in enumerate(wrapped(text, 4.5, REGULAR, WIDTH - MARGIN - left - 13)):
            shapes.append(Words(left + 13, y + 9.6 + at * 6.2, line, 4.5, REGULAR, INK))
    return shapes


def footer(facts: Facts) -> list[Shape]:
    """Say which window this is, where, and what becomes of the data."""
    left, room = MARGIN + 66 + 12, WIDTH - MARGIN - (MARGIN + 66 + 12)
    place = "　".join(part for part in (facts.place, facts.contact) if part)
    shapes: list[Shape] = [Box(left, 258.2, room, 0.3, LINE)]
    shapes.append(Words(left, 265, facts.point, fitted(facts.point, 5.4, BOLD, room), BOLD, INK))
    shapes.append(Words(left, 271, place, fitted(place, 4.2, REGULAR, room), REGULAR, SOFT))
    for at, line in enumerate(wrapped(PROMISE, 3.6, REGULAR, WIDTH - 2 * MARGIN)):
        shapes.append(Words(MARGIN, 281 + at * 5.2, line, 3.6, REGULAR, SOFT))
    return shapes
