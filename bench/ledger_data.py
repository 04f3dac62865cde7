"""A ledger of generated rows for `bench.ledger`: counties with townships, drivers, a helper for each, and contacts.

Everything is made by Postgres out of counters, the same at every run but for the days, which end today. A driver is
rung up on some day of a week and visited every fourth week; one week in twelve is left out, by the driver's number.
"""

import os
from dataclasses import dataclass

TOWNSHIPS, FIRMS, BRANCHES, MATTERS = 12, 40, 20, 1_400  # in each county
FIRST = {"city": 10, "county": 1_000, "township": 10_000, "firm": 100_000, "branch": 200_000, "helper": 100_000_000}
OWN = 40  # drivers whom the official of a county helps; anybody else has five
QUOTED = "''"
DEFAULTS = {"boolean": "false", "smallint": "0", "integer": "0", "jsonb": "'{}'"}  # of anything else: no text


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    cities: int
    counties: int  # in each city
    drivers: int  # in each county
    weeks: int

    @property
    def people(self):
        return self.cities * self.counties * self.drivers

    @property
    def places(self):
        return range(self.cities * self.counties)


def fill(size, say):
    """Fill the scratch database, as superuser and as a replica: checking 50 million rows one by one takes hours."""
    import psycopg2  # noqa: PLC0415

    with psycopg2.connect(os.environ["DATABASE_MIGRATION_URL"].replace("owner@", "postgres@")) as session:
        cursor = session.cursor()
        cursor.execute(
            "set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '64MB'"
        )
        _defaults(cursor)
        _bodies(cursor, size)
        _accounts(cursor, size)
        indexes = _without_indexes(cursor)
        for county in size.places:
            _people(cursor, size, county)
            _contacts(cursor, size, county)
            _rest(cursor, county)
            if county % 16 == 15:
                say(f"{county + 1} counties written")
        for statement in indexes:
            cursor.execute(statement)
        _sequences(cursor)
        say("adding up")
        cursor.execute("select services_add_up()")
    session.autocommit = True
    session.cursor().execute("vacuum analyze")
    session.close()


def _defaults(cursor):
    """Let columns that want a word or a yes be left out: areas add some, and none of them matters here."""
    cursor.execute(
        "select table_name, column_name, data_type from information_schema.columns where is_nullable = 'NO'"
        " and column_default is null and is_identity = 'NO' and data_type in"
        " ('character varying', 'text', 'bytea', 'boolean', 'smallint',"
        " 'integer', 'jsonb')"
        " and (table_name like 'services%' or table_name like 'members%')"
    )
    for table, column, sort in cursor.fetchall():
        cursor.execute(f'alter table {table} alter "{column}" set default {DEFAULTS.get(sort, QUOTED)}')


def _bodies(cursor, size):
    """Write divisions and organisations: a province, its cities, their counties, townships, firms and branches."""
    region = "insert into members_region (id, code, name, level, parent_id, path) select "
    cursor.execute(region + "1, '370000', '甲省', 'province', null, '370000.'")
    cursor.execute(
        region + "10 + c, (370100 + 100 * c)::text, '第' || c || '市', 'city', 1, '370000.' || 370100 + 100 * c || '.'"
        " from generate_series(0, %s) c",
        [size.cities - 1],
    )
    county = "370100 + 100 * (k / %(n)s) + 1 + k %% %(n)s"
    numbers = {"n": size.counties, "last": size.places[-1]}
    cursor.execute(
        region + f"1000 + k, ({county})::text, '第' || k || '县', 'county', city.id, city.path || {county} || '.'"
        " from generate_series(0, %(last)s) k join members_region city on city.id = 10 + k / %(n)s",
        numbers,
    )
    cursor.execute(
        region + f"{FIRST['township']} + t + k * {TOWNSHIPS}, up.code || lpad(t::text, 3, '0'), k || '县' || t || '镇',"
        " 'township', up.id, up.path || up.code || lpad(t::text, 3, '0') || '.' from generate_series(0, %(last)s) k"
        f" cross join generate_series(0, {TOWNSHIPS - 1}) t join members_region up on up.id = 1000 + k",
        numbers,
    )
    body = (
        "insert into members_organisation (id, code, name, short_name, kind, path, uscc, region_id, parent_id) select "
    )
    cursor.execute(body + "1, 'p', '甲省交通运输厅', '', 'agency', '1.', '', 1, null")
    for level, kind, name, above in (
        ("city", "agency", "市交通运输局", "1"),
        ("county", "agency", "县交通运输局", "up.parent_id"),
        ("township", "township", "镇", "up.parent_id"),
    ):
        cursor.execute(
            body
            + f"up.id, '{level}' || up.id, up.name || '{name}', '', '{kind}', above.path || up.id || '.', '', up.id,"
            f" above.id from members_region up join members_organisation above on above.id = {above}"
            " where up.level = %s",
            [level],
        )
    for level, kind, count in (("firm", "enterprise", FIRMS), ("branch", "party_branch", BRANCHES)):
        cursor.execute(
            body + f"{FIRST[level]} + n + k * {count}, '{level}' || k || '-' || n, k || '县第' || n || '{level}', '',"
            f" '{kind}', up.path || {FIRST[level]} + n + k * {count} || '.', '', up.region_id, up.id"
            f" from generate_series(0, %(last)s) k cross join generate_series(0, {count - 1}) n"
            " join members_organisation up on up.id = 1000 + k",
            numbers,
        )


def _accounts(cursor, size):
    """Write an official for each county and city, and for the province; an official of a county is the helper there."""
    cursor.execute(
        "insert into members_user (id, password, username, name, email, is_active, session_epoch, created_at,"
        " organisation_id, person_id) select id, '!', 'o' || id, '经办' || id, '', true, 1, now(), id,"
        f" case when id >= 1000 then {FIRST['helper']} + (id - 1000) * 1000000 end"
        " from members_organisation where kind = 'agency'"
    )
    cursor.execute(
        "insert into members_roleassignment (role, starts_on, organisation_id, user_id)"
        " select 'official', current_date - 400, id, id from members_organisation where kind = 'agency'"
    )


def _people(cursor, size, county):
    """Write the drivers of a county, those who help them, and the pairings."""
    numbers = {"k": county, "d": size.drivers, "county": 1000 + county}
    person = (
        "insert into members_person (id, uuid, name, organisation_path, organisation_id, created_at, identity_cipher,"
        " phone_cipher) select {id}, gen_random_uuid(), {name}, o.path, o.id, now(), '', '' from {rows}"
    )
    township = f"{FIRST['township']} + d %% {TOWNSHIPS} + %(k)s * {TOWNSHIPS}"
    cursor.execute(
        person.format(
            id="1 + d + %(k)s * %(d)s",
            name="'司机' || d",
            rows=f"generate_series(0, %(d)s - 1) d join members_organisation o on o.id = {township}",
        ),
        numbers,
    )
    helper = f"{FIRST['helper']} + %(k)s * 1000000 + case when d < {OWN} then 0 else 1 + (d - {OWN}) / 5 end"
    cursor.execute(
        person.format(
            id="helper", name="'党员' || helper",
            rows=f"(select distinct {helper} as helper from generate_series(0, %(d)s - 1) d) h"
            " join members_organisation o on o.id = %(county)s",
        ),
        numbers,
    )  # fmt: skip
    cursor.execute(
        "insert into services_pairing (id, organisation_path, once, source, logged_at, started_on, kind_id,"
        " logged_by_id, organisation_id, region_id, helper_id, helped_id)"
        " select 1 + d + %(k)s * %(d)s, o.path, gen_random_uuid(), 'hand', now(), current_date - 400 - d %% 200,"
        f" (select id from services_kind where code = 'three-ones'), %(county)s, o.id, o.region_id, {helper},"
        f" 1 + d + %(k)s * %(d)s from generate_series(0, %(d)s - 1) d join members_organisation o on o.id = {township}",
        numbers,
    )


def _contacts(cursor, size, county):
    """Write a county's contacts: one a week for each pairing, the newest in this week for three in four."""
    cursor.execute(
        "insert into services_activity (organisation_path, once, source, logged_at, happened_on, line, channel,"
        " logged_by_id, organisation_id, kind_id, region_id, pairing_id)"
        " select p.organisation_path, gen_random_uuid(), 'hand', happened_on + time '18:00', happened_on,"
        " '问候并了解近况', case when is_visit then 'on_site' else 'phone' end, %(county)s, p.organisation_id,"
        " case when is_visit then visit.id else call.id end, p.region_id, p.id"
        " from generate_series(%(weeks)s, 0, -1) w"
        " cross join services_pairing p"
        " cross join lateral (select date_trunc('week', current_date)::date - 7 * w + (p.id + w)::int %% 5"
        " as happened_on, (p.id + w) %% 4 = 0 as is_visit) day"
        " join services_kind visit on visit.code = 'home-visit' join services_kind call on call.code = 'contact'"
        " where p.id between 1 + %(k)s * %(d)s and %(d)s + %(k)s * %(d)s and (p.id + 5 * w) %% 12 <> 0"
        " and happened_on <= current_date and (w > 0 or p.id %% 4 <> 0)",
        {"k": county, "d": size.drivers, "county": 1000 + county, "weeks": size.weeks},
    )


def _rest(cursor, county):
    """Write what else a county does in a year: appeals, meetings and care, packs handed out."""
    numbers = {"county": 1000 + county, "last": MATTERS - 1, "k": county}
    cursor.execute(
        "insert into services_matter (organisation_path, uuid, once, state, title, way, requester_name, received_on,"
        " due_on, outcome, satisfaction, is_solved, logged_at, closed_on, kind_id, logged_by_id, handler_id,"
        " organisation_id, region_id)"
        " select o.path, gen_random_uuid(), gen_random_uuid(),"
        " case when n %% 100 = 0 then 'handling' else 'settled' end, '运费拖欠', 'phone', '某司机',"
        " current_date - n %% 360, current_date - n %% 360 + 14,"
        " case when n %% 100 = 0 then '' else 'solved' end, case when n %% 100 = 0 then '' else 'satisfied' end,"
        " n %% 100 <> 0, now(), case when n %% 100 = 0 then null else current_date - n %% 360 + 7 end, kind.id,"
        " %(county)s, %(county)s, o.id, o.region_id from generate_series(0, %(last)s) n"
        " join services_kind kind on kind.code = 'wages' join members_organisation o on o.id = %(county)s",
        numbers,
    )
    cursor.execute(
        "insert into services_activity (organisation_path, once, source, logged_at, happened_on, channel, headcount,"
        " logged_by_id, organisation_id, kind_id, region_id, body_id)"
        " select o.path, gen_random_uuid(), 'hand', now(), current_date - n %% 360, 'on_site', 12,"
        f" %(county)s, o.id, kind.id, o.region_id, {FIRST['branch']} + n %% {BRANCHES} + %(k)s * {BRANCHES}"
        " from generate_series(0, 599) n"
        " join services_kind kind on kind.code = (array['summer-care', 'snow', 'exchange', 'party-day'])[1 + n %% 4]"
        " join members_organisation o on o.id = %(county)s",
        numbers,
    )
    cursor.execute(
        "insert into services_grant (organisation_path, once, source, logged_at, name, given_on, quantity,"
        " logged_by_id, organisation_id, kind_id, region_id)"
        " select o.path, gen_random_uuid(), 'hand', now(), '关爱大礼包', current_date - n %% 360, 10, %(county)s,"
        " o.id, kind.id, o.region_id from generate_series(0, 119) n"
        " join services_kind kind on kind.code = 'care-pack' join members_organisation o on o.id = %(county)s",
        numbers,
    )


def _without_indexes(cursor):
    """Drop what can be made again faster once the rows are there; return the statements that make it."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes i where tablename = 'services_activity'"
        " and not exists (select 1 from pg_constraint c where c.conname = i.indexname)"
    )
    found = cursor.fetchall()
    for name, _statement in found:
        cursor.execute(f'drop index "{name}"')
    return [statement for _name, statement in found]


def _sequences(cursor):
    for table in ("members_region", "members_organisation", "members_user", "members_person", "services_pairing"):
        cursor.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))")  # noqa: S608


def activities(owner):
    """Count the activities there are, about: the planner's own number."""
    with owner.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where relname = 'services_activity'")
        return cursor.fetchone()[0]
