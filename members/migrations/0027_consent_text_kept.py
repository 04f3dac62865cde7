"""Refuse any change to a version of notice and consent: people agreed to exactly these words."""

from django.db import migrations

FORWARD = """
create trigger consent_text_keep before update or delete on members_consenttext
    for each row execute function members_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0026_import_subject")]

    operations = [migrations.RunSQL(FORWARD, "drop trigger consent_text_keep on members_consenttext;")]
