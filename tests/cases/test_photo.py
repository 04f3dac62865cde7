"""Photos of a case: actions, then pages."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from cases.actions import photo as photo_actions
from cases.actions import review
from cases.models import Case, CasePhoto, Decision
from config.errors import FileRefused, Refused, WrongState
from config.uploads import storage
from members.models import AuditEvent
from tests.factories.cases import CaseFactory, CasePhotoFactory, walk
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


# Pages


def manage_url(case):
    return reverse("cases:photo_manage", args=[case.pk])


def upload(client, case, *files, **typed):
    data = {"do": "add", "new-files": list(files), "new-caption": "", "new-credit": "", **typed}
    for photo in case.photos.all():
        data |= {f"photo-{photo.pk}-caption": photo.caption, f"photo-{photo.pk}-credit": photo.credit} | typed
    return client.post(manage_url(case), data)


def named(name, data):
    return SimpleUploadedFile(name, data)


@pytest.fixture
def case(client):
    case = CaseFactory()
    client.force_login(case.created_by)
    return case


def test_page_adds_several_photos_in_one_go(client, case):
    files = [named("a.jpg", jpeg(color=(1, 90, 1))), named("b.jpg", jpeg(color=(90, 1, 1)))]

    response = upload(client, case, *files, **{"new-credit": "王记者"})

    assert response.status_code == 302
    assert list(case.photos.in_order().values_list("caption", "credit", "position")) == [
        ("", "王记者", 0),
        ("", "王记者", 1),
    ]
    assert client.get(manage_url(case)).content.decode().count("尚无图片说明") == 2


def bomb():
    """A PNG of a few hundred bytes that says it has 20,000 x 20,000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


BAD_FILES = {
    "pixels": ("a.png", bomb(), "20000 × 20000"),
    "truncated": ("a.jpg", jpeg()[:700], "图片已损坏或不完整"),
    "pdf": ("a.jpg", b"%PDF-1.7\n1 0 obj", "内容却是"),
    "empty": ("a.jpg", b"", "文件是空的"),
    "30 MB": ("a.jpg", jpeg() + bytes(30 * 1024 * 1024), "超过 20 MB"),
}


@pytest.mark.parametrize(("name", "data", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_page_says_what_is_wrong_and_keeps_words_and_good_files(client, case, name, data, sentence):
    files = [named(name, data), named("good.jpg", jpeg())]

    response = upload(client, case, *files, **{"new-caption": "走访货车司机"})

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="走访货车司机"' in page
    assert strip(case) == [("走访货车司机", 0)]


def test_page_asks_for_a_file_when_none_was_chosen(client, case):
    response = upload(client, case)

    assert response.status_code == 422
    assert "没有选择照片" in response.content.decode()


def test_every_button_saves_the_captions_typed(client, case):
    first, second = CasePhotoFactory(case=case, position=0), CasePhotoFactory(case=case, position=1)
    typed = {
        f"photo-{first.pk}-caption": "一",
        f"photo-{first.pk}-credit": "",
        f"photo-{second.pk}-caption": "二",
        f"photo-{second.pk}-credit": "李记者",
    }

    response = client.post(manage_url(case), typed | {"do": f"up-{second.pk}"})

    second.refresh_from_db()
    assert response.status_code == 302
    assert strip(case) == [("二", 0), ("一", 1)]
    assert second.credit == "李记者"


def test_page_removes_a_photo(client, case):
    photo = CasePhotoFactory(case=case)
    typed = {f"photo-{photo.pk}-caption": "一", f"photo-{photo.pk}-credit": ""}

    client.post(manage_url(case), typed | {"do": f"remove-{photo.pk}"})

    assert strip(case) == []


def test_page_refuses_a_photo_of_another_case(client, case):
    other = CasePhotoFactory()

    response = client.post(manage_url(case), {"do": f"remove-{other.pk}"})

    assert response.status_code == 404
    assert CasePhoto.objects.filter(pk=other.pk).exists()


def test_page_refuses_a_button_that_is_none_of_ours(client, case):
    assert client.post(manage_url(case), {"do": "explode-1"}).status_code == 400


def test_page_keeps_too_long_a_caption_and_says_so(client, case):
    photo = CasePhotoFactory(case=case)
    typed = {f"photo-{photo.pk}-caption": "长" * 121, f"photo-{photo.pk}-credit": "", "do": "save"}

    response = client.post(manage_url(case), typed)

    assert response.status_code == 422
    assert "长" * 121 in response.content.decode()


def test_page_sends_back_who_may_not_change_the_case_now(client, case):
    walk(case, Case.State.PUBLISHED)

    response = client.get(manage_url(case))

    assert (response.status_code, response.url) == (302, case.get_absolute_url())


def test_page_costs_the_same_with_one_photo_and_with_three(client, case):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(manage_url(case)).status_code == 200
        return len(captured)

    CasePhotoFactory(case=case)
    queries()
    with_one = queries()
    CasePhotoFactory.create_batch(2, case=case)

    assert queries() == with_one


def test_staff_file_opens_for_those_who_may_read_the_case(client, case):
    photo = CasePhotoFactory(case=case)
    address = reverse("cases:photo_file", args=[case.pk, photo.pk, "small"])

    inside = client.get(address)
    client.force_login(UserFactory(role="editor"))
    outside = client.get(address)

    assert (inside.status_code, inside["Content-Type"]) == (200, "image/jpeg")
    assert inside["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert outside.status_code == 404


def test_public_file_opens_while_the_case_is_published(client):
    case = CaseFactory(state=Case.State.PUBLISHED)
    photo = CasePhotoFactory(case=case)
    address = reverse("cases:photo_public", args=[case.library_entry.slug, photo.pk, "large"])

    published = client.get(address)
    review.decide(
        case=case,
        kind=Decision.Kind.RETRACT,
        by=UserFactory(organisation=case.organisation, role="chief_editor"),
        revision=case.current_revision,
        note="事实有误。",
    )
    withdrawn = client.get(address, headers={"If-None-Match": published["ETag"]})

    assert published["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert (published.status_code, published["Content-Type"]) == (200, "image/jpeg")
    assert withdrawn.status_code == 404


def test_public_file_needs_the_photos_own_case_and_a_known_size(client):
    published = CaseFactory(state=Case.State.PUBLISHED)
    photo, draft = CasePhotoFactory(case=published), CasePhotoFactory()
    slug = published.library_entry.slug

    assert client.get(reverse("cases:photo_public", args=[slug, draft.pk, "small"])).status_code == 404
    assert client.get(reverse("cases:photo_public", args=[slug, photo.pk, "huge"])).status_code == 404
    assert client.get(reverse("cases:photo_public", args=[slug, photo.pk, "small"])).status_code == 200


def test_bytes_served_carry_nothing_of_the_place(client, case):
    exif = Image.Exif()
    exif[0x010F] = "CANARYCAM"
    exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 40.0, 1.5), 3: "E", 4: (120.0, 24.0, 2.5)})
    out = io.BytesIO()
    Image.new("RGB", (900, 600)).save(out, "JPEG", exif=exif)
    upload(client, case, named("gps.jpg", out.getvalue()))
    photo = case.photos.get()

    served = [client.get(reverse("cases:photo_file", args=[case.pk, photo.pk, size])).content for size in photo.digests]

    assert b"CANARYCAM" in out.getvalue()
    assert [b"CANARYCAM" in content or b"Exif" in content for content in served] == [False, False, False]
