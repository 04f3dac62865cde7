"""Number, chain and protect the audit log in the database itself (security.md, appendix A1)."""

from django.db import migrations

FORWARD = """
create table members_audithead (
    only_row boolean primary key default true check (only_row),
    number bigint not null,
    hash bytea not null
);
insert into members_audithead values (true, 0, '\\x00');

create function members_audit_hash(e members_auditevent) returns bytea language sql immutable as $$
    select sha256(e.previous_hash || convert_to(concat_ws('|', e.number, extract(epoch from e.at),
        coalesce(e.actor_id::text, '-'), e.event, e.object_type, coalesce(e.object_id::text, '-'), e.outcome,
        e.detail::text), 'UTF8'))
$$;

create function members_audit_chain() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare head members_audithead;
begin
    select * into head from members_audithead for update;  -- the order is the lock order
    new.number := head.number + 1;
    new.at := clock_timestamp();
    new.previous_hash := head.hash;
    new.hash := members_audit_hash(new);
    update members_audithead set number = new.number, hash = new.hash;
    return new;
end $$;

create function members_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger audit_chain before insert on members_auditevent for each row execute function members_audit_chain();
create trigger audit_keep before update or delete on members_auditevent
    for each row execute function members_append_only();
create trigger audit_keep_all before truncate on members_auditevent
    for each statement execute function members_append_only();
alter table members_auditevent enable always trigger audit_chain;
alter table members_auditevent enable always trigger audit_keep;
alter table members_auditevent enable always trigger audit_keep_all;

-- Whoever else was given rights by default may only read and append; the head is the trigger's alone.
do $$
declare grantee text;
begin
    for grantee in select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = 'public' and g.table_name in ('members_auditevent', 'members_audithead')
        and g.grantee <> current_user
    loop
        execute format('revoke all on members_audithead from %I', grantee);
        execute format('revoke all on members_auditevent from %I', grantee);
        execute format('grant select, insert on members_auditevent to %I', grantee);
    end loop;
end $$;
"""

BACKWARD = """
drop table members_audithead;
drop trigger audit_chain on members_auditevent;
drop trigger audit_keep on members_auditevent;
drop trigger audit_keep_all on members_auditevent;
drop function members_audit_chain();
drop function members_audit_hash(members_auditevent);
drop function members_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
