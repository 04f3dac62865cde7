"""Let the database itself refuse links for the final signature, and who signs by them, outside the request's scope."""

from django.db import migrations

TABLES = ("cases_externalsigner", "cases_approval")


def enable(table: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using (organisation_path ^@ any ((select services_scope())::text[]));
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0031_approval"), ("services", "0005_scope_once_a_query")]

    operations = [migrations.RunSQL(enable(table), disable(table)) for table in TABLES]
