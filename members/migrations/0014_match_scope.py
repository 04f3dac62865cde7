"""Let the database itself refuse data matches outside the request's scope: a run belongs to both its sides.

What hangs on a run is seen with it: inside a policy, a query is itself under row-level security.
"""

from django.db import migrations

CONDITIONS = {
    "members_matchrun": "members_in_scope(organisation_path) or members_in_scope(members_path)",
    "members_matchroster": "exists (select 1 from members_matchrun run where run.id = run_id)",
    "members_matchapproval": "exists (select 1 from members_matchrun run where run.id = run_id)",
    "members_matchcandidate": "exists (select 1 from members_matchrun run where run.id = run_id)",
}


def enable(table: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using ({CONDITIONS[table]});
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0013_match")]

    operations = [migrations.RunSQL(enable(table), disable(table)) for table in CONDITIONS]
