"""Let the database itself refuse vehicles outside the request's scope, as it does people."""

from django.db import migrations

ENABLE = """
alter table members_vehicle enable row level security;
alter table members_vehicle force row level security;
create policy scope on members_vehicle using (members_in_scope(organisation_path));
"""
DISABLE = "drop policy scope on members_vehicle; alter table members_vehicle no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0007_register")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
