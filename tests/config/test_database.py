"""Roles, limits and refusals of the database layer."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection

pytestmark = pytest.mark.django_db


def test_tests_run_as_the_role_that_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname = current_user"
        )
        who = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'app'::regrole")
        owned = cursor.fetchone()

    assert who == ("app", False, False, False, False)
    assert owned == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE django_session ADD COLUMN mine int",
        "DROP TABLE django_session",
        "TRUNCATE django_session",
        "SET ROLE owner",
        "SET session_replication_role = replica",
    ],
)
def test_role_app_is_refused_what_only_the_owner_may(statement):
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_chinese_has_trigrams():
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('济南'))")
        assert cursor.fetchone() == (3,)


@pytest.mark.django_db(transaction=True)
def test_flush_between_transactional_tests_empties_append_only_tables_too(as_owner):
    as_owner.execute("CREATE TABLE guarded (id int)")
    as_owner.execute("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION 'append only'; END $$""")
    as_owner.execute("""CREATE TRIGGER guard BEFORE TRUNCATE OR DELETE ON guarded
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse()""")
    as_owner.execute("INSERT INTO guarded VALUES (1)")

    connection.ops.execute_sql_flush(["TRUNCATE guarded;"])

    as_owner.execute("SELECT count(*) FROM guarded")
    assert as_owner.fetchone() == (0,)
    with pytest.raises(DatabaseError, match="append only"):
        as_owner.execute("DELETE FROM guarded")
    as_owner.execute("DROP TABLE guarded; DROP FUNCTION refuse()")
