"""Which elements of two sequences are the same, in bounded time (pure).

difflib alone takes quadratic time on repeated elements, so ends are trimmed first, then elements that occur
once in each sequence fix the frame, and only the small gaps between them go to difflib.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

GAP = 1_000_000  # our choice: pairs to compare in one gap; larger gaps count as replaced


def pairs(old: Sequence, new: Sequence) -> list[tuple[int, int]]:
    """Give (index in old, index in new) of equal elements, both rising."""
    start = 0
    limit = min(len(old), len(new))
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    found = [(index, index) for index in range(start)]
    found += _framed(old, new, (start, len(old) - end), (start, len(new) - end))
    return found + [(len(old) - index, len(new) - index) for index in range(end, 0, -1)]


def _framed(old: Sequence, new: Sequence, old_span: tuple, new_span: tuple) -> list[tuple[int, int]]:
    if (old_span[1] - old_span[0]) * (new_span[1] - new_span[0]) <= GAP // 4:
        return _gap(old, new, old_span, new_span)
    found: list[tuple[int, int]] = []
    at_old, at_new = old_span[0], new_span[0]
    for old_index, new_index in [*_frame(old, new, old_span, new_span), (old_span[1], new_span[1])]:
        found += _gap(old, new, (at_old, old_index), (at_new, new_index))
        if old_index < old_span[1]:
            found.append((old_index, new_index))
        at_old, at_new = old_index + 1, new_index + 1
    return found


def _frame(old: Sequence, new: Sequence, old_span: tuple, new_span: tuple) -> list[tuple[int, int]]:
    """Pair elements unique in both spans, keeping the longest run in order."""
    old_counts, new_counts = Counter(old[slice(*old_span)]), Counter(new[slice(*new_span)])
    places = {new[index]: index for index in range(*new_span) if new_counts[new[index]] == 1}
    candidates = [
        (index, places[old[index]])
        for index in range(*old_span)
        if old_counts[old[index]] == 1 and old[index] in places
    ]
    return longest_in_order(candidates)


def longest_in_order(candidates: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the longest run of pairs that rise in both places (first places rise already)."""
    tails: list[int] = []
    last_of: list[int] = []
    previous: list[int] = []
    for index, (_old, new) in enumerate(candidates):
        place = bisect_left(tails, new)
        previous.append(last_of[place - 1] if place else -1)
        if place == len(tails):
            tails.append(new)
            last_of.append(index)
        else:
            tails[place] = new
            last_of[place] = index
    kept = []
    index = last_of[-1] if last_of else -1
    while index >= 0:
        kept.append(candidates[index])
        index = previous[index]
    return kept[::-1]


def _gap(old: Sequence, new: Sequence, old_span: tuple, new_span: tuple) -> list[tuple[int, int]]:
    left, right = old[slice(*old_span)], new[slice(*new_span)]
    if not left or not right:
        return []
    counts = Counter(right)
    if len(left) * len(right) > GAP or sum(counts[element] for element in left) > GAP // 5:
        return []
    found = []
    for match in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        found += [(old_span[0] + match.a + step, new_span[0] + match.b + step) for step in range(match.size)]
    return found
