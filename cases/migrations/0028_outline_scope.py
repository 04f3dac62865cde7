"""Let the database itself refuse outlines outside the request's scope (decision 23); fields and photos go with them."""

from django.db import migrations

TABLE = "cases_outline"
PARTS = ("cases_outlinefield", "cases_outlinephoto")


def enable(table: str, condition: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using ({condition});
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


def seen_with(table: str) -> str:
    return f"exists (select 1 from {TABLE} as whole where whole.id = {table}.outline_id)"  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("cases", "0027_outline"), ("members", "0003_row_level_security")]

    operations = [
        migrations.RunSQL(enable(TABLE, "members_in_scope(organisation_path)"), disable(TABLE)),
        *(migrations.RunSQL(enable(table, seen_with(table)), disable(table)) for table in PARTS),
    ]
