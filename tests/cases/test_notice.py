"""The public notice: the list, objections of anybody, and how they are handled."""

import uuid
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from cases import queries_notice as queries
from cases.actions import call_entry
from cases.actions import notice as actions
from cases.models import Case, Objection
from config.errors import Refused, WrongState
from members.middleware import set_scope
from members.models import AuditEvent
from tests.factories.cases import CallFactory, CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db
CONTACT = "13805350000"


class World:
    """A call whose notice runs, with two cases, one of them on the list."""

    def __init__(self):
        set_scope(["*"])
        self.call = CallFactory(announced=True)
        self.chief = UserFactory(organisation=self.call.organisation, role="chief_editor")
        self.editor = UserFactory(organisation=self.call.organisation, role="editor")
        self.cases = [self._case(title) for title in ("停车区里的驿站", "红色方向盘")]
        actions.set_list(call=self.call, rows=[(self.cases[0], "一等奖")], by=self.chief)
        phase = queries.phase_of(self.call)
        self.during = timezone.make_aware(datetime.combine(phase.starts_on, time(9)))
        self.after = timezone.make_aware(datetime.combine(phase.ends_on + timedelta(days=1), time(9)))

    def _case(self, title):
        official = UserFactory(organisation=self.call.organisation, role="official")
        case = CaseFactory(organisation=self.call.organisation, by=official, title=title, state=Case.State.RECEIVED)
        return call_entry.move(case=case, call=self.call, track=None, by=official)

    def objection(self, **more):
        values = {"body": "文中的驿站当时还没有建成。", "once_token": uuid.uuid4(), "case": self.cases[0]} | more
        return actions.object_(call=self.call, **values)


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def during(world):
    with time_machine.travel(world.during, tick=False):
        yield world


def sent(world, **more):
    return {"body": "文中的驿站当时还没有建成。", "once_token": str(uuid.uuid4()), "case": world.cases[0].pk} | more


def test_list_is_public_from_the_first_day_of_the_notice(client, world):
    before = client.get(world.call.get_absolute_url()).content.decode()
    with time_machine.travel(world.during, tick=False):
        shown = client.get(world.call.get_absolute_url()).content.decode()

    assert "停车区里的驿站" not in before
    assert "停车区里的驿站" in shown
    assert "一等奖" in shown
    assert "红色方向盘" not in shown


def test_chief_sets_the_list_by_numbers(client, world):
    client.force_login(world.chief)
    address = reverse("cases:notice_shortlist", args=[world.call.pk])
    first, second = world.cases

    wrong = client.post(address, {"lines": f"{first.number} 一等奖\n案-1999-0001"})
    assert "案-1999-0001" in wrong.context["form"].errors["lines"][0]
    client.post(address, {"lines": f"{second.number} 二等奖\n{first.number}"})

    listed = [(row.case, row.position, row.honour) for row in queries.standing(world.call)]
    assert listed == [(second, 1, "二等奖"), (first, 2, "")]


def test_case_taken_off_stays_on_record(world):
    actions.set_list(call=world.call, rows=[], by=world.chief)

    assert not queries.standing(world.call).exists()
    assert world.call.shortlist.get().removed_by == world.chief


def test_anybody_objects_and_follows_it_by_the_address(client, during):
    data = sent(during, name="老邢", contact=CONTACT)

    answer = client.post(reverse("cases:notice_object", args=[during.call.pk]), data, follow=True)

    set_scope(["*"])
    made = Objection.objects.get()
    assert answer.request["PATH_INFO"] == reverse("cases:notice_follow", args=[made.uuid])
    assert made.number in answer.content.decode()
    assert "老邢" not in answer.content.decode()
    assert CONTACT.encode() not in bytes(made.contact_cipher)
    client.post(reverse("cases:notice_object", args=[during.call.pk]), data)
    set_scope(["*"])
    assert Objection.objects.count() == 1
    assert "收到异议 1 件" in client.get(during.call.get_absolute_url()).content.decode()


def test_objections_are_taken_during_the_notice_only(client, world):
    for moment in (timezone.now(), world.after):
        with time_machine.travel(moment, tick=False):
            answer = client.post(reverse("cases:notice_object", args=[world.call.pk]), sent(world))
        assert answer.status_code == 409
        assert "文中的驿站当时还没有建成。" in answer.content.decode()
    set_scope(["*"])
    assert not Objection.objects.exists()


def test_case_that_is_not_listed_cannot_be_objected_to(client, during):
    answer = client.post(reverse("cases:notice_object", args=[during.call.pk]), sent(during, case=during.cases[1].pk))

    assert "case" in answer.context["form"].errors


def test_too_many_objections_of_one_address_wait_with_their_text(client, during):
    address = reverse("cases:notice_object", args=[during.call.pk])
    for _n in range(10):
        client.post(address, sent(during))

    answer = client.post(address, sent(during, body="第十一件。"))

    assert answer.status_code == 429
    assert "第十一件。" in answer.content.decode()


def test_robot_is_not_recorded(client, during):
    client.post(reverse("cases:notice_object", args=[during.call.pk]), sent(during, website="http://x.example"))

    set_scope(["*"])
    assert not Objection.objects.exists()


def test_objection_is_settled_with_a_record_and_its_outcome_can_be_read(client, during):
    made = during.objection()
    client.force_login(during.editor)
    address = reverse("cases:notice_settle", args=[made.pk])
    data = {"outcome": "upheld", "finding": "经核实，驿站于次年建成，已移出名单。"}

    early = client.post(address, data)
    assert early.status_code == 409
    assert "已移出名单" in early.content.decode()
    client.post(reverse("cases:notice_note", args=[made.pk]), {"text": "到现场核对竣工日期。"})
    assert client.post(address, data).status_code == 302
    client.logout()

    told = client.get(reverse("cases:notice_follow", args=[made.uuid])).content.decode()
    assert "已移出名单" in told
    assert "到现场核对" not in told


def test_settled_objection_and_its_record_stand(during):
    made = during.objection()
    step = actions.note(objection=made, text="电话核实。", by=during.editor)
    actions.settle(objection=made, outcome="rejected", finding="与台账一致。", by=during.editor)

    with pytest.raises(WrongState):
        actions.note(objection=made, text="再记。", by=during.editor)
    with pytest.raises(DatabaseError), transaction.atomic():
        step.text = "改写"
        step.save()


def test_open_objections_stand_before_settled_ones(client, during):
    settled, first, second = during.objection(), during.objection(), during.objection()
    actions.note(objection=settled, text="电话核实。", by=during.editor)
    actions.settle(objection=settled, outcome="rejected", finding="与台账一致。", by=during.editor)
    Objection.objects.filter(pk=second.pk).update(received_at=timezone.now() - timedelta(hours=2))
    client.force_login(during.editor)

    page = client.get(reverse("cases:notice_list")).context["page"]

    assert list(page.object_list) == [second, first, settled]


def test_who_objected_is_shown_on_record_only(client, during):
    made = during.objection(name="老邢", contact=CONTACT)
    client.force_login(during.editor)

    page = client.get(made.get_absolute_url()).content.decode()
    shown = client.post(reverse("cases:notice_reveal", args=[made.pk]), {"reason": "约见核实"}).content.decode()

    assert CONTACT not in page
    assert CONTACT in shown
    assert AuditEvent.objects.filter(event="objection.reveal", outcome="done").count() == 1


def test_only_those_who_handle_objections_of_the_call_see_them(client, during):
    made = during.objection()
    stranger = UserFactory(role="chief_editor")
    client.force_login(stranger)

    assert client.get(made.get_absolute_url()).status_code == 404
    set_scope(["*"])  # past row-level security the action refuses as well
    with pytest.raises(Refused):
        actions.note(objection=made, text="x", by=stranger)


def test_an_upheld_objection_says_that_the_case_still_stands_on_the_list(client, during):
    made = during.objection()
    actions.note(objection=made, text="电话核实。", by=during.editor)
    client.force_login(during.editor)
    assert "1 件公示异议" in client.get(reverse("cases:home")).content.decode()
    actions.settle(objection=made, outcome="upheld", finding="已核实。", by=during.editor)

    warned = client.get(made.get_absolute_url()).content.decode()
    actions.set_list(call=during.call, rows=[], by=during.chief)
    done = client.get(made.get_absolute_url()).content.decode()

    assert "仍在公示名单上" in warned
    assert "仍在公示名单上" not in done
    assert "件公示异议" not in client.get(reverse("cases:home")).content.decode()
