from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

from config.checks import refuse_blind_trigrams


class Migration(migrations.Migration):
    """The Postgres extensions every app may count on: depend on this migration to use them."""

    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunPython(refuse_blind_trigrams, migrations.RunPython.noop),
    ]
