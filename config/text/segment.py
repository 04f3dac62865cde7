"""Chinese words for search, diffs and title checks: rjieba with our own party-building terms (pure)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import rjieba

from config.text.widths import narrow

DICTIONARY = Path(__file__).with_name("dictionary.txt")
# Common enough that a term is never cut; the general dictionary's largest counts are about a million.
TERM_FREQUENCY = 200_000
HANZI = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
HANZI_RUN = re.compile(f"[{HANZI}]+")
WORD_SIGN = re.compile(r"\w")
FUNCTION_WORD_LIST = """
的 地 得 了 着 过 和 与 及 或 而 并 在 于 从 到 由 对 为 以 把 被 让 使 给 向 往 按 为了 按照 通过 根据
关于 随着 等 等等 之 其 是 有 将 已 已经 也 都 就 又 再 还 很 更 最 不 没 没有 这 那 此 该 各 每 某
本 我 你 他 她 它 我们 你们 他们 自己 什么 怎么 怎样 如何 哪些 这个 那个 这些 那些 因为 所以 但是
如果 虽然 不仅 而且 以及 并且 或者 一个 一种 一些 进行 可以 能够 上 下 中 里 内 外 前 后 时 年 月 日
"""
FUNCTION_WORDS = frozenset(FUNCTION_WORD_LIST.split())


@lru_cache(maxsize=1)
def _segmenter() -> rjieba.Jieba:
    segmenter = rjieba.Jieba()
    for term in terms():
        segmenter.add_word(term, TERM_FREQUENCY, "n")
    return segmenter


def terms() -> list[str]:
    """Give the terms of our dictionary."""
    lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def words(text: str) -> list[str]:
    """Cut a text into words; together they are the text again, spaces and punctuation included."""
    return _segmenter().cut(text, hmm=True)


def search_words(text: str) -> list[str]:
    """Give the lexemes of a text for search, in order: words, their parts, and adjacent pairs of Hanzi.

    The pairs find a two-character name that the segmenter does not know. Punctuation and spaces are left
    out; Latin is in lower case and half width.
    """
    found = [word.lower() for word in _segmenter().cut_for_search(narrow(text), hmm=True) if WORD_SIGN.search(word)]
    return found + list(pairs(text))


def pairs(text: str) -> Iterator[str]:
    """Give every two adjacent Hanzi."""
    for run in HANZI_RUN.findall(text):
        for index in range(len(run) - 1):
            yield run[index : index + 2]


def content_terms(text: str) -> list[str]:
    """Give the words of two characters and more that carry meaning, with their parts, each once, in order."""
    found = [word for word in _segmenter().cut_for_search(text, hmm=True) if len(word) > 1 and WORD_SIGN.search(word)]
    return list(dict.fromkeys(word for word in found if word not in FUNCTION_WORDS and not word.isspace()))
