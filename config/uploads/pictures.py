"""Photos: three decoders, upright, without a trace of where they were taken. Runs in the bounded child.

Every picture is decoded and encoded anew, so nothing hidden in the file survives: EXIF, GPS, XMP, comments,
colour profiles, previews, data behind the end. Before that its colours become sRGB, its orientation is
applied, and the day of the exposure is handed back as a suggestion.
JPEG is what comes out: progressive, quality 82, shown by every browser and every office program.
Source: security promises 35 and 36; sizes and quality are our choice.
"""

import datetime
import io
import re
import warnings

from PIL import ExifTags, Image, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from config.uploads.prints import prints
from config.uploads.refusal import Rejected

MAX_PIXELS = 25_000_000
WIDTHS = {"large": 1920, "medium": 960, "small": 320}
QUALITY = 82

# Named, or Pillow would load all its forty-odd decoders in search of them.
_PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
_FORMATS = ("JPEG", "PNG", "WEBP")
# Our own check stands right behind the header, with a sentence that names the size; only the child loads this module.
Image.MAX_IMAGE_PIXELS = None

_TURN = Image.Transpose
_UPRIGHT = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}


def render(data):
    """Return ({"width", "height", "taken_on", "prints", "sizes": [[name, width, height], …]}, [JPEG, …]).

    Width and height are those of the upright original; `taken_on` is an ISO date or None; `prints` are those of
    `config.uploads.prints`, of the smallest size. Raises: Rejected.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _render(data)
        except (Rejected, MemoryError):
            raise
        except Exception:
            # Decoders fail in many ways (OSError, SyntaxError, struct.error, ZeroDivisionError …): all say the same.
            raise Rejected("broken_picture") from None


def _render(data):
    image = _open(data)
    orientation, taken_on = _exif(image)
    width, height = image.size
    image.draft(None, _within(image.size, WIDTHS["large"], turned=orientation >= 5))
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    if orientation >= 5:
        width, height = height, width
    sizes, blobs = [], []
    for name, limit in WIDTHS.items():
        image = _resized(image, _within((width, height), limit)) if sizes else _first(image, (width, height), limit)
        sizes.append([name, *image.size])
        blobs.append(_encoded(image))
    told = {"width": width, "height": height, "taken_on": taken_on, "prints": prints(image), "sizes": sizes}
    return told, blobs


def _open(data):
    """Read the header only, and refuse by it."""
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Rejected("too_many_pixels", width=width, height=height, limit=MAX_PIXELS // 1_000_000)
    # A phone's multi-picture JPEG carries previews behind the photo: no film, the first picture is the photo.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise Rejected("animated")
    return image


def _exif(image):
    """Return (orientation 1 to 8, day of the exposure or None); unreadable EXIF is as good as none."""
    try:
        exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:
        return 1, None
    stamp = details.get(ExifTags.Base.DateTimeOriginal) or details.get(ExifTags.Base.DateTimeDigitized)
    return orientation if orientation in range(1, 9) else 1, _day(stamp)


def _day(stamp):
    """Return the ISO date of an EXIF stamp `2024:05:01 10:00:00`, or None for a clock that was never set."""
    match = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)", str(stamp))
    try:
        day = datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return day.isoformat() if day and 1990 <= day.year <= 2100 else None


def _within(size, limit, turned=False):
    """Return the size that is at most `limit` wide and twice as high; never larger than it was."""
    width, height = reversed(size) if turned else size
    scale = min(1, limit / width, 2 * limit / height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    return (fitted[1], fitted[0]) if turned else fitted


def _resized(image, size):
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _first(image, original, limit):
    """Return the largest rendition: plain sRGB, nothing attached. Colours are converted after shrinking: a sixth
    of the work."""
    profile = image.info.get("icc_profile")
    image = _resized(_workable(image), _within(original, limit))
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    if profile:
        image = _in_srgb(image, profile)
    image = image.convert("RGB")
    image.info = {}
    return image


def _workable(image):
    """Return the picture in a mode that can be resized well."""
    if image.mode.startswith(("I", "F")):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _in_srgb(image, profile):
    """Return the picture with its profile applied, or as it is if the profile is broken or of another kind."""
    try:
        return ImageCms.profileToProfile(image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _encoded(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return buffer.getvalue()
