"""Let the database itself refuse templates outside the request's scope (decision 23)."""

from django.db import migrations

ENABLE = """
alter table services_reporttemplate enable row level security;
alter table services_reporttemplate force row level security;
create policy scope on services_reporttemplate
    using (organisation_path ^@ any ((select services_scope())::text[])
        or exists (select 1 from unnest((select services_scope())::text[]) as own where own ^@ organisation_path))
    with check (organisation_path ^@ any ((select services_scope())::text[]));
"""
DISABLE = (
    "drop policy scope on services_reporttemplate; alter table services_reporttemplate no force row level security;"
)


class Migration(migrations.Migration):
    dependencies = [("services", "0014_report_template")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
