"""Which published cases resemble one another, and by which words (TF-IDF over segmented text).

Candidates come from the index by the most telling words of a case, so the work is bounded however large the library
is; the candidates alone are read and compared. Words that more than a twentieth of the library uses tell nothing
and are left out, unless the library is small.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass

from cases.models import LibraryEntry, LibraryIndex
from cases.search.find import through_index
from cases.search.lexemes import HANZI_ONLY, any_of, fold, quote
from config.text import segment

TELLING_WORDS = 12
WORDS_COUNTED = 60
CANDIDATES = 60
SHOWN = 4
REASONS = 3
WEAKEST = 0.06
COMMON_SHARE = 20
SMALL_LIBRARY = 40
COUNTED_TO = 20_000
SAYS_NOTHING = re.compile(
    "第.+|[一二两三几多每各某有无].|.{1,3}[里上下中后前时]|党建|工作|任务|开展|情况"
)  # 第一次, 一家, 有人, 村里; 党建 and the like stand in every case: no reason to read on

CANDIDATE_ENTRIES = """
SELECT entry_id FROM (
    SELECT entry_id, id, ranking FROM cases_libraryindex
    WHERE words @@ %(match)s::tsquery AND entry_id <> %(entry)s LIMIT 5000
) near ORDER BY ts_rank('{0.1, 0.3, 0.6, 1.0}', ranking, %(match)s::tsquery) DESC, id DESC LIMIT %(limit)s
"""
COUNT = """
SELECT word, (SELECT count(*) FROM (
    SELECT 1 FROM cases_libraryindex WHERE words @@ quoted::tsquery LIMIT %s) counted)
FROM unnest(%s, %s) AS asked(word, quoted)
"""


@dataclass(frozen=True)
class Neighbour:
    """A case that resembles another: cosine of their weights, and the words that weigh most in both."""

    entry: int
    score: float
    terms: list[str]


def term_counts(title: str, body: str) -> Counter:
    """Count the words of meaning of two to eight Hanzi; a word of the title counts three times."""
    counts: Counter = Counter()
    for text, times in ((title, 3), (body, 1)):
        for word in segment.words(fold(text)):
            if (
                1 < len(word) <= 8
                and word not in segment.FUNCTION_WORDS
                and HANZI_ONLY.fullmatch(word)
                and not SAYS_NOTHING.fullmatch(word)
            ):
                counts[word] += times
    return counts


def weigh(counts: Counter, document_counts: dict[str, int], total: int) -> dict[str, float]:
    """Weigh words by tf-idf, scaled to length 1; words nobody counted weigh nothing."""
    weights = {
        word: (1 + math.log(count)) * math.log((total + 1) / (document_counts[word] + 0.5))
        for word, count in counts.items()
        if word in document_counts
    }
    weights = {word: weight for word, weight in weights.items() if weight > 0}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def compare(one: dict[str, float], other: dict[str, float]) -> tuple[float, list[str]]:
    """Return the cosine of two weightings and the words that contribute most, best first."""
    shared = {word: one[word] * other[word] for word in one.keys() & other.keys()}
    reasons = sorted(shared, key=lambda word: (-shared[word], word))
    return sum(shared.values()), reasons[:REASONS]


def neighbours(entry: LibraryEntry) -> list[Neighbour]:
    """Return the public entries nearest to one, at most `SHOWN`; none where nothing telling is shared."""
    total = LibraryIndex.objects.count()
    counts = term_counts(entry.title, entry.body)
    with through_index() as cursor:
        asked = [word for word, _count in counts.most_common(WORDS_COUNTED)]
        cursor.execute(COUNT, [COUNTED_TO, asked, [_pairs(word) for word in asked]])
        document_counts = dict(cursor.fetchall())
        weights = weigh(counts, document_counts, total)
        telling = [word for word in sorted(weights, key=lambda word: (-weights[word], word)) if _tells(word, total,
                   document_counts)][:TELLING_WORDS]  # fmt: skip
        if not telling:
            return []
        match = any_of([f"({_pairs(word)})" for word in telling])
        cursor.execute(CANDIDATE_ENTRIES, {"match": match, "entry": entry.pk, "limit": CANDIDATES})
        ids = [row[0] for row in cursor.fetchall()]
    found = []
    for other in LibraryEntry.objects.public().filter(pk__in=ids).only("title", "body"):
        score, reasons = compare(weights, weigh(term_counts(other.title, other.body), document_counts, total))
        if score >= WEAKEST and reasons:
            found.append(Neighbour(other.pk, score, reasons))
    return sorted(found, key=lambda near: (-near.score, -near.entry))[:SHOWN]


def _tells(word: str, total: int, document_counts: dict[str, int]) -> bool:
    return total < SMALL_LIBRARY or document_counts[word] * COMMON_SHARE <= total


def _pairs(word: str) -> str:
    return " & ".join(quote(pair) for pair in segment.pairs(word))
