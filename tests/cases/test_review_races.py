"""Two people at once: one wins, the other gets a sentence and keeps what they typed."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import Case, Decision, Signature
from tests.factories.cases import CaseFactory
from tests.factories.members import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

Kind, State = Decision.Kind, Case.State


def at_once(*requests):
    """Send each (user, address, data) from a thread of its own, all let go together; return the answers in order."""
    clients = []
    for user, address, data in requests:
        client = Client()
        client.force_login(user)
        clients.append((client, address, data))
    gate = threading.Barrier(len(clients), timeout=20)
    answers = [None] * len(clients)

    def send(position, client, address, data):
        try:
            gate.wait()
            answers[position] = client.post(address, data)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(n, *job)) for n, job in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


def editors(case, count=2):
    return [UserFactory(organisation=case.organisation, role="chief_editor") for _n in range(count)]


def decision(case, by, kind, **more):
    address = reverse("cases:review_decide", args=[case.pk])
    return by, address, {"kind": kind, "revision": case.current_revision_id, "seen_state": case.state, **more}


def test_of_two_editors_deciding_at_once_exactly_one_wins():
    case = CaseFactory(state=State.FIRST_REVIEW)
    first, second = editors(case)

    answers = at_once(
        decision(case, first, Kind.PASS_FIRST, note="我同意"),
        decision(case, second, Kind.DECLINE, note="不是案例，这是我的理由"),
    )

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    case.refresh_from_db()
    made = case.decisions.order_by("pk").last()
    assert case.state == made.to_state
    assert case.decisions.filter(kind__in=[Kind.PASS_FIRST, Kind.DECLINE]).count() == 1
    loser = next(answer for answer in answers if answer.status_code == 409).content.decode()
    assert f"{made.decided_by.name} 刚刚先作了决定" in loser
    assert ("不是案例，这是我的理由" if made.kind == Kind.PASS_FIRST else "我同意") in loser


def test_signing_the_same_stage_twice_at_once_leaves_one_signature():
    case = CaseFactory(state=State.FIRST_REVIEW)
    editor, _other = editors(case)

    answers = at_once(*[decision(case, editor, Kind.PASS_FIRST)] * 2)

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert Signature.objects.filter(case=case, voided_at=None).count() == 1


def test_of_two_simultaneous_saves_one_is_stored_and_the_other_sees_both_texts():
    case = CaseFactory(state=State.FIRST_REVIEW)
    first, second = editors(case)
    address = reverse("cases:revision_edit", args=[case.pk])
    base = {"base": case.current_revision_id, "title": case.title, "note": ""}

    answers = at_once(
        (first, address, {**base, "body": "甲编辑写的一段。"}), (second, address, {**base, "body": "乙编辑写的一段。"})
    )

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert case.revisions.count() == 2
    conflict = next(answer for answer in answers if answer.status_code == 409).content.decode()
    assert "甲编辑写的一段。" in conflict.replace("<ins", "").replace("</ins>", "") or "甲编辑" in conflict
    assert "乙编辑" in conflict


def test_of_two_editors_taking_at_once_one_has_it_and_the_other_is_told():
    case = CaseFactory(state=State.RECEIVED)
    first, second = editors(case)
    address = reverse("cases:review_take", args=[case.pk])

    at_once((first, address, {"instead_of": ""}), (second, address, {"instead_of": ""}))

    case.refresh_from_db()
    assert case.held_by in {first, second}
    loser = second if case.held_by == first else first
    assert loser.notices.count() == case.held_by.notices.count() == 0  # nobody was taken over from
