"""A scratch library of generated cases, in a database of its own that is dropped afterwards.

The texts are ours: words of our dictionary and invented two-character words and names, drawn by Zipf's law with a
fixed seed, so that a few words are in every text and most in a few hundred.
"""

import contextlib
import os
import random
import subprocess
import sys
from bisect import bisect
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import accumulate
from multiprocessing import get_context
from urllib.parse import quote

import django
import psycopg2

SEED = 20261122
DATABASE = os.environ.get("BENCH_DATABASE", "bench_library")
VOCABULARY = 5_000
TITLE_WORDS = (3, 6)
COMMON = ["党建", "党员", "党委", "支部", "群众", "服务", "组织", "工作", "发展", "引领"]
SYLLABLES = (
    "山水田林路桥江海东西南北安康平和新兴永丰明德义信诚实惠民富强文化教育医养老幼青年妇工农商学兵车船港站场馆园区乡镇村社户店"
    "铺仓库厂矿电网网格调解宣讲帮扶走访慰问培训考核评议公示监督整改提升联建共治共享"
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "涛敏静磊洋艳勇军杰娟超明霞秀平刚桂英华玉兰飞鹏浩宇轩"
KINDS = ["agency", "enterprise", "party_branch", "industry_committee", "community", "township"]
YEARS = range(2016, 2027)


@contextlib.contextmanager
def scratch_database():
    """Make an empty database with our tables on the embedded server, point the settings at it, drop it at the end."""
    from config import database, embedded_pg, startup  # noqa: PLC0415  (before Django reads its settings)

    var = startup.var_dir()
    startup.prepare_folder(var)
    database.ensure_running(var)
    sockets = embedded_pg.layout(var).sockets
    for name, role in (("DATABASE_URL", "app"), ("DATABASE_MIGRATION_URL", "owner")):
        os.environ[name] = f"postgres://{role}@{quote(str(sockets), safe='')}:5432/{DATABASE}"
    admin(sockets, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE} OWNER owner")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        for command in (["migrate"], ["collectstatic"]):
            subprocess.run([sys.executable, "manage.py", *command, "--noinput", "-v0"], check=True)
        django.setup()
        yield connect("owner")
    finally:
        admin(sockets, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def admin(sockets, *statements):
    session = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")  # ends others' sessions
    session.autocommit = True
    with session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    session.close()


def connect(role):
    url = os.environ["DATABASE_MIGRATION_URL" if role == "owner" else "DATABASE_URL"]
    session = psycopg2.connect(url)
    session.autocommit = True
    return session


class Writer:
    """Writes texts: `vocabulary` from the most to the least used word."""

    def __init__(self):
        from config.text import segment  # noqa: PLC0415

        chance = random.Random(SEED)
        invented = {a + b for a in SYLLABLES for b in SYLLABLES if a != b}
        rest = sorted({*segment.terms(), *invented} - set(COMMON))
        chance.shuffle(rest)
        self.vocabulary = [*COMMON, *rest][:VOCABULARY]
        self.names = [a + b for a in SURNAMES for b in GIVEN]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.vocabulary))))

    def word(self, chance):
        return self.vocabulary[bisect(self.weights, chance.random() * self.weights[-1])]

    def case(self, number):
        """Write case `number`, always the same: (title, body, credit)."""
        chance = random.Random(SEED + number)
        title = "".join(self.word(chance) for _ in range(chance.randint(*TITLE_WORDS)))
        length, credit, parts, written = chance.randint(800, 1500), chance.choice(self.names), [], 0
        while written < length:
            clause = "".join(self.word(chance) for _ in range(chance.randint(3, 6)))
            if chance.random() < 0.1:
                clause += f"{chance.randint(2, 400)}名"
            if chance.random() < 0.01:
                clause = chance.choice(self.names) + clause
            clause += chance.choice("，，，。；")
            parts.append(clause)
            written += len(clause)
        return title, "党建引领。" + "".join(parts), credit


def year_of(number):
    return YEARS[min(number * len(YEARS) // max(TOTAL["cases"], 1), len(YEARS) - 1)]


def rows(span):
    """Write the COPY lines of some cases: (entries, index)."""
    from cases.actions.library import INDEX_VERSION  # noqa: PLC0415
    from cases.search.lexemes import Facets, vectors  # noqa: PLC0415

    writer, entries, index = Writer(), StringIO(), StringIO()
    for number in range(*span):
        title, body, credit = writer.case(number)
        city, year = 1 + number % 7, year_of(number)
        field, kind = 1 + number % 5, KINDS[number % len(KINDS)]
        unit = f"第{number % 900}交通运输局"
        made = vectors(title=title, names=[unit, credit, f"第{city}市", f"第{field}领域"], body=body,
                       facets=Facets(city, year, field, kind), serial=number)  # fmt: skip
        at = (datetime(2016, 1, 1, tzinfo=UTC) + timedelta(minutes=50 * number)).isoformat()
        entries.write("\t".join([str(number), f"{year}-{number}", title, body, body[:120], unit, kind, credit,
                                 str(city), str(city), str(year), str(field), at, at, ""]) + "\n")  # fmt: skip
        index.write("\t".join([str(number), str(number), made.words, made.ranking, str(city), str(year), str(field),
                               kind, str(INDEX_VERSION)]) + "\n")  # fmt: skip
    return entries.getvalue(), index.getvalue()


TOTAL = {"cases": 0}
ENTRY_COLUMNS = (
    "case_id, slug, title, body, summary, organisation_name, organisation_kind, credit, city_id, region_id, year,"
    " field_id, published_at, updated_at, withdrawal_note"
)
INDEX_COLUMNS = "id, entry_id, words, ranking, city_id, year, field_id, organisation_kind, version"


def fill(owner, count):
    """Fill the scratch database with `count` published cases."""
    TOTAL["cases"] = count
    with owner.cursor() as cursor:
        cursor.execute("DROP INDEX library_index_words")
        cursor.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        cursor.execute(
            "INSERT INTO members_region (id, code, name, level, path)"
            " SELECT n, (370000 + 100 * n)::text, '第' || n || '市', 'city', (370000 + 100 * n) || '.'"
            " FROM generate_series(1, 7) n"
        )
        cursor.execute(
            "INSERT INTO cases_subjectfield (id, code, name, position)"
            " SELECT n, 'f' || n, '第' || n || '领域', n FROM generate_series(1, 5) n ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            "INSERT INTO members_organisation (code, name, short_name, kind, path, region_id, uscc)"
            " VALUES ('o', '交通运输局', '', 'agency', '1.', 1, '') RETURNING id"
        )
        (organisation,) = cursor.fetchone()
        columns = required(cursor, "cases_case")
        values = {
            "id": "n", "uuid": "gen_random_uuid()", "year": "2026", "sequence": "n", "state": "'published'",
            "title": "'t'", "organisation_id": str(organisation), "contributor_name": "''", "contact_cipher": "''",
            "created_at": "now()", "state_since": "now()", "published_at": "now()",
        }  # fmt: skip
        chosen = {name: values.get(name, "false") for name in [*columns, "published_at"]}
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(chosen)}) SELECT {', '.join(chosen.values())}"
            f" FROM generate_series(1, {count}) n"
        )
        spans = [(start, min(start + 500, count + 1)) for start in range(1, count + 1, 500)]
        with get_context("fork").Pool(2) as pool:
            for done, (entries, index) in enumerate(pool.imap(rows, spans), start=1):
                cursor.copy_expert(f"COPY cases_libraryentry ({ENTRY_COLUMNS}) FROM STDIN", StringIO(entries))
                cursor.copy_expert(f"COPY cases_libraryindex ({INDEX_COLUMNS}) FROM STDIN", StringIO(index))
                if done % 40 == 0:
                    print(f"  {done * 500:,} cases written", flush=True)
        cursor.execute("CREATE INDEX library_index_words ON cases_libraryindex USING gin (words) WITH (fastupdate=off)")
        cursor.execute("SELECT setval(pg_get_serial_sequence('cases_libraryindex', 'id'), %s)", [count])
        cursor.execute("VACUUM ANALYZE")


def required(cursor, table):
    """List the columns of a table that must be given."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'", [table]
    )
    return [name for (name,) in cursor.fetchall()]
