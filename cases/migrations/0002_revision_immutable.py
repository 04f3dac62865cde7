"""Refuse any change to a revision, whoever asks."""

from django.db import migrations

FORWARD = """
create trigger revision_keep before update or delete on cases_revision
    for each row execute function members_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("members", "0002_audit_chain")]

    operations = [migrations.RunSQL(FORWARD, "drop trigger revision_keep on cases_revision;")]
