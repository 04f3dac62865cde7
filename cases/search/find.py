"""Planning and running a search: exact for what is rare, bounded for what is everywhere.

Exact: a query with at most `WINDOW` hits lists all of them, ranked: those with every word in the title first, then
those with every word in title or names, then the rest; within each by density (`ts_rank` over the small ranking
vector), then the newest. Capped: of more hits `WINDOW` are listed: the newest with every word in the title, then the
newest with every word in title or names, then the newest others, ranked in the same way. So a hit in the text alone
never displaces one in the title, however old that is. A quoted phrase is looked for by its pairs and then compared
with the text itself, for the `WINDOW` best candidates at most and until `PHRASES_SHOWN` are found.

How it stays fast: the newest blocks of 512 publications tell how frequent the hits are. Rare ones are all collected
from the index; frequent ones are taken from the newest shelves of eight blocks until there are enough: blocks and
shelves have markers in the index, which lets it skip, so it never collects 100,000 rows to throw them away. There are
no statistics that could be stale; a wrong guess costs time, never a hit.

The steps are functions of the database (migration 0011): one round trip for a search instead of six, and the session
keeps their plans.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from cases.models import LibraryEntry
from cases.search.lexemes import BLOCK, SHELF, Facets, all_of, any_of, quote
from cases.search.query import Query, Term

WINDOW = 200
BLOCKS = 4  # looked into at first
SHELVES = 6  # where more would be needed, collecting all is cheaper
PHRASE_STEP = 50
PHRASES_SHOWN = 60
SIMILAR = 0.3
SIMILAR_SHOWN = 20

BEST = """
SELECT entries, is_complete FROM library_best(
    %(match)s, %(in_title)s, %(in_names)s, %(title)s, %(names)s, %(ranked)s,
    %(window)s, %(blocks)s, %(block)s, %(shelf)s, %(shelves)s
)
"""
SAYS_SO = """
SELECT case_id FROM cases_libraryentry
WHERE case_id = ANY(%(ids)s) AND {conditions}
"""
IS_THERE = "SELECT 1 FROM cases_libraryindex WHERE words @@ %s::tsquery LIMIT 1"
SIMILAR_TITLES = """
SELECT case_id FROM cases_libraryentry
WHERE withdrawn_at IS NULL AND upper(title) %%> upper(%(text)s)
ORDER BY word_similarity(upper(%(text)s), upper(title)) DESC, case_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Found:
    """What a search found: entry ids, best first.

    `is_capped`: there are more than are listed. `missing`: words left out because no case has them. `is_partial`:
    no case has all words, these have some. `is_similar`: no case has any, these have similar titles.
    """

    ids: list[int] = field(default_factory=list)
    is_capped: bool = False
    missing: tuple[str, ...] = ()
    is_partial: bool = False
    is_similar: bool = False

    @property
    def is_exact(self) -> bool:
        """Tell whether these are all the cases that have all the words, and nothing else."""
        return not (self.is_capped or self.missing or self.is_partial or self.is_similar)


def find(query: Query, facets: Facets | None = None) -> Found:
    """Run a query within facets; what comes nearest where nothing has every word.

    One statement where some case has every word; two more for a phrase or where none has.
    """
    facets = facets or Facets()
    if not query:
        return Found()
    ids, is_capped = _best(query, facets)
    if any(term.needs_check for term in query.terms):
        ids, is_capped = _saying_so(query, ids, is_capped)
    return Found(ids, is_capped) if ids else _instead(query, facets)


@contextmanager
def through_index() -> Iterator[CursorWrapper]:
    """Keep Postgres from reading every vector: it does not know how dear that is (they are stored out of line).

    It stays so until the transaction ends; that discourages reading whole tables, and forbids nothing.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        yield cursor


def in_facets(match: str, facets: Facets) -> str:
    """Narrow a tsquery by facets."""
    return all_of([match, *(quote(marker) for marker in facets.lexemes())])


def _best(query: Query, facets: Facets, match: str = "") -> tuple[list[int], bool]:
    """Give the entries that have every word, best first, and whether there are more; with `match` those it matches."""
    values = {
        "match": in_facets(match or query.matches(), facets),
        "in_title": in_facets(query.matches("^"), facets),
        "in_names": in_facets(query.matches("^", "@"), facets),
        "title": query.weighted("A"),
        "names": query.weighted("AB"),
        "ranked": query.ranked(),
    }
    bounds = {"window": WINDOW, "blocks": BLOCKS, "block": BLOCK, "shelf": SHELF, "shelves": SHELVES}
    with connection.cursor() as cursor:
        cursor.execute(BEST, {**values, **bounds})
        ids, is_complete = cursor.fetchone()
    return ids, not is_complete


def _saying_so(query: Query, ids: list[int], is_capped: bool) -> tuple[list[int], bool]:
    """Keep entries whose own title, text or names contain every phrase; stop when enough are found."""
    phrases = [term.text for term in query.terms if term.needs_check]
    column = "concat_ws(E'\\n', title, organisation_name, credit, body)"
    column = column if all(not any(c.isascii() for c in phrase) for phrase in phrases) else f"lower({column})"
    conditions = " AND ".join(f"strpos({column}, %(p{index})s) > 0" for index in range(len(phrases)))
    statement = SAYS_SO.format(conditions=conditions)
    values = {f"p{index}": phrase for index, phrase in enumerate(phrases)}
    kept: list[int] = []
    for start in range(0, len(ids), PHRASE_STEP):
        if len(kept) >= PHRASES_SHOWN:
            return kept, True
        part = ids[start : start + PHRASE_STEP]
        with connection.cursor() as cursor:
            cursor.execute(statement, {"ids": part, **values})
            saying = {entry for (entry,) in cursor.fetchall()}
        kept += [entry for entry in part if entry in saying]
    return kept, is_capped


def _instead(query: Query, facets: Facets) -> Found:
    """Offer what comes nearest when no case has every word."""
    similar = _similar_titles(query.text, facets)
    if similar:
        return Found(similar, is_similar=True)
    known, missing = _known(query.terms, facets)
    if missing and known:
        ids, is_capped = _best(Query(tuple(known)), facets)
        if ids:
            return Found(ids, is_capped, missing=tuple(term.text for term in missing))
    if len(known) > 1:
        some = any_of([f"({term.matches()})" for term in known])
        return Found(_best(Query(tuple(known)), facets, some)[0], is_partial=True)
    return Found()


def _known(terms: tuple[Term, ...], facets: Facets) -> tuple[list[Term], list[Term]]:
    """Part the terms into those some case has and those none has."""
    parted: tuple[list[Term], list[Term]] = ([], [])
    with through_index() as cursor:
        for term in terms:
            cursor.execute(IS_THERE, [in_facets(term.matches(), facets)])
            parted[0 if cursor.fetchone() else 1].append(term)
    return parted


def _similar_titles(text: str, facets: Facets) -> list[int]:
    with through_index() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(SIMILAR)])
        cursor.execute(SIMILAR_TITLES, {"text": text, "limit": SIMILAR_SHOWN})
        ids = [entry for (entry,) in cursor.fetchall()]
    chosen = {name: value for name, value in vars(facets).items() if value}
    if not chosen or not ids:
        return ids
    renamed = {"organisation_kind" if name == "kind" else f"{name}_id" if name != "year" else name: value
               for name, value in chosen.items()}  # fmt: skip
    kept = set(LibraryEntry.objects.public().filter(pk__in=ids, **renamed).values_list("pk", flat=True))
    return [entry for entry in ids if entry in kept]
