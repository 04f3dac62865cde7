"""The tables that the packed script carries, in place of the packages the app has them from (pure).

The builder writes `members/region_codes.py` and `members/matching/characters.py` anew, as one import from here.
"""

from __future__ import annotations

import json
import pkgutil

IN_FORCE = 9999
_TABLES = json.loads((pkgutil.get_data("members.blind", "tables.json") or b"").decode("utf-8"))
SIMPLIFIED = {int(code): character for code, character in _TABLES["simplified"].items()}
READINGS = _TABLES["readings"]
PARTS = {character: frozenset(parts.split(" ")) for character, parts in _TABLES["parts"].items()}


def ends() -> dict[str, int]:
    """Map each region code to the last year in which it was given out."""
    return _TABLES["regions"]
