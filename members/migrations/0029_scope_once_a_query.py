"""Work out the request's scope once a query, not once a row, in members' tables too.

`members_in_scope(path)` holds a subquery, so Postgres calls it for every row it looks at: eight seconds for the list
of a county's people in a province of a million. Here the allowed prefixes come from a subquery that runs once, and
starting with one of them is a test that does not leak, so the index of paths may be used beneath the policy.
"""

from django.db import migrations

TABLES = (
    *("person", "post", "vehicle", "lead", "enterprisevisit", "importbatch", "checkin", "checkinpoint", "pointtoken"),
    *("development", "developmentquota", "priorvalue"),
)
FUNCTION = """
create function members_scope() returns text[] language sql stable as $$
    select case coalesce(current_setting('app.paths', true), '')
        when '*' then array['']
        when '' then array[]::text[]
        else string_to_array(current_setting('app.paths', true), ',')
    end
$$;
"""
BACK = "drop function members_scope();"
RUN = "alter policy scope on members_matchrun using ({} or {});"


def once(column: str) -> str:
    return f"{column} ^@ any ((select members_scope())::text[])"


def each(column: str) -> str:
    return f"members_in_scope({column})"


class Migration(migrations.Migration):
    dependencies = [("members", "0028_reviewer_role")]

    operations = [
        migrations.RunSQL(FUNCTION, BACK),
        *(
            migrations.RunSQL(
                *(f"alter policy scope on members_{table} using ({by('organisation_path')});" for by in (once, each))
            )
            for table in TABLES
        ),
        migrations.RunSQL(*(RUN.format(by("organisation_path"), by("members_path")) for by in (once, each))),
    ]
