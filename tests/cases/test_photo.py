"""Photos of a case: actions, then pages."""

import io

import pytest
from PIL import Image

from cases.actions import photo as photo_actions
from cases.models import Case
from config.errors import FileRefused, Refused, WrongState
from config.uploads import storage
from tests.factories.cases import CaseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def jpeg(size=(900, 600), color=(150, 30, 30)):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


def add(case, data=None, **kwargs):
    values = {"filename": "visit.jpg", "caption": "走访", "by": case.created_by} | kwargs
    return photo_actions.add(case=case, data=data or jpeg(), **values)


def test_add_keeps_three_sizes_and_not_the_upload():
    case = CaseFactory()
    data = jpeg()

    photo = add(case, data)

    widths = [
        Image.open(io.BytesIO(storage.read(storage.PICTURES, digest))).width
        for digest in (photo.large_sha256, photo.medium_sha256, photo.small_sha256)
    ]
    assert (photo.position, photo.width, photo.height) == (0, 900, 600)
    assert widths == sorted(widths, reverse=True)
    assert widths[2] <= 320
    assert not storage.path_of(storage.ORIGINALS, photo.sha256).exists()


def test_add_refuses_the_same_photo_twice():
    case = CaseFactory()
    add(case)

    with pytest.raises(Refused) as refusal:
        add(case)

    assert refusal.value.code == "same_photo"
    assert case.photos.count() == 1


def test_add_refuses_one_too_many(settings):
    settings.PHOTOS_PER_CASE = 1
    case = CaseFactory()
    add(case)

    with pytest.raises(Refused) as refusal:
        add(case, jpeg(color=(0, 0, 90)))

    assert refusal.value.code == "too_many_photos"


def test_add_refuses_what_is_no_photo():
    case = CaseFactory()

    with pytest.raises(FileRefused):
        add(case, b"%PDF-1.7 not a photo")

    assert case.photos.count() == 0


def test_add_refuses_a_case_that_may_not_be_changed():
    case = CaseFactory(state=Case.State.PUBLISHED)

    with pytest.raises(WrongState):
        add(case)
