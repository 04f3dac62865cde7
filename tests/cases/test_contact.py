"""The contributor's contact in full: asked for with a reason, on record first, shown once."""

import pytest
from django.urls import reverse

from cases import contact
from cases.actions import contact as contact_actions
from cases.models import Case
from config.errors import Refused
from members.models import AuditEvent
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

PHONE = "13800001234"
REASON = "核对第二段的人数"


@pytest.fixture
def editor():
    return UserFactory(role="editor")


@pytest.fixture
def case(editor):
    return with_contact(CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED))


def with_contact(case):
    case.contact_cipher = contact.seal(PHONE, case.uuid)
    case.save(update_fields=["contact_cipher"])
    return case


def events():
    return list(AuditEvent.objects.filter(event=contact_actions.EVENT).order_by("number"))


def address(case):
    return reverse("cases:contact_reveal", args=[case.pk])


def page(client, case):
    return client.get(reverse("cases:review_detail", args=[case.pk])).content.decode()


def test_reveal_puts_the_length_of_the_reason_on_record_and_no_value(case, editor):
    value = contact_actions.reveal(case=case, reason=REASON, by=editor)

    (event,) = events()
    assert value == PHONE
    assert (event.actor_id, event.object_id, event.outcome) == (editor.pk, case.pk, "done")
    assert event.detail == {"reason_characters": len(REASON)}


def test_without_an_audit_row_nothing_is_shown(case, editor, client, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("no audit")

    monkeypatch.setattr(contact_actions.audit, "record", broken)
    client.force_login(editor)
    client.raise_request_exception = False

    response = client.post(address(case), {"reason": REASON})

    assert response.status_code == 500
    assert PHONE not in response.content.decode()


def test_the_thirty_first_reveal_of_a_day_is_refused_and_on_record(case, editor):
    for _number in range(contact_actions.DAILY_LIMIT):
        contact_actions.reveal(case=case, reason=REASON, by=editor)

    with pytest.raises(Refused) as refused:
        contact_actions.reveal(case=case, reason=REASON, by=editor)

    assert refused.value.code == "limit"
    assert [event.outcome for event in events()] == ["done"] * 30 + ["limit"]


def test_a_contact_whose_key_is_gone_is_refused_in_words(case, editor):
    Case.objects.filter(pk=case.pk).update(contact_cipher=contact.seal(PHONE, CaseFactory().uuid))
    case.refresh_from_db()

    with pytest.raises(Refused) as refused:
        contact_actions.reveal(case=case, reason=REASON, by=editor)

    assert refused.value.code == "no_key"


def test_the_page_shows_it_once_and_is_kept_nowhere(case, editor, client):
    client.force_login(editor)

    response = client.post(address(case), {"reason": REASON})

    assert response.status_code == 200
    assert PHONE in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert client.get(address(case)).status_code == 405


def test_the_case_page_offers_it_only_where_there_is_a_contact(case, editor, client):
    silent = CaseFactory(organisation=editor.organisation, state=Case.State.RECEIVED)
    client.force_login(editor)

    assert address(case) in page(client, case)
    assert PHONE not in page(client, case)
    assert address(silent) not in page(client, silent)
    assert client.post(address(silent), {"reason": REASON}).status_code == 302


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_it_is_not_shown(reason, case, editor, client):
    client.force_login(editor)

    response = client.post(address(case), {"reason": reason})

    assert response.status_code == 422
    assert PHONE not in response.content.decode()
    assert events() == []


def test_a_reader_of_the_case_without_the_role_gets_403(case, client):
    overseer = UserFactory(role="overseer", organisation=case.organisation)
    client.force_login(overseer)

    assert address(case) not in page(client, case)
    assert client.post(address(case), {"reason": REASON}).status_code == 403
    assert events() == []


def test_an_editor_of_another_scope_finds_nothing(case, client):
    client.force_login(UserFactory(role="editor", organisation=OrganisationFactory()))

    assert client.post(address(case), {"reason": REASON}).status_code == 404
    assert events() == []
