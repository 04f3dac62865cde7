"""Answers to a checklist out of the words of a letter (pure).

Source: our choice. A line counts if it begins with an item's number and with one of the words our own letter asks for,
so that the list itself, quoted below an answer, is never read as one.
"""

import re
from dataclasses import dataclass

DONE = ("已改", "已修改", "已补", "已核", "已更正", "已调整", "已删", "已完善", "已写明", "已注明")
NOT_DONE = ("未改", "未修改", "未作修改", "没有改", "没改", "不改")
LINE = re.compile(r"^\s*(?:第\s*)?([0-9]{1,2})\s*(?:条|[.．、)）:：])?\s*[:：]?\s*(.+)$")
BETWEEN = " \t\u3000，,。:：；;、-—"


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says of one item."""

    is_done: bool
    note: str


def read(text: str) -> dict[int, Said]:
    """Return what the lines of a letter say, by the item's number; the first line on an item counts.

    A note is what follows the word; a word such as 已补充 stays in it, since it says more than 已改.
    """
    found: dict[int, Said] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None or int(match[1]) in found:
            continue
        rest = match[2].strip()
        word = next((word for word in (*NOT_DONE, *DONE) if rest.startswith(word)), "")
        if word:
            note = rest[len(word) :] if word in {"已改", "未改"} else rest
            found[int(match[1])] = Said(word in DONE, note.strip(BETWEEN))
    return found
