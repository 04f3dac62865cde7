"""Work out the request's scope once a query, not once a row: a county's 150,000 contacts are counted by policy too.

`members_in_scope(path)` holds a subquery, so Postgres cannot inline it and calls it for every row. Here the allowed
prefixes come from a subquery of their own, which runs once; `*` is the empty prefix, and no setting allows nothing.
"""

from django.db import migrations

TABLES = (
    *("activity", "matter", "pairing", "excuse", "campaign", "campaignmember", "target"),
    *("grant", "venue", "sheet", "score", "figure", "snapshot", "attachment"),
)
FUNCTION = """
create function services_scope() returns text[] language sql stable as $$
    select case coalesce(current_setting('app.paths', true), '')
        when '*' then array['']
        when '' then array[]::text[]
        else string_to_array(current_setting('app.paths', true), ',')
    end
$$;
"""


def once(table: str) -> str:
    return (
        f"alter policy scope on services_{table} using (organisation_path ^@ any ((select services_scope())::text[]));"
    )


def each(table: str) -> str:
    return f"alter policy scope on services_{table} using (members_in_scope(organisation_path));"


class Migration(migrations.Migration):
    dependencies = [("services", "0004_activity_entry_seconds")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function services_scope();"),
        *(migrations.RunSQL(once(table), each(table)) for table in TABLES),
    ]
