"""How much an organisation may keep: counted, refused with a sentence, shown on the data desk."""

import pytest
from django.urls import reverse

from cases.actions import intake, photo
from cases.models import Case, CasePhoto, Intake
from config.errors import Refused
from members import quota
from tests.config.test_uploads.sample_files import photo as picture
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

TEXT = "驿站登记党员12名。\n解决难题3个。"


@pytest.fixture
def official():
    return UserFactory(organisation=OrganisationFactory(), role="official")


def send(official, text=TEXT, door=Intake.Door.UPLOAD, **more):
    return intake.receive(
        data=text.encode(),
        filename="来稿.txt",
        door=door,
        organisation=official.organisation,
        by=official,
        title="驿站",
        **more,
    )


def test_texts_and_photos_are_counted_for_their_organisation_alone(official):
    case = send(official, submit=False)
    added = photo.add(case=case, data=picture(), filename="a.jpg", caption="", by=official)

    assert added.size_bytes > 0
    assert quota.used(official.organisation) == len(TEXT.encode()) + added.size_bytes
    assert quota.used(OrganisationFactory()) == 0


def test_a_text_above_the_limit_is_refused_and_nothing_is_kept(official, settings):
    send(official)
    settings.UNIT_QUOTA_BYTES = 2 * len(TEXT.encode()) - 1

    with pytest.raises(Refused) as refusal:
        send(official)

    assert refusal.value.code == "quota"
    assert Case.objects.count() == 1
    settings.UNIT_QUOTA_BYTES += 1
    send(official)


def test_a_photo_above_the_limit_is_refused(official, settings):
    case = send(official, submit=False)
    settings.UNIT_QUOTA_BYTES = quota.used(official.organisation) + 10

    with pytest.raises(Refused) as refusal:
        photo.add(case=case, data=picture(), filename="a.jpg", caption="", by=official)

    assert refusal.value.code == "quota"
    assert not CasePhoto.objects.exists()


def test_the_page_keeps_the_text_and_says_what_to_do(client, official, settings):
    settings.UNIT_QUOTA_BYTES = 10
    client.force_login(official)
    page = client.get(reverse("cases:intake_submit"))
    once = page.context["form"]["once_token"].value()

    response = client.post(
        reverse("cases:intake_submit"),
        {
            "text": TEXT,
            "title": "驿站",
            "action": "submit",
            "once_token": once,
            "organisation": official.organisation_id,
        },
    )

    shown = response.content.decode()
    assert "请压缩文件或删除不再需要的照片" in shown
    assert "解决难题3个" in shown
    assert not Case.objects.exists()


def test_the_steward_sees_how_much_is_used(client, official, settings):
    settings.UNIT_QUOTA_BYTES = 1000
    send(official, "长" * 150)
    client.force_login(UserFactory(organisation=official.organisation, role="steward"))

    listed = client.get(reverse("admin:members_organisation_changelist")).content.decode()
    opened = client.get(reverse("admin:members_organisation_change", args=[official.organisation_id])).content.decode()

    assert "（45%）" in listed
    assert "（45%）" in opened
