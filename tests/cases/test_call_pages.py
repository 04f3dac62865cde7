"""The pages of a call: made, its lists set, announced, read by the public."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.actions import call_rows
from cases.models import Call, Case
from tests.factories.cases import AssignmentFactory, CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client):
    user = UserFactory(organisation=OrganisationFactory(name="省案例库"), role="chief_editor")
    client.force_login(user)
    return user


def call_of(chief, **more):
    return CallFactory(organisation=chief.organisation, by=chief, **more)


def settings_of(chief, **changes):
    return {
        "name": "第二届基层党建案例征集",
        "organisation": chief.organisation.pk,
        "opens_on": "2026-03-01",
        "opens_clock": "00:00",
        "closes_on": "2026-04-30",
        "closes_clock": "24:00",
        "most_characters": "3000",
        "most_photos": "5",
        "needs_captions": "on",
    } | changes


def posted(formset):
    """What a browser sends back of a formset as shown."""
    data = {
        f"{formset.prefix}-TOTAL_FORMS": formset.total_form_count(),
        f"{formset.prefix}-INITIAL_FORMS": formset.initial_form_count(),
    }
    for form in formset:
        for field in form:
            value = field.value()
            data[field.html_name] = "" if value is None or value is False else str(value)
            if value is False:
                del data[field.html_name]
    return data


def test_new_call_closes_at_the_end_of_its_last_day(client, chief):
    answer = client.post(reverse("cases:call_create"), settings_of(chief))

    call = Call.objects.get()
    assert answer.url == reverse("cases:call_desk", args=[call.pk])
    assert (str(call.last_day.date()), call.is_till_midnight) == ("2026-04-30", True)
    assert call.most_characters == 3000
    shown = client.get(reverse("cases:call_edit", args=[call.pk]))
    assert shown.context["form"]["closes_clock"].value() == "24:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [("closes_on", "2026-02-01"), ("closes_clock", "24:30"), ("least_characters", "4000"), ("opens_on", "1026-03-01")],
)
def test_bad_settings_are_named_and_nothing_typed_is_lost(client, chief, field, value):
    answer = client.post(reverse("cases:call_create"), settings_of(chief, rules="报送要求若干", **{field: value}))

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert "报送要求若干" in answer.content.decode()
    assert not Call.objects.exists()


def test_tracks_are_added_renamed_and_taken_away(client, chief):
    call = call_of(chief)
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}, {"name": "社区"}], by=chief)
    address = reverse("cases:call_tracks", args=[call.pk])
    data = posted(client.get(address).context["formset"])

    data |= {"tracks-0-name": "乡村振兴", "tracks-1-DELETE": "on", "tracks-2-name": "两新组织"}
    answer = client.post(address, data)

    assert answer.status_code == 302
    assert [track.name for track in call.tracks.in_order()] == ["乡村振兴", "两新组织"]


def test_same_track_twice_is_named(client, chief):
    call = call_of(chief)
    address = reverse("cases:call_tracks", args=[call.pk])
    data = posted(client.get(address).context["formset"]) | {"tracks-0-name": "农村", "tracks-1-name": "农村"}

    answer = client.post(address, data)

    assert answer.status_code == 200
    assert "“农村”重复了" in answer.content.decode()
    assert not call.tracks.exists()


def test_rubric_as_shown_can_be_saved_and_reweighted(client, chief):
    call = call_of(chief)
    address = reverse("cases:call_rubric", args=[call.pk])
    data = posted(client.get(address).context["formset"])

    assert client.post(address, data).status_code == 302
    data |= {"criteria-1-weight_percent": "50", "criteria-3-weight_percent": "15"}
    assert client.post(address, data).status_code == 302
    weights = [row.weight_percent for row in call.rubric.criteria.in_order()]
    assert weights == [0, 50, 25, 15, 10]
    assert call.rubric.criteria.get(name="实效性").levels.count() == 4


@pytest.mark.parametrize("levels", ["优秀\n一般 60", "优秀 90", "优秀 101\n一般 60", "优秀 90\n优秀 60"])
def test_level_that_cannot_be_read_is_named(client, chief, levels):
    call = call_of(chief)
    address = reverse("cases:call_rubric", args=[call.pk])
    data = posted(client.get(address).context["formset"]) | {"criteria-1-levels": levels}

    answer = client.post(address, data)

    assert answer.status_code == 200
    assert answer.context["formset"].total_error_count() == 1


def test_phases_as_shown_can_be_saved(client, chief):
    call = call_of(chief)
    address = reverse("cases:call_phases", args=[call.pk])
    data = posted(client.get(address).context["formset"]) | {"phases-1-name": "专家初评"}

    assert client.post(address, data).status_code == 302
    assert [phase.name for phase in call.phases.in_order()] == ["推荐", "专家初评", "终评", "公示", "结果公布"]


def test_quotas_are_pasted_one_a_line(client, chief):
    call = call_of(chief)
    city = OrganisationFactory(parent=chief.organisation, name="烟台市委组织部", short_name="烟台")
    county = OrganisationFactory(parent=city, name="招远市委组织部")
    address = reverse("cases:call_quotas", args=[call.pk])

    assert client.post(address, {"lines": "烟台 10\n招远市委组织部，3"}).status_code == 302
    assert {quota.body: quota.places for quota in call.quotas.all()} == {city: 10, county: 3}
    assert client.post(address, {"lines": "烟台 8"}).status_code == 302
    assert {quota.body: quota.places for quota in call.quotas.all()} == {city: 8}


def test_quota_of_an_unknown_body_is_named(client, chief):
    call = call_of(chief)
    OrganisationFactory(name="外省某局")

    answer = client.post(reverse("cases:call_quotas", args=[call.pk]), {"lines": "外省某局 3"})

    assert answer.status_code == 200
    assert "外省某局" in answer.context["form"].errors["lines"][0]


def test_public_reads_rules_criteria_and_counters(client, chief):
    call = call_of(chief, announced=True, rules="每篇须附台账截图。")
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}], by=chief)
    for state in (Case.State.RECEIVED, Case.State.DRAFT):
        case = CaseFactory(organisation=chief.organisation, state=state)
        case.call, case.track = call, call.tracks.get()
        case.save(update_fields=["call", "track"])
    client.logout()

    text = client.get(call.get_absolute_url())

    assert text.context["tally"].cases == 1
    assert text.context["tracks"] == [(call.tracks.get(), 1, "")]
    assert "每篇须附台账截图。" in text.content.decode()
    assert "实效性" in text.content.decode()
    assert call.name in client.get(reverse("cases:call_index")).content.decode()


def test_number_opens_exactly_its_rows_for_the_desk(client, chief):
    call = call_of(chief, announced=True)
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}, {"name": "社区"}], by=chief)
    for state, track in ((Case.State.RECEIVED, 0), (Case.State.DRAFT, 0), (Case.State.FIRST_REVIEW, 1)):
        case = CaseFactory(organisation=chief.organisation, state=state)
        case.call, case.track = call, call.tracks.in_order()[track]
        case.save(update_fields=["call", "track"])
    CaseFactory(organisation=chief.organisation, state=Case.State.RECEIVED)

    shown = client.get(call.get_absolute_url()).context

    assert client.get(shown["rows_url"]).context["page"].paginator.count == shown["tally"].cases == 2
    assert client.get(shown["published_url"]).context["page"].paginator.count == shown["tally"].published == 0
    for _track, number, url in shown["tracks"]:
        assert client.get(url).context["page"].paginator.count == number == 1


def test_draft_has_no_public_page(client, chief):
    call = call_of(chief)
    client.logout()

    assert client.get(call.get_absolute_url()).status_code == 404
    assert call.name not in client.get(reverse("cases:call_index")).content.decode()


def test_chief_announces_and_cancels(client, chief):
    call = call_of(chief)

    client.post(reverse("cases:call_announce", args=[call.pk]))
    call.refresh_from_db()
    assert call.state == Call.State.ANNOUNCED
    assert client.post(reverse("cases:call_cancel", args=[call.pk]), {"reason": ""}).status_code == 422
    client.post(reverse("cases:call_cancel", args=[call.pk]), {"reason": "并入全省评选"})
    assert "并入全省评选" in client.get(call.get_absolute_url()).content.decode()


def test_lists_cost_the_same_for_one_call_and_for_many(client, chief):
    call_of(chief, announced=True)
    client.get(reverse("cases:call_index"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("cases:call_index"))
    for _n in range(3):
        call_of(chief, announced=True)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("cases:call_index"))

    assert len(many) == len(one)


def test_numbers_of_a_blind_call_open_no_list_for_its_jury(client, chief):
    call = call_of(chief, announced=True)
    home = OrganisationFactory(parent=call.organisation)
    case = CaseFactory(organisation=OrganisationFactory(parent=call.organisation), state=Case.State.RECEIVED)
    Case.objects.filter(pk=case.pk).update(call=call)
    today = timezone.localdate()
    call.phases.filter(kind="review").delete()
    call.phases.create(position=9, kind="review", name="初评", is_blind=True, starts_on=today, ends_on=today)
    juror = UserFactory(role="editor", organisation=home, role__over=call.organisation)
    client.force_login(juror)
    before = client.get(call.get_absolute_url()).context["rows_url"]
    AssignmentFactory(case=case, reviewer=juror, given_by=UserFactory(organisation=home))

    page = client.get(call.get_absolute_url())

    assert before
    assert (page.context["rows_url"], page.context["tally"].cases) == ("", 1)
