"""What a blind jury's own desk may not tell: likenesses, twin photos, a unit's other figures, queues and lists."""

import pytest
from django.urls import reverse

from cases import queues
from cases.actions import mail, similarity
from cases.models import CasePhoto, Likeness, Message, PhotoTwin
from cases.queries_photo import noted
from tests.cases.mail_files import document, letter
from tests.cases.test_scoring import arrived, call, chief, given, named, province, reviewer  # noqa: F401
from tests.factories.cases import CasePhotoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(province, named):  # noqa: F811
    """A case of no call, of the same unit as the blind one, with the same text and the same photo."""
    body = (
        "驿站建在国道旁，每晚八点把过路司机聚到一起听意见，听完当场认领，办完一件划掉一件，下月再来对账。登记党员12名。"
    )
    other = arrived(province, None, organisation=named.organisation, title="夜里的灯", body=body)
    twin = arrived(province, named.call, organisation=named.organisation, title="招远的灯", body=body)
    for each in (other, twin):
        similarity.refresh(each.pk)
    pair = [CasePhotoFactory(case=other, caption="灯下"), CasePhotoFactory(case=twin, caption="招远市的灯")]
    PhotoTwin.objects.create(earlier=pair[0], later=pair[1], bits=3)
    assert Likeness.objects.filter(earlier=other, later=twin, is_strong=True).exists()
    return other, twin


@pytest.fixture
def juror(province, chief, named):  # noqa: F811
    """Somebody of the desk who also sits on the blind call's jury."""
    editor = reviewer(province, role="editor")
    given(named, editor, chief)
    return editor


def test_before_sitting_on_the_jury_both_are_named(client, province, seen):  # noqa: F811
    other, twin = seen
    client.force_login(reviewer(province, role="editor"))

    page = client.get(reverse("cases:similarity_page", args=[other.pk])).content.decode()

    assert twin.number in page
    assert "招远的灯" in page


def test_a_jurors_pages_of_a_case_that_resembles_a_blind_one_do_not_name_it(client, seen, juror):
    other, twin = seen
    client.force_login(juror)

    addresses = [
        reverse("cases:similarity_page", args=[other.pk]),
        other.get_absolute_url(),
        reverse("cases:evidence_page", args=[other.pk]),
        reverse("cases:photo_manage", args=[other.pk]),
        reverse("cases:review_queue", args=["alike"]),
        reverse("cases:home"),
    ]
    for address in addresses:
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        page = response.content.decode()
        found = [word for word in (twin.number, "招远的灯", "招远市的灯") if word in page]
        assert found == [], address


def test_the_blind_case_itself_has_none_of_these_pages_for_a_juror(client, seen, juror):
    other, twin = seen
    client.force_login(juror)

    for name in ("similarity_page", "evidence_page", "photo_manage", "review_detail", "receipt_tracked", "proof_page"):
        assert client.get(reverse(f"cases:{name}", args=[twin.pk])).status_code == 404, name
    put_aside = reverse("cases:similarity_dismiss", args=[other.pk, twin.pk])
    assert client.post(put_aside, {f"pair-{twin.pk}-note": ""}).status_code == 404
    assert Likeness.objects.get(later=twin, earlier=other).dismissed_at is None


def test_a_juror_is_told_of_no_twin_photo_and_no_waiting_pair(seen, juror):
    other, _twin = seen

    photos = list(CasePhoto.objects.filter(case=other))

    assert noted(other, photos, juror)[photos[0].pk].twins == []
    assert not queues.rows(queues.BY_NAME["alike"], juror).exists()


def test_a_letter_that_brought_several_cases_is_hidden_for_any_of_them(named, seen, juror):  # noqa: F811
    other, _twin = seen
    message = mail.receive(data=letter(files=[("招远.docx", document())]), organisation=juror.organisation)
    assert message in Message.objects.visible_to(juror)

    message.parts.filter(name="").update(case=other)
    message.parts.exclude(name="").update(case=named)
    Message.objects.filter(pk=message.pk).update(case=other)

    assert message not in Message.objects.visible_to(juror)
