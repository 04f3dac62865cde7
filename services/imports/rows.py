"""One row of a workbook into what the ledger keeps, or the reasons why it cannot be taken (pure).

Names are looked up in what `services.queries.named` found beforehand. A fault is (field, code, text): the text is what
the cell says, so that the reason can name it. `key` is what the row says in its one spelling: the same row of the same
workbook has the same key for ever, whatever is renamed or merged meanwhile.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.imports import values
from services.imports.columns import PERSONAL
from services.models.activity import Channel
from services.models.ledger import EARLIEST
from services.queries.named import Entry, Names

TOTALS = {"合计", "总计", "小计", "共计", "总数"}
MOST_PEOPLE = 1_000_000
CHANNELS = {
    "现场": Channel.ON_SITE,
    "实地": Channel.ON_SITE,
    "上门": Channel.ON_SITE,
    "走访": Channel.ON_SITE,
    "当面": Channel.ON_SITE,
    "电话": Channel.PHONE,
    "电话联系": Channel.PHONE,
    "线上": Channel.ONLINE,
    "网络": Channel.ONLINE,
    "微信": Channel.ONLINE,
    "视频": Channel.ONLINE,
}

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

    def kind(self) -> None:
        """Read the kind, which every row needs."""
        text = self.cell("kind")
        found = self.names.called("kind", text)
        if not text:
            self.fault("kind", "missing")
        elif found:
            self.row.values["kind_id"] = found[0].pk
        else:
            self.fault("kind", "retired" if values.fold(text) in self.names.retired else "unknown", text)

    def named(self, name: str, sort: str = "", *, told_by: str = "", on: date | None = None) -> Entry | None:
        """Read a name of one row; `told_by` is the column that tells namesakes apart, `on` the day it must hold."""
        text = self.cell(name)
        found = self._called(name, sort or name, text, told_by, on) if text else None
        if found is not None:
            self.row.values[f"{name}_id"] = found.pk
        return found

    def listed(self, name: str, sort: str) -> None:
        """Read several names in one cell."""
        entries = [self._called(name, sort, one, "", None) for one in values.read_names(self.cell(name))]
        self.row.lists[name] = list(dict.fromkeys(entry.pk for entry in entries if entry is not None))

    def _called(self, name: str, sort: str, text: str, told_by: str, on: date | None) -> Entry | None:
        found = [entry for entry in self.names.called(sort, text) if on is None or entry.holds_on(on)]
        if len(found) > 1 and told_by and (teller := values.fold(self.cell(told_by))):
            found = [entry for entry in found if teller in entry.told_by]
        if len(found) == 1:
            return found[0]
        self.fault(name, "several" if found else "unknown", text)
        return None


def activity(reading: Reading) -> None:
    """Read something that happened."""
    reading.kind()
    day = reading.day("happened_on")
    reading.named("organisation")
    about = reading.named("body")
    place = reading.named("venue")
    reading.text("line", 200)
    reading.text("title", 100)
    reading.text("place", 100)
    reading.count("headcount", MOST_PEOPLE)
    reading.choice("channel", CHANNELS)
    reading.named("campaign")
    reading.listed("people", "person")
    reading.listed("co_organisations", "body")
    paired = None
    if day is not None and reading.cell("helped"):
        paired = reading._called("helped", "pairing", reading.cell("helped"), "helper", day)
        if paired is not None:
            reading.row.values["pairing_id"] = paired.pk
    reading.named("region")
    if "region_id" not in reading.row.values:
        regions = (entry.region for entry in (about, place, paired) if entry is not None and entry.region)
        reading.row.values["region_id"] = next(regions, None)


READERS: dict[str, Callable[[Reading], None]] = {"activity": activity}
# Which sort of name each column holds, so that all names of a file are looked up together.
SORTS = {
    "activity": {
        "organisation": "organisation",
        "body": "body",
        "venue": "venue",
        "campaign": "campaign",
        "region": "region",
        "people": "person",
        "co_organisations": "body",
        "helped": "pairing",
    }
}
LISTED = frozenset({"people", "co_organisations"})


def texts_of(cells: list[str], fields: list[str], constants: Mapping[str, str]) -> Texts:
    """Return a row's cells by meaning, with what holds for every row where its own cell says nothing."""
    found = {name: cell for name, cell in zip(fields, cells, strict=False) if name}
    for name, text in constants.items():
        if values.is_blank(found.get(name, "")):
            found[name] = text
    return found


def names_in(subject: str, rows: list[Texts]) -> dict[str, set[str]]:
    """Return every name the rows hold, by sort."""
    wanted: dict[str, set[str]] = {sort: set() for sort in SORTS[subject].values()}
    for name, sort in SORTS[subject].items():
        cells = {text for row in rows if not values.is_blank(text := row.get(name, ""))}
        wanted[sort] |= {one for text in cells for one in values.read_names(text)} if name in LISTED else cells
    return wanted


def read(subject: str, texts: Texts, names: Names, today: date) -> Row:
    """Read one row."""
    if any(values.fold(text) in TOTALS for text in list(texts.values())[:3]):
        return Row(faults=[("", "total", "")])
    year = texts.get("year", "")
    reading = Reading(texts, names, today, int(year) if year.isdecimal() else None)
    READERS[subject](reading)
    return reading.row


def without_names(faults: list[Fault]) -> list[Fault]:
    """Return faults as the database may keep them: of people's names only that there was one."""
    return [(name, code, "" if name in PERSONAL else text) for name, code, text in faults]
