"""Carry one change of a cleaned text over to what editors have made of that text since (pure)."""

CONTEXTS = (48, 24, 12, 6)  # characters on either side by which a place is found again, the most exact first


def carried(before: str, after: str, current: str) -> str | None:
    """Make in `current` the one change that turns `before` into `after`.

    `current` is `before`, edited. The place is found by its surroundings, which must stand once in both texts, so
    a fix follows its paragraph when that was moved. Returns None when the surroundings were changed or are
    ambiguous: then a person has to do it.
    """
    if current == before:
        return after
    start, end = _changed(before, after)
    piece = after[start : len(after) - (len(before) - end)]
    for width in CONTEXTS:
        left = max(0, start - width)
        needle = before[left : end + width]
        if len(needle) >= min(width, len(before)) and before.count(needle) == current.count(needle) == 1:
            at = current.index(needle) + start - left
            return current[:at] + piece + current[at + end - start :]
    return None


def _changed(before: str, after: str) -> tuple[int, int]:
    """Return the span of `before` outside which both texts are the same."""
    shorter = min(len(before), len(after))
    start = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    tail = next((index for index in range(shorter - start) if before[-1 - index] != after[-1 - index]), shorter - start)
    return start, len(before) - tail
