"""The audit log and row-level security, as the database enforces them for the application's role."""

import pytest
from django.db import ProgrammingError, connection, transaction

from members import audit
from members.middleware import set_scope
from members.models import AuditEvent, Person
from tests.factories.members import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "update members_auditevent set event = 'other'",
        "delete from members_auditevent",
        "truncate members_auditevent",
        "alter table members_auditevent disable trigger all",
        "drop table members_auditevent cascade",
        "update members_audithead set number = 0",
        "insert into members_audithead values (false, 9, 'x')",
        "set session_replication_role = replica",
    ],
)
def test_the_application_cannot_change_history(statement):
    audit.record(actor=None, event="test.event")

    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEvent.objects.filter(event="test.event").count() == 1


def test_each_event_is_chained_to_the_one_before():
    audit.record(actor=None, event="test.first")
    audit.record(actor=None, event="test.second", count=2)

    first, second = AuditEvent.objects.order_by("number")[:2]
    assert second.number == first.number + 1
    assert bytes(second.previous_hash) == bytes(first.hash)


def test_people_outside_the_scope_do_not_exist_for_the_database():
    user = UserFactory(role="official")
    set_scope(["*"])
    mine = PersonFactory(organisation=user.organisation)
    PersonFactory()

    set_scope(user.paths())
    assert list(Person.objects.all()) == [mine]
    set_scope([])
    assert list(Person.objects.all()) == []
