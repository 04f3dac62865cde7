"""Many rows in one statement: the same rows `bulk_create` would write, under the same constraints and policies."""

import uuid

import pytest
from django.db import DataError, IntegrityError, ProgrammingError

from config import bulk
from members.middleware import set_scope
from members.models import Person
from tests.factories.members import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def same():
    home = OrganisationFactory()
    set_scope([home.path])
    return {"organisation_id": home.pk, "organisation_path": home.path}


def test_rows_come_back_in_their_order_with_every_default(same):
    uuids = [uuid.uuid4() for _number in range(3)]
    columns = {"uuid": uuids, "name": ["王一", "李二", "赵三"], "identity_cipher": [b"\x01\\'", b"", b"\x00\xff"]}

    ids = bulk.insert(Person, columns, **same)

    people = [Person.objects.get(pk=pk) for pk in ids]
    assert [person.uuid for person in people] == uuids
    assert [person.name for person in people] == columns["name"]
    assert [bytes(person.identity_cipher) for person in people] == columns["identity_cipher"]
    assert all(person.created_at and person.identity_digest is None and person.employer is None for person in people)


def test_nothing_asks_the_database_nothing(same, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert bulk.insert(Person, {"uuid": [], "name": []}, **same) == []


def test_columns_of_unequal_length_are_refused(same):
    with pytest.raises(ValueError, match="unequal"):
        bulk.insert(Person, {"uuid": [uuid.uuid4()], "name": ["王一", "李二"]}, **same)


def test_a_value_too_long_is_refused_and_not_cut(same):
    with pytest.raises(DataError):
        bulk.insert(Person, {"uuid": [uuid.uuid4()], "name": ["王" * 61]}, **same)


def test_a_value_for_every_row_too_long_is_refused_and_not_cut(same):
    with pytest.raises(DataError):
        bulk.insert(Person, {"uuid": [uuid.uuid4()]}, name="王" * 61, **same)


def test_constraints_hold(same):
    with pytest.raises(IntegrityError):
        bulk.insert(Person, {"uuid": [uuid.uuid4()] * 2, "name": ["王一", "李二"]}, **same)


def test_rows_outside_the_scope_are_refused_by_the_database(same):
    set_scope([])

    with pytest.raises(ProgrammingError, match="row-level security"):
        bulk.insert(Person, {"uuid": [uuid.uuid4()], "name": ["王一"]}, **same)
