"""Let the database itself refuse windows, their codes and check-ins outside the request's scope, as it does people."""

from django.db import migrations

TABLES = ("members_checkinpoint", "members_pointtoken", "members_checkin")


def enable(table: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using (members_in_scope(organisation_path));
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0020_lead_joined_group")]

    operations = [migrations.RunSQL(enable(table), disable(table)) for table in TABLES]
