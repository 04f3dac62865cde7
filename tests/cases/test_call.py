"""A call: made from the template or an earlier call, changed, announced, cancelled."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.actions import call as actions
from cases.actions import call_rows
from cases.actions import rubric as rubric_actions
from cases.models import Call, CriterionLevel, Phase
from config.errors import Refused, WrongState
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def chief_of(call):
    return UserFactory(organisation=call.organisation, role="chief_editor")


def rows_of(call, **changes):
    return [
        {
            "pk": criterion.pk,
            "kind": criterion.kind,
            "name": criterion.name,
            "question": criterion.question,
            "weight_percent": changes.get(criterion.name, criterion.weight_percent),
            "levels": [{"label": level.label, "points": level.points} for level in criterion.levels.all()],
        }
        for criterion in call.rubric.criteria.in_order()
    ]


def test_new_call_has_the_parts_rubric_and_phases_of_the_template():
    call = CallFactory()

    criteria = [(row.name, row.kind, row.weight_percent) for row in call.rubric.criteria.in_order()]
    assert criteria == [
        ("真实性", "gate", 0),
        ("实效性", "score", 40),
        ("创新性", "score", 25),
        ("典型性", "score", 25),
        ("文字", "score", 10),
    ]
    assert [part.name for part in call.parts.in_order()] == ["背景", "做法", "成效", "启示"]
    phases = list(call.phases.in_order())
    assert [phase.kind for phase in phases] == ["recommend", "review", "review", "notice", "result"]
    assert phases[0].starts_on == call.last_day.date() + timedelta(days=1)
    assert all(
        later.starts_on == phase.ends_on + timedelta(days=1) for phase, later in zip(phases, phases[1:], strict=False)
    )


def test_copy_of_an_earlier_call_is_its_own():
    earlier = CallFactory()
    by = chief_of(earlier)
    call_rows.set_tracks(call=earlier, rows=[{"name": "两新组织"}, {"name": "农村"}], by=by)
    call_rows.set_quotas(call=earlier, rows=[{"body": earlier.organisation, "places": 3}], by=by)

    later = actions.create(
        organisation=earlier.organisation,
        by=by,
        copy_from=earlier,
        name="下一届",
        opens_at=earlier.opens_at + timedelta(days=365),
        closes_at=earlier.closes_at + timedelta(days=365),
    )

    assert [track.name for track in later.tracks.in_order()] == ["两新组织", "农村"]
    assert [quota.places for quota in later.quotas.all()] == [3]
    assert rows_of(later)[1]["levels"] == rows_of(earlier)[1]["levels"]
    moved = {
        phase.starts_on - old.starts_on
        for phase, old in zip(later.phases.in_order(), earlier.phases.in_order(), strict=True)
    }
    assert moved == {timedelta(days=365)}
    assert CriterionLevel.objects.filter(criterion__rubric__call=earlier).count() == 19


def test_draft_is_for_those_who_manage_it():
    call = CallFactory()
    stranger = UserFactory(role="chief_editor")

    assert list(Call.objects.visible_to(chief_of(call))) == [call]
    assert not Call.objects.visible_to(stranger).exists()
    actions.announce(call=call, by=chief_of(call))
    assert list(Call.objects.visible_to(stranger)) == [call]


def test_only_one_who_manages_calls_may_make_one():
    body = OrganisationFactory()
    editor = UserFactory(organisation=body, role="editor")
    now = timezone.now()

    with pytest.raises(Refused):
        actions.create(organisation=body, by=editor, name="x", opens_at=now, closes_at=now + timedelta(days=1))


def test_window_says_what_comes_in_time():
    call = CallFactory(announced=True)

    assert call.is_open_at(call.opens_at)
    assert not call.is_open_at(call.closes_at)
    assert not call.takes_at(call.closes_at)
    call.takes_late = True
    assert call.takes_at(call.closes_at)
    assert not call.takes_at(call.opens_at - timedelta(seconds=1))


def test_weights_sum_up_to_a_hundred():
    call = CallFactory()

    with pytest.raises(Refused):
        rubric_actions.set_criteria(call=call, rows=rows_of(call, 文字=11), by=chief_of(call))
    rubric_actions.set_criteria(call=call, rows=rows_of(call, 文字=15, 典型性=20), by=chief_of(call))
    assert [row["weight_percent"] for row in rows_of(call)] == [0, 40, 25, 20, 15]


def test_frozen_rubric_stands():
    call = CallFactory()
    by = chief_of(call)
    rubric_actions.freeze(rubric=call.rubric, by=by)

    with pytest.raises(WrongState):
        rubric_actions.set_criteria(call=call, rows=rows_of(call), by=by)


def test_track_with_cases_can_be_renamed_but_not_taken_away():
    call = CallFactory()
    by = chief_of(call)
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}], by=by)
    track = call.tracks.get()
    case = CaseFactory(organisation=call.organisation)
    case.call, case.track = call, track
    case.save(update_fields=["call", "track"])

    call_rows.set_tracks(call=call, rows=[{"pk": track.pk, "name": "乡村振兴"}, {"name": "社区"}], by=by)
    assert [row.name for row in call.tracks.in_order()] == ["乡村振兴", "社区"]
    with pytest.raises(Refused):
        call_rows.set_tracks(call=call, rows=[{"name": "社区治理"}], by=by)


def test_names_of_tracks_can_change_places():
    call = CallFactory()
    by = chief_of(call)
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}, {"name": "社区"}], by=by)
    first, second = call.tracks.in_order()

    call_rows.set_tracks(call=call, rows=[{"pk": first.pk, "name": "社区"}, {"pk": second.pk, "name": "农村"}], by=by)

    assert [(row.pk, row.name) for row in call.tracks.in_order()] == [(first.pk, "社区"), (second.pk, "农村")]


def test_notice_stands_once():
    call = CallFactory()
    notice = {
        "kind": Phase.Kind.NOTICE,
        "name": "公示",
        "starts_on": call.last_day.date(),
        "ends_on": call.last_day.date(),
    }

    with pytest.raises(Refused):
        call_rows.set_phases(call=call, rows=[notice, notice], by=chief_of(call))


def test_cancelled_call_says_why_and_changes_no_more():
    call = CallFactory(announced=True)
    by = chief_of(call)

    call = actions.cancel(call=call, reason="活动并入全省评选", by=by)

    assert (call.state, call.cancel_reason) == (Call.State.CANCELLED, "活动并入全省评选")
    with pytest.raises(WrongState):
        actions.change(call=call, by=by, name="又来")


def test_track_without_call_is_refused_by_the_database():
    call = CallFactory()
    call_rows.set_tracks(call=call, rows=[{"name": "农村"}], by=chief_of(call))
    case = CaseFactory()
    case.track = call.tracks.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        case.save(update_fields=["track"])
