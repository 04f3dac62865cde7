"""Roles, limits and refusals of the database layer."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection

from config import embedded_pg
from config.checks import check_database
from tests.config.conftest import address

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


def test_the_planner_counts_on_a_disk_that_does_not_turn():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('random_page_cost'), current_setting('jit')")
        assert cursor.fetchone() == ("1.1", "off")


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


def test_database_of_an_old_postgres_is_refused(monkeypatch):
    monkeypatch.setattr("config.checks.MINIMUM_VERSION", 990000)

    assert [problem.id for problem in check_database(databases=["default"])] == ["config.E001"]


def test_database_of_ours_passes_its_check():
    assert check_database(databases=["default"]) == []


def test_database_url_uses_that_server_and_starts_nothing(manage, spare_cluster, tmp_path):
    urls = {
        "DATABASE_URL": address(spare_cluster, "app"),
        "DATABASE_MIGRATION_URL": address(spare_cluster, "owner"),
        "APP_VAR": str(tmp_path),
    }

    migrated = manage("migrate", "config", **urls)
    output = migrated.communicate(timeout=60)[0]
    checked = manage("check", "--database", "default", **urls)

    assert migrated.returncode == 0, output
    assert checked.wait(60) == 0
    assert not list(tmp_path.glob("pg*"))
    with embedded_pg._superuser(spare_cluster, "app") as cursor:
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'django_migrations'")
        assert cursor.fetchone() == ("owner",)


def test_database_blind_for_chinese_is_refused_with_the_initdb_options(manage, spare_cluster, tmp_path):
    with embedded_pg._superuser(spare_cluster, "postgres") as cursor:
        cursor.execute(
            "CREATE DATABASE blind OWNER owner TEMPLATE template0 "
            "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"
        )

    migrated = manage("migrate", "config", DATABASE_URL=address(spare_cluster, "owner", "blind"), APP_VAR=str(tmp_path))
    output = migrated.communicate(timeout=60)[0]

    assert migrated.returncode == 1
    assert "中文检索不可用" in output
    assert "--lc-ctype=C.UTF-8" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(0.5, 128), (4, 512), (64, 1024)])
def test_the_embedded_server_takes_an_eighth_of_the_memory(gigabytes, megabytes):
    assert embedded_pg._buffers(int(gigabytes * 2**30)) == megabytes
