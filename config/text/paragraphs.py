"""Plain text into headings and paragraphs, as a newspaper's reader sees them (pure).

Source: our choice after GB/T 9704-2012, 7.3.3, which numbers levels 一、 (一) 1. (1).
"""

import re
from dataclasses import dataclass

CLOSING = "。！？；…：，、.!?;:,”’」』）)》"
FIRST_LEVEL = re.compile(r"^[一二三四五六七八九十百]+、")
SECOND_LEVEL = re.compile(r"^[（(][一二三四五六七八九十百]+[）)]")
LONGEST_NUMBERED = 40
LONGEST_PLAIN = 24


@dataclass(frozen=True)
class Block:
    """`level` 0 is a paragraph, 2 and 3 are headings; `number` counts headings from 1."""

    level: int
    text: str
    number: int = 0


def blocks(text: str) -> list[Block]:
    """Split at line ends; blank lines vanish. A heading of the third level never comes before one of the second."""
    lines = [line.strip(" \t\r\u3000") for line in text.splitlines()]
    lines = [line for line in lines if line]
    found: list[Block] = []
    headings = 0
    for index, line in enumerate(lines):
        level = _level(line, lines[index - 1] if index else "", lines[index + 1] if index + 1 < len(lines) else "")
        if level:
            headings += 1
            level = 2 if headings == 1 else level
        found.append(Block(level, line, headings if level else 0))
    return found


def _level(line: str, before: str, after: str) -> int:
    if FIRST_LEVEL.match(line):
        return 2 if _could_be_heading(line, LONGEST_NUMBERED) else 0
    if SECOND_LEVEL.match(line):
        return 3 if _could_be_heading(line, LONGEST_NUMBERED) else 0
    if not _could_be_heading(line, LONGEST_PLAIN) or not after:
        return 0
    # A run of short lines is a list or verse; a heading stands alone above a sentence.
    stands_alone = not _could_be_heading(after, LONGEST_PLAIN) and not (
        before and _could_be_heading(before, LONGEST_PLAIN)
    )
    return 2 if stands_alone else 0


def _could_be_heading(line: str, longest: int) -> bool:
    return len(line) <= longest and line[-1] not in CLOSING and "。" not in line
