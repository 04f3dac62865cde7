"""From an entry as written to the values that tokens are made of, with the reason for every cell that is no use.

Runs on Python 3.8, since the stand-alone token script carries it along.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from members import identity
from members.matching import normalise
from members.matching.entries import Entry
from members.matching.tokens import Clean

EXAMPLES = 200  # rows named one by one; beyond that only counts


@dataclass
class Tally:
    """What a roll is like: rows, how often each cell is bad and why, and the first bad rows."""

    rows: int = 0
    faults: Counter = field(default_factory=Counter)  # (field, fault) -> rows
    examples: list[tuple[int, str, str]] = field(default_factory=list)  # (row number, field, fault)
    unusable: int = 0  # rows that no pass can find

    def is_empty(self, name: str) -> bool:
        """Tell whether a field is missing in every row."""
        return self.rows > 0 and self.faults[name, "missing"] == self.rows

    def note(self, entry: Entry, name: str, fault: str) -> None:
        """Count a fault; "missing" is no example, whole columns may be empty."""
        self.faults[name, fault] += 1
        if fault != "missing" and len(self.examples) < EXAMPLES:
            self.examples.append((entry.number, name, fault))


def clean(entry: Entry, tally: Tally) -> Clean:
    """Read every cell that matters, tell the tally about the bad ones."""
    name = normalise.name(entry.name)
    number = identity.read_id(entry.id_no)
    phone = identity.read_phone(entry.phone)
    plate = identity.read_plate(entry.plate) if entry.plate else identity.Reading("", "missing")
    tally.rows += 1
    if not name:
        tally.note(entry, "name", "missing")
    for cell, reading in (("id_no", number), ("phone", phone), ("plate", plate)):
        if reading.fault:
            tally.note(entry, cell, reading.fault)
    usable = number.value if number.is_usable else ""
    if not usable and not (name and (phone.value or plate.value or number.value)):
        tally.unusable += 1
    return Clean(
        name,
        normalise.sound(name),
        usable,
        "" if usable else number.value,
        phone.value,
        plate.value,
        identity.birth_of(number.value) or _birth(entry.birth),
    )


def _birth(text: str) -> str:
    """Read a birth date from a column of its own; eight digits or nothing."""
    digits = "".join(character for character in text[:10] if character in "0123456789")
    return digits if len(digits) == 8 and identity.is_birth_date(digits) else ""
