"""What row-level security costs, and that it still refuses: the policies of members' tables."""

import pytest
from django.db import connection

from members.middleware import set_scope
from members.models import Person
from members.models.organisation import under_paths
from tests.factories.members import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

POLICIES = """
select tablename, qual from pg_policies
where tablename like 'members%' and qual like '%organisation_path%' order by 1
"""


def plan(rows):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        sql, values = rows.query.sql_with_params()
        cursor.execute(f"explain (costs off) {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_index_of_paths_answers_beneath_the_policy():
    """A list reads its county's people, not a province's: only tests that do not leak come before the policy."""
    official = UserFactory(role="official")
    set_scope(official.paths())
    found = plan(Person.objects.filter(under_paths("organisation_path", official.paths())))

    assert "person_path_prefix" in found
    assert (
        "Index Cond: (((organisation_path)::text ~>=~" in found
        or "Index Cond: ((organisation_path)::text ~>=~" in found
    )
    assert "members_in_scope" not in found and "SubPlan" not in found


def test_no_policy_of_members_works_the_scope_out_for_every_row():
    with connection.cursor() as cursor:
        cursor.execute(POLICIES)
        found = dict(cursor.fetchall())

    assert len(found) > 12
    assert {table for table, rule in found.items() if "members_scope()" not in rule} == set()


@pytest.mark.parametrize(("paths", "seen"), [([], 0), (["*"], 3), (["own"], 2), (["below"], 1), (["own", "other"], 3)])
def test_a_scope_shows_its_subtrees_and_none_shows_nothing(paths, seen):
    own, other = OrganisationFactory(), OrganisationFactory()
    places = {"own": own, "other": other, "below": OrganisationFactory(parent=own)}
    for place in places.values():
        PersonFactory(organisation=place)

    set_scope([places[path].path if path in places else path for path in paths])

    assert Person.objects.count() == seen
