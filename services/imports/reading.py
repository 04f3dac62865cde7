"""One row of a workbook, read cell by cell (pure).

Names are looked up in what `services.queries.named` found beforehand. A fault is (field, code, text): the text is what
the cell says, so that the reason can name it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from members import identity
from services.imports import values
from services.models.ledger import EARLIEST
from services.queries.named import Entry, Names

Fault = tuple[str, str, str]
Texts = dict[str, str]


@dataclass
class Row:
    """One row as understood: columns of the model, lists beside it, and faults, which make it a bad one."""

    values: dict = field(default_factory=dict)
    lists: dict[str, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    said: Texts = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the row says, in its one spelling."""
        return json.dumps(self.said, ensure_ascii=False, sort_keys=True)


class Reading:
    """Reads one row cell by cell into a `Row`."""

    def __init__(self, texts: Mapping[str, str], names: Names, today: date, year: int | None) -> None:
        self.texts, self.names, self.today, self.year = texts, names, today, year
        self.row = Row()

    def cell(self, name: str) -> str:
        """Return what the cell says, "" for nothing; it becomes part of the row's key."""
        text = self.texts.get(name, "")
        if values.is_blank(text):
            return ""
        self.row.said[name] = values.fold(text)
        return text.strip()

    def fault(self, name: str, code: str, text: str = "") -> None:
        """Note why the row cannot be taken."""
        self.row.faults.append((name, code, text[:60]))

    def day(self, name: str, *, is_needed: bool = True, is_past: bool = True) -> date | None:
        """Read a day that is not ahead and not before the ledger's time."""
        text = self.cell(name)
        if not text:
            if is_needed:
                self.fault(name, "missing")
            return None
        found, fault = values.read_day(text, self.year)
        if fault:
            self.fault(name, fault, text)
            return None
        if is_past and found > self.today:
            self.fault(name, "ahead", text)
        elif found < EARLIEST:
            self.fault(name, "long_ago", text)
        else:
            self.row.said[name] = found.isoformat()
            self.row.values[name] = found
            return found
        return None

    def count(self, name: str, most: int) -> int | None:
        """Read a whole number above zero."""
        if not (text := self.cell(name)):
            return None
        found, fault = values.read_count(text, most)
        if fault:
            self.fault(name, fault, text)
        elif found is None:
            del self.row.said[name]
        else:
            self.row.said[name] = str(found)
            self.row.values[name] = found
        return found

    def text(self, name: str, limit: int, *, is_needed: bool = False) -> str:
        """Read a text; one that is too long is never cut."""
        text = " ".join(self.cell(name).split())
        if is_needed and not text:
            self.fault(name, "missing")
        if len(text) > limit:
            self.fault(name, "long", str(limit))
        elif text:
            self.row.values[name] = text
        return text

    def choice(self, name: str, choices: Mapping[str, str]) -> None:
        """Read one of a few words."""
        if text := self.cell(name):
            if (found := choices.get(values.fold(text))) is None:
                self.fault(name, "no_choice", text)
            else:
                self.row.values[name] = found

    def kind(self) -> str:
        """Read the kind, which every row needs; return its name, "" without one."""
        text = self.cell("kind")
        found = self.names.called("kind", text)
        if not text:
            self.fault("kind", "missing")
        elif found:
            self.row.values["kind_id"] = found[0].pk
            return found[0].label
        else:
            self.fault("kind", "retired" if values.fold(text) in self.names.retired else "unknown", text)
        return ""

    def named(self, name: str, sort: str = "", *, told_by: str = "", on: date | None = None) -> Entry | None:
        """Read a name of one row; `told_by` is the column that tells namesakes apart, `on` the day it must hold."""
        text = self.cell(name)
        found = self._called(name, sort or name, text, told_by, on) if text else None
        if found is not None:
            self.row.values[f"{name}_id"] = found.pk
        return found

    def paired(self, name: str, day: date | None) -> Entry | None:
        """Read the pairing that a name of who is helped stands for on a day."""
        text = self.cell(name)
        found = self._called(name, "pairing", text, "helper", day) if text and day is not None else None
        if found is not None:
            self.row.values["pairing_id"] = found.pk
        return found

    def amount(self, name: str, *, is_wan: bool = False) -> None:
        """Read a sum of money as fen: in yuan, or in ten thousand yuan where column or cell say so."""
        if not (text := self.cell(name)):
            return
        if is_wan and "万" not in text:
            text += "万"
        found, fault = values.read_fen(text)
        if fault:
            self.fault(name, fault, text)
        elif found is not None:
            self.row.values["amount_fen"] = found

    def asked_by(self) -> None:
        """Read who asks: a registered person where the name stands for one, else the name as it is written.

        The phone is no part of the row's key, which outlives the file.
        """
        if name := self.text("requester", 60):
            found = self.names.called("person", name)
            self.row.values.pop("requester")
            self.row.values |= {"requester_id": found[0].pk} if len(found) == 1 else {"requester_name": name}
        reading = identity.read_phone(self.texts.get("phone", ""))
        if reading.is_usable:
            self.row.values["phone"] = reading.value
        elif reading.fault != "missing":
            self.fault("phone", "no_phone")

    def region(self, *others: Entry | None) -> None:
        """Read the division, or take it from whom or where the entry is about."""
        self.named("region")
        if "region_id" not in self.row.values:
            self.row.values["region_id"] = next((one.region for one in others if one is not None and one.region), None)

    def listed(self, name: str, sort: str) -> None:
        """Read several names in one cell."""
        if not (text := self.cell(name)):
            return
        entries = [self._called(name, sort, one, "", None) for one in values.read_names(text)]
        self.row.lists[name] = list(dict.fromkeys(entry.pk for entry in entries if entry is not None))

    def _called(self, name: str, sort: str, text: str, told_by: str, on: date | None) -> Entry | None:
        found = [entry for entry in self.names.called(sort, text) if on is None or entry.holds_on(on)]
        if len(found) > 1 and told_by and (teller := values.fold(self.cell(told_by))):
            found = [entry for entry in found if teller in entry.told_by]
        if len(found) == 1:
            return found[0]
        self.fault(name, "several" if found else "unknown", text)
        return None
