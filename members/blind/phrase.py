"""The key of a run as ten spoken words: making them, hearing a wrong one, stretching them into a key (pure).

Nine words are drawn (90 bits), the tenth checks them: one misheard word passes unnoticed once in 1,024 times, and
then the check values of the two departments differ. The words are ours; no two sound alike, tones, zh/z and n/ng
apart. Source: decision 6.
"""

from __future__ import annotations

import hashlib
import pkgutil
import re
import secrets
from functools import lru_cache

from members.blind.texts import Faulty
from members.blind.texts import gettext_noop as _
from members.digest import KeyedDigest
from members.matching import normalise

WORDS = 10
BITS = 10
COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}  # 32 MiB, a tenth of a second
CHECK_BYTES = 8
HAN = re.compile("[\u4e00-\u9fff]")
LATIN = re.compile("[a-z]+")


@lru_cache(maxsize=None)  # noqa: B019, UP033 (Python 3.8)
def words() -> tuple[str, ...]:
    """Return the 1,024 words in their order."""
    return tuple((pkgutil.get_data("members.blind", "words.txt") or b"").decode("utf-8").split())


@lru_cache(maxsize=None)  # noqa: UP033 (Python 3.8)
def _by_sound() -> dict[str, str]:
    return {_sound(word): word for word in words()}


def _sound(word: str) -> str:
    return "".join(normalise.READINGS.get(character, character) for character in word)


def new() -> list[str]:
    """Draw a phrase."""
    drawn = [secrets.choice(words()) for _place in range(WORDS - 1)]
    return [*drawn, _last(drawn)]


def _last(drawn: list[str]) -> str:
    number = int.from_bytes(hashlib.sha256("".join(drawn).encode("utf-8")).digest()[:4], "big")
    return words()[number % 2**BITS]


def read(text: str) -> list[str]:
    """Take a phrase as typed: ten words, with or without spaces and numbering, in characters or in pinyin.

    Raises: Faulty, with the place of a word that is not ours, or where the ten do not belong together.
    """
    if HAN.search(text):
        han = "".join(HAN.findall(text))
        typed = [han[at : at + 2] for at in range(0, len(han), 2)]
    else:
        typed = LATIN.findall(text.lower())
    if len(typed) != WORDS:
        raise Faulty(_("The phrase has ten words of two characters; %(count)d were read."), count=len(typed))
    known = set(words())
    heard = [word if word in known else _by_sound().get(_sound(word), "") for word in typed]
    for place, (said, word) in enumerate(zip(typed, heard), 1):  # noqa: B905 (Python 3.8)
        if not word:
            raise Faulty(
                _("Word %(place)d (%(word)s) is not in the list of words. Ask for it again."), place=place, word=said
            )
    if heard[-1] != _last(heard[:-1]):
        raise Faulty(
            _("The ten words do not belong together: one was misheard, or their order. Read them to each other again.")
        )
    return heard


class RunKey:
    """What the phrase gives for one run: keyed digests, and a value that shows whether both sides have the same."""

    def __init__(self, phrase: list[str], run: str, algorithm: str) -> None:
        stretched = hashlib.scrypt(
            "".join(phrase).encode("utf-8"), salt=f"blind-run {run}".encode("ascii"), dklen=32, **COST
        )
        self.digest = KeyedDigest(stretched, key_id=run[:8], algorithm=algorithm)
        self.check = self.digest.digest("check", run)[:CHECK_BYTES].hex()
