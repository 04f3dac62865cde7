"""Keep recommendations and objections within the request's scope (decision 23), and a handling record as written.

A recommendation is seen by the subtree of the body that submitted the case, an objection by that of the call.
"""

from django.db import migrations

CASE_SCOPE = """members_in_scope((
    select body.path from cases_case as one join members_organisation as body on body.id = one.organisation_id
    where one.id = case_id))"""
CALL_SCOPE = """members_in_scope((
    select body.path from cases_call as one join members_organisation as body on body.id = one.organisation_id
    where one.id = call_id))"""
STEP_SCOPE = "exists (select 1 from cases_objection as whole where whole.id = objection_id)"
SCOPES = {
    "cases_recommendation": CASE_SCOPE,
    "cases_objection": CALL_SCOPE,
    "cases_objectionstep": STEP_SCOPE,
}
KEEP = """
create trigger objectionstep_keep before update or delete on cases_objectionstep
    for each row execute function members_append_only();
"""


def enable(table: str, condition: str) -> str:
    return f"""
    alter table {table} enable row level security;
    alter table {table} force row level security;
    create policy scope on {table} using ({condition});
    """


def disable(table: str) -> str:
    return f"drop policy scope on {table}; alter table {table} no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_calls"), ("members", "0003_row_level_security")]

    operations = [
        *(migrations.RunSQL(enable(table, scope), disable(table)) for table, scope in SCOPES.items()),
        migrations.RunSQL(KEEP, "drop trigger objectionstep_keep on cases_objectionstep;"),
    ]
