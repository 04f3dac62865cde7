"""The desk's pages: queues and one case, for an insider, a colleague and an outsider."""

import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import html

from cases import queues
from cases.actions import case as case_actions
from cases.actions import intake, review
from cases.models import Case, Decision, Intake
from members.middleware import set_scope
from tests.factories.cases import CaseFactory, SubjectFieldFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db

Kind, State = Decision.Kind, Case.State


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def editor():
    return UserFactory(role="chief_editor", name="陈主编")


def arrived(editor, state=State.RECEIVED, **fields):
    return CaseFactory(organisation=editor.organisation, state=state, **fields)


def words(response):
    return " ".join(html.document_fromstring(response.content.decode()).find(".//main").text_content().split())


def page_of(case):
    return reverse("cases:review_detail", args=[case.pk])


def decide(client, case, kind, **more):
    data = {"kind": kind, "revision": case.current_revision_id, "seen_state": case.state, **more}
    return client.post(reverse("cases:review_decide", args=[case.pk]), data)


def titles(response):
    return [case.title for case in response.context["page"]]


# Queues


def test_a_queue_costs_the_same_for_one_row_and_for_three(client, editor, django_assert_max_num_queries):
    client.force_login(editor)
    client.get("/desk/")  # the first page of a session also stores when it began
    counted = []
    for total in (1, 3):
        while Case.objects.count() < total:
            case_actions.take(case=arrived(editor, field=SubjectFieldFactory()), by=editor)
        with django_assert_max_num_queries(20) as queries:
            response = client.get(reverse("cases:review_queue", args=["received"]))
        assert len(titles(response)) == total
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_queue_is_narrowed_by_its_address_and_an_unknown_filter_narrows_nothing(client, editor):
    city = RegionFactory(level="city")
    county = RegionFactory(parent=city, path=f"{city.path}370685.", code="370685")
    there = OrganisationFactory(parent=editor.organisation, region=county)
    CaseFactory(organisation=there, state=State.RECEIVED, title="城里的")
    field = SubjectFieldFactory()
    arrived(editor, title="有领域的", field=field)
    client.force_login(editor)
    address = reverse("cases:review_queue", args=["received"])

    assert titles(client.get(address, {"city": city.code})) == ["城里的"]
    assert titles(client.get(address, {"field": field.code})) == ["有领域的"]
    assert titles(client.get(address, {"q": "城里"})) == ["城里的"]
    assert len(titles(client.get(address, {"city": "000", "year": "abc", "field": "x"}))) == 2
    assert titles(client.get(address, {"year": "1999"})) == ["城里的", "有领域的"]
    nothing = client.get(address, {"q": "查无此题"})
    assert "没有符合条件的案例" in words(nothing)


def test_a_queue_is_sorted_by_its_columns_and_the_oldest_waits_on_top(client, editor):
    for title in ("乙", "甲", "丙"):
        arrived(editor, title=title)
    client.force_login(editor)
    address = reverse("cases:review_index")

    assert titles(client.get(reverse("cases:review_queue", args=["received"]))) == ["乙", "甲", "丙"]
    assert titles(client.get(address, {"sort": "number"})) == ["乙", "甲", "丙"]
    assert titles(client.get(address, {"sort": "-number"})) == ["丙", "甲", "乙"]


def test_an_empty_queue_says_what_to_do(client, editor):
    client.force_login(editor)

    for queue, _count in queues.counts(editor):
        assert str(queue.empty) in words(client.get(queue.get_absolute_url())), queue.name


def test_the_desks_queues_are_closed_to_officials_and_unknown_names_are_not_found(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    client.force_login(official)
    assert client.get(reverse("cases:review_queue", args=["received"])).status_code == 403
    assert client.get(reverse("cases:review_ours", args=["sent"])).status_code == 200
    assert client.get(reverse("cases:review_ours", args=["received"])).status_code == 404

    client.force_login(editor)
    assert client.get(reverse("cases:review_queue", args=["nothing"])).status_code == 404


# Working through a queue


def in_queue(case, name="received"):
    return f"{page_of(case)}?queue={name}"


def neighbours(response):
    place = response.context["trail"].place
    return place.previous, place.following


def test_a_row_keeps_its_queue_and_the_page_offers_its_neighbours(client, editor):
    first, second, third = [arrived(editor) for _n in range(3)]
    arrived(editor, State.FIRST_REVIEW)
    client.force_login(editor)

    assert in_queue(second) in client.get(reverse("cases:review_queue", args=["received"])).content.decode()
    assert neighbours(client.get(in_queue(second))) == (first, third)
    assert neighbours(client.get(in_queue(first))) == (None, second)
    assert neighbours(client.get(in_queue(second, "all"))) == (third, first)
    assert client.get(page_of(second)).context["trail"] is None
    assert client.get(in_queue(second, "nothing")).context["trail"] is None


def test_neighbours_that_arrived_at_the_same_moment_are_none_skipped(client, editor):
    cases = [arrived(editor) for _n in range(3)]
    Case.objects.update(state_since=cases[0].state_since)
    client.force_login(editor)

    assert neighbours(client.get(in_queue(cases[1]))) == (cases[0], cases[2])


def test_after_a_decision_the_page_offers_the_one_that_followed(client, editor):
    first, second, third = [arrived(editor) for _n in range(3)]
    client.force_login(editor)
    data = {"kind": Kind.TAKE_UP, "revision": second.current_revision_id, "seen_state": second.state}

    response = client.post(f"{reverse('cases:review_decide', args=[second.pk])}?queue=received", data, follow=True)

    assert response.redirect_chain[-1][0] == f"{in_queue(second)}&then={third.pk}"
    assert neighbours(response) == (None, third)
    assert in_queue(third) in response.content.decode()
    assert neighbours(client.get(f"{in_queue(second)}&then=99999999999999999999")) == (None, first)


def test_neighbours_follow_the_filters_and_the_sort_of_the_list(client, editor):
    field = SubjectFieldFactory()
    second, _other, first, third = [
        arrived(editor, title=title, field=chosen)
        for title, chosen in (("乙", field), ("甲乙", None), ("甲", field), ("丙", field))
    ]
    client.force_login(editor)
    asked = {"field": field.code, "sort": "-title"}
    by_title = list(Case.objects.filter(field=field).order_by("-title"))
    assert set(by_title) == {first, second, third}

    listed = client.get(reverse("cases:review_queue", args=["received"]), asked)
    query = f"queue=received&amp;field={field.code}&amp;sort=-title"
    page = client.get(f"{page_of(by_title[1])}?queue=received&field={field.code}&sort=-title")

    assert f'{page_of(by_title[1])}?{query}"' in listed.content.decode()
    assert neighbours(page) == (by_title[0], by_title[2])
    assert page.content.decode().count(f"?{query}") >= 4
    assert f"{reverse('cases:review_queue', args=['received'])}?field={field.code}&amp;sort=-title" in (
        page.content.decode()
    )


@pytest.mark.parametrize("sort", ["holder", "-holder", "organisation", "-state", "-number", "since"])
def test_neighbours_walk_every_list_from_end_to_end(client, editor, sort):
    cases = [arrived(editor) for _n in range(5)]
    for case in cases[1:3]:
        Case.objects.filter(pk=case.pk).update(held_by=editor, held_at=timezone.now())
    client.force_login(editor)
    listed = [case.pk for case in client.get(reverse("cases:review_index"), {"sort": sort}).context["page"]]

    walked, case = [], Case.objects.get(pk=listed[0])
    while case is not None:
        walked.append(case.pk)
        previous, case = neighbours(client.get(f"{page_of(case)}?queue=all&sort={sort}"))
        assert previous is None or previous.pk == walked[-2]

    assert walked == listed


def test_receipt_comparison_and_photos_lead_back_into_the_list(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    sent = {"data": "党员在驿站值守。".encode(), "filename": "来稿.txt", "door": "upload"}
    case = intake.receive(**sent, organisation=editor.organisation, by=official)
    Case.objects.filter(pk=case.pk).update(held_by=editor, held_at=timezone.now())
    client.force_login(editor)
    trail, back = "?queue=all&sort=title", f'href="{page_of(case)}?queue=all&amp;sort=title"'
    addresses = [
        f"{reverse('cases:revision_compare', args=[case.pk])}?from=1&to=1&queue=all&sort=title",
        reverse("cases:photo_manage", args=[case.pk]) + trail,
        reverse("cases:receipt_detail", args=[case.pk]) + trail,
        reverse("cases:receipt_compare", args=[case.pk]) + trail,
    ]

    page = client.get(page_of(case) + trail).content.decode()
    pages = {address: client.get(address).content.decode() for address in addresses if address}
    plain = client.get(reverse("cases:photo_manage", args=[case.pk])).content.decode()
    saved = client.post(addresses[1], {"new-caption": "", "new-credit": "", "do": "save"})

    assert [address for address, text in pages.items() if back not in text] == []
    assert '<input type="hidden" name="queue" value="all">' in pages[addresses[0]]
    assert f'{reverse("cases:receipt_detail", args=[case.pk])}?queue=all&amp;sort=title"' in page
    assert saved.url == addresses[1]
    assert "queue=" not in plain


def test_editing_a_text_leads_back_into_the_list(client, editor):
    case = arrived(editor)
    client.force_login(editor)
    trail = "?queue=all&sort=title"
    sent = {"base": case.current_revision_id, "title": case.title, "body": "改过的正文。"}

    taken = client.post(f"{reverse('cases:review_take', args=[case.pk])}{trail}", {"then": "edit"})
    form = client.get(taken["Location"])
    saved = client.post(taken["Location"], sent)

    assert taken["Location"] == f"{reverse('cases:revision_edit', args=[case.pk])}{trail}"
    assert f'action="{taken["Location"]}"'.replace("&", "&amp;") in form.content.decode()
    assert saved["Location"] == f"{page_of(case)}{trail}"


def test_a_queue_of_another_side_is_not_offered(client, editor):
    case = arrived(editor)
    client.force_login(UserFactory(organisation=editor.organisation, role="official"))

    assert client.get(in_queue(case)).context["trail"] is None


def test_a_place_costs_the_same_in_a_queue_of_one_and_of_four(client, editor, django_assert_max_num_queries):
    client.force_login(editor)
    case = arrived(editor)
    client.get("/desk/")
    counted = []
    for total in (1, 4):
        while Case.objects.count() < total:
            arrived(editor)
        with django_assert_max_num_queries(40) as made:
            client.get(in_queue(case))
        counted.append(len(made))

    assert counted[0] == counted[1]


# One case


def test_the_page_offers_only_what_may_be_decided(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    client.force_login(editor)

    response = client.get(page_of(case))

    offered = [form.decision for form in [*response.context["forward"], *response.context["others"]]]
    assert offered == [Kind.PASS_FIRST, Kind.RETURN, Kind.SEND_BACK, Kind.DECLINE, Kind.MERGE]


def test_the_page_is_not_found_outside_the_scope_and_reads_only_for_the_overseer(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    client.force_login(UserFactory(role="chief_editor"))
    assert client.get(page_of(case)).status_code == 404
    assert decide(client, case, Kind.PASS_FIRST).status_code == 404

    client.force_login(UserFactory(organisation=editor.organisation, role="overseer"))
    response = client.get(page_of(case))
    assert [*response.context["forward"], *response.context["others"]] == []
    assert decide(client, case, Kind.PASS_FIRST).status_code == 403


def test_deciding_moves_the_case_and_says_so(client, editor):
    case = arrived(editor)
    client.force_login(editor)

    response = client.post(
        reverse("cases:review_decide", args=[case.pk]),
        {"kind": Kind.TAKE_UP, "revision": case.current_revision_id, "seen_state": case.state},
        follow=True,
    )

    case.refresh_from_db()
    assert case.state == State.FIRST_REVIEW
    assert "案例现处于“初审中”" in words(response)


def test_a_return_without_a_reason_asks_for_it(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    client.force_login(editor)

    response = decide(client, case, Kind.RETURN, note=" ")

    case.refresh_from_db()
    assert (response.status_code, case.state) == (422, State.FIRST_REVIEW)
    assert "请写明要改什么" in words(response)


def test_a_decision_on_an_older_text_brings_back_the_note_on_the_fresh_page(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    seen = case.current_revision
    case_actions.revise(case=case, title=case.title, body="后来改过的正文。", by=editor, base=seen)
    client.force_login(editor)

    response = client.post(
        reverse("cases:review_decide", args=[case.pk]),
        {"kind": Kind.RETURN, "revision": seen.pk, "seen_state": case.state, "note": "我写了很久的意见"},
    )

    case.refresh_from_db()
    assert (response.status_code, case.state) == (409, State.FIRST_REVIEW)
    assert "后来改过的正文" in words(response) and "我写了很久的意见" in words(response)
    fresh = next(form for form in response.context["others"] if form.decision == Kind.RETURN)
    assert fresh["revision"].value() == case.current_revision_id


def test_a_decision_overtaken_by_another_keeps_the_note_although_it_is_no_longer_offered(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    client.force_login(editor)
    review.decide(case=case, kind=Kind.DECLINE, by=editor, revision=case.current_revision, note="不是案例")

    response = decide(client, case, Kind.PASS_FIRST, note="写得好")

    assert response.status_code == 409
    assert "“通过初审”未能办理" in words(response) and "写得好" in words(response)


def test_who_signed_one_stage_is_told_so_in_words_at_the_next(client, editor):
    case = arrived(editor, State.FIRST_REVIEW)
    review.decide(case=case, kind=Kind.PASS_FIRST, by=editor, revision=case.current_revision)
    case.refresh_from_db()
    client.force_login(editor)
    assert "您已签署本案例的“初审”，本审次须由他人签署" in words(client.get(page_of(case)))

    response = decide(client, case, Kind.PASS_SECOND)

    assert response.status_code == 409
    assert "三审须由三人分别签署" in words(response)


def test_merging_finds_the_other_case_by_its_number_and_refuses_nonsense(client, editor):
    case, other = arrived(editor), arrived(editor)
    outside = CaseFactory(state=State.RECEIVED)
    client.force_login(editor)

    for number in ("", "2026", case.number, outside.number):
        response = decide(client, case, Kind.MERGE, note="同一件事", duplicate_of=number)
        assert response.status_code == 422, number
    response = decide(client, case, Kind.MERGE, note="同一件事", duplicate_of=f"{other.year}-{other.sequence}")

    case.refresh_from_db()
    assert (case.state, case.duplicate_of) == (State.MERGED, other)


def test_a_case_is_not_merged_into_one_that_has_ended(client, editor):
    case, ended = arrived(editor), arrived(editor)
    review.decide(case=ended, kind=Kind.DECLINE, by=editor, revision=ended.current_revision, note="不是案例")
    client.force_login(editor)

    response = decide(client, case, Kind.MERGE, note="同一件事", duplicate_of=ended.number)

    assert response.status_code == 409
    assert "对方案例已经结案" in words(response)


def test_an_unknown_decision_is_a_bad_request(client, editor):
    case = arrived(editor)
    client.force_login(editor)

    assert decide(client, case, "burn").status_code == 400


def test_an_official_may_not_decide_for_the_desk(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    case = CaseFactory(organisation=editor.organisation, by=official, state=State.FIRST_REVIEW)
    client.force_login(official)

    assert decide(client, case, Kind.PASS_FIRST).status_code == 403


def test_voided_signatures_and_decisions_stay_readable(client, editor):
    case = arrived(editor, State.SECOND_REVIEW)
    signer = case.signatures.get().signed_by
    review.decide(case=case, kind=Kind.SEND_BACK, by=editor, revision=case.current_revision, note="数字再核")
    client.force_login(editor)

    response = client.get(page_of(case))

    tree = html.document_fromstring(response.content.decode())
    assert [signer.name in struck.text_content() for struck in tree.xpath("//dl//del")] == [True]
    assert len(tree.xpath("//li[@class='step-voided']")) == 1
    assert "因“退回上一审次”作废" in words(response)


def test_a_signature_on_an_older_text_says_so(client, editor):
    case = arrived(editor, State.SECOND_REVIEW)
    case_actions.revise(case=case, title=case.title, body="签过之后又改。", by=editor, base=case.current_revision)
    client.force_login(editor)

    response = client.get(page_of(case))

    assert "此后有改动，点此对照" in words(response)


def test_warnings_of_the_reading_stand_above_the_text_for_the_desk(client, editor):
    case = arrived(editor)
    Intake.objects.create(
        case=case,
        door="paste",
        format="txt",
        sha256="0" * 64,
        size_bytes=1,
        profile="web",
        reading="",
        warnings=[{"code": "title_not_in_body", "message": "标题不像是这篇的。"}],
    )
    client.force_login(editor)
    assert "标题不像是这篇的。" in words(client.get(page_of(case)))


# The submitting side


def test_the_author_reads_the_return_but_not_the_desks_own_notes(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    case = CaseFactory(organisation=editor.organisation, by=official, state=State.SECOND_REVIEW)
    review.decide(case=case, kind=Kind.SEND_BACK, by=editor, revision=case.current_revision, note="内部：初审没看数字")
    review.decide(case=case, kind=Kind.RETURN, by=editor, revision=case.current_revision, note="请写明统计期间")
    client.force_login(official)

    seen = words(client.get(page_of(case)))

    assert "请写明统计期间" in seen and "编辑部请您修改" in seen
    assert "内部" not in seen and "陈主编" not in seen and "三审签署" not in seen
    client.force_login(editor)
    assert "内部：初审没看数字" in words(client.get(page_of(case)))


def test_the_author_withdraws_with_a_reason(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    case = CaseFactory(organisation=editor.organisation, by=official, state=State.RECEIVED)
    client.force_login(official)
    assert decide(client, case, Kind.WITHDRAW).status_code == 422

    decide(client, case, Kind.WITHDRAW, note="数字还要再核")

    case.refresh_from_db()
    assert case.state == State.WITHDRAWN


# Who has it


def test_taking_taking_over_and_putting_back(client, editor):
    case = arrived(editor)
    colleague = UserFactory(organisation=editor.organisation, role="editor", name="李编辑")
    client.force_login(colleague)
    take = reverse("cases:review_take", args=[case.pk])
    client.post(take, {"instead_of": ""})
    client.force_login(editor)

    overtaken = client.post(take, {"instead_of": ""}, follow=True)
    case.refresh_from_db()
    assert case.held_by == colleague
    assert "李编辑 刚刚先一步接下了本案例" in words(overtaken)

    client.post(take, {"instead_of": colleague.pk})
    case.refresh_from_db()
    assert case.held_by == editor

    client.post(reverse("cases:review_release", args=[case.pk]))
    case.refresh_from_db()
    assert case.held_by is None
    again = client.post(reverse("cases:review_release", args=[case.pk]), follow=True)
    assert "无需放回" in words(again)


def test_a_case_that_is_not_at_the_desk_cannot_be_taken(client, editor):
    case = arrived(editor, State.PUBLISHED)
    client.force_login(editor)

    response = client.post(reverse("cases:review_take", args=[case.pk]), follow=True)

    case.refresh_from_db()
    assert case.held_by is None
    assert "目前不在编辑部审理中" in words(response)


def test_the_case_page_costs_the_same_for_one_revision_and_for_three(client, editor, django_assert_max_num_queries):
    case = arrived(editor, State.FIRST_REVIEW)
    client.force_login(editor)
    client.get("/desk/")
    counted = []
    for total in (1, 3):
        while case.revisions.count() < total:
            case.refresh_from_db()
            body = f"第{case.revisions.count()}次改。"
            case_actions.revise(case=case, title=case.title, body=body, by=editor, base=case.current_revision)
        with django_assert_max_num_queries(26) as queries:
            client.get(page_of(case))
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_a_returned_case_offers_to_resubmit_only_when_its_text_has_changed(client, editor):
    official = UserFactory(organisation=editor.organisation, role="official")
    case = CaseFactory(organisation=editor.organisation, by=official, state=State.FIRST_REVIEW)
    review.decide(case=case, kind=Kind.RETURN, by=editor, revision=case.current_revision, note="写明期间")
    client.force_login(official)
    assert [form.decision for form in client.get(page_of(case)).context["forward"]] == []

    case.refresh_from_db()
    case_actions.revise(case=case, title=case.title, body="改过了。", by=official, base=case.current_revision)

    assert [form.decision for form in client.get(page_of(case)).context["forward"]] == [Kind.RESUBMIT]
