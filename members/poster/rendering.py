"""A list of shapes as a PDF with its letters embedded, or as a PNG (pure)."""

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterable

from fpdf import FPDF
from PIL import Image, ImageDraw

from config import lettering
from members.poster.shapes import PAGE, Box, Code, Disc, Polygon, Shape, Words

WIDTHS = {"a4": 210.0, "a3": 297.0}  # millimetres
FINE = 2  # pictures are drawn so many times finer, then reduced: smooth edges
POINT = 72 / 25.4


def pdf(shapes: Iterable[Shape], size: str, title: str) -> bytes:
    """Return one page of A4 or A3: everything vector, the letters as an embedded font."""
    shapes = list(shapes)
    scale = WIDTHS[size] / PAGE[0]
    page = FPDF(unit="mm", format=(PAGE[0] * scale, PAGE[1] * scale))
    page.set_title(title)
    page.set_lang("zh-CN")
    page.set_auto_page_break(auto=False)
    _embed_fonts(page, shapes)
    page.add_page()
    for shape in shapes:
        page.set_fill_color(*shape.colour)
        PDF_PAINTERS[type(shape)](page, shape, scale)
    return bytes(page.output())


def png(shapes: Iterable[Shape], width: int) -> bytes:
    """Return a picture so many pixels wide."""
    scale = width * FINE / PAGE[0]
    image = Image.new("RGB", (width * FINE, round(PAGE[1] * scale)), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        PICTURE_PAINTERS[type(shape)](draw, shape, scale)
    out = io.BytesIO()
    image.reduce(FINE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _embed_fonts(page: FPDF, shapes: list[Shape]) -> None:
    letters = defaultdict(str)
    for shape in shapes:
        if isinstance(shape, Words):
            letters[shape.weight] += shape.text
    for weight, text in letters.items():
        with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
            file.write(lettering.for_pdf(weight, text))
            file.flush()
            page.add_font(f"noto{weight}", "", file.name)


def _pdf_polygon(page: FPDF, shape: Polygon, scale: float) -> None:
    page.polygon([(x * scale, y * scale) for x, y in shape.points], style="F")


def _pdf_box(page: FPDF, shape: Box, scale: float) -> None:
    place = [part * scale for part in (shape.x, shape.y, shape.width, shape.height)]
    if shape.radius:
        page.rect(*place, style="F", round_corners=True, corner_radius=shape.radius * scale)
    else:
        page.rect(*place, style="F")


def _pdf_disc(page: FPDF, shape: Disc, scale: float) -> None:
    page.circle(shape.x * scale, shape.y * scale, shape.radius * scale, style="F")


def _pdf_words(page: FPDF, shape: Words, scale: float) -> None:
    page.set_font(f"noto{shape.weight}", size=shape.size * scale * POINT)
    page.set_text_color(*shape.colour)
    page.text(shape.x * scale, shape.y * scale, shape.text)


def _pdf_code(page: FPDF, shape: Code, scale: float) -> None:
    """Draw all modules as one path: drawn one by one, their edges would show as hairlines on some screens."""
    side = shape.size / len(shape.rows) * scale
    height = page.h * POINT
    parts = []
    for x, y, length in _runs(shape.rows):
        left, top = shape.x * scale + x * side, shape.y * scale + y * side
        box = (left * POINT, height - (top + side) * POINT, length * side * POINT, side * POINT)
        parts.append("{:.3f} {:.3f} {:.3f} {:.3f} re".format(*box))
    page._out(" ".join([*parts, "f"]))


def _runs(rows: tuple[tuple[int, ...], ...]) -> Iterable[tuple[int, int, int]]:
    """Yield column, row and length of each run of dark modules."""
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                yield x, y, length
            x += length + 1


def _picture_polygon(draw: ImageDraw.ImageDraw, shape: Polygon, scale: float) -> None:
    draw.polygon([(x * scale, y * scale) for x, y in shape.points], fill=shape.colour)


def _picture_box(draw: ImageDraw.ImageDraw, shape: Box, scale: float) -> None:
    corners = [(shape.x * scale, shape.y * scale), ((shape.x + shape.width) * scale, (shape.y + shape.height) * scale)]
    draw.rounded_rectangle(corners, radius=shape.radius * scale, fill=shape.colour)


def _picture_disc(draw: ImageDraw.ImageDraw, shape: Disc, scale: float) -> None:
    draw.circle((shape.x * scale, shape.y * scale), shape.radius * scale, fill=shape.colour)


def _picture_words(draw: ImageDraw.ImageDraw, shape: Words, scale: float) -> None:
    font = lettering.for_picture(shape.weight, round(shape.size * scale))
    draw.text((shape.x * scale, shape.y * scale), shape.text, font=font, fill=shape.colour, anchor="ls")


def _picture_code(draw: ImageDraw.ImageDraw, shape: Code, scale: float) -> None:
    """Draw modules of a whole number of final pixels, so that every edge is sharp; what is left over is shared out."""
    count = len(shape.rows)
    side = int(shape.size * scale / count) // FINE * FINE
    margin = (shape.size * scale - side * count) / 2
    left, top = (round((place * scale + margin) / FINE) * FINE for place in (shape.x, shape.y))
    for x, y, length in _runs(shape.rows):
        corner = (left + x * side, top + y * side)
        draw.rectangle([corner, (corner[0] + length * side - 1, corner[1] + side - 1)], fill=shape.colour)


PDF_PAINTERS = {Polygon: _pdf_polygon, Box: _pdf_box, Disc: _pdf_disc, Words: _pdf_words, Code: _pdf_code}
PICTURE_PAINTERS = {
    Polygon: _picture_polygon,
    Box: _picture_box,
    Disc: _picture_disc,
    Words: _picture_words,
    Code: _picture_code,
}
