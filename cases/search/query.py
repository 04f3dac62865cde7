"""What a reader asked for: words, quoted phrases, and what is too short to search (pure)."""

import re
from dataclasses import dataclass

from cases.search.lexemes import HANZI_ONLY, LATIN, LONGEST_LEXEME, all_of, any_of, fold, quote
from config.text import segment

LONGEST_QUERY = 100
MOST_TERMS = 12
QUOTED = re.compile(r"[“\"「『]([^“”\"「」『』]+)[”\"」』]")
CHUNK = re.compile(f"([{segment.HANZI}]+)|([a-z0-9]+(?:[.\\-][a-z0-9]+)*)")
WHOLE_LATIN = 2  # a Latin token as short as this must match whole; longer ones match as beginnings


@dataclass(frozen=True)
class Term:
    """One word or phrase that must occur.

    `text` is folded. A word of Hanzi is looked for by its adjacent pairs, so that it is found however the segmenter
    cut the text around it: exact for two characters, for longer words a text that has all pairs apart passes too and
    ranks lower. A phrase is compared with the text itself afterwards (`needs_check`).
    """

    text: str
    is_phrase: bool = False

    @property
    def needs_check(self) -> bool:
        """Tell whether the index alone can't decide."""
        return self.is_phrase and not (HANZI_ONLY.fullmatch(self.text) and len(self.text) == 2)

    def lexemes(self) -> list[str]:
        """Give what the index must hold for this term."""
        found: list[str] = []
        for hanzi, latin in CHUNK.findall(self.text):
            found += segment.pairs(hanzi) if len(hanzi) > 1 else [latin] if latin else []
        return list(dict.fromkeys(lexeme for lexeme in found if lexeme and len(lexeme) <= LONGEST_LEXEME))

    def matches(self, markers: tuple[str, ...] = ("",)) -> str:
        """Write the term as tsquery: every lexeme, under one of the markers."""
        return all_of([any_of([self._one(marker + lexeme, lexeme) for marker in markers]) for lexeme in self.lexemes()])

    def _one(self, marked: str, lexeme: str) -> str:
        is_beginning = LATIN.fullmatch(lexeme) and not lexeme.isdigit() and len(lexeme) > WHOLE_LATIN
        return quote(marked) + (":*" if is_beginning and not self.is_phrase else "")

    def weighted(self, weights: str) -> str:
        """Write the term as tsquery over the ranking vector, at these weights only."""
        return all_of([f"{quote(lexeme)}:{weights}" for lexeme in self.lexemes()])


@dataclass(frozen=True)
class Query:
    """A parsed query. `too_short` are single characters that were left out, `unfit` what is no word of any text
    (signs alone, a hundred letters on end), `text` is all of it, folded.
    """

    terms: tuple[Term, ...] = ()
    too_short: tuple[str, ...] = ()
    text: str = ""
    unfit: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, *markers: str) -> str:
        """Write the query as tsquery over `words`: every term; under the markers `^`, `@` only in title or names."""
        return all_of([term.matches(markers or ("",)) for term in self.terms])

    def weighted(self, weights: str) -> str:
        """Write the query as tsquery over `ranking`: every term at these weights."""
        return all_of([term.weighted(weights) for term in self.terms])

    def ranked(self) -> str:
        """Write the query as tsquery that scores: any word, whole or in pairs."""
        parts = [lexeme for term in self.terms for lexeme in {term.text, *term.lexemes()} if CHUNK.fullmatch(lexeme)]
        return any_of([quote(part) for part in dict.fromkeys(parts)])


def parse(text: str) -> Query:
    """Read a query: quotes of any kind hold a phrase together, everything else is cut into words.

    Function words are dropped as long as something remains; neighbouring single characters (王 + 涛) are one word;
    what is left of one character goes to `too_short`.
    """
    folded = fold(" ".join(text.replace("\x00", " ").split())[:LONGEST_QUERY])
    terms = [Term(phrase, is_phrase=True) for found in QUOTED.findall(folded) if (phrase := found.strip())]
    short: list[str] = []
    for hanzi, latin in CHUNK.findall(QUOTED.sub(" ", folded)):
        pieces = [latin] if latin else hanzi_words(hanzi)
        for piece in pieces:
            if len(piece) > 1 or piece.isascii():
                terms.append(Term(piece))
            else:
                short.append(piece)
    kept = [term for term in dict.fromkeys(terms) if term.lexemes()]
    unfit = [term.text for term in terms if not term.lexemes()]
    if folded and not terms and not short:
        unfit = [folded]
    short += [text for text in unfit if len(text) == 1 and text.isalnum()]
    unfit = [text for text in unfit if text not in short]
    return Query(tuple(kept[:MOST_TERMS]), tuple(dict.fromkeys(short)), folded, tuple(unfit))


def hanzi_words(run: str) -> list[str]:
    """Cut a run of Hanzi into the words to look for; never nothing."""
    pieces: list[str] = []
    singles = ""
    for word in [*segment.words(run), ""]:
        if len(word) == 1 and word not in segment.FUNCTION_WORDS:
            singles += word
            continue
        if len(singles) > 1:
            pieces.append(singles)
        singles = ""
        if len(word) > 1 and word not in segment.FUNCTION_WORDS:
            pieces.append(word)
    return pieces or [run]
