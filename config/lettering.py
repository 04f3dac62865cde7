"""Chinese letters for posters: one variable font out of a pinned wheel, in any weight, for pictures and for PDF.

The font is Noto Sans CJK (SIL Open Font License 1.1), its file as Noto publishes it. PDF gets a small TrueType font
of just the letters used: its outlines are cut from the variable font, so nothing else has to be embedded.
"""

import functools
import hashlib
import io
import threading
from importlib.util import find_spec
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from PIL import ImageFont

PACKAGE, FILE = "manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"
FILE_SHA256 = "d3d8256cdec8dbcb3552284bc6b20c734dd60c2ee9df83b5758e34807c4bac32"
SIMPLIFIED = 2  # the collection's font with mainland shapes
LIGHT, REGULAR, MEDIUM, BOLD, BLACK = 300, 400, 500, 700, 900
UNITS = 1000
MISSING = ".notdef"

_one_at_a_time = threading.Lock()  # the font file is read lazily and shared


def font_file():
    """Return the path of the font. Raises: ImportError when the wheel is not installed."""
    spec = find_spec(PACKAGE)  # finds it without running the package's code
    if spec is None:
        raise ImportError(f"{PACKAGE} is missing: pip install --no-deps -r requirements-assets.txt")
    return Path(spec.submodule_search_locations[0]) / FILE


def is_published_file():
    """Tell whether the font is byte for byte the one published; a test wants this."""
    return hashlib.sha256(font_file().read_bytes()).hexdigest() == FILE_SHA256


@functools.lru_cache(maxsize=32)
def for_picture(weight, pixels):
    """Return Pillow's font of a weight and size."""
    font = ImageFont.truetype(font_file(), size=pixels, index=SIMPLIFIED)
    font.set_variation_by_axes([weight])
    return font


def for_pdf(weight, text):
    """Return a TrueType font of one weight with the letters of `text` alone, as bytes.

    Letters the font does not have show as its empty box.
    """
    with _one_at_a_time:
        source = _source()
        named = source.getBestCmap()
        used = {code: named[code] for code in sorted({ord(letter) for letter in f" {text}"}) if code in named}
        names = [MISSING, *dict.fromkeys(name for name in used.values() if name != MISSING)]
        outlines = source.getGlyphSet(location={"wght": weight})
        glyphs = {name: _quadratic(outlines, name) for name in names}
        widths = {name: (round(outlines[name].width), _left(glyphs[name])) for name in names}
        height = {place: getattr(source["hhea"], place) for place in ("ascent", "descent")}
    return _built(names, used, glyphs, widths, height, weight)


def _built(names, used, glyphs, widths, height, weight):
    """Put a font together out of its parts."""
    font = FontBuilder(UNITS, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(used)
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics(widths)
    font.setupHorizontalHeader(**height)
    font.setupNameTable({"familyName": f"Noto Sans CJK SC {weight}", "styleName": "Regular"})
    font.setupOS2(usWeightClass=weight, sTypoAscender=880, sTypoDescender=-120)
    font.setupPost()
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _quadratic(outlines, name):
    pen = TTGlyphPen(None)
    outlines[name].draw(Cu2QuPen(pen, max_err=0.5, reverse_direction=True))
    return pen.glyph()


def _left(glyph):
    """Return the space left of a glyph's ink; it must be told, or readers draw the letter at its left edge."""
    if not glyph.numberOfContours:
        return 0
    glyph.recalcBounds(None)
    return glyph.xMin


@functools.cache
def _source():
    return TTFont(font_file(), fontNumber=SIMPLIFIED, lazy=True)
