from django.db import migrations

FORWARD = """
create unlogged table config_hit (
    key text not null,
    window_number bigint not null,
    hits integer not null,
    ends_at timestamptz not null,
    primary key (key, window_number)
);
create index config_hit_ends_at on config_hit (ends_at);
"""


class Migration(migrations.Migration):
    """The counter behind `config.limits`; no model, since only one upsert ever touches it."""

    dependencies = [("config", "0001_extensions")]

    operations = [migrations.RunSQL(FORWARD, "drop table config_hit;")]
