"""Let an import take back the matters it brought, while nobody has made a step on them; no other one is ever deleted."""

from django.db import migrations

KEEP = """
create function services_matter_keep() returns trigger language plpgsql as $$
begin
    if exists (select 1 from services_matterstep where matter_id = old.id) or not exists (
        select 1 from services_importchunk as chunk join members_importbatch as batch on batch.id = chunk.batch_id
        where batch.subject = 'matter' and old.id = any (chunk.row_ids)
    ) then
        raise exception 'rows of services_matter are never changed'
            using errcode = 'insufficient_privilege';
    end if;
    return old;
end
$$;
drop trigger matter_keep on services_matter;
create trigger matter_keep before delete on services_matter for each row execute function services_matter_keep();
"""
RELEASE = """
drop trigger matter_keep on services_matter;
drop function services_matter_keep();
create trigger matter_keep before delete on services_matter for each row execute function members_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0021_month_tally_triggers"), ("members", "0026_import_subject")]

    operations = [migrations.RunSQL(KEEP, RELEASE)]
