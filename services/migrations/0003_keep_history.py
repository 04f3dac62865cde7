"""Refuse to change or delete steps of matters and what was reported; refuse to delete what was once entered.

Which organisation a row belongs to may change: organisations move and merge, and take their rows along.
"""

from django.db import migrations

NEVER_CHANGED = {
    "matterstep": "matter_id, kind, from_state, to_state, note, due_on, made_at, made_by_id",
    "snapshot": "title, period, scope, sent_to, taken_at, taken_by_id",
    "snapshotvalue": "snapshot_id, key, filters, value, rows, version",
}
NEVER_DELETED = ("activity", "matter", "pairing", "grant", "figure", "score", "attachment")


def keep(table: str, events: str) -> str:
    return f"""
    create trigger {table}_keep before {events} on services_{table}
        for each row execute function members_append_only();
    """


def release(table: str) -> str:
    return f"drop trigger {table}_keep on services_{table};"


class Migration(migrations.Migration):
    dependencies = [("services", "0002_row_level_security"), ("members", "0002_audit_chain")]

    operations = [
        *(
            migrations.RunSQL(keep(table, f"delete or update of {columns}"), release(table))
            for table, columns in NEVER_CHANGED.items()
        ),
        *(migrations.RunSQL(keep(table, "delete"), release(table)) for table in NEVER_DELETED),
    ]
