"""Keys: sealing, digests, rotation that survives being killed, throwing a key away."""

import os
import signal
import stat
import uuid

import pytest
from django.db import connection

from cases.models import Case
from config import cipher
from config.errors import Refused
from config.sealed import key_ring, seal, sealed_fields, unseal
from members.actions import keys
from members.models import AuditEvent
from tests.factories.members import OrganisationFactory, UserFactory

PHONE = "13800000017"
KILLS = int(os.environ.get("DRILL_KILLS", "2"))  # `make drill` asks for more


@pytest.fixture
def ring_path(settings, tmp_path):
    """A key file of its own."""
    settings.KEY_RING_PATH = tmp_path / "keys" / "ring.json"
    return settings.KEY_RING_PATH


@pytest.fixture
def sealed_cases(ring_path):
    """Return a function that makes so many cases with a sealed contact."""

    def make(count):
        organisation = OrganisationFactory()
        by = UserFactory(organisation=organisation)
        rows = [
            Case(
                uuid=uuid.uuid4(),
                year=2026,
                sequence=n + 1,
                title=f"第{n}篇",
                organisation=organisation,
                created_by=by,
            )
            for n in range(count)
        ]
        for row in rows:
            seal(row, "contact_cipher", PHONE)
        return Case.objects.bulk_create(rows)

    return make


def key_ids():
    return {cipher.key_id(blob) for blob in Case.objects.values_list("contact_cipher", flat=True)}


def test_a_blob_opens_in_its_own_row_only(ring_path):
    ring = cipher.ring(ring_path)
    blob = ring.encrypt(PHONE, "cases_case|contact|1")

    assert ring.decrypt(blob, "cases_case|contact|1") == PHONE
    with pytest.raises(cipher.Undecipherable):
        ring.decrypt(blob, "cases_case|contact|2")


def test_the_key_file_is_for_its_owner_alone(ring_path):
    cipher.ring(ring_path)
    cipher.add_keys(ring_path)

    assert stat.S_IMODE(ring_path.stat().st_mode) == 0o600


def test_a_ring_from_before_digests_keeps_its_keys(ring_path):
    ring_path.parent.mkdir()
    ring_path.write_text('{"current": 1, "keys": {"1": "%s"}}' % ("ab" * 32))

    ring = cipher.ring(ring_path)

    assert ring.keys == {1: bytes.fromhex("ab" * 32)}
    assert ring.digest("phone", PHONE) == cipher.ring(ring_path).digest("phone", PHONE)


def test_digests_differ_by_purpose_and_key_and_old_ones_are_still_found(ring_path):
    old = cipher.ring(ring_path).digest("phone", PHONE)
    new = cipher.add_keys(ring_path)

    assert new.digest("identity", PHONE)[6:] != new.digest("phone", PHONE)[6:]
    assert new.digest("phone", PHONE) != old
    assert new.digests("phone", PHONE) == [new.digest("phone", PHONE), old]
    assert (cipher.key_id(old), cipher.key_id(new.digest("phone", PHONE))) == (1, 2)


def test_a_key_added_by_another_process_is_seen_at_once(ring_path):
    before = cipher.ring(ring_path).current
    cipher.add_keys(ring_path)

    assert cipher.ring(ring_path).current == before + 1


def test_the_contact_of_a_case_is_among_the_sealed_columns():
    assert "contact_cipher" in {field.name for model, fields in sealed_fields() if model is Case for field in fields}


@pytest.mark.django_db
def test_rotation_reseals_everything_and_then_the_old_key_may_go(sealed_cases):
    rows = sealed_cases(5)
    keys.add()

    results = {result.table: (result.done, result.unreadable) for result in keys.reseal(batch=2)}
    keys.retire(1)

    assert results["cases_case"] == (5, 0)
    assert key_ids() == {2}
    assert list(key_ring().keys) == [2]
    assert {unseal(row, "contact_cipher") for row in Case.objects.all()} == {PHONE}
    assert len(rows) == Case.objects.count()
    assert list(
        AuditEvent.objects.filter(event__startswith="keys.").values_list("event", flat=True).order_by("pk")
    ) == [
        "keys.add",
        "keys.reseal",
        "keys.retire",
    ]


@pytest.mark.django_db
def test_a_key_that_is_current_needed_or_unknown_is_not_thrown_away(sealed_cases):
    sealed_cases(1)
    keys.add()
    codes = []

    for number in (1, 2, 9):
        with pytest.raises(Refused) as refused:
            keys.retire(number)
        codes.append(refused.value.code)

    assert codes == ["key_in_use", "current_key", "no_key"]
    assert sorted(key_ring().keys) == [1, 2]


@pytest.mark.django_db
def test_no_second_key_while_a_rotation_is_unfinished(sealed_cases):
    sealed_cases(1)
    keys.add()

    with pytest.raises(Refused) as refused:
        keys.add()

    assert refused.value.code == "unfinished_rotation"


@pytest.mark.django_db
def test_a_blob_no_key_opens_is_counted_and_left(sealed_cases):
    lost, kept = sealed_cases(2)
    keys.add()
    Case.objects.filter(pk=lost.pk).update(contact_cipher=kept.contact_cipher)

    results = {result.table: (result.done, result.unreadable) for result in keys.reseal()}

    assert results["cases_case"] == (1, 1)
    assert keys.stale_counts()["cases_case"] == 1


@pytest.mark.django_db(transaction=True)
def test_rotation_killed_in_the_middle_goes_on_where_it_was(sealed_cases, manage, test_database_url, ring_path):
    count = 100 * (KILLS + 1)
    sealed_cases(count)
    keys.add()
    connection.commit()
    environment = {"DATABASE_URL": test_database_url, "APP_KEY_RING": str(ring_path)}
    left = [count]

    for _kill in range(KILLS):
        child = manage("rotate_keys", "--batch=10", **environment)
        for _line in range(3):
            assert child.stdout.readline().startswith("cases_case ")
        child.send_signal(signal.SIGKILL)
        child.wait()
        left.append(keys.stale_counts()["cases_case"])
    last = manage("rotate_keys", **environment)
    said, _nothing = last.communicate(timeout=30)

    assert last.returncode == 0, said
    assert left == sorted(left, reverse=True)
    assert count > left[1] > left[-1] > 0
    keys.retire(1)
    assert {unseal(row, "contact_cipher") for row in Case.objects.all()} == {PHONE}
