"""Let whoever reads the log read its head, for the daily print and the check; writing stays the trigger's."""

from django.db import migrations

FORWARD = """
do $$
declare grantee text;
begin
    for grantee in select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = 'public' and g.table_name = 'members_auditevent' and g.grantee <> current_user
    loop
        execute format('grant select on members_audithead to %I', grantee);
    end loop;
end $$;
"""

BACKWARD = """
do $$
declare grantee text;
begin
    for grantee in select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = 'public' and g.table_name = 'members_audithead' and g.grantee <> current_user
    loop
        execute format('revoke select on members_audithead from %I', grantee);
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0004_merge")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
