"""Let the database itself refuse what was noted of a unit's signed text outside the request's scope: seen with its case."""

from django.db import migrations

ENABLE = """
alter table cases_signedreading enable row level security;
alter table cases_signedreading force row level security;
create policy scope on cases_signedreading using (exists (
    select 1 from cases_case as whole join members_organisation as body on body.id = whole.organisation_id
    where whole.id = cases_signedreading.case_id and body.path ^@ any ((select services_scope())::text[])
));
"""
DISABLE = "drop policy scope on cases_signedreading; alter table cases_signedreading no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0043_signed_reading"), ("services", "0005_scope_once_a_query")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
