from django.db import migrations

FORWARD = """
create unlogged table config_bucket (
    key text primary key,
    tokens double precision not null,
    at double precision not null,
    ends_at timestamptz not null
);
create index config_bucket_ends_at on config_bucket (ends_at);
"""


class Migration(migrations.Migration):
    """The token buckets behind `config.limits.take`; no model, since only one upsert ever touches them."""

    dependencies = [("config", "0002_hits")]

    operations = [migrations.RunSQL(FORWARD, "drop table config_bucket;")]
