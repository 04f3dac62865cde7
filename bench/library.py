"""A scratch library of generated cases, in a database of its own that is dropped afterwards unless it is kept.

The texts are nobody's: function words, our dictionary's terms, 26,000 words of pypinyin's list and names, drawn with a
fixed seed by Zipf's law; a third of a text are words of its own subject, again and again. The constants were set so
that generated texts resemble write-ups in what a search costs by: of the adjacent pairs in 1,000 characters .72 are
different (.71 in four real texts), and two texts share .13 of them (.12). An earlier vocabulary of invented words from
60 syllables made nearly every pair frequent (.19 shared). Now a few words are in nearly every text and most in a few.
"""

import contextlib
import random
from bisect import bisect
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import accumulate
from multiprocessing import get_context

from pypinyin.phrases_dict import phrases_dict

from bench import scratch
from config.text import segment
from members.matching.generate import Maker

SEED = 20261122
GENERATOR = 2  # counted up when other texts come out
TITLE_WORDS = (3, 5)
COMMON = ["党建", "党员", "党委", "支部", "群众", "服务", "组织", "工作", "发展", "引领"]
FUNCTION_SHARE = 0.16  # of words
SUBJECT_SHARE = 0.33
SUBJECT_WORDS = 25
FLATTENED = 12  # Mandelbrot's constant: the first words are not as frequent as Zipf's law says
PEOPLE = 5_000
IDIOMS = 0.1  # of four characters; in the list they are as many as all others
KINDS = ["agency", "enterprise", "party_branch", "industry_committee", "community", "township"]
YEARS = range(2016, 2027)


@contextlib.contextmanager
def library(count, *, keep=False):
    """Give a database of `count` published cases, kept for the next run where that is wanted."""
    TOTAL["cases"] = count

    def label():
        from cases.actions.library import INDEX_VERSION  # noqa: PLC0415  (after django.setup)

        return f"{count} cases, seed {SEED}, index {INDEX_VERSION}, generator {GENERATOR}" if keep else ""

    with scratch.database(f"bench_library_{count}", lambda owner: fill(owner, count), label) as owner:
        yield owner


class Writer:
    """Writes texts: `vocabulary` from the most to the least used word, function words apart."""

    def __init__(self):
        chance = random.Random(SEED)
        ours = sorted({*segment.terms()} - set(COMMON))
        general = sorted(word for word in phrases_dict if 1 < len(word) < 5)
        general = [word for word in general if len(word) < 4 or chance.random() < IDIOMS]
        chance.shuffle(ours)
        chance.shuffle(general)
        self.vocabulary = list(dict.fromkeys([*COMMON, *ours, *general]))
        self.function_words = [word for word in segment.FUNCTION_WORD_LIST.split() if len(word) < 3]
        self.weights = list(accumulate(1 / (rank + FLATTENED) for rank in range(len(self.vocabulary))))
        self.function_weights = list(accumulate(1 / (rank + 1) for rank in range(len(self.function_words))))
        people = Maker(SEED)
        self.names = list(dict.fromkeys(people.human().name for _ in range(PEOPLE)))

    def word(self, chance):
        return self.vocabulary[bisect(self.weights, chance.random() * self.weights[-1])]

    def clause(self, chance, subject):
        for _ in range(chance.randint(4, 8)):
            share = chance.random()
            if share < FUNCTION_SHARE:
                yield self.function_words[bisect(self.function_weights, chance.random() * self.function_weights[-1])]
            else:
                yield chance.choice(subject) if share < FUNCTION_SHARE + SUBJECT_SHARE else self.word(chance)

    def case(self, number):
        """Write case `number`, always the same: (title, body, credit)."""
        chance = random.Random(SEED + number)
        subject = [self.word(chance) for _ in range(SUBJECT_WORDS)]
        title = "".join(chance.choice(subject) for _ in range(chance.randint(*TITLE_WORDS)))
        length, credit, parts, written = chance.randint(800, 1500), chance.choice(self.names), [], 0
        while written < length:
            clause = "".join(self.clause(chance, subject))
            if chance.random() < 0.1:
                clause += f"{chance.randint(2, 400)}名"
            if chance.random() < 0.03:
                clause = chance.choice(self.names) + clause
            clause += chance.choice("，，，。；")
            parts.append(clause)
            written += len(clause)
        return title, "".join(parts), credit


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
                                 str(city), str(city), str(year), str(field), at, at, "", "0"]) + "\n")  # fmt: skip
        index.write("\t".join([str(number), str(number), made.words, made.ranking, str(city), str(year), str(field),
                               kind, str(INDEX_VERSION)]) + "\n")  # fmt: skip
    return entries.getvalue(), index.getvalue()


TOTAL = {"cases": 0}
ENTRY_COLUMNS = (
    "case_id, slug, title, body, summary, organisation_name, organisation_kind, credit, city_id, region_id, year,"
    " field_id, published_at, updated_at, withdrawal_note, figures_agreed"
)
INDEX_COLUMNS = "id, entry_id, words, ranking, city_id, year, field_id, organisation_kind, version"


def fill(owner, count):
    """Fill the scratch database with `count` published cases."""
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
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_nullable = 'NO' AND (column_default IS NULL OR column_name = 'id')",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]
