"""A database of our own on the embedded server, dropped afterwards unless it is kept; the settings point at it."""

import contextlib
import os
import subprocess
import sys
from urllib.parse import quote

import django
import psycopg2


@contextlib.contextmanager
def database(name, fill=None, label=str):
    """Give an owner's connection to database `name`, with our tables and whatever `fill` put into it.

    Where `label` gives a text it stays, and is used again by the next run with the same label.
    """
    from config import database as server  # noqa: PLC0415  (before Django reads its settings)
    from config import embedded_pg, startup  # noqa: PLC0415

    var = startup.var_dir()
    startup.prepare_folder(var)
    server.ensure_running(var)
    sockets = embedded_pg.layout(var).sockets
    for variable, role in (("DATABASE_URL", "app"), ("DATABASE_MIGRATION_URL", "owner")):
        os.environ[variable] = f"postgres://{role}@{quote(str(sockets), safe='')}:5432/{name}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    named = label()
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    kept = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    is_made = bool(named) and named in admin(sockets, kept)
    if not is_made:
        admin(sockets, drop)
        admin(sockets, f"CREATE DATABASE {name} OWNER owner")
    try:
        for command in (["migrate"], ["collectstatic"]):
            subprocess.run([sys.executable, "manage.py", *command, "--noinput", "-v0"], check=True)
        owner = psycopg2.connect(os.environ["DATABASE_MIGRATION_URL"])
        owner.autocommit = True
        if not is_made:
            if fill:
                fill(owner)
            admin(sockets, f"COMMENT ON DATABASE {name} IS '{named}'")
        yield owner
        owner.close()
    finally:
        if not named:
            admin(sockets, drop)


def admin(sockets, statement):
    session = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")  # ends others' sessions
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute(statement)
        found = [value for (value,) in cursor.fetchall()] if cursor.description else []
    session.close()
    return found
