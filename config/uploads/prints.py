"""Fingerprints of pictures by which the same photo is known again after saving, shrinking or a little cropping (pure).

Source: the difference hash (dHash) of Neal Krawetz, 2013: whether each cell of a coarse grid is darker than its
neighbour; here both across and down, 128 bits. Our own thirty lines: the library for it brings NumPy and SciPy.
"""

from PIL import Image

SIDE = 8
CROPS = (0, 4, 8)  # percent taken off each side: a cropped copy is known by the inside of the whole one
PLAIN = 16  # of 128 bits set or unset: a sky or a white page, of which any other is a copy


def prints(image):
    """Return for each crop the bits across and down as two signed 64-bit numbers; none for a plain picture."""
    grey = image.convert("L")
    found = []
    for percent in CROPS:
        width, height = grey.size
        left, top = width * percent // 100, height * percent // 100
        part = grey.crop((left, top, max(left + 1, width - left), max(top + 1, height - top)))
        found.append(_print(part))
    ones = sum((number % 2**64).bit_count() for number in found[0])
    return found if PLAIN <= ones <= 2 * SIDE * SIDE - PLAIN else []


def _print(grey):
    across = _bits(grey.resize((SIDE + 1, SIDE), Image.Resampling.BOX), 1, 0)
    down = _bits(grey.resize((SIDE, SIDE + 1), Image.Resampling.BOX), 0, 1)
    return [across, down]


def _bits(small, right, below):
    number = 0
    for y in range(SIDE):
        for x in range(SIDE):
            number = number * 2 + (small.getpixel((x, y)) > small.getpixel((x + right, y + below)))
    return number - 2**64 if number >= 2**63 else number
