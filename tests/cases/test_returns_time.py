"""Due dates of returned cases: reminders, more time, the lists, and who hears of a case sent back."""

import datetime
import uuid

import pytest
from django.urls import reverse

from cases import queues
from cases.actions import case as case_actions
from cases.actions import link as link_actions
from cases.actions import reminders, returns_time, review
from cases.models import Case, Decision, RequestReminder
from config.dates import add_workdays
from config.errors import Refused, WrongState
from members.middleware import set_scope
from tests.cases.test_returns import answered, resubmit, send_back, write
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db

Kind, State = Decision.Kind, Case.State
DUE = datetime.date(2026, 12, 15)


@pytest.fixture(autouse=True)
def whole(db):
    set_scope(["*"])


@pytest.fixture
def case():
    return CaseFactory(state=State.FIRST_REVIEW)


@pytest.fixture
def editor(case):
    return UserFactory(organisation=case.organisation, role="editor")


@pytest.fixture
def asked(case, editor, time_machine):
    """A request of 1 December, due on the 15th."""
    time_machine.move_to(datetime.datetime(2026, 12, 1, 2, tzinfo=datetime.UTC))
    send_back(case, editor, "补充成效", due_on=DUE)
    return case.requests.get()


def heard(user):
    """Return the notices of an account, oldest first, in its own language."""
    return [str(notice) for notice in user.notices.order_by("pk")]


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        ((12, 7), None),
        ((12, 8), -7),
        ((12, 13), -7),
        ((12, 14), -1),
        ((12, 15), -1),
        ((12, 17), -1),
        ((12, 18), 3),
        ((12, 31), 3),
    ],
)
def test_the_last_stage_that_has_come_counts(today, stage):
    day = datetime.date(2026, *today)

    assert reminders.reached(DUE, datetime.date(2026, 12, 1), day) == stage


def test_nobody_is_reminded_of_what_was_asked_less_than_seven_days_before():
    assert reminders.reached(DUE, datetime.date(2026, 12, 10), datetime.date(2026, 12, 10)) is None
    assert reminders.reached(DUE, datetime.date(2026, 12, 10), datetime.date(2026, 12, 14)) == -1


def test_both_sides_are_reminded_once_each_time(case, asked, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        counts = [reminders.remind_all(datetime.date(2026, 12, day)) for day in (7, 8, 8, 9, 14, 15, 18, 19)]

    assert counts == [0, 1, 0, 0, 1, 0, 1, 0]
    day = "2026-12-15"
    name = f"{case.number}《{case.title}》"
    assert heard(case.created_by)[-3:] == [
        f"【需办理】{name}请于 {day} 前改好并重新提交",
        f"【需办理】{name}请于 {day} 前改好并重新提交",
        f"【需办理】{name}应于 {day} 前重新提交，现已逾期",
    ]
    assert heard(editor)[-1] == f"{name}退改已逾期，期限为 {day}"


def test_reminders_stop_when_the_case_is_back(case, asked):
    write(case)
    answered(case, asked.items.all())
    resubmit(case)

    assert reminders.remind_all(datetime.date(2026, 12, 14)) == 0
    assert RequestReminder.objects.count() == 0


def test_a_moved_due_date_is_reminded_of_anew(case, asked, editor):
    reminders.remind_all(datetime.date(2026, 12, 8))
    returns_time.ask(case=case, days=5, note="台账在别处", by=case.created_by)
    moved = returns_time.settle(request=asked, grant=True, by=editor)

    assert moved.due_on == add_workdays(DUE, 5) == datetime.date(2026, 12, 22)
    assert reminders.remind_all(datetime.date(2026, 12, 14)) == 0
    assert reminders.remind_all(datetime.date(2026, 12, 15)) == 1


def test_more_time_is_asked_for_once_and_settled_once(case, asked, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        returns_time.ask(case=case, days=5, note="台账在别处", by=case.created_by)
    with pytest.raises(Refused):
        returns_time.ask(case=case, days=5, note="再来一次", by=case.created_by)
    with django_capture_on_commit_callbacks(execute=True):
        returns_time.settle(request=asked, grant=False, by=editor)
    with pytest.raises(WrongState):
        returns_time.settle(request=asked, grant=True, by=editor)

    asked.refresh_from_db()
    assert (asked.due_on, asked.is_time_granted) == (DUE, False)
    assert heard(editor)[-1].startswith("【需办理】")
    assert "未准延期" in heard(case.created_by)[-1]


def test_time_given_after_the_due_date_counts_from_today(case, asked, editor, time_machine):
    returns_time.ask(case=case, days=2, note="台账在别处", by=case.created_by)
    time_machine.move_to(datetime.datetime(2026, 12, 21, 2, tzinfo=datetime.UTC))

    assert returns_time.settle(request=asked, grant=True, by=editor).due_on == datetime.date(2026, 12, 23)


def test_the_editors_do_not_ask_for_the_unit(case, asked, editor):
    with pytest.raises(WrongState):
        returns_time.ask(case=case, days=5, note="代为申请", by=editor)


# Lists


def test_a_case_is_overdue_from_the_day_after_its_due_date(case, asked, editor, time_machine):
    overdue = queues.BY_NAME["overdue"]
    found = []
    for day in (15, 16):
        time_machine.move_to(datetime.datetime(2026, 12, day, 2, tzinfo=datetime.UTC))
        found.append(list(queues.rows(overdue, editor)))

    assert found == [[], [case]]
    assert {queue.name: count for queue, count in queues.counts(editor)}["overdue"] == 1


def test_lists_show_when_a_case_is_due_and_who_asks_for_time(client, case, asked, editor):
    returns_time.ask(case=case, days=5, note="台账在别处", by=case.created_by)
    client.force_login(editor)

    page = client.get(reverse("cases:review_queue", args=["returned"])).content.decode()
    client.force_login(case.created_by)
    own = client.get(reverse("cases:home")).content.decode()

    assert "12-15" in page
    assert "申请延期" in page
    assert "12月15日前交回" in own


# Pages


def test_the_unit_asks_for_time_and_the_editor_gives_it(client, case, asked, editor):
    client.force_login(case.created_by)
    empty = client.post(reverse("cases:returns_ask_time", args=[case.pk]), {"days": "5", "note": " "})
    client.post(reverse("cases:returns_ask_time", args=[case.pk]), {"days": "5", "note": "台账在别处"})
    client.force_login(editor)
    page = client.get(reverse("cases:review_detail", args=[case.pk])).content.decode()
    client.post(reverse("cases:returns_settle_time", args=[asked.pk]), {"grant": "yes"})

    asked.refresh_from_db()
    assert empty.status_code == 422
    assert "请写明申请延期的原因" in empty.content.decode()
    assert "台账在别处" in page
    assert asked.is_time_granted


def test_the_holder_of_a_link_asks_for_time(client, case, asked):
    token = link_actions.open_case_page(case=case, once_token=uuid.uuid4())

    sent = client.post(reverse("cases:holder_time", args=[token]), {"days": "3", "note": "在外学习"})
    twice = client.post(reverse("cases:holder_time", args=[token]), {"days": "3", "note": "在外学习"})
    page = client.get(sent.url).content.decode()

    asked.refresh_from_db()
    assert (asked.time_asked_days, asked.time_asked_by) == (3, None)
    assert "延期申请已提交" in page
    assert twice.context["form"].has_error("note")


# Who hears of a case sent back


@pytest.mark.parametrize(
    ("state", "kind", "earlier"),
    [
        (State.FIRST_REVIEW, Kind.SEND_BACK, Kind.TAKE_UP),
        (State.SECOND_REVIEW, Kind.SEND_BACK, Kind.PASS_FIRST),
        (State.FINAL_REVIEW, Kind.SEND_BACK, Kind.PASS_SECOND),
        (State.READY, Kind.SEND_BACK, Kind.PASS_FINAL),
        (State.SECOND_REVIEW, Kind.RETURN, Kind.PASS_FIRST),
        (State.FINAL_REVIEW, Kind.RETURN, Kind.PASS_SECOND),
    ],
)
def test_whoever_decided_before_hears_that_the_case_was_sent_back(
    state, kind, earlier, django_capture_on_commit_callbacks
):
    case = CaseFactory(state=state)
    before = case.decisions.get(kind=earlier).decided_by
    by = UserFactory(organisation=case.organisation, role="chief_editor")

    with django_capture_on_commit_callbacks(execute=True):
        review.decide(case=case, kind=kind, by=by, revision=case.current_revision, note="数字要再核")

    assert [notice.detail["decision"] for notice in before.notices.order_by("pk")][-1] == kind.name


def test_the_unit_is_told_that_it_must_act_and_the_desk_is_not(case, editor, django_capture_on_commit_callbacks):
    colleague = UserFactory(organisation=case.organisation, role="editor")
    case_actions.take(case=case, by=colleague)

    with django_capture_on_commit_callbacks(execute=True):
        send_back(case, editor, "补充成效")

    assert heard(case.created_by)[-1].startswith("【需办理】")
    assert heard(colleague)[-1].startswith(case.number)
