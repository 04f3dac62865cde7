"""Let the database itself refuse rows of the ledger outside the request's scope (decision 23).

Rows that hang on another one are seen exactly where that one is: their policy asks for it, under its own policy.
Vocabularies (kinds, sentences, duties) are the house's rules and belong to everybody.
"""

from django.db import migrations

TABLES = (
    "activity",
    "matter",
    "pairing",
    "excuse",
    "campaign",
    "campaignmember",
    "target",
    "grant",
    "venue",
    "sheet",
    "score",
    "figure",
    "snapshot",
    "attachment",
)
PARTS = {
    "participation": ("activity", "activity_id"),
    "activity_co_organisations": ("activity", "activity_id"),
    "matterstep": ("matter", "matter_id"),
    "matter_co_bodies": ("matter", "matter_id"),
    "pairing_parties": ("pairing", "pairing_id"),
    "venue_partners": ("venue", "venue_id"),
    "criterion": ("sheet", "sheet_id"),
    "snapshotvalue": ("snapshot", "snapshot_id"),
}


def enable(table: str, condition: str) -> str:
    return f"""
    alter table services_{table} enable row level security;
    alter table services_{table} force row level security;
    create policy scope on services_{table} using ({condition});
    """


def disable(table: str) -> str:
    return f"drop policy scope on services_{table}; alter table services_{table} no force row level security;"


def seen_with(table: str, parent: str, column: str) -> str:
    return f"exists (select 1 from services_{parent} as whole where whole.id = services_{table}.{column})"  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial"), ("members", "0003_row_level_security")]

    operations = [
        *(migrations.RunSQL(enable(table, "members_in_scope(organisation_path)"), disable(table)) for table in TABLES),
        *(migrations.RunSQL(enable(table, seen_with(table, *whole)), disable(table)) for table, whole in PARTS.items()),
    ]
