"""Add up activities as they are entered: by body, kind, place and day, and the weeks and months of each pairing.

A city's year is three million contacts, which no query counts in a tenth of a second. The triggers run in the
transaction of the change, so a new entry is in every number at once. Each statement adds what it changed to
`services_tally` as new rows: nobody waits for anybody. Weeks and months of a pairing are bits that are only ever set;
taking an activity back works them out again under a lock, from what stands. Activities are never deleted.

The functions see every row: a body's entry for another body's pairing counts there too. They widen the scope for their
own statements and put it back; an exception leaves that to its rollback.
"""

from django.db import migrations

WIDE = """paths := coalesce(current_setting('app.paths', true), '');
    perform set_config('app.paths', '*', true);"""
NARROW = "perform set_config('app.paths', paths, true);"
TALLY = f"""
create function services_tally() returns trigger language plpgsql as $$
declare
    paths text;
begin
    {WIDE}
    if tg_op = 'INSERT' then
        insert into services_tally
            (organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number)
        select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, count(*)
        from after_rows a join members_organisation o on o.id = a.organisation_id
        where a.voided_at is null group by 1, 2, 3, 4, 5, 6;
    else
        insert into services_tally
            (organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number)
        select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, sum(a.change)
        from (
            select organisation_id, kind_id, region_id, channel, happened_on, 1 as change
            from after_rows where voided_at is null
            union all
            select organisation_id, kind_id, region_id, channel, happened_on, -1
            from before_rows where voided_at is null
        ) a join members_organisation o on o.id = a.organisation_id
        group by 1, 2, 3, 4, 5, 6 having sum(a.change) <> 0;
    end if;
    {NARROW}
    return null;
end $$;
"""  # noqa: S608
# What a standing activity sets: a week in the row of its ISO year, and if somebody went there a month of its own year.
BITS = """
select pairing_id, year, bit_or(week) as weeks, bit_or(month) as months from (
    select pairing_id, extract(isoyear from happened_on)::int as year,
        1::bigint << (extract(week from happened_on)::int - 1) as week, 0 as month
    from {rows} where pairing_id is not null and voided_at is null
    union all
    select pairing_id, extract(year from happened_on)::int, 0, 1 << (extract(month from happened_on)::int - 1)
    from {rows} where pairing_id is not null and voided_at is null and channel = 'on_site'
) bits group by 1, 2
"""
ADD = f"""
insert into services_pairingyear as known (pairing_id, organisation_path, year, weeks, months)
select bits.pairing_id, p.organisation_path, bits.year, bits.weeks, bits.months
from ({BITS}) bits join services_pairing p on p.id = bits.pairing_id order by 1, 3
on conflict (pairing_id, year)
do update set weeks = known.weeks | excluded.weeks, months = known.months | excluded.months
"""  # noqa: S608
STANDING = "(select * from services_activity where pairing_id = any(touched)) standing"
YEARS = f"""
create function services_pairing_years() returns trigger language plpgsql as $$
declare
    paths text;
    touched bigint[];
begin
    {WIDE}
    {ADD.format(rows="after_rows")};
    if tg_op = 'UPDATE' then
        select array_agg(distinct b.pairing_id) into touched
        from before_rows b join after_rows a using (id)
        where b.pairing_id is not null and b.voided_at is null and (a.voided_at is not null
            or (a.pairing_id, a.happened_on, a.channel) is distinct from (b.pairing_id, b.happened_on, b.channel));
    end if;
    if touched is not null then
        perform 1 from services_pairingyear where pairing_id = any(touched) order by pairing_id, year for update;
        update services_pairingyear y set weeks = coalesce(found.weeks, 0), months = coalesce(found.months, 0)
        from services_pairingyear own
        left join ({BITS.format(rows=STANDING)}) found
            on found.pairing_id = own.pairing_id and found.year = own.year
        where y.id = own.id and own.pairing_id = any(touched);
    end if;
    {NARROW}
    return null;
end $$;
"""  # noqa: S608
PATHS = f"""
create function services_pairing_year_paths() returns trigger language plpgsql as $$
declare
    paths text;
begin
    {WIDE}
    update services_pairingyear set organisation_path = new.organisation_path where pairing_id = new.id;
    {NARROW}
    return null;
end $$;
create trigger year_paths after update of organisation_path on services_pairing
    for each row when (old.organisation_path is distinct from new.organisation_path)
    execute function services_pairing_year_paths();
"""  # noqa: S608
TABLES = {"insert": "new table as after_rows", "update": "old table as before_rows new table as after_rows"}
TRIGGERS = "".join(
    f"create trigger {name}_{event} after {event} on services_activity referencing {tables}"
    f" for each statement execute function services_{name}();"
    for name in ("tally", "pairing_years")
    for event, tables in TABLES.items()
)
SCOPE = "".join(
    f"""
    alter table services_{table} enable row level security;
    alter table services_{table} force row level security;
    create policy scope on services_{table} using (organisation_path ^@ any ((select services_scope())::text[]));
    """
    for table in ("tally", "pairingyear")
)
# Everything anew from the rows; for what was entered before these tables were, and for whoever doubts them.
ANEW = f"""
create function services_add_up() returns void language plpgsql as $$
declare
    paths text;
begin
    {WIDE}
    lock table services_activity in share mode;
    delete from services_tally;
    insert into services_tally (organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number)
    select a.organisation_id, o.path, a.kind_id, a.region_id, a.channel, a.happened_on, count(*)
    from services_activity a join members_organisation o on o.id = a.organisation_id
    where a.voided_at is null group by 1, 2, 3, 4, 5, 6 order by 1, 6;
    delete from services_pairingyear;
    {ADD.format(rows="services_activity")};
    {NARROW}
end $$;
"""  # noqa: S608
BACK = """
drop function services_add_up();
drop trigger year_paths on services_pairing;
drop function services_pairing_year_paths();
drop function services_pairing_years() cascade;
drop function services_tally() cascade;
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0011_tallies")]

    operations = [
        migrations.RunSQL([SCOPE, TALLY, YEARS, PATHS, TRIGGERS, ANEW, "select services_add_up();"], BACK),
    ]
