"""The audit page, and the check that finds tampering by whoever bypasses the application."""

import datetime
import re
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members import audit
from members.audit_chain import head, problems
from members.models import AuditEvent
from members.models.audit import LABELS
from tests.factories.members import OrganisationFactory, UserFactory

LOG = "members:audit_log"


@pytest.fixture
def auditor(client, db):
    user = UserFactory(organisation=OrganisationFactory(), role="auditor")
    client.force_login(user)
    return user


def numbers(response):
    return [event.number for event, _account in response.context["page"].rows]


def write(count, **values):
    """Write events; return their numbers."""
    for _n in range(count):
        audit.record(**{"actor": None, "event": "case.take"} | values)
    return list(AuditEvent.objects.order_by("-number").values_list("number", flat=True)[:count])[::-1]


# The page


def test_pages_go_by_number_and_cost_the_same(client, auditor):
    written = write(120)
    client.get(reverse(LOG))  # the session is stored once

    costs, found, before = [], [], ""
    for _page in range(3):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(reverse(LOG), {"before": before} if before else {})
        costs.append(len(queries))
        found += numbers(response)
        before = response.context["page"].next_before

    assert found[:120] == written[::-1]
    assert len(set(costs)) == 1
    counting = [query["sql"] for query in queries if "count(" in query["sql"].lower()]
    assert [sql for sql in counting if "auditevent" in sql] == []


def test_the_log_is_narrowed_by_account_event_row_and_day(client, auditor):
    case_of = UserFactory(organisation=auditor.organisation, username="zhang")
    (mine,) = write(1, actor=case_of)
    (row,) = write(1, event="case.revise", target=auditor.organisation)

    def asked(**wanted):
        return numbers(client.get(reverse(LOG), wanted))

    assert asked(account="zhang") == [mine]
    assert asked(account=str(case_of.pk)) == [mine]
    assert asked(event="case.revise") == [row]
    assert asked(object_type="members.organisation", object_id=auditor.organisation.pk, event="case.revise") == [row]
    today = datetime.datetime.now(tz=datetime.UTC).astimezone(datetime.timezone(datetime.timedelta(hours=8))).date()
    assert mine in asked(first_on=today, last_on=today)
    assert asked(last_on=today - datetime.timedelta(days=1)) == []
    assert asked(first_on=today + datetime.timedelta(days=1)) == []
    assert client.get(reverse(LOG), {"first_on": "gestern"}).status_code == 200
    assert asked(first_on="gestern") == []


def test_an_auditor_of_a_part_sees_what_accounts_there_did(client, db):
    root = OrganisationFactory()
    part = OrganisationFactory(parent=root)
    client.force_login(UserFactory(organisation=part, role="auditor"))
    (inside,) = write(1, actor=UserFactory(organisation=part))
    (outside,) = write(1, actor=UserFactory(organisation=root))
    (nobody,) = write(1)

    found = numbers(client.get(reverse(LOG)))

    assert inside in found
    assert not {outside, nobody} & set(found)


def test_the_log_shows_no_names_of_rows(client, auditor):
    write(1, actor=UserFactory(organisation=auditor.organisation, name="王小二"), target=auditor.organisation)

    page = client.get(reverse(LOG)).content.decode().partition("<main")[2]

    assert "members.organisation" in page
    assert auditor.organisation.name not in page
    assert "王小二" not in page


# The chain


def check(*arguments):
    """Run the command; return its exit status and everything it said."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        return stop.code, err.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def chain(as_owner, transactional_db):
    """Start the chain anew: tests before this one emptied the log, but not its head."""
    as_owner.execute("update members_audithead set number = 0, hash = '\\x00'")


@pytest.fixture
def tamper(as_owner, chain):
    """Change the log as the tables' owner, past its triggers, which are on again afterwards."""

    def run(statement, *values):
        as_owner.execute("alter table members_auditevent disable trigger user")
        as_owner.execute(statement, values)
        as_owner.execute("alter table members_auditevent enable always trigger audit_chain")
        as_owner.execute("alter table members_auditevent enable always trigger audit_keep")
        as_owner.execute("alter table members_auditevent enable always trigger audit_keep_all")

    return run


def test_an_untouched_log_is_right(chain):
    write(20)

    assert check() == (0, "20 events checked, nothing wrong.\n")
    assert check("--from", "11") == (0, "10 events checked, nothing wrong.\n")


def test_an_edit_and_a_deletion_are_both_reported(tamper):
    written = write(20)
    tamper("update members_auditevent set actor_id = 7 where number = %s", written[4])
    tamper("delete from members_auditevent where number in (%s, %s)", written[9], written[10])

    status, said = check()

    assert status == 1
    assert said.splitlines() == [
        f"{written[4]}: edited, its hash does not fit its content",
        f"{written[9]} to {written[10]}: deleted",
    ]


def test_deletions_at_both_ends_are_reported(tamper):
    written = write(6)
    tamper("delete from members_auditevent where number in (%s, %s)", written[0], written[5])

    status, said = check()

    assert status == 1
    assert said.splitlines() == [
        f"1 to {written[0]}: deleted",
        f"{written[5]} to {written[5]}: deleted at the end; the head still names them",
    ]


def test_an_edit_with_a_fitting_hash_breaks_the_next_link(tamper):
    written = write(5)
    tamper(
        "update members_auditevent e set event = 'case.give', hash = sha256(e.previous_hash || 'x') where number = %s",
        written[2],
    )
    tamper("update members_auditevent e set hash = members_audit_hash(e) where number = %s", written[2])

    found, _checked = problems()

    assert found == [f"{written[3]}: does not follow from {written[2]}"]


def test_a_rewritten_chain_is_found_by_the_printed_head(tamper):
    write(3)
    out = StringIO()
    call_command("audit_head", stdout=out)
    printed = out.getvalue().strip()
    write(2)
    assert check("--expect", printed)[0] == 0

    tamper(
        """do $$ declare e members_auditevent; previous bytea := '\\x00'; begin
        for e in select * from members_auditevent order by number loop
            e.previous_hash := previous;
            e.actor_id := 7;
            e.hash := members_audit_hash(e);
            update members_auditevent set actor_id = 7, previous_hash = previous, hash = e.hash where number = e.number;
            previous := e.hash;
        end loop;
        update members_audithead set hash = previous;
        end $$"""
    )

    assert check()[0] == 0
    status, said = check("--expect", printed)
    assert (status, said) == (1, f"{printed.partition(':')[0]}: not the hash that was printed\n")


def test_the_triggers_stand_again_after_tampering(tamper):
    (number,) = write(1)
    tamper("update members_auditevent set actor_id = 7 where number = %s", number)

    with pytest.raises(Exception, match="never changed|permission denied"), connection.cursor() as cursor:
        cursor.execute("delete from members_auditevent")
    assert head()[0] == number


def test_the_moment_of_an_event_is_the_database_s_own(db):
    with time_machine.travel(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), tick=False):
        write(1)

    assert AuditEvent.objects.order_by("number").last().at.year != 2020


def test_every_event_the_code_records_has_a_name_for_the_reader():
    sources = [path for app in ("members", "services", "cases") for path in (settings.BASE_DIR / app).rglob("*.py")]
    recorded = {name for path in sources for name in re.findall(r'event="([a-z_.]+)"', path.read_text("utf-8"))}

    assert len(recorded) > 50
    assert sorted(recorded - set(LABELS)) == []
