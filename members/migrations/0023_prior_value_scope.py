"""Let the database itself refuse former values outside the request's scope, as it does people."""

from django.db import migrations

ENABLE = """
alter table members_priorvalue enable row level security;
alter table members_priorvalue force row level security;
create policy scope on members_priorvalue using (members_in_scope(organisation_path));
"""
DISABLE = "drop policy scope on members_priorvalue; alter table members_priorvalue no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0022_merge_people")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
