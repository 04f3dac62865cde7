"""Pictures for the demo cases, drawn by us: flat shapes, no photographs of anybody (pure)."""

import io

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1600, 1067
SKY, DUSK, NIGHT = (214, 226, 232), (240, 222, 203), (44, 56, 78)
GROUND, ASPHALT, WALL, WOOD = (176, 182, 160), (92, 98, 104), (236, 231, 222), (166, 128, 92)
RED, INK, PALE, STEEL, LAMP = (176, 42, 36), (52, 60, 70), (250, 248, 244), (134, 150, 160), (247, 214, 140)
SKIN = (226, 188, 158)

Draw = ImageDraw.ImageDraw


def picture(scene: str) -> bytes:
    """Draw a scene by name and return a JPEG of 1600 x 1067 pixels. Raises: KeyError for an unknown scene."""
    image = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    SCENES[scene](ImageDraw.Draw(image))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def outdoors(draw: Draw, sky: tuple = SKY) -> None:
    """Lay sky, hills and ground."""
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=sky)
    hill = tuple(max(0, channel - 26) for channel in sky)
    draw.ellipse((-300, 430, 900, 1200), fill=hill)
    draw.ellipse((620, 480, 2000, 1300), fill=tuple(max(0, channel - 40) for channel in sky))
    draw.rectangle((0, 700, WIDTH, HEIGHT), fill=GROUND)


def room(draw: Draw) -> None:
    """Lay a wall, a skirting and a floor."""
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=WALL)
    draw.rectangle((0, 760, WIDTH, HEIGHT), fill=(206, 190, 168))
    draw.rectangle((0, 748, WIDTH, 764), fill=(190, 174, 150))


def truck(draw: Draw, x: int, y: int, scale: float = 1.0, badge: bool = False) -> None:
    """Draw a lorry heading right; `badge` puts the red mark on its front."""

    def box(left: float, top: float, right: float, bottom: float) -> tuple:
        return (x + left * scale, y + top * scale, x + right * scale, y + bottom * scale)

    draw.rounded_rectangle(box(0, 0, 380, 210), 14 * scale, fill=PALE, outline=STEEL, width=4)
    draw.rectangle(box(0, 150, 380, 176), fill=STEEL)
    draw.rounded_rectangle(box(392, 50, 540, 212), 22 * scale, fill=RED)
    draw.rounded_rectangle(box(440, 72, 530, 130), 10 * scale, fill=(196, 220, 230))
    draw.rectangle(box(-6, 206, 548, 226), fill=INK)
    for wheel in (60, 130, 300, 470):
        draw.ellipse(box(wheel - 38, 190, wheel + 38, 266), fill=INK)
        draw.ellipse(box(wheel - 16, 212, wheel + 16, 244), fill=STEEL)
    if badge:
        draw.ellipse(box(500, 140, 548, 188), fill=LAMP, outline=PALE, width=5)


def person(draw: Draw, x: int, y: int, coat: tuple = INK, scale: float = 1.0) -> None:
    """Draw a standing figure, feet at (x, y)."""
    draw.rounded_rectangle((x - 52 * scale, y - 250 * scale, x + 52 * scale, y - 96 * scale), 34 * scale, fill=coat)
    draw.rectangle((x - 40 * scale, y - 120 * scale, x - 8 * scale, y), fill=(70, 76, 86))
    draw.rectangle((x + 8 * scale, y - 120 * scale, x + 40 * scale, y), fill=(70, 76, 86))
    draw.ellipse((x - 44 * scale, y - 344 * scale, x + 44 * scale, y - 256 * scale), fill=SKIN)
    draw.pieslice((x - 48 * scale, y - 352 * scale, x + 48 * scale, y - 268 * scale), 180, 360, fill=(58, 48, 44))
    draw.ellipse((x + 14 * scale, y - 224 * scale, x + 32 * scale, y - 206 * scale), fill=RED)


def house(draw: Draw, x: int, y: int, width: int, height: int, roof: tuple = RED, lit: bool = False) -> None:
    """Draw a low building with a row of windows, its ground at `y`."""
    draw.rectangle((x, y - height, x + width, y), fill=WALL)
    draw.rectangle((x - 16, y - height - 34, x + width + 16, y - height), fill=roof)
    for column in range(x + 40, x + width - 90, 130):
        draw.rounded_rectangle(
            (column, y - height + 60, column + 80, y - height + 150), 8, fill=LAMP if lit else (176, 204, 216)
        )
    draw.rectangle((x + width // 2 - 40, y - 120, x + width // 2 + 40, y), fill=WOOD)


def table(draw: Draw, left: int, right: int, y: int) -> None:
    """Draw a table top at height `y`."""
    draw.rounded_rectangle((left, y, right, y + 30), 10, fill=WOOD)
    draw.rectangle((left + 30, y + 30, left + 54, y + 240), fill=(132, 98, 68))
    draw.rectangle((right - 54, y + 30, right - 30, y + 240), fill=(132, 98, 68))


def road(draw: Draw) -> None:
    """A lorry on the highway past a service point."""
    outdoors(draw, DUSK)
    draw.ellipse((1180, 160, 1340, 320), fill=(250, 206, 150))
    house(draw, 120, 720, 460, 210)
    draw.polygon([(0, 1067), (0, 800), (1600, 760), (1600, 1067)], fill=ASPHALT)
    for start in range(40, 1600, 240):
        draw.polygon([(start, 930), (start + 130, 926), (start + 134, 942), (start + 2, 946)], fill=PALE)
    truck(draw, 720, 600, 1.15)


def window(draw: Draw) -> None:
    """A service window with a code on the counter."""
    room(draw)
    draw.rounded_rectangle((260, 180, 1340, 620), 20, fill=(222, 232, 236), outline=STEEL, width=10)
    draw.rectangle((260, 130, 1340, 190), fill=RED)
    person(draw, 620, 760, (70, 96, 120), 1.1)
    draw.rectangle((160, 620, 1440, 700), fill=WOOD)
    draw.rectangle((200, 700, 1400, 900), fill=(196, 176, 150))
    draw.rounded_rectangle((980, 380, 1180, 620), 12, fill=PALE, outline=RED, width=8)
    for column in range(6):
        for line in range(6):
            if (column * 5 + line * 3 + column * line) % 3:
                draw.rectangle((1004 + column * 26, 420 + line * 26, 1024 + column * 26, 440 + line * 26), fill=INK)
    person(draw, 1280, 1040, (120, 86, 64), 1.2)


def home(draw: Draw) -> None:
    """A room with two beds."""
    room(draw)
    draw.rounded_rectangle((620, 120, 980, 420), 10, fill=NIGHT, outline=PALE, width=16)
    draw.ellipse((860, 160, 920, 220), fill=LAMP)
    for left in (140, 920):
        draw.rounded_rectangle((left, 600, left + 540, 700), 24, fill=PALE)
        draw.rounded_rectangle((left + 170, 590, left + 540, 720), 24, fill=RED if left == 140 else STEEL)
        draw.rounded_rectangle((left + 20, 560, left + 170, 640), 26, fill=(255, 255, 252))
        draw.rectangle((left - 10, 480, left + 14, 860), fill=WOOD)
        draw.rectangle((left, 700, left + 550, 780), fill=WOOD)
    draw.rounded_rectangle((730, 620, 870, 780), 8, fill=WOOD)
    draw.polygon([(770, 560), (830, 560), (850, 620), (750, 620)], fill=LAMP)


def canteen(draw: Draw) -> None:
    """A night table with hot bowls."""
    room(draw)
    draw.rectangle((0, 0, WIDTH, 748), fill=(226, 214, 196))
    for lamp in (400, 800, 1200):
        draw.line((lamp, 0, lamp, 150), fill=INK, width=6)
        draw.polygon([(lamp - 70, 220), (lamp + 70, 220), (lamp + 40, 150), (lamp - 40, 150)], fill=RED)
        draw.ellipse((lamp - 20, 214, lamp + 20, 250), fill=LAMP)
    person(draw, 460, 800, (86, 104, 88), 1.25)
    person(draw, 1080, 800, (120, 86, 64), 1.25)
    table(draw, 240, 1360, 660)
    for bowl in (420, 760, 1100):
        draw.pieslice((bowl, 560, bowl + 140, 700), 0, 180, fill=PALE, outline=STEEL)
        for steam in (40, 70, 100):
            draw.arc((bowl + steam - 14, 540, bowl + steam + 14, 610), 90, 270, fill=STEEL, width=4)


def office(draw: Draw) -> None:
    """Two people over a list in a dispatch room."""
    room(draw)
    draw.rounded_rectangle((180, 120, 800, 470), 12, fill=(214, 228, 234), outline=STEEL, width=8)
    draw.line((220, 400, 360, 300, 500, 340, 640, 220, 760, 240), fill=RED, width=10)
    draw.rounded_rectangle((980, 140, 1380, 440), 8, fill=PALE, outline=STEEL, width=6)
    for line in range(5):
        draw.rectangle((1020, 190 + line * 48, 1300, 204 + line * 48), fill=STEEL)
        draw.rectangle((1320, 184 + line * 48, 1346, 210 + line * 48), fill=RED if line < 3 else WALL)
    person(draw, 620, 860, (70, 96, 120), 1.3)
    person(draw, 960, 860, (120, 86, 64), 1.3)
    table(draw, 320, 1280, 760)
    draw.polygon([(700, 740), (880, 740), (900, 766), (680, 766)], fill=PALE)


def meeting(draw: Draw) -> None:
    """A founding meeting under a plain red banner."""
    room(draw)
    draw.rectangle((200, 90, 1400, 200), fill=RED)
    draw.rectangle((240, 136, 1360, 148), fill=LAMP)
    for number, x in enumerate(range(260, 1400, 180)):
        person(draw, x, 900 - (number % 2) * 60, (70 + number * 8, 86, 104), 1.2)
    draw.rectangle((0, 960, WIDTH, HEIGHT), fill=WOOD)


def station(draw: Draw) -> None:
    """A roadside station with a bench and a kettle."""
    outdoors(draw)
    house(draw, 420, 820, 760, 330)
    draw.rectangle((520, 430, 1080, 480), fill=PALE)
    draw.rectangle((540, 448, 1060, 462), fill=RED)
    draw.rounded_rectangle((180, 780, 400, 810), 8, fill=WOOD)
    draw.rectangle((200, 810, 216, 870), fill=WOOD)
    draw.rectangle((364, 810, 380, 870), fill=WOOD)
    truck(draw, 1100, 800, 0.8)


def visit(draw: Draw) -> None:
    """A visit at a farmhouse door."""
    outdoors(draw, DUSK)
    house(draw, 700, 860, 700, 380, roof=(120, 96, 84))
    person(draw, 560, 960, (70, 96, 120), 1.4)
    person(draw, 960, 930, (150, 104, 84), 1.25)
    draw.rounded_rectangle((600, 760, 680, 850), 8, fill=RED)
    draw.rectangle((632, 744, 648, 764), fill=RED)


def parking(draw: Draw) -> None:
    """Marked bays under lamps at night."""
    outdoors(draw, NIGHT)
    draw.rectangle((0, 700, WIDTH, HEIGHT), fill=ASPHALT)
    for lamp in (260, 860, 1460):
        draw.rectangle((lamp - 6, 330, lamp + 6, 760), fill=STEEL)
        draw.ellipse((lamp - 46, 300, lamp + 46, 350), fill=LAMP)
    for bay in range(60, 1700, 500):
        draw.polygon([(bay, 1067), (bay + 60, 780), (bay + 72, 780), (bay + 16, 1067)], fill=PALE)
    truck(draw, 160, 640, 0.75)
    truck(draw, 680, 640, 0.75)


def wheel(draw: Draw) -> None:
    """A lorry with the mark on its front, ready to leave."""
    outdoors(draw)
    draw.rectangle((0, 840, WIDTH, HEIGHT), fill=ASPHALT)
    truck(draw, 360, 520, 1.7, badge=True)
    person(draw, 240, 1010, (86, 104, 88), 1.2)


def site(draw: Draw) -> None:
    """Two people with a plan before a viaduct."""
    outdoors(draw)
    draw.rectangle((0, 330, WIDTH, 390), fill=STEEL)
    for pier in range(120, 1600, 340):
        draw.polygon([(pier, 390), (pier + 110, 390), (pier + 90, 760), (pier + 20, 760)], fill=(158, 168, 172))
    draw.rounded_rectangle((940, 262, 1480, 332), 30, fill=PALE)
    draw.rectangle((940, 310, 1480, 322), fill=RED)
    person(draw, 560, 1000, (196, 150, 60), 1.4)
    person(draw, 800, 1000, (70, 96, 120), 1.4)
    draw.polygon([(610, 760), (760, 740), (770, 830), (620, 850)], fill=PALE, outline=INK)


def bus(draw: Draw) -> None:
    """A bus at its stop with a sign of arrivals."""
    outdoors(draw)
    draw.rectangle((0, 840, WIDTH, HEIGHT), fill=ASPHALT)
    draw.rounded_rectangle((420, 500, 1340, 880), 40, fill=(74, 128, 104))
    for pane in range(470, 1250, 150):
        draw.rounded_rectangle((pane, 550, pane + 124, 680), 10, fill=(206, 226, 230))
    for tyre in (600, 1160):
        draw.ellipse((tyre - 60, 820, tyre + 60, 940), fill=INK)
        draw.ellipse((tyre - 26, 854, tyre + 26, 906), fill=STEEL)
    draw.rectangle((214, 420, 230, 860), fill=INK)
    draw.rounded_rectangle((110, 330, 340, 470), 10, fill=INK)
    for line in range(3):
        draw.rectangle((134, 358 + line * 34, 260 + line * 20, 372 + line * 34), fill=LAMP)
    person(draw, 300, 960, (150, 104, 84), 1.1)


SCENES = {
    "road": road,
    "window": window,
    "home": home,
    "canteen": canteen,
    "office": office,
    "meeting": meeting,
    "station": station,
    "visit": visit,
    "parking": parking,
    "wheel": wheel,
    "site": site,
    "bus": bus,
}
