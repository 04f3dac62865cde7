"""Letters to reviewers: cases given, taken back, due; open and blind."""

from datetime import date

import pytest
import time_machine
from django.test import TestCase

from cases.actions import assignment as actions
from cases.actions import assignment_letter, assignment_reminder, letter
from cases.models import Case, Letter, Phase
from cases.models.letter import LetterKind
from members.middleware import set_scope
from members.models import Organisation, Region
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import OrganisationFactory, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db

DUE = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel("2026-11-12T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def province():
    found = OrganisationFactory(kind=Organisation.Kind.PLATFORM, region=RegionFactory(level=Region.Level.PROVINCE))
    set_scope([found.path])
    return found


@pytest.fixture
def chief(province):
    return UserFactory(organisation=OrganisationFactory(parent=province), role="chief_editor", role__over=province)


def reviewer(province, email="zhang@jury.example", name="张敏"):
    home = OrganisationFactory(parent=province)
    return UserFactory(organisation=home, role="reviewer", role__over=province, email=email, name=name)


def arrived(province, **values):
    return CaseFactory(organisation=OrganisationFactory(parent=province), state=Case.State.RECEIVED, **values)


def give(cases, user, by, task="score"):
    with TestCase.captureOnCommitCallbacks(execute=True):  # the letters are the worker's
        return actions.give(pairs=[(case.pk, user.pk) for case in cases], task=task, due_on=DUE, by=by)


def blind_call(province):
    call = CallFactory(organisation=province)
    Phase.objects.create(
        call=call,
        position=9,
        kind=Phase.Kind.REVIEW,
        is_blind=True,
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 12, 31),
    )
    return call


def test_cases_given_in_one_press_are_one_letter_that_names_them(province, chief):
    cases = [arrived(province, title="红色驿站进园区"), arrived(province, title="驿路先锋")]

    give(cases, reviewer(province), chief)

    (found,) = Letter.objects.all()
    assert (found.kind, found.state, found.organisation) == (LetterKind.ASSIGNED, Letter.State.DRAFT, province)
    assert found.subject == "需办理：请评审 2 篇案例"
    assert all(f"{case.number}《{case.title}》" in found.body for case in cases)
    assert "请于2026年11月26日前办理" in found.body
    assert "/desk/reviews/" in found.body
    assert found in Letter.objects.visible_to(chief)


def test_a_blind_letter_says_how_many_and_no_word_of_what_they_are_about(province, chief):
    case = arrived(province, title="招远红色驿站进园区")
    Case.objects.filter(pk=case.pk).update(call=blind_call(province))

    (row,) = give([case], reviewer(province), chief)
    actions.take_back(assignment=row, reason="", by=chief)

    (found,) = Letter.objects.all()
    said = found.subject + found.body + "".join(f"{item.subject}{item.text}" for item in found.items.all())
    assert "1 篇案例请您评审" in said
    assert not [word for word in (case.number, case.title, "招远", case.organisation.name) if word in said]


def test_what_is_said_to_one_reviewer_becomes_one_letter_until_it_is_edited(province, chief):
    person = reviewer(province)
    (row,) = give([arrived(province)], person, chief)
    give([arrived(province)], person, chief)
    actions.take_back(assignment=row, reason="", by=chief)

    (found,) = Letter.objects.all()
    assert found.subject == "需办理：关于您的评审任务（3 项）"
    assert [item.kind for item in found.items.order_by("position")] == ["assigned", "assigned", "taken_back"]
    letter.edit(letter=found, subject="亲手写的", body="亲手写的话", address=None, by=chief)
    give([arrived(province)], person, chief)
    assert Letter.objects.count() == 2


def test_a_reviewer_who_contributed_too_gets_results_in_another_letter(province, chief):
    person = reviewer(province)
    to = letter.Recipient(person.name, person.email, person)
    letter.draft(kind=LetterKind.PUBLISHED, to=to, case=arrived(province), organisation=province, by=chief)

    give([arrived(province)], person, chief)

    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["assigned", "published"]


def test_without_a_mail_address_the_notice_is_all(province, chief):
    person = reviewer(province, email="")

    give([arrived(province)], person, chief)

    assert (Letter.objects.count(), person.notices.count()) == (0, 1)


def test_the_worker_run_twice_drafts_once(province, chief):
    rows = give([arrived(province), arrived(province)], reviewer(province), chief)

    assignment_letter.draft_given.func([row.pk for row in rows], chief.pk)

    assert Letter.objects.get().items.count() == 1


def test_a_long_list_is_cut_with_a_word(province, chief):
    give([arrived(province) for _n in range(33)], reviewer(province), chief)

    (found,) = Letter.objects.all()
    assert found.body.count("《") == 30
    assert "另有 3 篇，详见该页面" in found.body


def test_reminders_are_drafted_once_a_mark(province, chief):
    give([arrived(province), arrived(province)], reviewer(province), chief)
    Letter.objects.update(state=Letter.State.DISCARDED)

    for day in (18, 19, 19, 25, 29):
        assignment_reminder.remind_all(date(2026, 11, day))

    (found,) = Letter.objects.filter(state=Letter.State.DRAFT)
    assert [item.once_key.split("-")[2] for item in found.items.order_by("position")] == [
        "20261126",
        "20261126",
        "20261126+3",
    ]
    assert found.kind == LetterKind.DUE
    assert found.body.count("尚有 2 篇待评审") == 3
