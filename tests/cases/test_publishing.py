"""After publication: corrections and withdrawal, actions, then pages."""

import threading

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.actions import library, publishing
from cases.models import Case, Correction
from config.errors import Conflict, Refused, WrongState
from members.models import AuditEvent, Notice
from tests.factories.cases import BODY, CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

FIXED = BODY.replace("12名", "18名")


@pytest.fixture
def case():
    return CaseFactory(state=Case.State.PUBLISHED)


@pytest.fixture
def chief(case):
    return UserFactory(organisation=case.organisation, role="chief_editor")


def correct(case, by, **changed):
    values = {
        "title": case.title,
        "body": FIXED,
        "note": "登记党员应为18名。",
        "base": case.current_revision,
    } | changed
    return publishing.correct(case=case, by=by, **values)


def test_correct_rewrites_the_public_text_and_keeps_the_day(case, chief):
    first = case.library_entry

    with time_machine.travel("2127-05-04 10:00:00+08:00", tick=False):
        correction = correct(case, chief)

    case.refresh_from_db()
    entry = type(first).objects.get(pk=case.pk)
    event = AuditEvent.objects.filter(event="publishing.correct").get()
    assert (entry.body, entry.slug, entry.published_at) == (FIXED, first.slug, first.published_at)
    assert entry.updated_at == correction.published_at > first.updated_at
    assert (case.state, case.current_revision.number) == ("published", 2)
    assert (correction.revision, correction.revision.source) == (case.current_revision, "correction")
    assert event.detail == {"correction": correction.pk, "revision": 2}


def test_correct_makes_the_new_words_found_and_the_old_ones_not(client, case, chief):
    correct(case, chief, body="改由仓库保管员值守。")

    assert case.title in client.get("/library/", {"q": "保管员"}).content.decode()
    assert case.title not in client.get("/library/", {"q": "停车"}).content.decode()


def test_correct_tells_the_submitting_side(case, chief, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        correct(case, chief)

    notice = Notice.objects.filter(user=case.created_by).order_by("-pk").first()
    assert str(notice) == f"{case.number}：已发布更正"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"note": " \n"}, "note_missing"), ({"body": BODY}, "unchanged"), ({"body": BODY + "\n\n"}, "unchanged")],
    ids=["no note", "same text", "blank lines only"],
)
def test_correct_refuses_what_says_nothing(case, chief, changed, code):
    with pytest.raises(Refused) as refusal:
        correct(case, chief, **changed)

    assert refusal.value.code == code
    assert Correction.objects.count() == 0


def test_correct_refuses_a_case_that_is_not_public():
    case = CaseFactory(state=Case.State.READY)
    chief = UserFactory(organisation=case.organisation, role="chief_editor")

    with pytest.raises(WrongState):
        correct(case, chief)


@pytest.mark.parametrize("role", ["editor", "official", "overseer"])
def test_correct_refuses_who_may_not_publish(case, role):
    with pytest.raises(WrongState):
        correct(case, UserFactory(organisation=case.organisation, role=role))


def test_correct_refuses_the_chief_of_another_county(case):
    with pytest.raises(WrongState):
        correct(case, UserFactory(role="chief_editor"))


def test_correct_from_an_older_text_is_a_conflict(case, chief):
    base = case.current_revision
    correct(case, chief)

    with pytest.raises(Conflict):
        correct(case, chief, body=BODY.replace("3个", "5个"), base=base)

    assert Correction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_leave_one_and_a_conflict():
    case = CaseFactory(state=Case.State.PUBLISHED)
    chiefs = [UserFactory(organisation=case.organisation, role="chief_editor") for _n in range(2)]
    start, answers = threading.Barrier(2), []

    def run(by, body):
        start.wait()
        try:
            correct(case, by, body=body)
            answers.append("corrected")
        except Conflict:
            answers.append("conflict")
        finally:
            connection.close()

    bodies = [FIXED, BODY.replace("3个", "5个")]
    threads = [threading.Thread(target=run, args=pair) for pair in zip(chiefs, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["conflict", "corrected"]
    assert Correction.objects.count() == 1


# Pages


def correct_url(case):
    return reverse("cases:publishing_correct", args=[case.pk])


def typed(case, **changed):
    return {
        "title": case.title,
        "body": FIXED,
        "note": "登记党员应为18名。",
        "base": case.current_revision_id,
        "do": "preview",
    } | changed


def test_nothing_is_published_before_the_preview_was_seen(client, case, chief):
    client.force_login(chief)

    direct = client.post(correct_url(case), typed(case, do="publish"))
    seal = direct.context["preview"]["seal"]
    blocks = [block for stretch in direct.context["preview"]["stretches"] for block in stretch.blocks]
    inserted = [run.text for block in blocks for run in block.runs if run.kind == "insert"]
    other_text = client.post(correct_url(case), typed(case, do="publish", previewed=seal, body=FIXED + "\n补充。"))
    before = Correction.objects.count()
    published = client.post(correct_url(case), typed(case, do="publish", previewed=seal))

    assert (direct.status_code, other_text.status_code, before) == (200, 200, 0)
    assert inserted == ["18名"]
    assert (published.status_code, Correction.objects.count()) == (302, 1)


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(client, case, chief):
    client.force_login(chief)

    response = client.post(correct_url(case), typed(case, note=""))

    assert response.status_code == 422
    assert "18名" in response.content.decode()
    assert "还没有填写" in response.content.decode()


def test_an_unchanged_text_is_not_previewed(client, case, chief):
    client.force_login(chief)

    response = client.post(correct_url(case), typed(case, body=BODY))

    assert response.status_code == 422
    assert "没有可更正之处" in response.content.decode()


def test_a_correction_made_meanwhile_shows_both_texts(client, case, chief):
    client.force_login(chief)
    stale = typed(case, body=BODY.replace("3个", "5个"))
    seal = client.post(correct_url(case), stale).context["preview"]["seal"]
    correct(case, chief)

    response = client.post(correct_url(case), stale | {"do": "publish", "previewed": seal})

    page = response.content.decode()
    assert response.status_code == 409
    assert ("18名" in page, "12名" in page, "5个" in page) == (True, True, True)
    assert Correction.objects.count() == 1


def test_readers_see_the_note_and_reach_the_earlier_words(client, case, chief):
    correct(case, chief)

    page = client.get(case.library_entry.get_absolute_url()).content.decode()
    record = client.get(reverse("cases:publishing_corrections", args=[case.library_entry.slug])).content.decode()

    assert ("登记党员应为18名。" in page, "登记党员12名" in page, "登记党员18名" in page) == (True, False, True)
    assert f"/library/{case.library_entry.slug}/corrections/" in page
    assert "登记党员12名" in record
    assert chief.name not in page + record


def test_corrections_before_a_withdrawal_are_not_shown_after_publishing_again(client, case, chief):
    correct(case, chief)
    case.refresh_from_db()
    with time_machine.travel("2127-05-04 10:00:00+08:00", tick=False):
        case.published_at = Correction.objects.get().published_at.replace(year=2127)
        case.save(update_fields=["published_at"])
        library.put_in(case=case, at=case.published_at)

    record = client.get(reverse("cases:publishing_corrections", args=[case.library_entry.slug])).content.decode()

    assert "12名" not in record
    assert "没有更正" in record


def test_the_record_of_a_withdrawn_case_is_gone_like_the_case(client, case, chief):
    correct(case, chief)
    entry = case.library_entry
    type(entry).objects.filter(pk=entry.pk).update(withdrawn_at=timezone.now(), withdrawal_note="单位要求撤下。")

    pages = [
        client.get(address)
        for address in (entry.get_absolute_url(), reverse("cases:publishing_corrections", args=[entry.slug]))
    ]
    unknown = client.get(reverse("cases:publishing_corrections", args=["nobody-wrote-this"]))

    assert [page.status_code for page in pages] == [410, 410]
    assert all("单位要求撤下。" in page.content.decode() for page in pages)
    assert "12名" not in pages[1].content.decode()
    assert unknown.status_code == 404


def test_the_record_costs_the_same_with_one_correction_and_with_three(client, case, chief):
    address = reverse("cases:publishing_corrections", args=[case.library_entry.slug])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    correct(case, chief)
    queries()
    with_one = queries()
    for number in (4, 5):
        case.refresh_from_db()
        correct(case, chief, body=BODY.replace("3个", f"{number}个"), base=case.current_revision)

    assert queries() == with_one


def withdraw_url(case):
    return reverse("cases:publishing_withdraw", args=[case.pk])


def test_withdrawing_leaves_the_note_at_the_address(client, case, chief):
    client.force_login(chief)

    response = client.post(withdraw_url(case), {"note": "数字有误，核实后另发。", "revision": case.current_revision_id})
    public = client.get(case.library_entry.get_absolute_url())

    case.refresh_from_db()
    assert (response.status_code, case.state, public.status_code) == (302, "withdrawn", 410)
    assert "数字有误，核实后另发。" in public.content.decode()
    assert "登记党员" not in public.content.decode()


def test_withdrawing_needs_a_note(client, case, chief):
    client.force_login(chief)

    response = client.post(withdraw_url(case), {"note": " ", "revision": case.current_revision_id})

    case.refresh_from_db()
    assert (response.status_code, case.state) == (422, "published")


def test_withdrawing_a_text_corrected_meanwhile_asks_again_and_keeps_the_note(client, case, chief):
    client.force_login(chief)
    stale = {"note": "数字有误。", "revision": case.current_revision_id}
    correct(case, chief)

    response = client.post(withdraw_url(case), stale)
    again = client.post(
        withdraw_url(case), {"note": "数字有误。", "revision": response.context["form"].data["revision"]}
    )

    assert response.status_code == 409
    assert "数字有误。" in response.content.decode()
    assert again.status_code == 302


@pytest.mark.parametrize("url", [correct_url, withdraw_url])
def test_a_case_that_is_not_public_leads_back_to_its_page(client, url):
    case = CaseFactory(state=Case.State.READY)
    client.force_login(UserFactory(organisation=case.organisation, role="chief_editor"))

    response = client.get(url(case))

    assert (response.status_code, response.url) == (302, case.get_absolute_url())


@pytest.mark.parametrize("url", [correct_url, withdraw_url])
@pytest.mark.parametrize(("role", "inside", "outside"), [("chief_editor", 200, 404), ("editor", 403, 403)])
def test_pages_open_to_the_chief_editor_of_the_county_alone(client, case, url, role, inside, outside):
    answers = []
    for user in (UserFactory(organisation=case.organisation, role=role), UserFactory(role=role)):
        client.force_login(user)
        answers.append(client.get(url(case)).status_code)

    assert answers == [inside, outside]


def test_the_desk_offers_what_each_role_may_do_with_a_public_case(client, case, chief):
    pages = []
    for user in (chief, UserFactory(organisation=case.organisation, role="editor"), case.created_by):
        client.force_login(user)
        pages.append(client.get(case.get_absolute_url()).content.decode())

    assert [correct_url(case) in page for page in pages] == [True, False, False]
    assert [withdraw_url(case) in page for page in pages] == [True, False, False]
    assert [f"case={case.pk}" in page for page in pages] == [True, True, False]
