"""Photos of a case: actions, then pages."""

import io

import pytest
from PIL import Image

from cases.actions import photo as photo_actions
from cases.models import Case, CasePhoto
from config.errors import FileRefused, Refused, WrongState
from config.uploads import storage
from members.models import AuditEvent
from tests.factories.cases import CaseFactory, walk
from tests.factories.members import UserFactory

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


def sizes_on_disk(photo):
    return [storage.path_of(storage.PICTURES, digest).exists() for digest in photo.digests.values()]


def strip(case):
    return list(case.photos.in_order().values_list("caption", "position"))


def test_nothing_of_the_place_is_left_in_any_size():
    """The canary: coordinates and a camera's name in EXIF, a comment behind it, and a zip behind the end."""
    case = CaseFactory()
    exif = Image.Exif()
    exif[0x010F] = "CANARYCAM"
    exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 40.0, 1.5), 3: "E", 4: (120.0, 24.0, 2.5)})
    out = io.BytesIO()
    Image.new("RGB", (900, 600), (150, 30, 30)).save(out, "JPEG", exif=exif, comment=b"CANARYNOTE")
    data = out.getvalue() + b"PK\x03\x04CANARYZIP"
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)[1] == "N"

    photo = add(case, data)

    for digest in photo.digests.values():
        kept = storage.read(storage.PICTURES, digest)
        assert b"CANARY" not in kept
        assert b"Exif" not in kept
        assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}


def test_change_writes_caption_and_credit_and_names_the_fields():
    case = CaseFactory()
    photo = add(case)

    changed = photo_actions.change(photo=photo, caption="党员走访", credit="王记者", by=case.created_by)

    photo.refresh_from_db()
    event = AuditEvent.objects.order_by("number").last()
    assert changed is True
    assert (photo.caption, photo.credit) == ("党员走访", "王记者")
    assert (event.event, event.detail) == ("photo.change", {"photo": photo.pk, "fields": ["caption", "credit"]})


def test_change_to_the_same_words_leaves_no_trace():
    case = CaseFactory()
    photo = add(case)
    before = AuditEvent.objects.count()

    changed = photo_actions.change(photo=photo, caption=photo.caption, credit=photo.credit, by=case.created_by)

    assert changed is False
    assert AuditEvent.objects.count() == before


def test_move_swaps_neighbours_and_stops_at_the_ends():
    case = CaseFactory()
    first = add(case, jpeg(color=(1, 90, 1)), caption="一")
    add(case, jpeg(color=(90, 1, 1)), caption="二")

    moved = photo_actions.move(photo=first, earlier=False, by=case.created_by)
    again = photo_actions.move(photo=first, earlier=False, by=case.created_by)

    assert (moved, again) == (True, False)
    assert strip(case) == [("二", 0), ("一", 1)]


def test_remove_closes_the_gap_and_clears_the_files(django_capture_on_commit_callbacks):
    case = CaseFactory()
    first = add(case, jpeg(color=(1, 90, 1)), caption="一")
    second = add(case, jpeg(color=(90, 1, 1)), caption="二")

    with django_capture_on_commit_callbacks(execute=True):
        photo_actions.remove(photo=first, by=case.created_by)

    event = AuditEvent.objects.order_by("number").last()
    assert strip(case) == [("二", 0)]
    assert sizes_on_disk(first) == [False, False, False]
    assert sizes_on_disk(second) == [True, True, True]
    assert (event.event, event.detail) == ("photo.remove", {"photo": first.pk})


def test_remove_keeps_files_that_another_case_shows(django_capture_on_commit_callbacks):
    case, other = CaseFactory(), CaseFactory()
    photo, same = add(case), add(other)
    assert photo.digests == same.digests

    with django_capture_on_commit_callbacks(execute=True):
        photo_actions.remove(photo=photo, by=case.created_by)

    assert sizes_on_disk(same) == [True, True, True]


ACTIONS = {
    "change": lambda photo, by: photo_actions.change(photo=photo, caption="新", credit="", by=by),
    "move": lambda photo, by: photo_actions.move(photo=photo, earlier=True, by=by),
    "remove": lambda photo, by: photo_actions.remove(photo=photo, by=by),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_change_is_refused_once_the_case_may_not_be_changed(action):
    case = CaseFactory()
    photo = add(case)
    walk(case, Case.State.PUBLISHED)

    with pytest.raises(WrongState):
        action(photo, case.created_by)

    assert strip(case) == [("走访", 0)]


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_change_is_refused_to_a_stranger(action):
    case = CaseFactory()
    photo = add(case)

    with pytest.raises(WrongState):
        action(photo, UserFactory(role="editor"))

    assert strip(case) == [("走访", 0)]


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_change_is_refused_when_somebody_removed_the_photo(action):
    case = CaseFactory()
    photo = add(case)
    photo_actions.remove(photo=CasePhoto.objects.get(pk=photo.pk), by=case.created_by)

    with pytest.raises(WrongState):
        action(photo, case.created_by)
