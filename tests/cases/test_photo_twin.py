"""The same photo in two cases, and days that do not fit: fingerprints, dates, then pages."""

import datetime
import io
import random

import pytest
from django.core.management import call_command
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFilter

from cases.actions import photo as photo_actions
from cases.actions import photo_twin
from cases.evidence import photo_dates
from cases.models import Case, PhotoPrint, PhotoTwin
from config.uploads import bounded, prints
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory


def scene(number):
    """Draw a picture that resembles no other number's."""
    chance = random.Random(number)
    image = Image.new("RGB", (900, 600), (chance.randrange(256), 90, 140))
    draw = ImageDraw.Draw(image)
    for _ in range(18):
        x, y, width, height = (chance.randrange(20, limit) for limit in (900, 600, 400, 300))
        draw.ellipse((x - width, y - height, x + width, y + height), fill=tuple(chance.randbytes(3)))
    return image.filter(ImageFilter.GaussianBlur(2))


def jpeg(image, quality=90, taken=None):
    out, exif = io.BytesIO(), Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def apart(one, other):
    pairs = [(a, b) for i, a in enumerate(one) for j, b in enumerate(other) if not (i and j)]
    return min(sum(((x ^ y) % 2**64).bit_count() for x, y in zip(a, b, strict=True)) for a, b in pairs)


@pytest.mark.parametrize(
    "altered",
    [
        lambda image: Image.open(io.BytesIO(jpeg(image, 35))),
        lambda image: image.resize((300, 200)),
        lambda image: image.crop((30, 20, 880, 590)),
        lambda image: image.point(lambda value: min(255, int(value * 1.15))),
    ],
    ids=["saved anew", "shrunk", "cropped a little", "brightened"],
)
def test_a_copy_is_near_and_another_photo_is_not(altered):
    photos = [scene(number) for number in range(12)]

    copies = [apart(prints.prints(image), prints.prints(altered(image))) for image in photos]
    others = [apart(prints.prints(image), prints.prints(altered(photos[at - 1]))) for at, image in enumerate(photos)]

    assert max(copies) <= photo_twin.NEAR < min(others)


def test_a_plain_picture_has_no_fingerprint():
    assert prints.prints(Image.new("RGB", (300, 200), "white")) == []


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("走访", False),
        ("2024年5月走访", False),
        ("2024年5月1日走访", False),
        ("2024年5月2日走访", True),
        ("2023-05-01 走访", True),
        ("2023年5月起，到2024.5.1", False),
        ("电话20245012024", False),
    ],
)
def test_a_caption_that_names_another_day_disagrees(caption, expected):
    assert photo_dates.disagrees(datetime.date(2024, 5, 1), caption) is expected


def add(case, image, **values):
    return photo_actions.add(case=case, filename="a.jpg", by=case.created_by, **{"caption": "", "data": image} | values)


@pytest.fixture
def twins(db, django_capture_on_commit_callbacks):
    """Two cases of two units of one county with the same photo, the later one shrunk; and its editor."""
    editor = UserFactory(role="editor")
    first, second = (CaseFactory(organisation=OrganisationFactory(parent=editor.organisation)) for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        add(first, jpeg(scene(1)))
        add(first, jpeg(scene(2)))
        add(second, jpeg(scene(1).resize((640, 427)), 50), caption="2025年6月走访")
    return editor, first, second


def test_the_worker_finds_the_same_photo_in_another_case_alone(twins):
    _editor, first, second = twins

    (pair,) = PhotoTwin.objects.all()

    assert (pair.earlier.case, pair.later.case) == (first, second)
    assert pair.bits <= photo_twin.NEAR


def test_the_desk_is_told_of_the_other_case_and_a_stranger_is_not(client, twins):
    editor, first, second = twins
    for case in (first, second):
        Case.objects.filter(pk=case.pk).update(state=Case.State.RECEIVED)
    client.force_login(editor)
    desk = client.get(second.get_absolute_url())
    client.force_login(second.created_by)
    author = client.get(reverse("cases:photo_manage", args=[second.pk]))

    ((number, _photo, noted),) = desk.context["photo_notes"]
    assert (number, [twin.case for twin in noted.twins]) == (1, [first])
    assert "像是同一张照片" in desk.content.decode()
    assert first.number not in author.content.decode()


def test_the_day_in_the_file_is_held_against_the_caption_and_the_day_it_came_in(client, db):
    case = CaseFactory(state=Case.State.RECEIVED)
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)  # noqa: DTZ011
    add(case, jpeg(scene(3), taken=f"{tomorrow:%Y:%m:%d} 10:00:00"), caption="2024年5月走访")
    client.force_login(case.created_by)

    page = client.get(reverse("cases:photo_manage", args=[case.pk])).content.decode()

    assert "说明写的是另一个日期" in page
    assert "晚于来稿日期" in page


def test_photos_of_before_are_fingerprinted_by_the_command(twins, django_capture_on_commit_callbacks):
    before = set(PhotoPrint.objects.values_list("photo", "crop"))
    PhotoPrint.objects.all().delete()
    PhotoTwin.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        call_command("index_similarity")

    assert set(PhotoPrint.objects.values_list("photo", "crop")) == before
    assert PhotoTwin.objects.count() == 1


def test_the_upload_gate_hands_the_fingerprints_out():
    picture = bounded.picture(jpeg(scene(4)))

    assert len(picture.prints) == len(prints.CROPS)
