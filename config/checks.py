"""What must be true of the database before we serve from it: run by migrate, serve and `check --database default`."""

from django.core.checks import Error, Tags, register
from django.core.management.base import CommandError
from django.db import connections

from config.database import MINIMUM_VERSION

BLIND = (
    "本数据库的 LC_CTYPE 是 C，中文检索不可用：请用 "
    "initdb --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --lc-collate=C --lc-ctype=C.UTF-8"
    "（PostgreSQL 16 及以下：initdb --encoding=UTF8 --locale=C.UTF-8）重建数据库后再导入数据。\n"
    "This database has LC_CTYPE C, so trigrams drop every Chinese character: rebuild it with those initdb options."
)
TOO_OLD = "PostgreSQL {found} 太旧，本系统需要 15 或更新的版本。\nPostgreSQL {found} is too old: 15 or later is needed."


def refuse_blind_trigrams(apps, schema_editor):
    """Stop the migration that creates pg_trgm where its trigrams of Chinese text would be empty.

    Raises: CommandError with the initdb options.
    """
    with schema_editor.connection.cursor() as cursor:
        if trigrams_are_empty(cursor):
            raise CommandError(BLIND)


def trigrams_are_empty(cursor) -> bool:
    """Say whether pg_trgm is blind for Chinese in this database; False while it is not installed."""
    cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
    if not cursor.fetchone():
        return False
    cursor.execute("SELECT show_trgm('济南') = '{}'")
    return cursor.fetchone()[0]


@register(Tags.database)
def check_database(app_configs=None, databases=None, **kwargs):
    problems = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        with connection.cursor() as cursor:
            if connection.pg_version < MINIMUM_VERSION:
                problems.append(Error(TOO_OLD.format(found=connection.pg_version // 10000), id="config.E001"))
            if trigrams_are_empty(cursor):
                problems.append(Error(BLIND, id="config.E002"))
    return problems
