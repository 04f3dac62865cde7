"""Let the database itself refuse what was asked of a unit, and its answers, outside the request's scope.

They are seen with their case: by who has a role over its body, by the account that sent it in (`app.person`), and by
the holder of its own link, who has no account (`app.case`).
"""

from django.db import migrations

SEEN_WITH_ITS_CASE = """exists (
    select 1 from cases_case as whole join members_organisation as body on body.id = whole.organisation_id
    where whole.id = {table}.case_id and (
        body.path ^@ any ((select services_scope())::text[])
        or whole.id::text = (select current_setting('app.case', true))
        or whole.created_by_id::text = (select current_setting('app.person', true))
    )
)"""
ENABLE = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy scope on {table} using ({condition});
"""
DISABLE = "drop policy scope on {table}; alter table {table} no force row level security;"
TABLES = ("cases_figurequestion", "cases_revisionrequest", "cases_requestitem")
CONDITIONS = {
    **{table: SEEN_WITH_ITS_CASE.format(table=table) for table in TABLES},
    "cases_requestreminder": (
        "exists (select 1 from cases_revisionrequest as whole where whole.id = cases_requestreminder.request_id)"
    ),
}


class Migration(migrations.Migration):
    dependencies = [("cases", "0036_letter_to_reviewer"), ("services", "0005_scope_once_a_query")]

    operations = [
        migrations.RunSQL(ENABLE.format(table=table, condition=condition), DISABLE.format(table=table))
        for table, condition in CONDITIONS.items()
    ]
