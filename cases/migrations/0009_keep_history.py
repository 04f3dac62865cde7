"""Refuse to delete what was received, decided, signed and corrected, whoever asks; voiding and undoing stay updates."""

from django.db import migrations

TABLES = ("cases_intake", "cases_decision", "cases_signature", "cases_correction")


def keep(table: str) -> str:
    return f"""
    create trigger {table}_keep before delete on {table} for each row execute function members_append_only();
    """


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_revision_by_correction"), ("members", "0002_audit_chain")]

    operations = [migrations.RunSQL(keep(table), f"drop trigger {table}_keep on {table};") for table in TABLES]
