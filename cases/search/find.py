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
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from cases.models import LibraryEntry
from cases.search.lexemes import BLOCK, SHELF, Facets, all_of, any_of, block_lexeme, quote, shelf_lexeme
from cases.search.query import Query, Term

WINDOW = 200
BLOCKS = 4  # looked into at first
SHELVES = 6  # where more would be needed, collecting all is cheaper
PHRASE_STEP = 50
PHRASES_SHOWN = 60
SIMILAR = 0.3
SIMILAR_SHOWN = 20

# `+ 0`: else Postgres may walk the primary key from its end, which reads the vector of every row it passes.
NEWEST = """
SELECT ARRAY(
    SELECT id FROM cases_libraryindex WHERE words @@ %(match)s::tsquery ORDER BY id + 0 DESC LIMIT %(limit)s
)
"""
NEWEST_TITLES_FIRST = NEWEST.replace("ORDER BY", "ORDER BY ranking @@ %(title)s::tsquery DESC,")
RANKED = """
SELECT ARRAY(
    SELECT entry_id FROM cases_libraryindex WHERE id = ANY(%(ids)s) ORDER BY {tier}
    ts_rank('{{0.1, 0.3, 0.6, 1.0}}', ranking, %(ranked)s::tsquery) DESC, id DESC
)
"""
BY_TIER = RANKED.format(
    tier="CASE WHEN ranking @@ %(title)s::tsquery THEN 0 WHEN ranking @@ %(names)s::tsquery THEN 1 ELSE 2 END,"
)
BY_SCORE = RANKED.format(tier="")
BEGIN = "SELECT set_config('enable_seqscan', 'off', true), (SELECT max(id) FROM cases_libraryindex)"
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

    About four statements when words are rare, about six when they are everywhere.
    """
    facets = facets or Facets()
    if not query:
        return Found()
    with through_index() as cursor:
        walk = _Walk(query, cursor, top=cursor.fetchone()[1] or 0)
        ids, is_capped = walk.best(facets)
        if any(term.needs_check for term in query.terms):
            ids, is_capped = _saying_so(query, ids, is_capped, cursor)
        return Found(ids, is_capped) if ids else _instead(query, facets, walk)


@contextmanager
def through_index() -> Iterator[CursorWrapper]:
    """Keep Postgres from reading every vector: it does not know how dear that is (they are stored out of line).

    It stays so until the transaction ends; that discourages reading whole tables, and forbids nothing.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(BEGIN)
        yield cursor


def in_facets(match: str, facets: Facets) -> str:
    """Narrow a tsquery by facets."""
    return all_of([match, *(quote(marker) for marker in facets.lexemes())])


class _Walk:
    """Takes the newest hits, by collecting all of them or shelf by shelf, whichever is cheaper; rows by their number.

    `top` is the highest number there is.
    """

    def __init__(self, query: Query, cursor: CursorWrapper, top: int) -> None:
        self.query = query
        self.cursor = cursor
        self.top = top
        self.parameters = {"title": query.weighted("A"), "names": query.weighted("AB"), "ranked": query.ranked()}
        self.is_dense = True

    def instead(self, query: Query) -> "_Walk":
        """Give the same walk for other words."""
        return _Walk(query, self.cursor, self.top)

    def best(self, facets: Facets) -> tuple[list[int], bool]:
        """Give the entries of the hits that have every word, best first, and whether there are more."""
        texts, is_complete = self.newest(in_facets(self.query.matches(), facets))
        if is_complete:
            return self._ranked(texts, BY_TIER), False
        in_title, in_names = (in_facets(self.query.matches(*marks), facets) for marks in (("^",), ("^", "@")))
        first = [*self._heads(in_title, in_names), *texts]
        return self._ranked(list(dict.fromkeys(first))[:WINDOW], BY_TIER), True

    def some(self, match: str) -> list[int]:
        """Give the entries of the newest hits of any tsquery, those with the rank first."""
        return self._ranked(self.newest(match)[0], BY_SCORE)

    def newest(self, match: str) -> tuple[list[int], bool]:
        """Give the `WINDOW` newest hits, newest first, or all; and whether these are all."""
        found, looked_into = self._select(match, block_lexeme, self.top // BLOCK, BLOCKS), BLOCKS * BLOCK
        if len(found) <= WINDOW and looked_into <= self.top:
            self.is_dense = False
            needed = WINDOW * looked_into // max(len(found), 1)
            found = self._by_shelves(match, needed) if needed < SHELVES * SHELF else self._select(match)
        return found[:WINDOW], len(found) <= WINDOW

    def _heads(self, in_title: str, in_names: str) -> list[int]:
        """Give the newest hits in titles, then the newest in names: in one statement unless they are frequent too."""
        if not self.is_dense:
            return self._select(in_names, statement=NEWEST_TITLES_FIRST)
        titles = self.newest(in_title)[0]
        return titles if len(titles) >= WINDOW else [*titles, *self.newest(in_names)[0]]

    def _by_shelves(self, match: str, needed: int) -> list[int]:
        found: list[int] = []
        step = needed // SHELF + 2  # the newest shelf may be nearly empty
        for shelf in range(self.top // SHELF, -1, -step):
            found += self._select(match, shelf_lexeme, shelf, step)
            if len(found) > WINDOW:
                break
        return found

    def _select(
        self,
        match: str,
        marker: Callable[[int], str] | None = None,
        top: int = 0,
        count: int = 0,
        statement: str = NEWEST,
    ) -> list[int]:
        """Give the newest hits, of some blocks or shelves only or of all; one more than the window holds at most."""
        marked = [quote(marker(number)) for number in range(top, max(top - count, -1), -1)] if marker else []
        within = all_of([match, any_of(marked)]) if marked else match
        self.cursor.execute(statement, {**self.parameters, "match": within, "limit": WINDOW + 1})
        return self.cursor.fetchone()[0]

    def _ranked(self, ids: list[int], statement: str) -> list[int]:
        if not ids:
            return []
        self.cursor.execute(statement, {**self.parameters, "ids": ids})
        return self.cursor.fetchone()[0]


def _saying_so(query: Query, ids: list[int], is_capped: bool, cursor: CursorWrapper) -> tuple[list[int], bool]:
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
        cursor.execute(statement, {"ids": part, **values})
        saying = {entry for (entry,) in cursor.fetchall()}
        kept += [entry for entry in part if entry in saying]
    return kept, is_capped


def _instead(query: Query, facets: Facets, walk: _Walk) -> Found:
    """Offer what comes nearest when no case has every word."""
    similar = _similar_titles(query.text, facets)
    if similar:
        return Found(similar, is_similar=True)
    known, missing = _known(query.terms, facets)
    if missing and known:
        ids, is_capped = walk.instead(Query(tuple(known))).best(facets)
        if ids:
            return Found(ids, is_capped, missing=tuple(term.text for term in missing))
    if len(known) > 1:
        some = any_of([f"({term.matches()})" for term in known])
        return Found(walk.instead(Query(tuple(known))).some(in_facets(some, facets)), is_partial=True)
    return Found()


def _known(terms: tuple[Term, ...], facets: Facets) -> tuple[list[Term], list[Term]]:
    """Part the terms into those some case has and those none has."""
    parted: tuple[list[Term], list[Term]] = ([], [])
    for term in terms:
        with connection.cursor() as cursor:
            cursor.execute(IS_THERE, [in_facets(term.matches(), facets)])
            parted[0 if cursor.fetchone() else 1].append(term)
    return parted


def _similar_titles(text: str, facets: Facets) -> list[int]:
    with connection.cursor() as cursor:
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
