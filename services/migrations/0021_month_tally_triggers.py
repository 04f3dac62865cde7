"""Add activities up by month as well, in the same transaction.

A city's year of daily sums is 70,000 rows, read five times for one overview; of monthly sums it is two thousand. What
the trigger adds to the days it adds to their months. Years of pairings change a little every day: they are vacuumed
often enough for their index to answer by itself.
"""

from importlib import import_module

from django.db import migrations

earlier = import_module("services.migrations.0012_tally_triggers")
COLUMNS = "organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number"
MONTHS = f"""
        insert into services_monthtally ({COLUMNS})
        select organisation_id, organisation_path, kind_id, region_id, channel,
            date_trunc('month', happened_on)::date, sum(number)
        from {{rows}} group by 1, 2, 3, 4, 5, 6 having sum(number) <> 0"""  # noqa: S608
TALLY = f"""
create or replace function services_tally() returns trigger language plpgsql as $$
declare
    paths text;
begin
    {earlier.WIDE}
    if tg_op = 'INSERT' then
        with added as (
            insert into services_tally ({COLUMNS})
            select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, count(*)
            from after_rows a join members_organisation o on o.id = a.organisation_id
            where a.voided_at is null group by 1, 2, 3, 4, 5, 6
            returning *
        ) {MONTHS.format(rows="added")};
    else
        with added as (
            insert into services_tally ({COLUMNS})
            select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, sum(a.change)
            from (
                select organisation_id, kind_id, region_id, channel, happened_on, 1 as change
                from after_rows where voided_at is null
                union all
                select organisation_id, kind_id, region_id, channel, happened_on, -1
                from before_rows where voided_at is null
            ) a join members_organisation o on o.id = a.organisation_id
            group by 1, 2, 3, 4, 5, 6 having sum(a.change) <> 0
            returning *
        ) {MONTHS.format(rows="added")};
    end if;
    {earlier.NARROW}
    return null;
end $$;
"""  # noqa: S608
ANEW = f"""
create or replace function services_add_up() returns void language plpgsql as $$
declare
    paths text;
begin
    {earlier.WIDE}
    lock table services_activity in share mode;
    delete from services_tally;
    insert into services_tally ({COLUMNS})
    select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, count(*)
    from services_activity a join members_organisation o on o.id = a.organisation_id
    where a.voided_at is null group by 1, 2, 3, 4, 5, 6 order by 1, 6;
    delete from services_monthtally;
    {MONTHS.format(rows="services_tally")} order by 1, 6;
    delete from services_pairingyear;
    {earlier.ADD.format(rows="services_activity")};
    {earlier.NARROW}
end $$;
"""  # noqa: S608
SCOPE = """
alter table services_monthtally enable row level security;
alter table services_monthtally force row level security;
create policy scope on services_monthtally using (organisation_path ^@ any ((select services_scope())::text[]));
alter table services_pairingyear set (autovacuum_vacuum_scale_factor = 0.02);
"""
FILL = f"""
do $$
declare
    paths text;
begin
    {earlier.WIDE}
    {MONTHS.format(rows="services_tally")};
    {earlier.NARROW}
end $$;
"""  # noqa: S608
BACK = [
    *(sql.replace("create function", "create or replace function") for sql in (earlier.TALLY, earlier.ANEW)),
    "alter table services_pairingyear reset (autovacuum_vacuum_scale_factor);"
    "drop policy scope on services_monthtally; alter table services_monthtally no force row level security;",
]


class Migration(migrations.Migration):
    dependencies = [("services", "0020_month_tally")]

    operations = [migrations.RunSQL([SCOPE, TALLY, ANEW, FILL], BACK)]
