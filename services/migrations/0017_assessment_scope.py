"""Let the database narrow assessments by scope, and let a branch read the sheets of the bodies above it."""

from django.db import migrations

ENABLE = """
alter table services_assessment enable row level security;
alter table services_assessment force row level security;
create policy scope on services_assessment
    using (organisation_path ^@ any ((select services_scope())::text[]));
create trigger assessment_keep before delete on services_assessment
    for each row execute function members_append_only();
create policy sheets_above on services_sheet for select
    using (exists (select 1 from unnest((select services_scope())::text[]) as path where path ^@ organisation_path));
"""
DISABLE = """
drop policy sheets_above on services_sheet;
drop trigger assessment_keep on services_assessment;
drop policy scope on services_assessment;
alter table services_assessment no force row level security;
alter table services_assessment disable row level security;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0016_assessment_counts")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
