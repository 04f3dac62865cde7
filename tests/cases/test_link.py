"""Links for people without an account: giving them out, then what their holders see."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import contact
from cases.actions import link as link_actions
from cases.actions import review
from cases.models import Case, Decision, SecretLink
from members.middleware import set_scope
from tests.cases.test_intake import CLEAN, NOISY
from tests.factories.cases import CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
Kind = Decision.Kind


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def editor():
    return UserFactory(role="editor")


@pytest.fixture
def token(editor):
    return link_actions.give(organisation=editor.organisation, label="东城街道", days=30, by=editor)[1]


def address(token, name="page"):
    return reverse(f"cases:holder_{name}", args=[token])


def form(**more):
    defaults = {"text": NOISY, "contributor_name": "孙通讯", "contact": "13800001234", "once_token": uuid.uuid4()}
    return defaults | {"action": "submit"} | more


def sent(client, token, **more):
    """Send a text in and return (case, the token of its own page)."""
    response = client.post(address(token), form(**more))
    assert response.status_code == 302, response.content.decode()
    return Case.objects.order_by("-pk").first(), re.search(r"/s/([^/]+)/", response.url).group(1)


def test_give_stores_only_the_digest_of_a_long_token(editor):
    link, token = link_actions.give(organisation=editor.organisation, label="东城街道", days=30, by=editor)

    assert len(token) >= 43
    assert token not in str(SecretLink.objects.filter(pk=link.pk).values().get())
    assert SecretLink.objects.opened_by(token).get() == link


@pytest.mark.parametrize("end", ["revoked", "expired", "wrong"])
def test_a_link_that_ended_opens_a_page_that_helps(end, editor, token, client):
    link = SecretLink.objects.opened_by(token).get()
    if end == "revoked":
        link_actions.revoke(link=link, by=editor)
    if end == "expired":
        SecretLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    response = client.get(address("wrong" if end == "wrong" else token))

    assert response.status_code == 404
    assert "链接打不开" in response.content.decode()


def test_open_case_page_twice_for_one_press_gives_one_address(client, token):
    press = uuid.uuid4()

    first, second = sent(client, token, once_token=press), sent(client, token, once_token=press)

    assert first == second
    assert (Case.objects.count(), SecretLink.objects.exclude(case=None).count()) == (1, 1)


# Pages of those who give links out


def test_link_is_given_out_shown_once_and_revoked(editor, client):
    client.force_login(editor)
    given = client.post(
        reverse("cases:link_give"), {"organisation": editor.organisation.pk, "label": "东城街道", "days": "30"}
    )
    token = re.search(r"/s/([^/]+)/", given.context["address"]).group(1)

    listed = client.get(reverse("cases:link_index")).content.decode()
    assert client.get(address(token)).status_code == 200
    client.post(reverse("cases:link_revoke", args=[given.context["link"].pk]))

    assert "东城街道" in listed
    assert token not in listed
    assert given["Cache-Control"].count("no-store") == 1
    assert client.get(address(token)).status_code == 404


def test_the_page_of_a_case_is_no_links_of_this_list_to_close(editor, token, client):
    SecretLink.objects.update(case=CaseFactory(organisation=editor.organisation))
    client.force_login(editor)

    assert client.post(reverse("cases:link_revoke", args=[SecretLink.objects.get().pk])).status_code == 404
    assert SecretLink.objects.usable().count() == 1


def test_links_belong_to_those_who_may_give_them(editor, token, client):
    link = SecretLink.objects.get()
    client.force_login(UserFactory(role="editor"))
    assert "东城街道" not in client.get(reverse("cases:link_index")).content.decode()
    assert client.post(reverse("cases:link_revoke", args=[link.pk])).status_code == 404

    client.force_login(UserFactory(organisation=editor.organisation, role="official"))
    assert client.get(reverse("cases:link_index")).status_code == 403
    assert client.post(reverse("cases:link_revoke", args=[link.pk])).status_code == 403
    assert SecretLink.objects.usable().count() == 1


def test_links_are_given_for_the_own_subtree_only(editor, client):
    client.force_login(editor)
    elsewhere = OrganisationFactory()

    response = client.post(reverse("cases:link_give"), {"organisation": elsewhere.pk, "label": "远处", "days": "30"})

    assert response.context["form"].has_error("organisation")
    assert SecretLink.objects.count() == 0


def test_list_of_links_costs_the_same_for_1_and_3(editor, client):
    client.force_login(editor)
    client.get(reverse("cases:link_index"))

    costs, shown = [], []
    for count in (1, 2):
        for _n in range(count):
            link_actions.give(organisation=editor.organisation, label="东城街道", days=30, by=editor)
        with CaptureQueriesContext(connection) as queries:
            shown.append(len(client.get(reverse("cases:link_index")).context["page"].object_list))
        costs.append(len(queries))

    assert shown == [1, 3]
    assert costs[0] == costs[1]


# Pages of those who hold one


def test_holder_pages_stay_out_of_caches_referrers_and_search_engines(token, client):
    response = client.get(address(token))

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_holder_sees_the_cleaned_text_before_it_is_sent(token, client):
    response = client.post(address(token), form(action="preview"), follow=True)

    page = response.content.decode()
    assert Case.objects.count() == 0
    assert [line.removed for line in response.context["lines"] if line.kind == "pinyin"] == ["(dǎngjiàn)", "(míng)"]
    assert 'value="红色驿站暖人心"' in page
    assert "13800001234" in page


def test_holder_sends_a_text_and_gets_a_page_of_its_own(token, client, editor):
    case, own = sent(client, token)

    first = client.get(f"{address(own)}?sent=1").content.decode()
    later = client.get(address(own)).content.decode()
    assert (case.state, case.organisation, case.created_by) == (Case.State.RECEIVED, editor.organisation, None)
    assert (case.current_revision.body, case.contributor_name) == (CLEAN, "孙通讯")
    assert contact.unseal(case.contact_cipher, case.uuid) == "13800001234"
    assert f"http://testserver{address(own)}" in first
    assert f"http://testserver{address(own)}" not in later
    assert case.number in later
    assert "已收稿" in later


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"contributor_name": ""}, "contributor_name"),
        ({"contact": "找我"}, "contact"),
        ({"title": "题" * 201}, "title"),
    ],
)
def test_holder_is_told_beside_the_field_and_keeps_the_text(wrong, field, token, client):
    response = client.post(address(token), form(**wrong))

    assert response.context["form"].has_error(field)
    assert Case.objects.count() == 0
    if "text" not in wrong:
        assert "(dǎngjiàn)" in response.content.decode()


def test_holder_reads_the_note_changes_the_text_and_sends_it_again(token, client, editor):
    case, own = sent(client, token)
    review.decide(case=case, kind=Kind.TAKE_UP, by=editor, revision=case.current_revision)
    review.decide(case=case, kind=Kind.RETURN, by=editor, revision=case.current_revision, note="请补充成效数字")
    changed = {"title": case.title, "base": case.current_revision_id, "once_token": uuid.uuid4()}

    page = client.get(address(own))
    same = client.post(address(own, "resubmit"), changed | {"body": CLEAN})
    better = client.post(address(own, "resubmit"), changed | {"body": CLEAN + "\n成效：投诉下降三成。"})
    twice = client.post(address(own, "resubmit"), changed | {"body": CLEAN + "\n成效：投诉下降三成。"})

    case.refresh_from_db()
    assert "请补充成效数字" in page.content.decode()
    assert same.context["resubmit"].has_error("body")
    assert better.status_code == twice.status_code == 302
    assert (case.state, case.revisions.count()) == (Case.State.FIRST_REVIEW, 2)
    assert "审稿中" in client.get(address(own)).content.decode()


def test_holder_sends_a_changed_file(token, client):
    case, own = sent(client, token)
    upload = SimpleUploadedFile("二稿.txt", NOISY.replace("300", "320").encode())
    changed = {"title": case.title, "body": "", "base": case.current_revision_id, "once_token": uuid.uuid4()}

    client.post(address(own, "resubmit"), changed | {"file": upload})

    case.refresh_from_db()
    assert case.current_revision.body == CLEAN.replace("300", "320")
    assert list(case.intakes.order_by("pk").values_list("door", "filename")) == [("link", ""), ("link", "二稿.txt")]


def test_holder_meets_a_conflict_without_losing_the_text(token, client, editor):
    case, own = sent(client, token)
    read = case.current_revision_id
    client.post(
        address(own, "resubmit"), {"title": case.title, "body": "甲稿", "base": read, "once_token": uuid.uuid4()}
    )

    late = client.post(
        address(own, "resubmit"), {"title": case.title, "body": "乙稿", "base": read, "once_token": uuid.uuid4()}
    )

    assert late.context["resubmit"].has_error("body")
    assert "乙稿" in late.content.decode()
    assert case.revisions.count() == 2


def test_holder_takes_the_text_back(token, client):
    case, own = sent(client, token)

    unsaid = client.post(address(own, "withdraw"), {"note": ""})
    client.post(address(own, "withdraw"), {"note": "数字还要核实"})

    case.refresh_from_db()
    assert unsaid.context["withdraw"].has_error("note")
    assert case.state == Case.State.WITHDRAWN
    assert str(Case.State.WITHDRAWN.label) in client.get(address(own)).content.decode()


def test_holder_of_one_case_sees_no_other(token, client):
    first, own = sent(client, token)
    second, _other = sent(client, token, text=CLEAN.replace("红色驿站", "蓝色驿站"), title="蓝色驿站")

    page = client.get(address(own)).content.decode()

    assert first.number in page
    assert second.number not in page
    assert "蓝色驿站" not in page


def test_holder_who_sends_too_often_is_asked_to_wait(token, client, monkeypatch):
    monkeypatch.setattr("cases.views.holder.POSTS_PER_LINK", 2)
    statuses = [client.post(address(token), form(action="preview")).status_code for _n in range(3)]

    assert statuses == [302, 302, 429]
    assert client.get(address(token)).status_code == 200


def test_holder_without_cookies_of_ours_is_refused_as_forged(token):
    response = Client(enforce_csrf_checks=True).post(address(token), form())

    assert (response.status_code, Case.objects.count()) == (403, 0)
