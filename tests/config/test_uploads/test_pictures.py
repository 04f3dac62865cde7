"""Photos: upright, small, without metadata, and never more than the bounded child can bear."""

import io
import time
import zipfile

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from config.errors import FileRefused
from config.uploads import bounded, pictures
from config.uploads.refusal import Rejected
from tests.config.test_uploads.sample_files import photo, png_header, word

RED, BLUE = (220, 20, 20), (20, 40, 200)


def exif(orientation=1, taken="2024:05:01 09:30:00"):
    """Return EXIF with a place in it."""
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.Make] = "SECRETPHONE"
    data.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    data.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (35.0, 3.0, 0.0), 3: "E", 4: (118.0, 21.0, 0.0)})
    return data


def opened(data):
    return Image.open(io.BytesIO(data))


def near(pixel, colour):
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def rejected(data):
    with pytest.raises(Rejected) as caught:
        pictures.render(data)
    return caught.value


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 90}),
        ("MPO", {"save_all": True, "append_images": [Image.new("RGB", (640, 480))]}),
    ],
)
def test_every_form_becomes_three_jpegs(form, options):
    picture = bounded.picture(photo(2400, 1800, form, **options))

    sizes = [(rendition.width, rendition.height) for rendition in (picture.large, picture.medium, picture.small)]
    assert (picture.width, picture.height, picture.taken_on) == (2400, 1800, None)
    assert sizes == [(1920, 1440), (960, 720), (320, 240)]
    for rendition, size in zip((picture.large, picture.medium, picture.small), sizes, strict=True):
        image = opened(rendition.data)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)
        assert near(image.getpixel((size[0] // 4, size[1] // 4)), RED)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_comes_out_upright_for_every_orientation(orientation):
    upright = opened(photo(2400, 1800))
    stored = upright.transpose(
        {
            1: Image.Transpose.ROTATE_180,
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }[orientation]
    )
    if orientation == 1:
        stored = upright
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", exif=exif(orientation))

    head, blobs = pictures.render(buffer.getvalue())

    large = opened(blobs[0])
    assert (head["width"], head["height"], large.size) == (2400, 1800, (1920, 1440))
    assert near(large.getpixel((100, 100)), RED)
    assert all(near(large.getpixel(at), BLUE) for at in [(1800, 100), (100, 1300), (1800, 1300)])


@pytest.mark.parametrize("profile", [None, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_profile_comment_and_camera_are_gone_but_the_day_is_suggested(form, profile):
    extra = {"comment": b"SECRETWORD", "xmp": b"<x:xmpmeta>SECRETXMP</x:xmpmeta>"}
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "SECRETWORD")
        extra = {"pnginfo": info}
    data = photo(form=form, exif=exif(), icc_profile=profile, **extra)

    head, blobs = pictures.render(data)

    assert b"SECRET" in data
    assert head["taken_on"] == "2024-05-01"
    for blob in blobs:
        image = opened(blob)
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert b"SECRET" not in blob
        assert b"Exif" not in blob


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "1970:01:01 00:00:00", "2024:13:01 00:00:00", "", "gestern"])
def test_day_of_a_clock_never_set_is_not_suggested(taken):
    assert pictures.render(photo(exif=exif(taken=taken)))[0]["taken_on"] is None


def test_wide_colours_are_converted_before_the_profile_goes():
    """Under a profile whose red primary is blue, the red quarter is meant to be seen blue."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    plain = opened(pictures.render(photo())[1][0])
    broken = opened(pictures.render(photo(icc_profile=b"no profile at all"))[1][0])
    other = opened(pictures.render(photo(icc_profile=swapped))[1][0])

    assert plain.getpixel((10, 10)) == broken.getpixel((10, 10))
    assert near(plain.getpixel((10, 10)), RED)
    assert near(other.getpixel((10, 10)), (20, 20, 220))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_pixels_is_taken(mode):
    image = Image.new("L", (64, 64), 255)
    image = image.convert("I").point(lambda value: value * 256).convert("I;16") if mode == "I;16" else image
    image = image if image.mode == mode else image.convert("RGB").convert("RGBA" if mode == "PA" else mode)
    buffer = io.BytesIO()
    image.convert("P" if mode == "PA" else image.mode).save(buffer, "JPEG" if mode == "CMYK" else "PNG")

    _, blobs = pictures.render(buffer.getvalue())

    assert all(value > 240 for value in opened(blobs[0]).getpixel((32, 32)))


def test_transparent_parts_become_white():
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(buffer, "PNG")

    assert opened(pictures.render(buffer.getvalue())[1][0]).getpixel((5, 5)) == (255, 255, 255)


def test_small_and_very_tall_pictures_keep_their_shape():
    assert pictures.render(photo(200, 100))[0]["sizes"] == [
        ["large", 200, 100],
        ["medium", 200, 100],
        ["small", 200, 100],
    ]
    assert pictures.render(photo(100, 40_000, "PNG"))[0]["sizes"] == [
        ["large", 10, 3840],
        ["medium", 5, 1920],
        ["small", 2, 640],
    ]


def test_zip_and_html_behind_the_picture_are_gone():
    for tail in (word(), b"<script>alert(1)</script>"):
        for blob in pictures.render(photo() + tail)[1]:
            assert not zipfile.is_zipfile(io.BytesIO(blob))
            assert b"<script" not in blob


# Refused


def test_20000_by_20000_pixels_are_refused_by_the_header():
    started = time.perf_counter()
    refusal = rejected(png_header(20_000, 20_000))

    assert (refusal.code, refusal.values) == ("too_many_pixels", {"width": 20_000, "height": 20_000, "limit": 25})
    assert time.perf_counter() - started < 1
    assert rejected(png_header(5001, 5000)).code == "too_many_pixels"


def test_truncated_broken_and_foreign_files_are_refused():
    whole = photo()
    gif, tiff = io.BytesIO(), io.BytesIO()
    Image.new("P", (8, 8)).save(gif, "GIF")
    Image.new("RGB", (8, 8)).save(tiff, "TIFF")

    assert {rejected(whole[: len(whole) * part // 10]).code for part in range(1, 10)} == {"broken_picture"}
    assert rejected(png_header(400, 400)).code == "broken_picture"
    assert rejected(gif.getvalue()).code == "broken_picture"
    assert rejected(tiff.getvalue()).code == "broken_picture"
    assert rejected(b"").code == "broken_picture"


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_moving_picture_is_refused(form):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("green", "red")]

    assert rejected(photo(32, 32, form, save_all=True, append_images=frames)).code == "animated"


# The child


def test_usual_photo_does_not_keep_anyone_waiting():
    noise = Image.effect_noise((1000, 750), 20).resize((4000, 3000)).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=90)
    started = time.perf_counter()
    picture = bounded.picture(buffer.getvalue())

    assert (picture.width, picture.height) == (4000, 3000)
    assert time.perf_counter() - started < 5


def test_refusal_crosses_the_process_as_a_sentence():
    with pytest.raises(FileRefused) as caught:
        bounded.picture(png_header(20_000, 20_000))

    assert caught.value.code == "too_many_pixels"
    assert str(caught.value) == "图片有 20000 × 20000 像素，最多可接收 2500 万像素。请缩小后再上传。"


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ("hungry", "too_heavy"),
        ("busy", "too_slow"),
        ("killed", "too_slow"),
        ("crashing", "broken"),
        ("silent", "broken"),
        ("failing", "broken"),
        ("writing", "broken"),
    ],
)
def test_child_that_misbehaves_ends_in_a_sentence(job, code):
    with pytest.raises(FileRefused) as caught:
        bounded.run(f"tests.config.test_uploads.sample_jobs:{job}", b"data", wall=2)

    assert caught.value.code == code


def test_child_has_no_environment_and_hands_back_bytes(monkeypatch):
    monkeypatch.setenv("APP_SECRET_KEY", "not for the child")

    value, blobs = bounded.run("tests.config.test_uploads.sample_jobs:honest", b"data")

    assert value == {"size": 4, "secret": None, "django": False}
    assert blobs == [b"data", b""]
