"""Let the database itself refuse imports outside the request's scope, as it does people."""

from django.db import migrations

ENABLE = """
alter table members_importbatch enable row level security;
alter table members_importbatch force row level security;
create policy scope on members_importbatch using (members_in_scope(organisation_path));
"""
DISABLE = "drop policy scope on members_importbatch; alter table members_importbatch no force row level security;"


class Migration(migrations.Migration):
    dependencies = [("members", "0009_import_batch")]

    operations = [migrations.RunSQL(ENABLE, DISABLE)]
