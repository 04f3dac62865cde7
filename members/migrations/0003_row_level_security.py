"""Let the database itself refuse people outside the request's scope (decision 23).

`app.paths` holds organisation paths joined by commas, set per transaction; `*` is for jobs that say why they see
everybody. Nothing set: no rows.
"""

from django.db import migrations

TABLES = ("members_person", "members_post")

FUNCTION = """
create function members_in_scope(path text) returns boolean language sql stable as $$
    select coalesce(current_setting('app.paths', true), '') = '*' or exists (
        select 1 from unnest(string_to_array(nullif(current_setting('app.paths', true), ''), ',')) as allowed
        where starts_with(path, allowed))
$$;
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
    dependencies = [("members", "0002_audit_chain")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function members_in_scope(text);"),
        *(migrations.RunSQL(enable(table), disable(table)) for table in TABLES),
    ]
