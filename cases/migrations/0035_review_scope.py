"""Let the database itself refuse opinions outside the request's scope; marks are seen with their opinion."""

from django.db import migrations

ENABLE = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy scope on {table} using ({condition});
"""
DISABLE = "drop policy scope on {table}; alter table {table} no force row level security;"
CONDITIONS = {
    "cases_review": "organisation_path ^@ any ((select services_scope())::text[])",
    "cases_mark": "exists (select 1 from cases_review as whole where whole.id = cases_mark.review_id)",
}


class Migration(migrations.Migration):
    dependencies = [("cases", "0034_review"), ("services", "0005_scope_once_a_query")]

    operations = [
        migrations.RunSQL(ENABLE.format(table=table, condition=condition), DISABLE.format(table=table))
        for table, condition in CONDITIONS.items()
    ]
