"""A reading as lines: what each shows once the fixes inside it are applied, and where it stands (pure)."""

import re
from dataclasses import dataclass

from cases.intake.receipt import Fix

SENTENCE_END = re.compile('[。！？!?；;][”’」』"）)]?')
PROSE_LENGTH = 40


@dataclass(slots=True)
class Line:
    """One line. `start` to `end` is its place in the reading, line end included; `fixes` are those inside it."""

    start: int
    end: int
    shown: str
    fixes: list[Fix]
    text: str = ""  # what is shown, without the spaces around it
    kind: str = ""  # the kind of noise that takes the whole line out; empty while it stays

    def __post_init__(self) -> None:
        self.text = self.shown.strip(" \t\u3000\u00a0")

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing is shown."""
        return not self.text

    @property
    def stays(self) -> bool:
        """Tell whether the line is kept and shows something."""
        return not self.kind and not self.is_blank

    @property
    def is_prose(self) -> bool:
        """Tell whether the line reads like a paragraph: long, with the end of a sentence or two clauses."""
        text = self.text
        if len(text) < PROSE_LENGTH:
            return False
        return bool(SENTENCE_END.search(text)) or text.count("，") + text.count(",") + text.count("、") >= 2


def split_lines(text: str, fixes: list[Fix]) -> list[Line]:
    """Cut a reading into lines, as they are once `fixes` (sorted, not overlapping) are applied."""
    lines: list[Line] = []
    pieces: list[str] = []
    inside: list[Fix] = []
    start = position = 0

    def close(end: int) -> None:
        nonlocal start, pieces, inside
        lines.append(Line(start, end, "".join(pieces), inside))
        start, pieces, inside = end, [], []

    def plain(until: int) -> None:
        nonlocal position
        while (cut := text.find("\n", position, until)) >= 0:
            pieces.append(text[position:cut])
            position = cut + 1
            close(position)
        pieces.append(text[position:until])
        position = until

    for fix in fixes:
        plain(fix.at)
        inside.append(fix)
        position = fix.end
        if fix.replaced_by == "\n":
            close(fix.end)
        else:
            pieces.append(fix.replaced_by)
    plain(len(text))
    if start < len(text) or pieces != [""]:
        close(len(text))
    return lines
