"""Let the database itself refuse developments, their steps and quotas outside the request's scope, as it does people.

A step is in scope with its development: the policy asks for the row above, which has its own policy.
"""

from django.db import migrations

TABLES = ("members_development", "members_developmentquota")
OF_DEVELOPMENT = """
alter table members_developmentstep enable row level security;
alter table members_developmentstep force row level security;
create policy scope on members_developmentstep
    using (exists (select 1 from members_development above where above.id = development_id));
"""


def enable(table: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using (members_in_scope(organisation_path));
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0016_development")]

    operations = [
        *(migrations.RunSQL(enable(table), disable(table)) for table in TABLES),
        migrations.RunSQL(OF_DEVELOPMENT, disable("members_developmentstep")),
    ]
