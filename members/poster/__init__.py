"""The check-in poster: drawn once as a list of shapes, rendered as PDF for print and as PNG for screens (pure)."""

from functools import lru_cache

from members.poster import design, rendering

PICTURE_WIDTH = 1654  # A4 at 200 dots an inch
SIZES = ("a4", "a3", "png")


@lru_cache(maxsize=32)
def made(facts: design.Facts, size: str) -> bytes:
    """Return the poster as a PDF of A4 or A3, or as a picture. It takes a second, so the latest ones are kept."""
    shapes = design.draw(facts)
    return rendering.png(shapes, PICTURE_WIDTH) if size == "png" else rendering.pdf(shapes, size, facts.point)
