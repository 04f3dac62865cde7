"""Photos the holder of a case's own link adds before the review."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.actions import link as link_actions
from cases.models import Case
from cases.views import holder
from tests.cases.test_photo import jpeg
from tests.factories.cases import CaseFactory, CasePhotoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return CaseFactory(state=Case.State.RECEIVED)


@pytest.fixture
def token(case):
    return link_actions.open_case_page(case=case, once_token=uuid.uuid4())


def page(token):
    return reverse("cases:holder_photos", args=[token])


def add(client, token, data, **typed):
    files = {"new-files": SimpleUploadedFile("visit.jpg", data)}
    return client.post(page(token), {"do": "add", **files, **typed}, follow=True)


def shown(token, photo):
    return reverse("cases:holder_photo_file", args=[token, photo.pk, "small"])


def test_holder_adds_a_photo_with_a_caption_and_sees_it(client, case, token):
    assert page(token) in client.get(reverse("cases:holder_page", args=[token])).content.decode()

    response = add(client, token, jpeg(), **{"new-caption": "司机在驿站歇脚"})

    photo = case.photos.get()
    assert (photo.caption, photo.added_by) == ("司机在驿站歇脚", None)
    assert shown(token, photo) in response.content.decode()
    served = client.get(shown(token, photo))
    assert (served.status_code, served["Content-Type"], served["Cache-Control"]) == (200, "image/jpeg", "no-store")


def test_holder_changes_the_caption_and_removes_the_photo(client, case, token):
    photo = CasePhotoFactory(case=case)

    client.post(page(token), {"do": "save", f"photo-{photo.pk}-caption": "新的说明"})
    photo.refresh_from_db()
    assert photo.caption == "新的说明"

    client.post(page(token), {"do": f"remove-{photo.pk}"})
    assert list(case.photos.all()) == []


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"GIF89a", "JPEG"), (b"", "空"), (jpeg()[:300], "visit.jpg")], ids=["kind", "empty", "torn"]
)
def test_a_bad_file_is_told_in_a_sentence_and_nothing_is_saved(client, case, token, data, sentence):
    response = add(client, token, data)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not case.photos.exists()


def test_once_the_review_has_begun_photos_stay_as_they_are(client):
    case = CaseFactory(state=Case.State.FIRST_REVIEW)
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())

    response = add(client, token, jpeg())

    assert response.redirect_chain[-1][0] == reverse("cases:holder_page", args=[token])
    assert not case.photos.exists()
    assert page(token) not in response.content.decode()


def test_a_link_opens_the_photos_of_its_own_case_alone(client, case, token):
    other = CasePhotoFactory()

    assert client.get(shown(token, CasePhotoFactory(case=case))).status_code == 200
    assert client.get(shown(token, other)).status_code == 404
    assert client.post(page(token), {"do": f"remove-{other.pk}"}).status_code == 404
    assert client.get(shown("wrong", other)).status_code == 404
    door = link_actions.give(organisation=case.organisation, label="东城街道", days=30, by=case.created_by)[1]
    assert client.get(page(door)).url == reverse("cases:holder_page", args=[door])
    assert client.get(shown(door, other)).status_code == 404


def test_too_many_posts_within_the_hour_are_paused(client, case, token, monkeypatch):
    monkeypatch.setattr(holder, "POSTS_PER_LINK", 1)

    assert add(client, token, jpeg()).status_code == 200
    assert add(client, token, jpeg(color=(1, 2, 3))).status_code == 429
    assert case.photos.count() == 1
