"""What of a text goes into the index: two vectors for Postgres, written as literals (pure).

`words` answers *which*: every adjacent pair of Hanzi, the segmenter's words of three and more, and Latin or digit
tokens, without positions, so that its index is exact and its rows are never read. What stands in the title is there
again with `^` in front, organisation, place, field and contributor with `@`, and the facets and the blocks of
publications as `#…`: one index answers any combination of them, rarest first.
`ranking` answers *how well*: title A, names B, and the words a text uses most, C for dense and D for repeated. It
is small enough to lie in the row, so ranking hundreds of hits reads no text.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from config.text import segment

BLOCK = 512  # publications in order; eight blocks are a shelf
SHELF = 8 * BLOCK
DENSE_PER_THOUSAND = 4
RANKED_WORDS = 40
LONGEST_LEXEME = 24
INDEXED_CHARACTERS = 60_000  # of one text; 16 times the longest call allows, far below tsvector's 1 MB
LATIN = re.compile(r"[a-z0-9]+(?:[.\-][a-z0-9]+)*")
HANZI_ONLY = re.compile(f"[{segment.HANZI}]+")
FULL_WIDTH = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")  # digits and letters; punctuation stays
TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}


@dataclass(frozen=True)
class Facets:
    """What a list can be narrowed by; ids of city and field, None where a case has none or no choice was made."""

    city: int | None = None
    year: int | None = None
    field: int | None = None
    kind: str = ""

    def lexemes(self) -> list[str]:
        """Give the markers of what is set."""
        values = {"c": self.city, "y": self.year, "f": self.field, "k": self.kind}
        return [f"#{letter}{value}" for letter, value in values.items() if value]


@dataclass(frozen=True)
class Vectors:
    """Two tsvector literals."""

    words: str
    ranking: str


def fold(text: str) -> str:
    """Fold full-width letters and digits and case, one character for one, so that offsets stay true."""
    folded = text.translate(TO_HALF_WIDTH) if FULL_WIDTH.search(text) else text
    lowered = folded.lower()
    return lowered if len(lowered) == len(folded) else "".join(c if len(c.lower()) > 1 else c.lower() for c in folded)


def latin_tokens(folded: str) -> set[str]:
    """Give Latin and digit tokens, compounds such as 87.5 or covid-19 whole and in parts."""
    found = set(LATIN.findall(folded))
    return found | {part for token in found for part in re.split(r"[.\-]", token)}


def lexemes(text: str) -> set[str]:
    """Give what a text can be found by: pairs of Hanzi, longer words, Latin and digit tokens."""
    folded = fold(text[:INDEXED_CHARACTERS])
    long_enough = {word for word in segment.search_words(folded) if len(word) > 1 and HANZI_ONLY.fullmatch(word)}
    return {lexeme for lexeme in long_enough | latin_tokens(folded) if len(lexeme) <= LONGEST_LEXEME}


def frequent_words(text: str) -> list[tuple[str, int]]:
    """Give the words of meaning a text uses more than once, most used first (at most `RANKED_WORDS`)."""
    counts = Counter(
        word
        for word in segment.words(fold(text[:INDEXED_CHARACTERS]))
        if 1 < len(word) <= LONGEST_LEXEME
        and word not in segment.FUNCTION_WORDS
        and (HANZI_ONLY.fullmatch(word) or LATIN.fullmatch(word))
    )
    return [(word, count) for word, count in counts.most_common(RANKED_WORDS) if count > 1]


def vectors(*, title: str, names: Iterable[str], body: str, facets: Facets, serial: int) -> Vectors:
    """Write both vectors of one entry; `serial` is its number in order of publication."""
    in_title, in_names = lexemes(title), set().union(*(lexemes(name) for name in names))
    found = lexemes(body) | in_title | in_names
    marked = [f"^{word}" for word in in_title] + [f"@{word}" for word in in_names]
    words = [*found, *marked, *facets.lexemes(), block_lexeme(serial // BLOCK), shelf_lexeme(serial // SHELF)]
    places: dict[str, list[str]] = {word: ["1A"] for word in in_title}
    for word in in_names:
        places.setdefault(word, []).append("2B")
    for word, count in frequent_words(body):
        is_dense = count * 1000 >= DENSE_PER_THOUSAND * len(body)
        places.setdefault(word, []).append("3C" if is_dense else "3")
    return Vectors(
        words=" ".join(quote(word) for word in sorted(words)),
        ranking=" ".join(f"{quote(word)}:{','.join(at)}" for word, at in sorted(places.items())),
    )


def block_lexeme(block: int) -> str:
    """Give the marker of a block of publications."""
    return f"#b{block}"


def shelf_lexeme(shelf: int) -> str:
    """Give the marker of eight blocks."""
    return f"#s{shelf}"


def quote(lexeme: str) -> str:
    """Write one lexeme for a tsvector or tsquery literal."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def all_of(parts: Collection[str]) -> str:
    """Join parts of a tsquery: all must match."""
    return " & ".join(parts)


def any_of(parts: Collection[str]) -> str:
    """Join parts of a tsquery: one is enough."""
    return "(" + " | ".join(parts) + ")"
